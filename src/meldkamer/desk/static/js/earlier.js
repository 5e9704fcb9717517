// Earlier calls by the number of the call in hand and from its place: as the room finds them, with what this workplace holds of the last hours.
import { computed, signal } from "../vendor/preact.js";
import { Problem, get } from "./api.js";
import { calls, incidents } from "./stores.js";
import { sayProblem, t } from "./words.js";

/** So near is the same place: an address and the pavement before it. A wider circle is no place. */
const METRES = 75;
const MOST = 20;

/** @typedef {{x: number, y: number}} Spot RD metres */
/** @typedef {{call: any, number: boolean, place: boolean, end_reason: string, incidents: any[]}} Earlier */

/** The call in hand (none while a form is filled without one) and the place that is meant. @type {import("../vendor/preact.js").Signal<{ref: string | undefined, spot: Spot | null} | null>} */
export const about = signal(null);
/** What the room found, or why it could not look. @type {import("../vendor/preact.js").Signal<{ref: string, about: string, view?: any, problem?: string} | null>} */
export const answer = signal(null);
/** Whether the list takes the focus as soon as it is there: somebody asked for it, and has pressed nothing since. */
export const wanted = signal(false);

/** Ask for the list, where it is not there yet. */
export function want() {
  const stop = () => (wanted.value = false);
  wanted.value = true;
  for (const act of ["keydown", "pointerdown"]) addEventListener(act, stop, { once: true, capture: true });
}

/** The point of a statement that is sure enough to be a place. @param {any} location @returns {Spot | null} */
export const spotOf = (location) => (location?.x != null && (location.radius ?? 0) <= METRES ? { x: location.x, y: location.y } : null);

/** The point of something found by its words; a town or a quarter is no place to have called from. @param {any} place @returns {Spot | null} */
export const pointOf = (place) => (place?.x != null && !["place", "quarter"].includes(place.kind) ? { x: place.x, y: place.y } : null);

let asked = 0;

/**
 * Ask the room, once about the same. An answer that another question has overtaken is of no use.
 * @param {string} ref @param {Spot | null} place one that was typed; none: the call's own @param {string} about what it depends on
 */
export async function ask(ref, place, about) {
  const last = answer.peek();
  if (last?.ref === ref && last.about === about && last.view) return;
  const mine = ++asked;
  /** @type {{ref: string, about: string, view?: any, problem?: string}} */
  let said;
  try {
    said = { ref, about, view: await get(`/api/calls/${ref}/earlier${place ? `?x=${place.x}&y=${place.y}` : ""}`) };
  } catch (error) {
    said = { ref, about, problem: error instanceof Problem ? sayProblem(error.body) : t("link.none") };
  }
  if (mine === asked) answer.value = said;
}

/** What the room found for the call in hand. */
export const view = computed(() => (answer.value && answer.value.ref === about.value?.ref ? answer.value.view : null));

/** What is shown, newest first, each call once and as it stands now. @type {import("../vendor/preact.js").ReadonlySignal<Earlier[]>} */
export const rows = computed(() => {
  const on = about.value;
  if (!on) return [];
  /** @type {Earlier[]} */
  const told = (view.value?.calls ?? []).map((/** @type {Earlier} */ one) => ({ ...one, call: calls.value.get(one.call.ref) ?? one.call, incidents: one.incidents.map((i) => incidents.value.get(i.ref) ?? i) }));
  const known = new Set(told.map((one) => one.call.ref));
  // Where the room counts more than it shows, what is older than its last one is among those.
  const last = view.value?.count > told.length ? (told.at(-1)?.call.received ?? 0) : 0;
  const there = (/** @type {any} */ c) => {
    const spot = spotOf(c.location);
    return spot !== null && on.spot !== null && Math.hypot(spot.x - on.spot.x, spot.y - on.spot.y) <= METRES;
  };
  const here = [...calls.value.values()].filter((c) => c.ref !== on.ref && !known.has(c.ref) && c.received >= last && there(c));
  const held = here.map((call) => ({ call, number: false, place: true, end_reason: "", incidents: call.incidents.map((/** @type {string} */ ref) => incidents.value.get(ref)).filter(Boolean) }));
  return [...told, ...held].sort((a, b) => b.call.received - a.call.received).slice(0, MOST);
});

/** Calls that the list shows and the room did not count. */
export const besides = computed(() => rows.value.filter((one) => !(view.value?.calls ?? []).some((/** @type {Earlier} */ c) => c.call.ref === one.call.ref)).length);
