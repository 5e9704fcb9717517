// How to speak with a caller: what this person has read or noted of it, and noting it. Rows say only that there is something.
import { computed, effect, signal } from "../vendor/preact.js";
import { give } from "./commands.js";
import { hand, talking } from "./lists.js";
import { calls, pack, session } from "./stores.js";
import { inWords } from "./speaking_language.js";
import { language, t } from "./words.js";

/** @typedef {{language: string, ways: string[]}} Speaking ways: codes of the country's list */

/** Of each call that this person has read. @type {import("../vendor/preact.js").Signal<Map<string, Speaking>>} */
const known = signal(new Map());
/** How often something was noted here of a call: what was asked before that says nothing of now. @type {Map<string, number>} */
const noted = new Map();

// Whoever takes a desk over has not read it.
let reader = session.peek()?.person;
effect(() => {
  if (session.value?.person === reader) return;
  reader = session.value?.person;
  known.value = new Map();
});

/** @param {string} ref */
export const notedSoFar = (ref) => noted.get(ref) ?? 0;

/** A call was read. @param {string} ref @param {any} detail @param {number} asked what `notedSoFar` said when it was asked for */
export function tookSpeaking(ref, detail, asked) {
  if (notedSoFar(ref) !== asked || detail.unreadable.includes("caller")) return;
  known.value = new Map(known.value).set(ref, { language: detail.caller.language ?? "", ways: detail.caller.ways ?? [] });
}

/** @param {string} ref @returns {Speaking | undefined} */
export const speakingOf = (ref) => known.value.get(ref);

/** The call that a command is about: the one in hand, else the only one on the line; null while it has not been read. */
export const speakingNow = computed(() => {
  const ref = hand.value?.kind === "call" ? hand.value.ref : talking.value.length === 1 ? talking.value[0].ref : "";
  const of = known.value.get(ref);
  return of ? { ref, ...of } : null;
});

/** Note it; what is given takes the place of what stood. @param {string} ref @param {Partial<Speaking>} changes */
export async function noteSpeaking(ref, changes) {
  const before = known.value.get(ref) ?? { language: "", ways: [] };
  // It stands here at once: what is chosen next goes on from it.
  noted.set(ref, notedSoFar(ref) + 1);
  const stands = { ...before, ...changes };
  known.value = new Map(known.value).set(ref, stands);
  const back = Object.fromEntries(Object.keys(changes).map((key) => [key, before[/** @type {"ways"} */ (key)]]));
  const done = await give({ type: "note_speaking", call: ref, ...changes }, { back: { opposite: { type: "note_speaking", call: ref, ...back } } });
  if (!done && known.value.get(ref) === stands) known.value = new Map(known.value).set(ref, before);
  return done;
}

/** In one line for whoever goes on with the call; empty when nothing was noted. @param {Speaking | undefined} of */
export const speakingInWords = (of) => (of && (of.language || of.ways.length) ? inWords(of, pack.value, language.value) : "");

/** What a row says of it: that there is something, without what. @param {any} call */
export const speakingMark = (call) => [call.language_noted && t("speaking.mark_language"), call.ways_noted && t("speaking.mark_ways")].filter(Boolean).join(" · ");

/** Changes whenever something is noted of a call that belongs to this incident. @param {string} incident */
export const notedAt = (incident) => computed(() => [...calls.value.values()].filter((c) => c.incidents.includes(incident)).map((c) => `${c.ref} ${c.language_noted} ${c.ways_noted}`).join());
