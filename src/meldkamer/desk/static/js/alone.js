// A room that is cut off, and units that a room which cannot be reached may be using: what an order asks then.
import { computed } from "../vendor/preact.js";
import { rooms, session, units } from "./stores.js";

/** Whether this room is cut off: since when, and how many events are stored here alone; null when it is not. */
export const alone = computed(() => {
  const own = rooms.value.find((r) => r.room === session.value?.room);
  return own?.alone ? { since: own.alone, kept: own.kept } : null;
});

/** Of these units, those that another room may be using. @param {string[]} refs @returns {any[]} */
export const doubted = (refs) => refs.map((ref) => units.value.get(ref)).filter((u) => u?.maybe_used_by);

/** What is to be said of units in doubt. @param {any[]} found */
export const inDoubt = (found) => ({ unit: found.map((u) => u.call_sign).join(" + "), room: [...new Set(found.map((u) => u.maybe_used_by))].join(", ") });
