// Attention messages on the command line: whom they are for, until when, and what is said of one later. Pure.

import { moment } from "./afterwards.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How far ahead an end may lie, and how long the words may be, as the room has it. */
export const LONGEST_HOURS = 72;
export const MOST = 500;
const NATIONAL = "NL";
const EVERYBODY = { nl: "allen", en: "all" };
/** What a time may be counted in. @type {{nl: Record<string, number>, en: Record<string, number>}} */
const UNITS = { nl: { m: MINUTE, u: HOUR, d: 24 * HOUR }, en: { m: MINUTE, h: HOUR, d: 24 * HOUR } };

/**
 * @typedef {import("./command_language.js").Meaning} Meaning
 * @typedef {import("./command_language.js").Around} Around
 * @typedef {(word: string, around: Around) => {unit: any} | Meaning} UnitOf
 * @typedef {(words: string[], around: Around) => {incident: any, bad?: Meaning}} IncidentOf
 */

/** How a message is called: the first letters of its name, the same in every room. @param {string} ref */
export const codeOf = (ref) => (ref.split("/")[1] ?? "").slice(0, 3).toUpperCase();

/** Whom a message is for, in words. @param {any} a @param {(key: string, params?: Record<string, unknown>) => string} t */
export const forWhom = (a, t) => t(`attention.for.${a.scope}`, { unit: a.unit, audience: [...a.audience].join(" "), region: a.ref.split("/")[0], room: a.to_room });

/** When it is over: at its end, or when it was withdrawn before. @param {any} a */
export const over = (a) => (a.withdrawn === null ? a.until : Math.min(a.withdrawn, a.until));

/**
 * The end that is meant: so long from now (`90m`, `2u`, `1d`), or the next time that it is `14:30` (or `28-11/14:30`).
 * @param {string} word @param {number} now @param {string} lang @returns {number | null}
 */
export function endOf(word, now, lang) {
  const small = word.toLowerCase();
  const long = /^(\d{1,3})([a-z])$/.exec(small);
  const unit = long && (lang === "en" ? UNITS.en : UNITS.nl)[long[2]];
  if (long && unit) return now + Number(long[1]) * unit;
  const clock = /^(?:(\d{1,2})-(\d{1,2})\/)?(\d{1,2})[:.](\d{2})$/.exec(small);
  if (!clock) return null;
  const [day, month, hour, minute] = clock.slice(1).map((part) => (part === undefined ? null : Number(part)));
  if (Number(hour) > 23 || Number(minute) > 59) return null;
  const at = new Date(now);
  at.setHours(Number(hour), Number(minute), 0, 0);
  if (day !== null && month !== null) {
    at.setMonth(month - 1, day);
    if (at.getDate() !== day || at.getMonth() !== month - 1) return null;
    if (at.getTime() <= now) at.setFullYear(at.getFullYear() + 1);
  } else if (at.getTime() <= now) at.setDate(at.getDate() + 1);
  return at.getTime();
}

/** An end that may be given, or why not. @param {string | undefined} word @param {Around} around @returns {{until: number} | Meaning} */
function end(word, around) {
  const now = around.now ?? Date.now();
  const until = endOf(word ?? "", now, around.lang);
  if (until === null) return { ok: false, say: "say.attention_end", params: {} };
  if (until <= now) return { ok: false, say: "refused.attention.ended", params: {} };
  if (until - now > LONGEST_HOURS * HOUR) return { ok: false, say: "refused.attention.too_long", params: { hours: LONGEST_HOURS } };
  return { until };
}

/** Whom it is for. @param {string} word @param {Around} around @param {UnitOf} unitOf @returns {{say: string, to: any, who: Record<string, string>} | Meaning} */
function addressee(word, around, unitOf) {
  const wanted = word.toUpperCase();
  if (wanted === NATIONAL || word.toLowerCase() === (around.lang === "en" ? EVERYBODY.en : EVERYBODY.nl)) return { say: "say.attention_all", to: { scope: "all", region: NATIONAL }, who: {} };
  const units = /^(?:([A-Z0-9]{2})\.)?([PBAK]{1,4})$/.exec(wanted);
  if (units && (!units[1] || (around.regions ?? []).includes(units[1]))) {
    const audience = [..."PBAK"].filter((d) => units[2].includes(d)).join("");
    // The units of the Marechaussee are served nationally.
    const region = units[1] ?? (audience === "K" ? NATIONAL : (around.region ?? NATIONAL));
    return { say: "say.attention_units", to: { scope: "units", region, audience }, who: { audience: [...audience].join(" "), region } };
  }
  if ((around.rooms ?? []).includes(wanted)) return { say: "say.attention_room", to: { scope: "room", region: NATIONAL, room: wanted }, who: { room: wanted } };
  const hit = unitOf(word, around);
  if (!("unit" in hit)) return hit;
  const [region, unit] = hit.unit.ref.split("/");
  return { say: "say.attention_unit", to: { scope: "unit", region, unit }, who: { unit: hit.unit.call_sign } };
}

/**
 * What may stand before the words, each once and in any order: `!1`, `#4312`, `[place]`, `(who says so)`.
 * @param {string} tail @param {Around} around @param {IncidentOf} incidentOf
 * @returns {{priority: number, incident: any, place: string, source: string, text: string} | {bad: Meaning}}
 */
