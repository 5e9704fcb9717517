// Contact with units: since when nobody heard of one, its timer, and the command for both. Pure.

/** The longest time (minutes) that a timer may give, as the room has it. */
const LONGEST = 240;
const MINUTE = 60_000;

/**
 * @typedef {import("./command_language.js").Meaning} Meaning
 * @typedef {import("./command_language.js").Around} Around
 */

/** Since when nobody heard of a unit: while a timer runs at the earliest since it was set, else since its order. @param {any} u */
const silentSince = (u) => (u.contact ? u.contact.due - u.contact.minutes * MINUTE : Math.max(u.heard ?? 0, u.assignment?.ordered ?? 0));

/** Whole minutes in which nobody heard of it. @param {any} u @param {number} at */
export const silentFor = (u, at) => Math.max(0, Math.floor((at - silentSince(u)) / MINUTE));

/** Whether its timer ran out. @param {any} u @param {number} at */
export const unheard = (u, at) => Boolean(u.contact) && at >= u.contact.due;

/** Whether its row says how long nobody heard of it: a timer runs, or it works and has read its order. @param {any} u */
export const watched = (u) => Boolean(u.contact) || (Boolean(u.assignment) && u.assignment.state !== "ordered");

/**
 * `contact 0131` there was contact, `contact 0131 15` a timer of so many minutes, `contact 0131 0` none.
 * @param {string[]} words @param {Around} around @param {(word: string, around: Around) => {unit: any} | Meaning} unitOf @returns {Meaning}
 */
export function readContact(words, around, unitOf) {
  const hit = unitOf(words[0] ?? "", around);
  if (!("unit" in hit)) return hit;
  const { ref, call_sign } = hit.unit;
  if (words.length === 1) return { ok: true, say: "say.contact", params: { unit: call_sign }, act: { do: "contact", unit: ref } };
  const minutes = /^\d{1,3}$/.test(words[1]) ? Number(words[1]) : -1;
  if (words.length > 2 || minutes < 0 || minutes > LONGEST) return { ok: false, say: "say.contact_how", params: {} };
  return { ok: true, say: minutes ? "say.contact_every" : "say.contact_stop", params: { unit: call_sign, minutes }, act: { do: "contact_timer", unit: ref, minutes } };
}
