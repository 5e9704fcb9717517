// What came to this room with a takeover, and who has read it: each seat that may serve it says so once, and the Caco sees who has not.
import { computed, signal } from "../vendor/preact.js";
import { give, outcome } from "./commands.js";
import { past } from "./past.js";
import { functions, rooms, session, taken } from "./stores.js";
import { t } from "./words.js";

/** Whether this window shows what came, to be read. */
export const reading = signal(false);

/** Functions that came here and may be served by this person, who did not say yet that what came with them was read. */
export const unread = computed(() => {
  const who = session.value;
  if (!who?.rights.includes("operate") || past.value) return [];
  return taken.value.filter((f) => who.qualified.includes(f.what) && !f.read.includes(who.person));
});

/** The regions of those, each with when the first of its functions came. */
export const came = computed(() => {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const f of unread.value) found.set(f.region, Math.min(f.since, found.get(f.region) ?? f.since));
  return [...found].sort();
});

/** Say that it was read. What is not stored, for whatever reason, stays to be said; then why stands in the preview line. */
export async function saidRead() {
  for (const f of unread.peek()) if (!(await give({ type: "read_takeover", function: f.name }, { quiet: true }))) return;
  outcome.value = { text: t("taken.said"), bad: false };
}

/** Seats of this room at which somebody sits who may serve one of these functions, and those of them at which it is not read yet. @param {string[]} names */
export function readBy(names) {
  const moved = names.map((name) => functions.value.get(name)).filter(Boolean);
  const room = rooms.value.find((r) => r.room === session.value?.room);
  // A simulated colleague reads nothing.
  const here = (room?.seats ?? []).filter((/** @type {any} */ s) => !s.simulated && moved.some((f) => s.qualified.includes(f.what)));
  const left = here.filter((/** @type {any} */ s) => moved.some((f) => s.qualified.includes(f.what) && !f.read.includes(s.person)));
  return { seats: here.map((/** @type {any} */ s) => s.seat), left: left.map((/** @type {any} */ s) => s.seat) };
}
