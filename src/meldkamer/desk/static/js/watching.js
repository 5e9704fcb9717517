// What administrators watch: the checks and alarms of this room, asked for every ten seconds while one is signed in.
import { computed, effect, signal } from "../vendor/preact.js";
import { get } from "./api.js";
import { past } from "./past.js";
import { now, rooms, session } from "./stores.js";
import { known, t } from "./words.js";

const ASK = 10000;

/** @typedef {{id: string, kind: string, state: string, checks: string[], detail: string, run: string, since: number, raised: number, ended: number | null, times: number}} Alarm */
/** @typedef {{name: string, state: string, detail: string, age: number | null, run: string}} Check */
/** @typedef {{state: string | null, age: number | null, checks: Check[], open: Alarm[], ended: Alarm[], at: number}} Watched */

/** What was told the last time, and when that was; null before. @type {import("../vendor/preact.js").Signal<Watched | null>} */
export const watched = signal(null);

export const watches = computed(() => !!session.value?.rights.includes("administer") && !past.value);

async function ask() {
  try {
    watched.value = { ...(await get("/api/alarms")), at: Date.now() };
  } catch {
    // What was told before stays, and its age says how old it is.
  }
}

effect(() => {
  if (!watches.value) return undefined;
  ask();
  const asking = setInterval(ask, ASK);
  return () => clearInterval(asking);
});

/** What a check looks at, in words, with the room or adapter that stands behind it. @param {string} name */
export function checkName(name) {
  const [kind, ...more] = name.split(" ");
  const key = `watch.kind.${kind.replaceAll("-", "_")}`;
  return [known(key) ? t(key) : kind, ...more].join(" ");
}

/** How old the checks are, in milliseconds; null when there were none. */
export const watchedAge = computed(() => {
  now.value;
  const w = watched.value;
  return w?.age == null ? null : w.age * 1000 + (Date.now() - w.at);
});

/** Of what the rooms say that they run, what most of them run; null when nobody says. @param {"version" | "pack" | "geography"} what */
export function most(what) {
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const r of rooms.value) if (r[what]) counted.set(r[what], (counted.get(r[what]) ?? 0) + 1);
  return [...counted].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** Whether a room says that it runs another version, pack or geography than most. @param {any} room @param {"version" | "pack" | "geography"} what */
export const differs = (room, what) => !!room[what] && room[what] !== most(what);