export function details(tail, around, incidentOf) {
  const found = { priority: 2, incident: /** @type {any} */ (null), place: "", source: "", text: tail.trim() };
  const given = new Set();
  for (;;) {
    const m = /^(?:!([1-3])(?=\s|$)|(#\S+)|\[([^\]]+)\]|\(([^)]+)\))\s*/.exec(found.text);
    const which = m ? m.slice(1).findIndex((part) => part !== undefined) : -1;
    if (!m || given.has(which)) return found;
    given.add(which);
    found.text = found.text.slice(m[0].length);
    if (which === 0) found.priority = Number(m[1]);
    else if (which === 2) found.place = m[3].trim();
    else if (which === 3) found.source = m[4].trim();
    else {
      const { incident, bad } = incidentOf([m[2]], around);
      if (bad) return { bad };
      found.incident = incident;
    }
  }
}

/** `att 17-0131 2u !1 #4312 [Coolsingel] (OvD-P) words`. @param {string} tail @param {Around} around @param {UnitOf} unitOf @param {IncidentOf} incidentOf @returns {Meaning} */
export function readAttention(tail, around, unitOf, incidentOf) {
  const m = /^(\S+)(?:\s+(\S+)(?:\s+([\s\S]*))?)?$/.exec(tail);
  if (!m) return { ok: true, say: "say.attentions", params: {}, act: { do: "attentions" } };
  const whom = addressee(m[1], around, unitOf);
  if ("ok" in whom) return whom;
  const ends = end(m[2], around);
  if ("ok" in ends) return ends;
  const more = details(m[3] ?? "", around, incidentOf);
  if ("bad" in more) return more.bad;
  const { priority, incident, place, source, text } = more;
  if (!text) return { ok: false, say: "say.attention_words", params: {} };
  const n = [...text].length;
  if (n > MOST) return { ok: false, say: "outcome.too_long", params: { n, most: MOST } };
  const beside = [incident ? `#${incident.number}` : "", place, source ? `(${source})` : ""].filter(Boolean).map((part) => ` · ${part}`).join("");
  const params = { ...whom.who, until: moment(ends.until, around.now ?? Date.now(), around.lang), priority, beside, text };
  return { ok: true, say: whom.say, params, act: { do: "attention", ...whom.to, until: ends.until, priority, incident: incident?.ref ?? null, place, source, text } };
}

/** The message that is meant by the first letters of its name. @param {string | undefined} word @param {Around} around @returns {{message: any} | Meaning} */
function messageOf(word, around) {
  const all = around.attentions ?? [];
  const wanted = (word ?? "").toUpperCase();
  const hits = wanted ? all.filter((a) => (a.ref.split("/")[1] ?? "").toUpperCase().startsWith(wanted)) : [];
  if (hits.length === 1) return { message: hits[0] };
  return { ok: false, say: hits.length ? "say.which" : "say.attention_which", params: {}, list: (hits.length ? hits : all).map((a) => `${codeOf(a.ref)} ${a.unit || a.to_room || a.audience}`) };
}

/** `attd 7F2 17-0131`: units were told; without a unit it was seen here. @param {string[]} words @param {Around} around @param {UnitOf} unitOf @returns {Meaning} */
export function readTold(words, around, unitOf) {
  const found = messageOf(words[0], around);
  if ("ok" in found) return found;
  const units = [];
  for (const word of words.slice(1)) {
    const hit = unitOf(word, around);
    if (!("unit" in hit)) return hit;
    units.push(hit.unit);
  }
  const params = { code: codeOf(found.message.ref), units: units.map((u) => u.call_sign).join(" + ") };
  return { ok: true, say: units.length ? "say.attention_told" : "say.attention_seen", params, act: { do: "told", attention: found.message.ref, units: units.map((u) => u.ref.split("/")[1]) } };
}

/** `attv 7F2 2u reason`. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readProlong(words, around) {
  const found = messageOf(words[0], around);
  if ("ok" in found) return found;
  const ends = end(words[1], around);
  if ("ok" in ends) return ends;
  if (ends.until <= found.message.until) return { ok: false, say: "refused.attention.not_longer", params: {} };
  const reason = words.slice(2).join(" ");
  if (!reason) return { ok: false, say: "refused.attention.say_why", params: {} };
  return { ok: true, say: "say.attention_prolong", params: { code: codeOf(found.message.ref), until: moment(ends.until, around.now ?? Date.now(), around.lang), reason }, act: { do: "prolong", attention: found.message.ref, until: ends.until, reason } };
}

/** `atti 7F2 reason`: it does not come back, so it asks a second Enter. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readWithdraw(words, around) {
  const found = messageOf(words[0], around);
  if ("ok" in found) return found;
  const reason = words.slice(1).join(" ");
  if (!reason) return { ok: false, say: "refused.attention.say_why", params: {} };
  return { ok: true, say: "say.attention_withdraw", params: { code: codeOf(found.message.ref), reason }, act: { do: "withdraw", attention: found.message.ref, reason }, twice: true };
}
