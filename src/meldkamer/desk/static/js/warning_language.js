// Address warnings on the command line: what is asked of a place, and what a second person says of it. Pure.
import { codeOf, details, MOST } from "./attention_language.js";

const DAY = 86_400_000;
/** A month of a term, as the room counts it. */
const MONTH = 31 * DAY;
/** What an end may be counted in. */
const SPANS = { nl: { d: "day", w: "week", mnd: "month" }, en: { d: "day", w: "week", mo: "month" } };

/**
 * @typedef {import("./command_language.js").Meaning} Meaning
 * @typedef {import("./command_language.js").Around} Around
 */

/** A day in words. @param {number} at @param {string} lang */
export const dayOf = (at, lang) => new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric" }).format(at);

/** What a row is called where nothing but its place and its end may be told. @param {any} w */
export const placeOf = (w) => w.location.text || [w.location.place, w.location.municipality].filter(Boolean).join(", ") || `${Math.round(w.location.x)} ${Math.round(w.location.y)}`;

/**
 * The end that is meant: so long from now (`90d`, `8w`, `6mnd`), or the end of a day (`1-5-2027`).
 * @param {string} word @param {number} now @param {string} lang @returns {number | null}
 */
export function lastDay(word, now, lang) {
  const long = /^(\d{1,3})([a-z]+)$/.exec(word.toLowerCase());
  const span = long && /** @type {Record<string, string>} */ (lang === "en" ? SPANS.en : SPANS.nl)[long[2]];
  if (long && span === "month") {
    const at = new Date(now);
    at.setMonth(at.getMonth() + Number(long[1]));
    return at.getTime();
  }
  if (long && span) return now + Number(long[1]) * (span === "week" ? 7 : 1) * DAY;
  const date = /^(\d{1,2})-(\d{1,2})-(\d{4})$/.exec(word);
  if (!date) return null;
  const [day, month, year] = date.slice(1).map(Number);
  const at = new Date(year, month - 1, day, 23, 59, 59);
  return at.getDate() === day && at.getMonth() === month - 1 ? at.getTime() : null;
}

/** An end that may be given, or why not. @param {string | undefined} word @param {Around} around @param {number} months @returns {{until: number} | Meaning} */
function end(word, around, months) {
  const now = around.now ?? Date.now();
  const until = lastDay(word ?? "", now, around.lang);
  if (until === null) return { ok: false, say: "say.warning_end", params: {} };
  if (until <= now) return { ok: false, say: "refused.warning.ended", params: {} };
  if (until - now > months * MONTH) return { ok: false, say: "refused.warning.too_long", params: { months } };
  return { until };
}

/** @param {any} of @param {Around} around */
const nameIn = (of, around) => (around.lang === "en" ? of.name_en : of.name);

/** The one of these that a word begins. @param {string} word @param {any[]} all @param {(one: any) => string} name */
function begun(word, all, name) {
  const wanted = word.toLowerCase();
  const fits = (/** @type {any} */ one, /** @type {(a: string) => boolean} */ how) => [name(one), one.id].some((w) => how(w.toLowerCase()));
  const exact = all.filter((one) => fits(one, (w) => w === wanted));
  return exact.length ? exact : all.filter((one) => wanted && fits(one, (w) => w.startsWith(wanted)));
}

/**
 * `adw agressie:PB 6mnd wpg [Kerkstraat 12 Maastricht] (wijkagent) words`. Without a place it stands where the incident in hand is.
 * @param {string} tail @param {Around} around @param {import("./attention_language.js").IncidentOf} incidentOf @returns {Meaning}
 */
