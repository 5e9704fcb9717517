// The lists that views show, derived from the rows, in an order that is stated in each pane's title.
import { computed, effect, signal } from "../vendor/preact.js";
import { calls, focus, incidents, pack, served, session, taken, units } from "./stores.js";

/** Whether a call is at this room and this person may serve its kind. @param {any} c @param {any} who */
const here = (c, who) => c.room === who.room && who.qualified.includes(c.function.split(".").slice(1).join("."));

/** Waiting calls that this person may take: of a function the room serves, or offered to this room or this seat. Longest wait first. */
export const queue = computed(() => {
  const who = session.value;
  if (!who) return [];
  return [...calls.value.values()]
    .filter((c) => (c.state === "queued" || c.state === "offered") && (served.value.has(c.function) || here(c, who) || (who.seat && c.room === who.room && c.seat === who.seat)))
    .sort((a, b) => a.waiting_since - b.waiting_since);
});

/** Calls that this person has on the line. */
export const talking = computed(() => [...calls.value.values()].filter((c) => c.state === "answered" && c.answered_by === session.value?.person && c.room === session.value.room));

/** Callers who hung up before anybody answered. */
export const callBacks = computed(() => {
  const who = session.value;
  if (!who) return [];
  return [...calls.value.values()].filter((c) => c.call_back === "due" && (served.value.has(c.function) || here(c, who) || c.call_back_by === who.person)).sort((a, b) => a.received - b.received);
});

/** Open incidents of the regions that are served, of one's own disciplines or of all for who has none; priority, then waiting longest. */
export const openIncidents = computed(() => {
  const who = session.value;
  if (!who) return [];
  const mine = new Set([...served.value].map((f) => f.split(".")[0]));
  const all = !who.disciplines || who.qualified.includes("multi") || who.qualified.includes("112");
  return [...incidents.value.values()]
    .filter((i) => !i.closed && (mine.has(i.ref.split("/")[0]) || i.ref.startsWith(`${who.room}/`)))
    .filter((i) => all || !i.disciplines || [...i.disciplines].some((d) => who.disciplines.includes(d)))
    .sort((a, b) => a.priority - b.priority || a.opened - b.opened);
});

/** How long who is asked for may wait for the first unit (milliseconds): the country's norm for that, where it has one. */
const alerting = computed(() => {
  const found = (pack.value?.norms ?? []).filter((/** @type {any} */ n) => n.end === "alerted").map((/** @type {any} */ n) => n.value * (n.unit === "min" ? 60000 : 1000));
  return found.length ? Math.min(...found) : 120000;
});
/** These priorities wait for somebody to be sent at once; the others are planned. */
const URGENT = 2;

/** Whether nobody was sent to what is urgent within the norm: only then waiting asks for attention. @param {any} incident @param {number} at */
export const waitsTooLong = (incident, at) => !incident.units.length && incident.priority <= URGENT && at - incident.opened > alerting.value;

/** Units of the own disciplines: what needs attention, what works, what can be sent, what cannot; by call sign. */
export const board = computed(() => {
  const who = session.value;
  if (!who) return [];
  const rank = (/** @type {any} */ u) => (u.emergency ? 0 : u.speech ? 1 : u.assignment ? 2 : u.free ? 3 : 4);
  return [...units.value.values()]
    .filter((u) => !who.disciplines || who.disciplines.includes(u.discipline))
    .sort((a, b) => rank(a) - rank(b) || a.call_sign.localeCompare(b.call_sign));
});

/** Whether an incident is another room's work that this room does now. @param {string} ref */
export const isForeign = (ref) => taken.value.some((f) => f.region === ref.split("/")[0]);

/** What is in hand: the call, incident or form last looked at. Looking at a unit does not take it away. */
export const hand = signal(/** @type {{kind: string, ref: string} | null} */ (null));
effect(() => {
  if (focus.value?.kind !== "unit") hand.value = focus.value;
});

/** The digit that stands for a status on the terminals of a discipline; its code where it has none. */
const digits = computed(() => new Map((pack.value?.statuses ?? []).map((/** @type {any} */ s) => [`${s.discipline} ${s.code}`, s.key || s.code])));
/** @param {any} unit */
export const digit = (unit) => digits.value.get(`${unit.discipline} ${unit.status}`) ?? unit.status;

const classNames = computed(() => new Map((pack.value?.classes ?? []).map((/** @type {any} */ c) => [c.code, c.name])));
/** What an incident or a track of it is, in words; its code when the country has none for it. @param {any} of */
export const className = (of) => of.class_text || classNames.value.get(of.class_code) || of.class_code;
