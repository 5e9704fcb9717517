// What the reports show: one period for all screens, fetched when a screen opens and again each minute while it is open.
import { signal } from "../../vendor/preact.js";
import { Lost, Problem, get } from "../api.js";
import { language, sayProblem, t } from "../words.js";

const EVERY = 60_000;
/** While the record is read for the first time, and after an answer that did not come. */
const SOON = 2_000;

/** @typedef {"overview" | "rooms" | "groups" | "overflow" | "gaps"} Name */

/** Screen, its key, and what it reads. @type {{name: Name, key: string}[]} */
export const SCREENS = [
  { name: "overview", key: "F2" }, { name: "rooms", key: "F3" }, { name: "groups", key: "F4" },
  { name: "overflow", key: "F6" }, { name: "gaps", key: "F7" },
];

/** Keys that do the same on each screen: to the field of the period, the one before, the one after. */
export const KEYS = [["F8", "period"], ["F9", "before"], ["F10", "after"]];

const asked = location.pathname.split("/")[3];
/** @type {import("../../vendor/preact.js").Signal<Name>} */
export const at = signal(SCREENS.find((s) => s.name === asked)?.name ?? "overview");

/** The period that is asked for; empty: this week. */
export const period = signal(new URLSearchParams(location.search).get("period") ?? "");
/** Which measure, of which discipline, in which groups. */
export const chosen = signal({ measure: "answer_112", discipline: "", by: "region" });

/** What was read for a screen, its question, and when. @type {import("../../vendor/preact.js").Signal<{name: Name, data: any, read: number} | null>} */
export const shown = signal(null);
/** The period that was shown last, with the ones beside it. @type {import("../../vendor/preact.js").Signal<any>} */
export const span = signal(null);
/** Why the newest reading failed; empty when it did not. */
export const failure = signal("");

/** The part of an address that says what is asked. */
export const query = () => new URLSearchParams({ ...(period.value && { period: period.value }), language: language.value });

/** Go to a screen; the address follows, so that it can be kept. @param {Name} name */
export function go(name) {
  at.value = name;
  shown.value = null;
  return ask();
}

/** Look at another period. @param {string} name */
export function lookAt(name) {
  period.value = name;
  return ask();
}

/** Steps that wait for each other, so that two quick presses go two periods. */
let steps = Promise.resolve();

/** To the period beside the one that is shown by then. @param {"before" | "after"} which */
export function step(which) {
  steps = steps.then(() => (span.value ? lookAt(span.value[which]) : undefined));
  return steps;
}

/** Look at another measure or other groups. @param {Partial<typeof chosen.value>} what */
export function choose(what) {
  chosen.value = { ...chosen.value, ...what };
  return ask();
}

function ask() {
  history.replaceState(null, "", `/w/reports/${at.value}${period.value ? `?period=${encodeURIComponent(period.value)}` : ""}`);
  return read();
}

let newest = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;

/** Read the screen that is open; an answer that was overtaken is dropped. */
export async function read() {
  const name = at.value;
  const mine = ++newest;
  const words = query();
  const { measure, discipline, by } = chosen.value;
  if (name === "rooms" || name === "groups") {
    words.set("measure", measure);
    words.set("discipline", discipline);
  }
  if (name === "groups") words.set("by", by);
  try {
    const data = await get(`/api/reports/${name}?${words}`);
    if (mine !== newest) return;
    span.value = data.span;
    shown.value = { name, data, read: Date.now() };
    failure.value = data.problem ? t("reports.unread", { said: data.problem }) : "";
    clearTimeout(again);
    if (!data.shows && !data.problem) again = setTimeout(read, SOON);
  } catch (error) {
    if (mine !== newest) return;
    if (error instanceof Problem) failure.value = sayProblem(error.body);
    else if (error instanceof Lost) {
      // What took too long is worked out by the time that it is asked for again.
      failure.value = t("steering.lost");
      clearTimeout(again);
      again = setTimeout(read, SOON);
    } else throw error;
  }
}

/** Read on as long as the screens are open; returns what stops it. */
export function keepReading() {
  read();
  const timer = setInterval(() => !document.hidden && read(), EVERY);
  return () => { clearInterval(timer); clearTimeout(again); };
}
