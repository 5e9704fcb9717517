// What was opened for a short time and nobody judged yet: asked for while somebody is signed in who has to see it.
import { computed, effect, signal } from "../../vendor/preact.js";
import { get, inOrder } from "../api.js";
import { past } from "../past.js";
import { session } from "../stores.js";

const ASK = 15_000;

/** @typedef {{id: string, person: string, compartment: string, reason: string, at: number, until: number, review: null | {by: string, at: number, justified: boolean, text: string}}} Opening */

/** What was told the last time; null before. @type {import("../../vendor/preact.js").Signal<{now: number, openings: Opening[], may_open: string[], may_judge: boolean} | null>} */
export const glass = signal(null);

const oversees = computed(() => !past.value && ["administer", "read_log"].some((right) => session.value?.rights.includes(right)));

/** How many wait for a judgement of somebody who can see them. */
export const unjudged = computed(() => (oversees.value ? (glass.value?.openings.filter((o) => !o.review).length ?? 0) : 0));

const ask = inOrder(() => get("/api/admin/glass"));

/** Ask now. Raises Problem and Lost. */
export async function askGlass() {
  const found = await ask();
  if (found) glass.value = found;
}

effect(() => {
  if (!oversees.value) return undefined;
  // What is not answered is asked again; the screens themselves say that the room is not heard.
  const again = () => askGlass().catch(() => {});
  again();
  const timer = setInterval(again, ASK);
  return () => clearInterval(timer);
});
