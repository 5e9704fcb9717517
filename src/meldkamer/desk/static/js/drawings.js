// What people draw on the map for each other: what counts now, its words, and what is being drawn in this window.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { locate } from "./acts.js";
import { get, newId } from "./api.js";
import { give, outcome } from "./commands.js";
import { FEWEST, KINDS, MOST_POINTS } from "./drawing_language.js";
import { hand } from "./lists.js";
import { drawings, incidents, link, now, pack, session } from "./stores.js";
import { t } from "./words.js";

/**
 * What is being drawn: of a drawing that stands (ref) or a new one. hours: its end from now, 0 for none, -1 as it is.
 * @typedef {{ref: string, shape: string, kind: string, points: [number, number][], radius: number, hours: number, text: string, said: string, incident: string}} Sketch said: the words as they stood
 */

/** @type {import("../vendor/preact.js").Signal<Sketch | null>} */
export const sketch = signal(null);
/** The drawing that is chosen in the list, and stands out on the map. */
export const chosen = signal("");
/** Gives the middle of this window's map; null while it shows none. @type {import("../vendor/preact.js").Signal<(() => number[]) | null>} */
export const middle = signal(null);
/** Brings a drawing into the middle of this window's map. @type {{show: (drawing: any) => void}} */
export const view = { show: () => {} };

/** The last list, given again while the same drawings count. @type {any[]} */
let before = [];
/** What counts at the time that is shown: what was drawn last on top. */
export const counting = computed(() => {
  const at = now.value;
  const found = [...drawings.value.values()].filter((d) => (d.over === null || d.over > at) && (!d.until || d.until > at));
  found.sort((a, b) => b.at - a.at || a.ref.localeCompare(b.ref));
  if (found.length !== before.length || found.some((d, n) => d !== before[n])) before = found;
  return before;
});

/** The words of each that this workplace has read, by its name; null where they stay closed. @type {import("../vendor/preact.js").Signal<Map<string, string | null>>} */
export const words = signal(new Map());
/** @type {Set<string>} */
const asked = new Set();

/** Read what is written with drawings for as long as somebody looks at a map; returns how to stop. */
export function followWords() {
  return effect(() => {
    const rows = counting.value;
    if (!session.value) {
      // Who sits here next reads for themselves.
      asked.clear();
      words.value = new Map();
    } else if (link.value.state === "live") for (const d of rows) untracked(() => read(d));
  });
}

/** Words are read once, and again when somebody changed them. @param {any} d */
async function read(d) {
  const key = `${d.ref} ${d.words}`;
  if (!d.words || asked.has(key)) return;
  asked.add(key);
  try {
    const found = await get(`/api/drawings/${d.ref}`);
    if (asked.has(key)) words.value = new Map(words.value).set(d.ref, found.text);
  } catch {
    asked.delete(key);
  }
}

/** What is written with a drawing; empty while there is nothing, or it is not read yet. @param {any} d */
export const textOf = (d) => (d.words ? (words.value.has(d.ref) ? (words.value.get(d.ref) ?? t("note.closed")) : "…") : "");

/** Where this workplace draws when it is not for an incident: the region of its room. */
export const ownRegion = () => pack.value?.rooms?.find((/** @type {any} */ r) => r.code === session.value?.room)?.region ?? "NL";

/** Begin to draw; on the map, or anew what stands. @param {any} [d] */
export function beginSketch(d) {
  const of = hand.value?.kind === "incident" ? incidents.value.get(hand.value.ref) : null;
  const text = d?.words ? (words.value.get(d.ref) ?? "") : "";
  sketch.value = d
    ? { ref: d.ref, shape: d.shape, kind: d.kind, points: d.points, radius: d.radius, hours: -1, text, said: text, incident: d.incident ?? "" }
    : { ref: "", shape: "circle", kind: "cordon", points: [], radius: 100, hours: 0, text: "", said: "", incident: of && !of.closed ? of.ref : "" };
}

/** @param {Partial<Sketch>} changes */
export function changeSketch(changes) {
  const old = sketch.value;
  if (!old) return;
  const next = { ...old, ...changes };
  if (!KINDS[next.shape].includes(next.kind)) next.kind = KINDS[next.shape][0];
  if (FEWEST[next.shape] === 1) next.points = next.points.slice(-1);
  sketch.value = next;
}

/** A point more; a mark and a circle have one, which goes there. @param {number[]} at */
export function sketchPoint(at) {
  if (sketch.value && sketch.value.points.length < MOST_POINTS) changeSketch({ points: [...sketch.value.points, [Math.round(at[0]), Math.round(at[1])]] });
}

export const dropPoint = () => changeSketch({ points: sketch.value?.points.slice(0, -1) ?? [] });

/** Whether what is being drawn is a shape already. @param {Sketch} s */
export const whole = (s) => s.points.length >= FEWEST[s.shape] && (s.shape !== "circle" || s.radius > 0);

/** Let everybody see it. */
export async function saveSketch() {
  const s = sketch.value;
  if (!s || !whole(s)) return null;
  const until = s.hours > 0 ? Math.round(now.value + s.hours * 3600000) : 0;
  const radius = s.shape === "circle" ? s.radius : 0;
  const done = s.ref
    ? await give({ type: "change_drawing", drawing: s.ref, points: s.points, ...(radius ? { radius } : {}), ...(s.hours < 0 ? {} : { until }), ...(s.text === s.said ? {} : { text: s.text }) })
    : await draw({ region: s.incident ? s.incident.split("/")[0] : ownRegion(), shape: s.shape, kind: s.kind, points: s.points, radius, until, incident: s.incident, text: s.text });
  // What was not taken stays as it was drawn.
  if (done) sketch.value = null;
  return done;
}

/** @param {any} d */
function draw({ incident, ...d }) {
  return give({ type: "draw", drawing: newId(), ...d, ...(incident ? { incident } : {}) });
}

/** Where typed places are, in RD metres; null, and a word why, when one is not known. @param {(string | null)[]} places @param {any} [incident] @returns {Promise<[number, number][] | null>} */
async function pointsOf(places, incident) {
  /** @type {[number, number][]} */
  const found = [];
  for (const place of places) {
    const typed = /^(\d{1,6})[\s,;]+(\d{1,6})$/.exec(place ?? "");
    // Here is where the incident is, when it is about one that has a place.
    const at = typed ? { x: Number(typed[1]), y: Number(typed[2]) } : place !== null ? await locate(place) : incident?.location.x != null ? incident.location : mapMiddle();
    if (at?.x == null) {
      outcome.value = { text: t("drawing.no_place", { place: place ?? "" }), bad: true };
      return null;
    }
    found.push([Math.round(at.x), Math.round(at.y)]);
  }
  return found;
}

const mapMiddle = () => {
  const at = middle.value?.();
  return at ? { x: at[0], y: at[1] } : null;
};

/** What the command line understood. @param {any} act */
export async function drawTyped({ places, region, shape, kind, radius, until, incident, text }) {
  const points = await pointsOf(places, incident ? incidents.value.get(incident) : null);
  return points && draw({ region, shape, kind, points, radius, until: Math.round(until), incident, text });
}

/** @param {any} act */
export async function redrawTyped({ drawing, places, changes }) {
  const points = places.length ? await pointsOf(places) : null;
  if (places.length && !points) return null;
  return give({ type: "change_drawing", drawing, ...changes, ...(points ? { points } : {}) });
}

/** @param {string} drawing */
export const takeAway = (drawing) => give({ type: "remove_drawing", drawing });
