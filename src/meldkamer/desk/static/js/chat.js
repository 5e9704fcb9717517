// Talks between seats and rooms: which there are, what is new in them, and the ways to say something.
import { computed, effect, signal } from "../vendor/preact.js";
import { newId } from "./api.js";
import { give } from "./commands.js";
import { past } from "./past.js";
import { tone } from "./sound.js";
import { rooms, session, talks } from "./stores.js";

const SEEN = "mk.seen";
export const EVERYBODY = "chat-NL";

/** How many lines of each talk this workplace has shown. @type {import("../vendor/preact.js").Signal<Record<string, number>>} */
const seen = signal(stored());
addEventListener("storage", (event) => {
  if (event.key === SEEN) seen.value = stored();
});

/** @returns {Record<string, number>} */
function stored() {
  return JSON.parse(localStorage.getItem(SEEN) ?? "{}");
}

/** The talk of this room with another one, or inside it. @param {string} other */
export const talkWith = (other) => (other === session.value.room ? `chat-${other}` : `chat-${[session.value.room, other].sort().join("-")}`);
export const shiftLog = () => `shift-${session.value.room}`;

/** The talks of this room, in a fixed order: inside, the log of the shifts, everybody, then room by room. */
export const own = computed(() => {
  const who = session.value;
  if (!who) return [];
  const others = rooms.value.map((r) => r.room).filter((r) => r !== who.room);
  return [talkWith(who.room), shiftLog(), EVERYBODY, ...others.map(talkWith)];
});

/** The room with which a talk is, or empty for the own room's. @param {string} ref */
export const otherOf = (ref) => ref.split("-").slice(1).find((r) => r !== session.value?.room) ?? "";

/** Lines that nobody here has seen. @param {string} ref */
export function unreadOf(ref) {
  const row = talks.value.get(ref);
  return Math.max(0, (row?.lines ?? 0) - (seen.value[ref] ?? 0));
}

/** New lines in all talks of this room. */
export const unread = computed(() => own.value.reduce((n, ref) => n + unreadOf(ref), 0));

/** What is new for whoever sits here: lines, and shifts that wait to be taken over, each once. */
export const news = computed(() => unread.value - unreadOf(shiftLog()) + Math.max(unreadOf(shiftLog()), waiting.value.length));

/** Hand-overs that somebody else left and nobody has taken. */
export const waiting = computed(() => (talks.value.get(shiftLog())?.open ?? []).filter((/** @type {any} */ h) => h.by !== session.value?.person && [...h.audience].some((d) => !session.value.disciplines || session.value.disciplines.includes(d))));

/** @param {string} ref */
export function see(ref) {
  const lines = talks.value.get(ref)?.lines ?? 0;
  if (past.value || stored()[ref] === lines) return;
  localStorage.setItem(SEEN, JSON.stringify({ ...stored(), [ref]: lines }));
  seen.value = stored();
}

/** Say something; kept at this workplace when there is no link. @param {string} talk @param {string} text @param {string} to @param {string} audience */
export const say = (talk, text, to, audience) => give({ type: "say", talk, line: newId(), text, to, audience });

/** @type {Map<string, number> | null} */
let heard = null;
effect(() => {
  const at = new Map(own.value.map((ref) => [ref, talks.value.get(ref)?.lines ?? 0]));
  const fresh = heard && own.value.some((ref) => {
    const row = talks.value.get(ref);
    return row && heard?.has(ref) && row.lines > (heard.get(ref) ?? 0) && row.by !== session.value?.person;
  });
  heard = session.value && talks.value.size ? at : heard;
  if (fresh) tone("message");
});
