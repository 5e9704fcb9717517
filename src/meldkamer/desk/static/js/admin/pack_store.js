// The country's data as the screen of access shows it: files, changes, and what is being written on one of them.
import { signal } from "../../vendor/preact.js";
import { get } from "../api.js";

/** @typedef {{file: string, sort: string, newest: string, in_force: string, since: number, by: string, approved_by: string}} PackFile */
/** @typedef {{change: string, file: string, state: string, before: string, after: string, by: string, room: string, at: number, reason: string, approved: number, approved_by: string, effective: number, withdrawn: number, withdrawn_by: string, why: string, own: boolean}} PackChange */
/** @typedef {{kind: string, old: number, new: number, text: string}} DiffLine */
/** @typedef {{file: string, row: number, column: string, message: string}} Fault */

/** What was told the last time; null before. @type {import("../../vendor/preact.js").Signal<{hash: string, problem: string, files: PackFile[], changes: PackChange[]} | null>} */
export const packs = signal(null);
/** What is open on the right: a file that is written, or a change that is looked at. @type {import("../../vendor/preact.js").Signal<{file: string} | {change: string} | null>} */
export const open = signal(null);

/** What somebody is writing: kept while he looks at something else, and gone with the window as nothing of it is secret. @type {import("../../vendor/preact.js").Signal<Record<string, {text: string, before: string}>>} */
export const written = signal({});

let newest = 0;

/** Ask now; an answer that was overtaken is dropped. Raises Problem and Lost. */
export async function askPack() {
  const mine = ++newest;
  const found = await get("/api/admin/pack");
  if (mine === newest) packs.value = found;
}

/** A text by its hash; nothing is asked for a file that does not exist yet. @param {string} file @param {string} sha @returns {Promise<string>} */
export const textOf = async (file, sha) => (await get(`/api/admin/pack/text?${new URLSearchParams({ file, sha })}`)).text;

/** Keep what is being written. @param {string} file @param {{text: string, before: string}} what */
export const write = (file, what) => (written.value = { ...written.value, [file]: what });

/** Nothing is being written on it any more. @param {string} file */
export function forget(file) {
  const { [file]: _, ...others } = written.value;
  written.value = others;
}

/** Milliseconds of a moment as it is typed, `2026-01-31 06:00`; 0 for nothing, null for what is no moment. @param {string} typed */
export function momentOf(typed) {
  if (!typed.trim()) return 0;
  const found = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)$/.exec(typed.trim());
  if (!found) return null;
  const [year, month, day, hour, minute] = found.slice(1).map(Number);
  const at = new Date(year, month - 1, day, hour, minute);
  // A day such as February 30th would have become another one.
  return at.getMonth() === month - 1 && at.getDate() === day && at.getHours() === hour ? at.getTime() : null;
}
