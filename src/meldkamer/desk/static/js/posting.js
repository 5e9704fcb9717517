// Relocation and stand-by: where a free unit goes to stand, in words, and the command for it. Pure.

/**
 * @typedef {import("./command_language.js").Meaning} Meaning
 * @typedef {import("./command_language.js").Around} Around
 */

/** Where a unit goes to stand, or stands. @param {any} posting @param {(key: string, params?: Record<string, unknown>) => string} t */
export const postingWords = (posting, t) => t(posting.state === "arrived" ? "posting.at" : posting.state === "ordered" ? "posting.to_unseen" : "posting.to", { place: posting.place });

/**
 * `verplaats 0131 17-B02` to where other units have their base, `verplaats 0131 Blaak 12` to a place.
 * @param {string} tail @param {Around} around @param {(word: string, around: Around) => {unit: any} | Meaning} unitOf @returns {Meaning}
 */
export function readPost(tail, around, unitOf) {
  const [word] = tail.split(/\s+/);
  const place = tail.slice(word.length).trim();
  if (!place) return { ok: false, say: "say.post_how", params: {} };
  const hit = unitOf(word, around);
  if (!("unit" in hit)) return hit;
  const { ref, call_sign, assignment } = hit.unit;
  if (assignment) return { ok: false, say: "say.post_busy", params: { unit: call_sign, number: assignment.number } };
  const post = around.units.find((u) => u.base && u.base.toUpperCase() === place.toUpperCase())?.base ?? "";
  const act = { do: "post", unit: ref, post, place: post ? "" : place, ...(around.alone ? { alone: true } : {}) };
  return { ok: true, say: "say.post", params: { unit: call_sign, place: post || place }, act, ...(around.alone ? { twice: true, warn: "order.alone" } : {}) };
}