export function readWarning(tail, around, incidentOf) {
  if (!tail) return { ok: true, say: "say.warnings", params: {}, act: { do: "warnings" } };
  const [what, until, ground] = tail.split(/\s+/);
  const rest = /^\S+\s+\S+\s+\S+\s*([\s\S]*)$/.exec(tail)?.[1] ?? "";
  const natures = around.country?.warning_natures ?? [];
  const [word, mask = ""] = what.split(":");
  const hits = begun(word, natures, (one) => nameIn(one, around));
  if (hits.length !== 1) return { ok: false, say: hits.length ? "say.which" : "say.warning_nature", params: {}, list: (hits.length ? hits : natures).map((/** @type {any} */ n) => nameIn(n, around)) };
  const [nature] = hits;
  const audience = mask ? [..."PBAK"].filter((d) => mask.toUpperCase().includes(d)).join("") : nature.audience;
  if (mask && (audience.length !== mask.length || [...audience].some((d) => !nature.widest.includes(d)))) return { ok: false, say: "say.warning_for", params: { widest: [...nature.widest].join(" ") } };
  const ends = end(until, around, nature.months);
  if ("ok" in ends) return ends;
  const allowed = (around.country?.legal_bases ?? []).filter((/** @type {any} */ b) => nature.bases.includes(b.id));
  const bases = begun(ground ?? "", allowed, (one) => one.id);
  if (bases.length !== 1) return { ok: false, say: bases.length ? "say.which" : "say.warning_basis", params: {}, list: (bases.length ? bases : allowed).map((/** @type {any} */ b) => b.id) };
  const more = details(rest, around, incidentOf);
  if ("bad" in more) return more.bad;
  const incident = more.incident ?? around.focused;
  const place = more.place || (incident?.location.x != null ? placeOf(incident) : "");
  if (!place) return { ok: false, say: "say.warning_place", params: {} };
  if (!more.source) return { ok: false, say: "refused.warning.say_who", params: {} };
  if (!more.text) return { ok: false, say: "refused.warning.empty", params: {} };
  const n = [...more.text].length;
  if (n > MOST) return { ok: false, say: "outcome.too_long", params: { n, most: MOST } };
  const params = { nature: nameIn(nature, around), place, until: dayOf(ends.until, around.lang), audience: [...audience].join(" "), source: more.source, basis: nameIn(bases[0], around), text: more.text };
  const act = { do: "ask_warning", nature: nature.id, audience, until: ends.until, basis: bases[0].id, place: more.place, incident: more.place ? null : incident.ref, source: more.source, text: more.text };
  return { ok: true, say: "say.warning", params, act };
}

/** The warning that is meant by the first letters of its name. @param {string | undefined} word @param {Around} around @returns {{warning: any} | Meaning} */
function meant(word, around) {
  const all = around.warnings ?? [];
  const wanted = (word ?? "").toUpperCase();
  const hits = wanted ? all.filter((w) => (w.ref.split("/")[1] ?? "").toUpperCase().startsWith(wanted)) : [];
  if (hits.length === 1) return { warning: hits[0] };
  return { ok: false, say: hits.length ? "say.which" : "say.warning_which", params: {}, list: hits.map((w) => `${codeOf(w.ref)} ${placeOf(w)}`) };
}

/** What waits for a second person at a warning: itself (empty), a prolongation by its name, or nothing. @param {any} w @returns {{which: string, by: string, until: number} | null} */
export function waitingAt(w) {
  if (w.standing === "asked") return { which: "", by: w.by, until: w.until };
  return w.longer ? { which: w.longer.prolongation, by: w.longer.by, until: w.longer.until } : null;
}

/** `adwj 7F2`, or `adwn 7F2 reason`. @param {string[]} words @param {Around} around @param {boolean} agrees @returns {Meaning} */
export function readAnswer(words, around, agrees) {
  const found = meant(words[0], around);
  if ("ok" in found) return found;
  const waits = waitingAt(found.warning);
  if (!waits) return { ok: false, say: "refused.warning.decided", params: {} };
  if (waits.by === around.person) return { ok: false, say: "refused.warning.own", params: {} };
  const reason = words.slice(1).join(" ");
  if (!agrees && !reason) return { ok: false, say: "refused.warning.say_why", params: {} };
  const params = { code: codeOf(found.warning.ref), place: placeOf(found.warning), until: dayOf(waits.until, around.lang), by: waits.by, reason };
  const act = { do: "answer_warning", warning: found.warning.ref, prolongation: waits.which, agrees, reason };
  return { ok: true, say: agrees ? "say.warning_yes" : "say.warning_no", params, act };
}

/** `adwv 7F2 6mnd reason`: a second person agrees to that too. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readLonger(words, around) {
  const found = meant(words[0], around);
  if ("ok" in found) return found;
  const ends = end(words[1], around, found.warning.months);
  if ("ok" in ends) return ends;
  if (ends.until <= found.warning.until) return { ok: false, say: "refused.warning.not_longer", params: {} };
  const reason = words.slice(2).join(" ");
  if (!reason) return { ok: false, say: "refused.warning.say_why", params: {} };
  const params = { code: codeOf(found.warning.ref), place: placeOf(found.warning), until: dayOf(ends.until, around.lang), reason };
  return { ok: true, say: "say.warning_longer", params, act: { do: "prolong_warning", warning: found.warning.ref, until: ends.until, reason } };
}

/** `adwi 7F2 reason`: it does not come back, so it asks a second Enter. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readTakeAway(words, around) {
  const found = meant(words[0], around);
  if ("ok" in found) return found;
  const reason = words.slice(1).join(" ");
  if (!reason) return { ok: false, say: "refused.warning.say_why", params: {} };
  return { ok: true, say: "say.warning_withdraw", params: { code: codeOf(found.warning.ref), place: placeOf(found.warning), reason }, act: { do: "withdraw_warning", warning: found.warning.ref, reason }, twice: true };
}
