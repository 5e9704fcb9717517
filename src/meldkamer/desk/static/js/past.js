// The moment at which this window looks back, when it does: from its address, moved by keys, played by the room.
import { effect, signal } from "../vendor/preact.js";
import { Problem, wall } from "./api.js";
import { PURPOSES } from "./past_language.js";

/** @typedef {{at: number, heard: number, speed: number, why: string, room: string}} Moment at: shown when it was heard, which is on the clock of this window */

/** Shown seconds per second. */
export const SPEEDS = [1, 4, 16, 60, 300];
const MINUTE = 60000;
const PATIENCE = 5000;

/** @type {import("../vendor/preact.js").Signal<Moment | null>} */
export const past = signal(read());
/** What can be asked of whoever holds the connection; set by the stores. @type {{seek: (at: number) => void, speed: (n: number) => void}} */
export const reel = { seek: () => {}, speed: () => {} };

/** @returns {Moment | null} */
function read() {
  const asked = new URLSearchParams(location.search);
  const at = Date.parse(asked.get("at") ?? "");
  const why = asked.get("why") ?? "";
  if (Number.isNaN(at) || !PURPOSES.some((p) => p === why)) return null;
  return { at, heard: Date.now(), speed: 0, why, room: asked.get("room") ?? "" };
}

/** The time that is shown now. @param {Moment} m */
export const shownAt = (m) => m.at + (Date.now() - m.heard) * m.speed;

/** A moment as it stands in an address: local time, to the second. @param {number} at */
export function written(at) {
  const d = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** The address of a screen in the same time as this window. @param {string} screen */
export function here(screen) {
  const m = past.value;
  return m ? address(screen, m.at, m.why, m.room) : `/w/${screen}`;
}

/** @param {string} screen @param {number} at @param {string} why @param {string} room */
const address = (screen, at, why, room) => `/w/${screen}?at=${written(at)}&why=${why}${room ? `&room=${room}` : ""}`;

/** Where this window asked to go and has not come yet, so long as it may take. @type {{at: number, until: number} | null} */
let underWay = null;

/** What the connection says of the time. On the way to a moment what is still said of the one before counts no more. @param {{at: number, speed: number}} said */
export function heardPast(said) {
  const to = underWay;
  if (to && Date.now() < to.until && Math.abs(said.at - to.at) >= 1000 && !(said.speed && said.at > to.at)) return;
  underWay = null;
  show(said);
}

/** There is no such moment: what the connection says next is where it stays. */
export const stayHere = () => (underWay = null);

/** @param {{at: number, speed: number}} said */
function show(said) {
  if (past.value) past.value = { ...past.value, ...said, heard: Date.now() };
}

/**
 * Look at a moment: this window goes there when it looks back already; a window that works stays, and another opens.
 * @param {string} screen @param {number} at @param {string} why @param {string} room @returns {boolean} whether there is a window
 */
export function lookAt(screen, at, why, room) {
  const m = past.value;
  if (!m) return window.open(address(screen, at, why, room), "_blank") !== null;
  if (room === m.room && why === m.why) seek(at);
  else location.assign(address(screen, at, why, room));
  return true;
}

/** Back to now. */
export const leavePast = () => location.assign(location.pathname);

/** Go to another moment. The next key counts from there, also while it is still being fetched. @param {number} at */
export function seek(at) {
  underWay = { at, until: Date.now() + PATIENCE };
  show({ at, speed: 0 });
  reel.seek(at);
}

/** @param {number} by minutes */
export const minutes = (by) => past.value && seek(Math.round(shownAt(past.value) / 1000) * 1000 + by * MINUTE);

/** The next key counts from this speed, also while the connection has not answered. @param {number} speed */
function run(speed) {
  if (past.value) show({ at: shownAt(past.value), speed });
  reel.speed(speed);
}

/** Play, or stand still. */
export const play = () => past.value && run(past.value.speed ? 0 : 1);

/** @param {1 | -1} by */
export function faster(by) {
  const m = past.value;
  if (!m) return;
  const n = Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(m.speed) + by));
  run(m.speed || by > 0 ? SPEEDS[n] : 0);
}

// Nothing is done in the past, and what is read there is read as it was then. One wall, in front of every request.
wall.before = (method, path) => {
  const m = past.peek();
  if (!m) return path;
  if (method !== "GET") {
    if (path === "/api/sign-in" || path === "/api/sign-out") return path;
    throw new Problem({ type: "refused", code: "looking_back", params: {} });
  }
  if (/\/proposal\b/.test(path)) throw new Problem({ type: "refused", code: "looking_back", params: {} });
  if (!/^\/api\/((incidents|calls|units|talks|attentions|drawings|warnings)\/|closures$|warnings\?)/.test(path)) return path;
  return `${path}${path.includes("?") ? "&" : "?"}at=${Math.round(shownAt(m))}&why=${m.why}`;
};

// A reload, or another screen, shows the same moment.
effect(() => {
  const m = past.value;
  if (m && !m.speed) history.replaceState(null, "", address(location.pathname.split("/")[2] || "operator", m.at, m.why, m.room));
});
