// Drawing on the command line: what is drawn, where, how large and until when, and what is changed of it later. Pure.

import { moment } from "./afterwards.js";
import { codeOf, endOf } from "./attention_language.js";

/** What each shape may stand for, as the room has it. @type {Record<string, string[]>} */
export const KINDS = { mark: ["mark", "assembly"], line: ["route", "boom", "hose", "cordon"], area: ["cordon", "evacuation", "danger"], circle: ["cordon", "evacuation", "danger"] };
/** How many points a shape needs. @type {Record<string, number>} */
export const FEWEST = { mark: 1, line: 2, area: 3, circle: 1 };
/** How many points there may be, how long the words may be, and how large a circle (metres), as the room has it. */
export const MOST_POINTS = 200;
export const MOST_WORDS = 200;
export const LARGEST = 50_000;
/** What is typed for each kind; an area without more is one of danger. @type {{nl: Record<string, string>, en: Record<string, string>}} */
const WORDS = {
  nl: { punt: "mark", verzamelplaats: "assembly", route: "route", oliescherm: "boom", slang: "hose", afzetting: "cordon", ontruiming: "evacuation", gevaar: "danger", gebied: "danger" },
  en: { mark: "mark", assembly: "assembly", route: "route", boom: "boom", hose: "hose", cordon: "cordon", evacuation: "evacuation", danger: "danger", area: "danger" },
};
/** Where this window's map stands, or the incident in hand is. */
const HERE = { nl: "hier", en: "here" };

/**
 * @typedef {import("./command_language.js").Meaning} Meaning
 * @typedef {import("./command_language.js").Around} Around
 * @typedef {import("./attention_language.js").IncidentOf} IncidentOf
 * @typedef {{radius: number | null, until: number | null, places: (string | null)[], incident: any, region: string, text: string}} Parts places: null is here
 */

/** @param {Around} around */
const own = (around) => (around.lang === "en" ? { words: WORDS.en, here: HERE.en } : { words: WORDS.nl, here: HERE.nl });

/** The word of a kind in the language of whoever types. @param {string} kind @param {Around} around */
const wordFor = (kind, around) => Object.entries(own(around).words).find(([, k]) => k === kind)?.[0] ?? kind;

/**
 * What may stand before the words, each once (a place as often as needed) and in any order: a radius in metres, an end,
 * `#4312`, a region, `[place]`, `hier`.
 * @param {string} tail @param {Around} around @param {IncidentOf | null} incidentOf null: of a drawing that stands, whose incident stays
 * @returns {Parts | {bad: Meaning}}
 */
function parts(tail, around, incidentOf) {
  const found = /** @type {Parts} */ ({ radius: null, until: null, places: [], incident: null, region: "", text: tail.trim() });
  const now = around.now ?? Date.now();
  for (;;) {
    const m = /^(\[[^\]]+\]|\S+)\s*/.exec(found.text);
    if (!m) return found;
    const word = m[1];
    const ends = found.until === null ? endOf(word, now, around.lang) : null;
    if (word.startsWith("[") && word.endsWith("]")) found.places.push(word.slice(1, -1).trim());
    else if (word.toLowerCase() === own(around).here) found.places.push(null);
    else if (/^\d{1,6}$/.test(word) && found.radius === null) found.radius = Number(word);
    else if (!incidentOf && word === "-" && found.until === null) found.until = 0;
    else if (ends !== null) {
      if (ends <= now) return { bad: { ok: false, say: "refused.drawing.ended", params: {} } };
      found.until = ends;
    } else if (incidentOf && word.startsWith("#") && !found.incident) {
      const { incident, bad } = incidentOf([word], around);
      if (bad) return { bad };
      found.incident = incident;
    } else if (incidentOf && !found.region && (around.regions ?? []).includes(word)) found.region = word;
    else return found;
    found.text = found.text.slice(m[0].length);
  }
}

/** What is wrong with the size or the words, if anything is. @param {Parts} of @returns {Meaning | null} */
function tooMuch(of) {
  const n = [...of.text].length;
  if (n > MOST_WORDS) return { ok: false, say: "outcome.too_long", params: { n, most: MOST_WORDS } };
  if (of.radius !== null && !(of.radius >= 1 && of.radius <= LARGEST)) return { ok: false, say: "say.draw_radius", params: { most: LARGEST } };
  if (of.places.length > MOST_POINTS) return { ok: false, say: "say.draw_points", params: { n: MOST_POINTS } };
  return null;
}

/** The shape that a kind has with so many points, or null. @param {string} kind @param {number | null} radius @param {number} points */
function shapeOf(kind, radius, points) {
  const fits = Object.keys(KINDS).filter((shape) => KINDS[shape].includes(kind) && (shape === "circle") === (radius !== null));
  return fits.filter((shape) => (shape === "mark" || shape === "circle" ? points === 1 : points >= FEWEST[shape])).pop() ?? null;
}

