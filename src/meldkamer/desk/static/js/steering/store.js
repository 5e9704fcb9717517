// What the steering screens show: fetched when a screen opens and again each minute, with the moment it was true.
import { signal } from "../../vendor/preact.js";
import { Lost, Problem, get } from "../api.js";
import { language, sayProblem } from "../words.js";

const EVERY = 60_000;

/** @typedef {"today" | "risks" | "continuity" | "lines" | "money" | "proof" | "register"} Name */

/** Screen, its key, and what it reads. @type {{name: Name, key: string}[]} */
export const SCREENS = [
  { name: "today", key: "F2" }, { name: "risks", key: "F3" }, { name: "continuity", key: "F4" },
  { name: "lines", key: "F6" }, { name: "money", key: "F7" }, { name: "proof", key: "F8" },
  { name: "register", key: "F9" },
];

const asked = location.pathname.split("/")[3];
/** @type {import("../../vendor/preact.js").Signal<Name>} */
export const at = signal(SCREENS.find((s) => s.name === asked)?.name ?? "today");

/** The plan itself: its name, what is wrong with it, whether it can be written here. @type {import("../../vendor/preact.js").Signal<any>} */
export const plan = signal(null);

/** Per screen: what was read, and when. @type {import("../../vendor/preact.js").Signal<Record<string, {data: any, read: number}>>} */
export const known = signal({});

/** What the register shows: of which kind, and the record that is open ("+": a new one). */
export const kind = signal("demand");
export const record = signal("");

/** Why the newest reading failed; empty when it did not. */
export const failure = signal("");

/** Go to a screen; the address follows, so that it can be kept. @param {Name} name */
export function go(name) {
  at.value = name;
  history.replaceState(null, "", `/w/steering/${name}`);
  return read();
}

let newest = 0;

/** Open a record in the register. @param {string} of @param {string} id */
export function openRecord(of, id) {
  kind.value = of;
  record.value = id;
  return go("register");
}

/** Read the screen that is open; an answer that was overtaken is dropped. */
export async function read() {
  const name = at.value;
  const mine = ++newest;
  try {
    const about = await get("/api/steering/plan");
    if (mine === newest) plan.value = about;
    const data = await get(name === "register" ? `/api/steering/register?kind=${kind.value}` : `/api/steering/${name}?language=${language.value}`);
    if (mine !== newest) return;
    known.value = { ...known.value, [name]: { data, read: Date.now() } };
    failure.value = "";
  } catch (error) {
    if (mine !== newest) return;
    if (error instanceof Problem) failure.value = sayProblem(error.body);
    else if (error instanceof Lost) failure.value = "lost";
    else throw error;
  }
}

/** Read on as long as the screens are open; returns what stops it. */
export function keepReading() {
  // What the room says in words is asked for anew in another language.
  const follow = language.subscribe(() => void read());
  const timer = setInterval(() => !document.hidden && read(), EVERY);
  return () => { follow(); clearInterval(timer); };
}
