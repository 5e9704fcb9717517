// What every view reads: rows by kind, the link, the focus, the session and the country's data, as signals.
import { batch, computed, effect, signal } from "../vendor/preact.js";
import { get, post } from "./api.js";
import { Channel } from "./channel.js";
import { daysBy } from "./codes.js";
import { heardPast, past, reel, shownAt, stayHere } from "./past.js";
import { behindKeys, drawnNext } from "./turns.js";

/** @type {import("../vendor/preact.js").Signal<any>} */
export const session = signal(undefined);
/** @type {import("../vendor/preact.js").Signal<any>} */
export const pack = signal(null);
effect(() => void (pack.value && daysBy(pack.value.time_zone)));
/** @type {import("../vendor/preact.js").Signal<any[]>} */
export const rooms = signal([]);
/** missed: how many rows came or come in after a cut; null when there was none. @type {import("../vendor/preact.js").Signal<{state: string, since: number, missed?: number | null}>} */
export const link = signal({ state: "off", since: Date.now() });
/** @type {import("../vendor/preact.js").Signal<{kind: string, ref: string} | null>} */
export const focus = signal(null);
export const linked = signal(true);
export const serverOffset = signal(0);
/** When this session ends at the latest, on a clock that nobody can set (`performance.now`); null while nobody is in. @type {import("../vendor/preact.js").Signal<number | null>} */
export const ends = signal(/** @type {number | null} */ (null));
/** How far the clock of this workplace is behind the one of its room (milliseconds; less than 0: ahead); 0 while that is not sure. */
export const clockOff = signal(0);
/** Why a moment that was asked for cannot be shown. @type {import("../vendor/preact.js").Signal<any>} */
export const noMoment = signal(null);
/** When this window had all again that it missed while the link was lost, on the clock of the room. */
export const caughtUp = signal(0);
let missed = false;

/** Rises when roads were closed or opened in any room, or may have been while the link was away. */
export const drawn = signal(0);
/** Rises when something was said of an address warning in any room, or may have been while the link was away; the same in all windows. */
export const warned = signal(0);
/** One tick a second drives every clock and age. */
export const now = signal(Date.now());
/** @type {import("../vendor/preact.js").Signal<Map<number, {x: number, y: number, jumped: boolean, age: number}>>} */
export const fixes = signal(new Map());

/** @type {Record<string, import("../vendor/preact.js").Signal<Map<string, any>>>} */
const kinds = { call: signal(new Map()), incident: signal(new Map()), unit: signal(new Map()), function: signal(new Map()), talk: signal(new Map()), attention: signal(new Map()), drawing: signal(new Map()) };
export const calls = kinds.call;
export const incidents = kinds.incident;
export const units = kinds.unit;
export const functions = kinds.function;
/** What people of the rooms say to each other, without what was said. */
export const talks = kinds.talk;
/** Attention messages, without their words; also those that are over, for a while. */
export const attentions = kinds.attention;
/** What people drew on the map, of every region that this account may see, without its words; also what is over, for a while. */
export const drawings = kinds.drawing;

const tick = () => {
  now.value = past.value ? shownAt(past.value) : Date.now() + serverOffset.value;
};
setInterval(() => behindKeys(tick), 1000);
effect(tick);

/** Functions that this person may serve now: owned by the own room, and qualified for. */
export const served = computed(() => {
  const who = session.value;
  const names = new Set();
  if (!who) return names;
  for (const f of functions.value.values()) if (f.owner === who.room && who.qualified.includes(f.what)) names.add(f.name);
  return names;
});

/** Regions that this workplace follows: its own, those of which the room serves something, of calls that this person took, and the national one. */
export const regions = computed(() => {
  const who = session.value;
  if (!who) return [];
  const found = new Set([who.room.length === 2 && pack.value?.regions?.some((/** @type {any} */ r) => r.code === who.room) ? who.room : "NL"]);
  for (const f of functions.value.values()) if (f.owner === who.room) found.add(f.region);
  for (const c of calls.value.values()) if (c.answered_by === who.person && c.room === who.room) found.add(c.ref.split("/")[0]);
  return [...found].sort();
});

/** Own functions that another room serves now, and functions of others that this room serves. */
export const lent = computed(() => [...functions.value.values()].filter((f) => f.home === session.value?.room && f.owner && f.owner !== f.home));
export const taken = computed(() => [...functions.value.values()].filter((f) => f.owner === session.value?.room && f.home !== f.owner));

/** @type {Channel | null} */
let channel = null;
/** @type {Map<string, any[]>} */
const fresh = new Map();
let planned = false;
/** How many pictures came: what waits to be shown of before one is overtaken by it. */
let pictures = 0;
/** So long a frame may stay away at most (milliseconds): a screen that sleeps or is covered gets none, and an alarm must sound there too. */
const NO_FRAME = 400;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let frameless;

/** @param {() => void} run */
function ofThisPicture(run) {
  const of = pictures;
  behindKeys(() => void (of === pictures && run()));
}

