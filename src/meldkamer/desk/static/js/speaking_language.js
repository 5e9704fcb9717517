// Noting how to speak with a caller, as it is typed: `taal pools`, `via tolk doof`, `via -tolk`. Pure.

/** @typedef {import("./command_language.js").Meaning} Meaning @typedef {import("./command_language.js").Around} Around */

/** Takes away what stood. @type {Record<string, string>} */
const NONE = { nl: "geen", en: "none" };

/** @param {any} one @param {string} lang */
export const nameOf = (one, lang) => (lang === "en" ? one.name_en : one.name);
/** How a way is typed. @param {any} way @param {string} lang @returns {string} */
const wordOf = (way, lang) => (lang === "en" ? way.word_en : way.word);

/** By its name, as a list shows them. @param {any[]} all @param {string} lang @returns {any[]} */
export const byName = (all, lang) => [...all].sort((a, b) => nameOf(a, lang).localeCompare(nameOf(b, lang), lang));

/** Languages whose code or name this is, else those of which a word begins so. @param {string} typed @param {any[]} all @param {string} lang @returns {any[]} */
export function languagesFor(typed, all, lang) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return [];
  const whole = all.filter((l) => l.code === wanted || nameOf(l, lang).toLowerCase() === wanted);
  if (whole.length) return whole.slice(0, 1);
  return byName(all, lang).filter((l) => nameOf(l, lang).toLowerCase().startsWith(wanted) || nameOf(l, lang).toLowerCase().split(/[\s()]+/).some((/** @type {string} */ w) => w.startsWith(wanted)));
}

/** @param {string} tail @param {Around} around @returns {Meaning} */
export function readLanguage(tail, around) {
  const { speaking: call, lang } = around;
  const all = around.country?.languages ?? [];
  if (!call) return { ok: false, say: "say.speaking_no_call", params: {} };
  if (!tail) return { ok: false, say: "say.language_how", params: {} };
  if (tail.toLowerCase() === NONE[lang]) return { ok: true, say: "say.language_none", params: {}, act: { do: "speaking", call: call.ref, changes: { language: "" } } };
  const hits = languagesFor(tail, all, lang);
  if (!hits.length) return { ok: false, say: "say.no_language", params: { text: tail } };
  if (hits.length > 1) return { ok: false, say: "say.which", params: {}, list: hits.slice(0, 9).map((l) => `${l.code} ${nameOf(l, lang)}`) };
  return { ok: true, say: "say.language", params: { name: nameOf(hits[0], lang) }, act: { do: "speaking", call: call.ref, changes: { language: hits[0].code } } };
}

/** Every word adds one, a dash before it takes it away. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readVia(words, around) {
  const { speaking: call, lang } = around;
  const all = around.country?.speaking_ways ?? [];
  if (!call) return { ok: false, say: "say.speaking_no_call", params: {} };
  if (!words.length) return { ok: false, say: "say.via_how", params: {}, list: all.map((/** @type {any} */ w) => wordOf(w, lang)) };
  let chosen = call.ways;
  if (words.length === 1 && words[0].toLowerCase() === NONE[lang]) chosen = [];
  else for (const word of words) {
    const away = word.startsWith("-");
    const wanted = word.slice(away ? 1 : 0).toLowerCase();
    const whole = all.filter((/** @type {any} */ w) => wordOf(w, lang) === wanted);
    const hits = whole.length ? whole : all.filter((/** @type {any} */ w) => wanted && wordOf(w, lang).startsWith(wanted));
    if (hits.length !== 1) return { ok: false, say: hits.length ? "say.which" : "say.via_how", params: {}, list: (hits.length ? hits : all).map((/** @type {any} */ w) => wordOf(w, lang)) };
    chosen = chosen.filter((/** @type {string} */ id) => id !== hits[0].id);
    if (!away) chosen = [...chosen, hits[0].id];
  }
  const act = { do: "speaking", call: call.ref, changes: { ways: chosen } };
  if (!chosen.length) return { ok: true, say: "say.via_none", params: {}, act };
  return { ok: true, say: "say.via", params: { ways: inWords({ language: "", ways: chosen }, around.country, lang) }, act };
}

/** The same in words, the language first: what the country has no name for stands as its code. @param {{language: string, ways: string[]}} of @param {any} country @param {string} lang */
export function inWords({ language, ways }, country, lang) {
  const named = (/** @type {any[]} */ all, /** @type {string} */ key, /** @type {string} */ code) => {
    const one = (all ?? []).find((a) => a[key] === code);
    return one ? nameOf(one, lang) : code;
  };
  return [...(language ? [named(country?.languages, "code", language)] : []), ...ways.map((id) => named(country?.speaking_ways, "id", id))].join(" · ");
}
