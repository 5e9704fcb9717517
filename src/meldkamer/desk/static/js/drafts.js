// What is being typed survives Esc, a reload and a crash: kept per thing, until it is posted.
import { signal } from "../vendor/preact.js";

/** @param {string} ref @returns {any} */
export const draft = (ref) => JSON.parse(localStorage.getItem(`mk.draft.${ref}`) ?? "{}");

/** @param {string} ref @param {any} changes */
export function keepDraft(ref, changes) {
  localStorage.setItem(`mk.draft.${ref}`, JSON.stringify({ ...draft(ref), ...changes }));
}

/** Counts texts that came back because the room would not take them. @type {import("../vendor/preact.js").Signal<number>} */
export const cameBack = signal(0);

/** Put a text back in its field, after what is being typed there now. @param {string} ref @param {string} text */
export function giveBack(ref, text) {
  keepDraft(ref, { text: [draft(ref).text, text].filter(Boolean).join("\n") });
  cameBack.value += 1;
}

/** @param {string} ref */
export const dropDraft = (ref) => localStorage.removeItem(`mk.draft.${ref}`);
