// What the map draws of travel times: how far one comes in so many minutes, and the ways of units to an incident. Asked in
// any window of the workplace, drawn in all of them that show a map.
import { signal } from "../vendor/preact.js";
import { proposal } from "./acts.js";
import { Problem, get } from "./api.js";
import { outcome } from "./commands.js";
import { past } from "./past.js";
import { incidents, linked, session, units } from "./stores.js";
import { decimal, sayProblem, t } from "./words.js";

/** Units move: what is drawn of them is asked again. */
const AGAIN_AFTER = 10000;
const MOST_UNITS = 12;
export const MINUTES = [5, 10, 15];
const UNDER_WAY = ["ordered", "acknowledged", "en_route"];

/** What is asked for: `{from: {unit} or {x, y, about}, minutes}`, or `{incident}` for the ways to it; null when nothing is. @type {import("../vendor/preact.js").Signal<any>} */
export const wanted = signal(null);
/** What is drawn: the answer of the room, and what it answers. @type {import("../vendor/preact.js").Signal<any>} */
export const drawnWays = signal(null);

const others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("mk.reach");
if (others) others.onmessage = (event) => linked.value && (wanted.value = event.data);

/** Ask for something on every map of this workplace; null takes it away. @param {any} what */
function ask(what) {
  wanted.value = what;
  if (linked.value) others?.postMessage(what);
}

export const clearWays = () => ask(null);

/** How far one comes. @param {{unit?: string, x?: number, y?: number, about?: string}} from @param {number[]} minutes */
export async function showReach(from, minutes) {
  ask({ from, minutes });
  return say(read(wanted.value), () => t("reach.asked"));
}

/** How far one comes from an incident. @param {string} ref @param {number[]} minutes */
export function reachOf(ref, minutes) {
  const i = incidents.value.get(ref);
  if (i?.location.x == null) return refuse("reach.no_place");
  return showReach({ x: i.location.x, y: i.location.y, about: `#${i.number}` }, minutes);
}

/** The ways of these units to an incident; of all that drive to it or are proposed when none is named. @param {string} incident @param {string[]} [named] */
export async function showWays(incident, named) {
  const at = incidents.value.get(incident);
  if (at?.location.x == null) return refuse("reach.no_place");
  const chosen = named ?? (await expected(at));
  if (!chosen.length) return refuse("reach.none");
  ask({ incident, units: chosen.slice(0, MOST_UNITS), number: at.number });
  return say(read(wanted.value), (found) => found.routes.length ? found.routes.map(wayText).join(" · ") : t("reach.none"));
}

/** A way in words. @param {any} way */
export const wayText = (way) => t("reach.way", { unit: way.call_sign, age: minutesAndSeconds(way.seconds), km: decimal(way.metres / 1000) });

/** @param {number} seconds */
const minutesAndSeconds = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Who is on the way to an incident, and who is proposed for it. @param {any} incident @returns {Promise<string[]>} */
async function expected(incident) {
  const driving = [...units.value.values()].filter((u) => u.assignment?.incident === incident.ref && UNDER_WAY.includes(u.assignment.state)).map((u) => u.ref);
  const may = [...incident.disciplines].some((d) => session.value.qualified.includes(`${d}.dispatch`));
  const advice = may ? await proposal(incident, []).catch(() => []) : [];
  return [...new Set([...driving, ...advice.flatMap((a) => a.proposal.filled.map((/** @type {any} */ f) => f.going.unit))])];
}

/** @param {string} why */
function refuse(why) {
  outcome.value = { text: t(why), bad: true };
  return null;
}

/** @param {Promise<any>} reading @param {(found: any) => string} words */
async function say(reading, words) {
  try {
    const found = await reading;
    outcome.value = { text: words(found), bad: false };
    return found;
  } catch (error) {
    outcome.value = { text: error instanceof Problem ? sayProblem(error.body) : t("link.none"), bad: true };
    clearWays();
    return null;
  }
}

/** @param {any} what */
function read(what) {
  if (past.value) return Promise.reject(new Problem({ code: "looking_back", detail: t("refused.looking_back") }));
  if (what.incident) return get(`/api/routes?incident=${encodeURIComponent(what.incident)}&units=${what.units.map(encodeURIComponent).join(",")}`);
  const from = what.from.unit ? `unit=${encodeURIComponent(what.from.unit)}` : `x=${Math.round(what.from.x)}&y=${Math.round(what.from.y)}`;
  return get(`/api/reach?${from}&minutes=${what.minutes.join(",")}`);
}

/** Draw what is asked for, for as long as a map is looked at; returns how to stop. */
export function followWays() {
  async function draw() {
    const what = wanted.value;
    try {
      const found = what && (await read(what));
      if (what === wanted.value) drawnWays.value = what && { ...found, asked: what };
    } catch {
      // What is drawn already stays, with its time.
    }
  }
  const stop = wanted.subscribe(draw);
  const timer = setInterval(() => wanted.value && (wanted.value.incident || wanted.value.from.unit) && draw(), AGAIN_AFTER);
  return () => {
    stop();
    clearInterval(timer);
  };
}