/** @param {any} message */
function hear(message) {
  switch (message.t) {
    case "picture":
      // What is in it counts, not what waited to be shown of before it.
      pictures += 1;
      fresh.clear();
      clearTimeout(frameless);
      planned = false;
      batch(() => {
        for (const [kind, rows] of Object.entries(message.rows)) {
          kinds[kind].value = new Map(rows.map((/** @type {any} */ row) => [row.ref ?? row.name, row]));
        }
        rooms.value = message.rooms;
        serverOffset.value = message.offset;
        if (message.past) heardPast(message.past);
        else tick();
        link.value = { state: message.state, since: message.since };
        warned.value = message.warned;
      });
      break;
    case "over":
    case "ev":
      for (const row of message.rows) {
        const list = fresh.get(row.kind) ?? [];
        list.push(row);
        fresh.set(row.kind, list);
      }
      if (!planned) {
        planned = true;
        // A hidden window is not painted but must not fall behind. A frame is asked for only when its turn has come: one with nothing in it holds a key up as well.
        if (document.hidden) merge();
        else
          behindKeys(() => {
            requestAnimationFrame(merge);
            frameless = setTimeout(merge, NO_FRAME);
          });
      }
      break;
    case "rooms":
      ofThisPicture(() => void (rooms.value = message.rows));
      break;
    case "closures":
      drawn.value += 1;
      break;
    case "warnings":
      warned.value = message.warned;
      break;
    case "beat":
      ofThisPicture(() =>
        batch(() => {
          serverOffset.value = message.offset;
          clockOff.value = message.off;
        }),
      );
      break;
    case "state":
      // Whoever is told that all is there finds all of it.
      if (message.state === "live" && planned) merge();
      link.value = { state: message.state, since: message.since, missed: message.missed };
      if (message.state === "live") {
        drawn.value += 1;
        warned.value = message.warned;
        if (missed) caughtUp.value = Date.now() + serverOffset.value;
        missed = false;
      } else if (message.state === "lost") {
        missed = true;
      }
      if (message.state === "signed_out") session.value = null;
      break;
    case "past":
      heardPast(message.past);
      break;
    case "no_moment":
      stayHere();
      noMoment.value = message.problem;
      break;
    case "focus":
      if (linked.value && message.focus) drawnNext(() => void (focus.value = message.focus));
      break;
    case "fixes":
      behindKeys(() => void (fixes.value = readFixes(message.data)));
      break;
  }
}

// Whoever goes out of sight in between gets no frame, and must hear of an alarm all the same.
addEventListener("visibilitychange", () => {
  if (document.hidden && planned) merge();
}, true);

function merge() {
  planned = false;
  clearTimeout(frameless);
  batch(() => {
    for (const [kind, changes] of fresh) {
      const map = new Map(kinds[kind].value);
      for (const { ref, row } of changes) {
        if (row === null) map.delete(ref);
        else map.set(ref, row);
      }
      kinds[kind].value = map;
    }
    fresh.clear();
  });
}

/** In the heading of a position: it cannot have come there in the time, so it is not sure. */
const JUMPED = 0x8000;

/** Binary positions: 16 bytes a unit, little-endian. @param {ArrayBuffer} data */
function readFixes(data) {
  const view = new DataView(data);
  const found = new Map(fixes.value);
  for (let at = 0; at + 16 <= data.byteLength; at += 16) {
    found.set(view.getUint32(at, true), { x: view.getInt32(at + 4, true) / 10, y: view.getInt32(at + 8, true) / 10, jumped: (view.getUint16(at + 12, true) & JUMPED) !== 0, age: view.getUint16(at + 14, true) });
  }
  return found;
}

/** Look at something on all linked windows. @param {{kind: string, ref: string} | null} to */
export function look(to) {
  // The others first: while this window draws it, they can begin as well.
  if (linked.value) channel?.focus(to);
  focus.value = to;
}

/** Read what other windows read as well, once for all of them. @param {string} path @param {string} state what is known here of the thing @returns {Promise<any>} */
export const readTogether = (path, state) => (channel && !past.peek() ? channel.read(path, `${session.peek()?.person} ${state}`) : get(path));

/** Show the rows that came and wait for their turn: no pane shows an incident that the list beside it and the command line do not know yet. */
export function showRows() {
  if (planned) merge();
}

/** What this window had in hand, for a reload: when it was the only one, its worker forgot it. */
const HAND = "mk.hand";
effect(() => {
  const by = session.value?.person;
  if (by && focus.value) sessionStorage.setItem(HAND, JSON.stringify({ by, focus: focus.value }));
});

/** Take in hand again what this person had, unless another window says what it is. */
function takeAgain() {
  const had = JSON.parse(sessionStorage.getItem(HAND) ?? "null");
  if (!focus.peek() && had?.by === session.value.person) focus.value = had.focus;
}

/** Begin as whoever is signed in; false when nobody is. */
export async function begin() {
  try {
    session.value = await get("/api/session");
  } catch (error) {
    session.value = null;
    if (/** @type {any} */ (error).body) return false;
    throw error;
  }
  ends.value = performance.now() + session.value.left;
  pack.value = await get("/api/pack");
  // The management side reads reports and mostly may not follow work as it happens; a wall asks for its counts alone.
  if (session.value.lacking || /^\/w\/(steering|wallboard|admin|account)/.test(location.pathname)) return true;
  // Whoever looks back at another room sees its screens, with the rights of their own.
  if (past.peek()?.room) session.value = { ...session.value, room: past.peek()?.room };
  channel ??= new Channel(hear, past.peek());
  takeAgain();
  reel.seek = (at) => channel?.seek(at);
  reel.speed = (n) => channel?.speed(n);
  let before = "";
  stopFollowing?.();
  stopFollowing = effect(() => {
    const wanted = regions.value;
    if (wanted.length && wanted.join() !== before) {
      before = wanted.join();
      channel?.follow(wanted);
    }
  });
  return true;
}
/** @type {(() => void) | undefined} */
let stopFollowing;

const LEFT = "mk.left";
// Whoever leaves at one window has left them all: no other one goes on under the name, nor keeps the picture.
addEventListener("storage", (e) => { if (e.key === LEFT) session.value = null; });

export async function leave() {
  await post("/api/sign-out", {});
  channel?.stop();
  session.value = null;
  localStorage.setItem(LEFT, String(Date.now()));
}