/** `teken afzetting 300 [Coolsingel 42] 2u words`. Without a place it stands where the incident in hand is. @param {string} tail @param {Around} around @param {IncidentOf} incidentOf @returns {Meaning} */
export function readDraw(tail, around, incidentOf) {
  const { words, here } = own(around);
  if (!tail) return { ok: true, say: "say.drawings", params: {}, act: { do: "drawings" } };
  const first = tail.split(/\s+/)[0];
  const wanted = first.toLowerCase();
  const hits = words[wanted] ? [wanted] : Object.keys(words).filter((w) => w.startsWith(wanted));
  if (hits.length !== 1) return { ok: false, say: hits.length ? "say.which" : "say.draw_what", params: {}, list: hits.length ? hits : Object.keys(words) };
  const kind = words[hits[0]];
  const found = parts(tail.slice(first.length), around, incidentOf);
  if ("bad" in found) return found.bad;
  const wrong = tooMuch(found);
  if (wrong) return wrong;
  const incident = found.incident ?? (found.region ? null : around.focused);
  const region = incident ? incident.ref.split("/")[0] : found.region || around.region || "NL";
  const at = incident?.location.x != null;
  if (!found.places.length && (at || around.middle)) found.places.push(null);
  if (!found.places.length || (found.places.includes(null) && !at && !around.middle)) return { ok: false, say: "say.draw_where", params: {} };
  const shape = shapeOf(kind, found.radius, found.places.length);
  if (!shape) return { ok: false, say: "say.draw_shape", params: { kind: wordFor(kind, around) } };
  const beside = [found.radius === null ? "" : `${found.radius} m`, found.places.map((p) => p ?? here).join(" – "), incident ? `#${incident.number}` : region].filter(Boolean).map((part) => ` · ${part}`).join("");
  const params = { kind: wordFor(kind, around), beside, until: found.until ? moment(found.until, around.now ?? Date.now(), around.lang) : "–", text: found.text || "–" };
  return { ok: true, say: "say.draw", params, act: { do: "draw", region, shape, kind, radius: found.radius ?? 0, until: found.until ?? 0, incident: incident?.ref ?? null, places: found.places, text: found.text } };
}

/** The drawing that is meant by the first letters of its name. @param {string | undefined} word @param {Around} around @returns {{drawing: any} | Meaning} */
function meant(word, around) {
  const all = around.drawings ?? [];
  const wanted = (word ?? "").toUpperCase();
  const hits = wanted ? all.filter((d) => (d.ref.split("/")[1] ?? "").toUpperCase().startsWith(wanted)) : [];
  if (hits.length === 1) return { drawing: hits[0] };
  return { ok: false, say: hits.length ? "say.which" : "say.draw_which", params: {}, list: (hits.length ? hits : all).slice(0, 9).map((d) => `${codeOf(d.ref)} ${wordFor(d.kind, around)}`) };
}

/** `tekenv 7F2 400 3u words`: what is not given stays; `-` takes the end away. @param {string} tail @param {Around} around @returns {Meaning} */
export function readRedraw(tail, around) {
  const word = tail.split(/\s+/)[0];
  const found = meant(word, around);
  if ("ok" in found) return found;
  const { drawing } = found;
  const change = parts(tail.slice(word.length), around, null);
  if ("bad" in change) return change.bad;
  const wrong = tooMuch(change);
  if (wrong) return wrong;
  const { radius, until, places, text } = change;
  if (radius === null && until === null && !places.length && !text) return { ok: false, say: "say.redraw_how", params: {} };
  const one = drawing.shape === "mark" || drawing.shape === "circle";
  const fits = !places.length || (one ? places.length === 1 : places.length >= FEWEST[drawing.shape]);
  if (!fits || (radius !== null && drawing.shape !== "circle")) return { ok: false, say: "refused.drawing.no_shape", params: {} };
  if (places.includes(null) && !around.middle) return { ok: false, say: "say.draw_where", params: {} };
  const what = [radius === null ? "" : `${radius} m`, places.map((p) => p ?? own(around).here).join(" – "), until === null ? "" : until ? moment(until, around.now ?? Date.now(), around.lang) : "–", text].filter(Boolean).join(" · ");
  const changes = { ...(radius === null ? {} : { radius }), ...(until === null ? {} : { until: Math.round(until) }), ...(text ? { text } : {}) };
  return { ok: true, say: "say.redraw", params: { code: codeOf(drawing.ref), kind: wordFor(drawing.kind, around), what }, act: { do: "redraw", drawing: drawing.ref, places, changes } };
}

/** `tekenw 7F2`: it does not come back, so it asks a second Enter. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readUndraw(words, around) {
  const found = meant(words[0], around);
  if ("ok" in found) return found;
  return { ok: true, say: "say.undraw", params: { code: codeOf(found.drawing.ref), kind: wordFor(found.drawing.kind, around) }, act: { do: "undraw", drawing: found.drawing.ref }, twice: true };
}
