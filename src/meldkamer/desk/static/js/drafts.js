// What is being typed survives Esc, a reload and a crash: kept per thing, until it is posted.
import { signal } from "../vendor/preact.js";
import { session } from "./stores.js";

/** Whoever takes a desk over finds nothing that another began: it may be behind a wall for them. @param {string} ref */
const at = (ref) => `mk.draft.${session.peek()?.person ?? ""}.${ref}`;

/** @param {string} ref @returns {any} */
export const draft = (ref) => JSON.parse(localStorage.getItem(at(ref)) ?? "{}");

/** @param {string} ref @param {any} changes */
export function keepDraft(ref, changes) {
  const kept = { ...draft(ref), ...changes };
  // What was posted leaves nothing behind: a workplace is used for years.
  if (Object.values(kept).every((value) => value === "")) dropDraft(ref);
  else localStorage.setItem(at(ref), JSON.stringify(kept));
}

/** Counts texts that came back because the room would not take them. @type {import("../vendor/preact.js").Signal<number>} */
export const cameBack = signal(0);

/** Put a text back in its field, after what is being typed there now. @param {string} ref @param {string} text */
export function giveBack(ref, text) {
  keepDraft(ref, { text: [draft(ref).text, text].filter(Boolean).join("\n") });
  cameBack.value += 1;
}

/** Under which name the answers that are being typed about something are kept. @param {string} ref */
export const answersAt = (ref) => `questions.${ref}`;

/** Put words that were typed as an answer back where they were typed. @param {string} ref @param {string} field @param {string} text */
export function keepTyped(ref, field, text) {
  const key = answersAt(ref);
  keepDraft(key, { typed: { ...draft(key).typed, [field]: text } });
  cameBack.value += 1;
}

/** What was being typed about one thing goes on at another. @param {string} from @param {string} to */
export function moveDraft(from, to) {
  keepDraft(to, draft(from));
  dropDraft(from);
}

/** @param {string} ref */
export const dropDraft = (ref) => localStorage.removeItem(at(ref));
