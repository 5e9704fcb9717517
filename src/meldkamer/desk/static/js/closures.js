// Roads that are closed or slow: read from the room, drawn as points on the map, sent as one act.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { call, get, inOrder, newId, post } from "./api.js";
import { past } from "./past.js";
import { drawn, now } from "./stores.js";

const AGAIN_AFTER = 30000;
/** Metres around a line within which its road is closed. */
const LINE_RADIUS = 25;

/** @type {import("../vendor/preact.js").Signal<any[]>} */
export const closures = signal([]);
/** The points of what is being drawn, in RD metres; null when nothing is. @type {import("../vendor/preact.js").Signal<[number, number][] | null>} */
export const drawing = signal(null);

/** The past moment at which this window stands still; 0 while it plays, or shows what is now. */
const still = computed(() => (past.value && !past.value.speed ? past.value.at : 0));
/** Those of them that count at the time that is shown, in the same list as long as they are the same. */
let before = closures.peek();
export const counting = computed(() => {
  const left = closures.value.filter((k) => k.closure.until > now.value);
  if (left.length !== before.length || left.some((k, n) => k !== before[n])) before = left;
  return before;
});

const ask = inOrder(() => get("/api/closures"));

export async function readClosures() {
  const found = await ask();
  if (found) closures.value = found;
}

/** Read them for as long as somebody looks: when any room draws or opens one, when another past moment is shown, and now and then; returns how to stop. */
export function followClosures() {
  const read = () => readClosures().catch(() => {});
  const timer = setInterval(() => past.peek() || read(), AGAIN_AFTER);
  const stop = effect(() => {
    drawn.value;
    still.value;
    untracked(read);
  });
  return () => {
    stop();
    clearInterval(timer);
  };
}

/** @param {number[]} at */
export function addPoint(at) {
  if (drawing.value) drawing.value = [...drawing.value, [Math.round(at[0]), Math.round(at[1])]];
}

/** @param {[number, number][]} points @param {{area: boolean, slower: number, hours: number, text: string}} how */
export async function closeRoad(points, how) {
  const radius = how.area && points.length > 2 ? 0 : LINE_RADIUS;
  const until = Math.round(now.value + how.hours * 3600000);
  const made = await post("/api/closures", { id: newId(), points, radius, slower: how.slower, until, text: how.text });
  await readClosures();
  return made;
}

/** @param {string} id */
export async function openRoad(id) {
  await call("DELETE", `/api/closures/${id}`);
  await readClosures();
}

/** What is closed and what is being drawn, as GeoJSON in RD. @param {(shapes: any) => void} show */
export function eachDrawing(show) {
  return effect(() => {
    const shapes = counting.value.map((k) => feature(k.closure.points, k.closure.radius === 0, k.closure.slower > 0 ? "slow" : "closed"));
    if (drawing.value?.length) shapes.push(feature(drawing.value, false, "drawing"));
    show({ type: "FeatureCollection", features: shapes });
  });
}

/** @param {any[]} points @param {boolean} area @param {string} kind */
function feature(points, area, kind) {
  let geometry = { type: "LineString", coordinates: points };
  if (area) geometry = { type: "Polygon", coordinates: /** @type {any} */ ([[...points, points[0]]]) };
  else if (points.length === 1) geometry = { type: "Point", coordinates: points[0] };
  return { type: "Feature", properties: { kind }, geometry };
}
