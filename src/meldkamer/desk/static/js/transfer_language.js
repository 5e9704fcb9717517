// Handing a call on, as it is typed: `door brand`, `door rt b`, `door RT.B.intake`. Pure.

/** @typedef {import("./command_language.js").Meaning} Meaning @typedef {import("./command_language.js").Around} Around */

/** So many are named when several are meant. */
const MOST = 10;
/** Of a longer summary its beginning is said (characters). */
const SHOWN = 120;

/** To which functions a call may be handed on: the intakes of its own region and of the country; a national one to those of every region. @param {any} call @param {any[]} functions of the country's data @returns {any[]} */
export function targetsOf(call, functions) {
  const region = call.ref.split("/")[0];
  return functions.filter((f) => f.kind === "intake" && (region === "NL" || f.region === region || f.region === "NL"));
}

/** @param {string} name @param {string} typed */
const begins = (name, typed) => name.toLowerCase().split(/[^\p{L}0-9]+/u).some((word) => word.startsWith(typed));

/** Every word names the region, the discipline or both in one code; whatever fits several is never chosen from. @param {string[]} words @param {Around} around @returns {Meaning} */
export function readTransfer(words, around) {
  const { call, country, lang } = around;
  if (!call) return { ok: false, say: "say.join_no_call", params: {} };
  // Where the caller is goes first among what is meant.
  const near = country?.safety_regions?.find((/** @type {any} */ r) => r.number === call.location?.safety_region)?.region;
  const all = targetsOf(call, country?.functions ?? []).sort((a, b) => Number(b.region === near) - Number(a.region === near));
  const names = (/** @type {any[]} */ of) => of.slice(0, MOST).map((f) => f.code);
  const typed = words.join(" ").toLowerCase().split(/[.\s]+/).filter(Boolean);
  if (!typed.length) return { ok: false, say: "say.transfer_how", params: {}, list: names(all) };

  const discipline = (/** @type {string} */ code) => country?.disciplines?.find((/** @type {any} */ d) => d.code === code);
  const region = (/** @type {string} */ code) => country?.regions?.find((/** @type {any} */ r) => r.code === code);
  const codes = new Set(all.flatMap((f) => [f.region, f.discipline, f.kind]).map((code) => code.toLowerCase()));
  const hits = all.filter((f) => typed.every((word) => {
    // A code means what it is the code of, also where a name begins so.
    if (codes.has(word)) return [f.region, f.discipline, f.kind].some((code) => code.toLowerCase() === word);
    return begins((lang === "en" ? discipline(f.discipline)?.name_en : discipline(f.discipline)?.name) ?? "", word) || begins(region(f.region)?.name ?? "", word);
  }));
  if (!hits.length) return { ok: false, say: "say.transfer_none", params: { text: words.join(" ") }, list: names(all) };
  if (hits.length > 1) return { ok: false, say: "say.which", params: {}, list: names(hits) };
  const summary = (around.summary ?? "").replaceAll(/\s+/g, " ");
  const params = { function: call.function, to: hits[0].code, summary: summary.length > SHOWN ? `${summary.slice(0, SHOWN)}…` : summary };
  return { ok: true, say: summary ? "say.transfer_with" : "say.transfer", params, act: { do: "transfer", call: call.ref, to: hits[0].code }, twice: true };
}
