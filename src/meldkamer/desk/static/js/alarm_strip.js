// What the strip shows of the alarms, what is set aside, and what sounds. One window of a workplace makes the sound.
import { computed, effect, signal } from "../vendor/preact.js";
import { MOST, NEVER, WITHIN, arrivals, causeOf, joined, sounds, unshelved } from "./alarm_rules.js";
import { acknowledged, alarms } from "./alarms.js";
import { give, outcome } from "./commands.js";
import { queue } from "./lists.js";
import { now, rooms, session } from "./stores.js";
import { tone } from "./sound.js";
import { clockTime, t } from "./words.js";

/** A sounding alarm sounds again after this, until somebody acknowledges it. */
const AGAIN = 10000;

/** What the own room has set aside. */
export const shelved = computed(() => (rooms.value.find((r) => r.room === session.value?.room)?.shelved ?? []).filter((/** @type {any} */ s) => s.until > now.value));
const shown = computed(() => unshelved(alarms.value, shelved.value, now.value));

/** When alarms of the last minutes came. @type {import("../vendor/preact.js").Signal<{key: string, at: number}[]>} */
const came = signal([]);
/** More than a person can follow, and since when. */
export const flood = computed(() => {
  const recent = came.value.filter((c) => now.value - c.at < WITHIN);
  return recent.length > MOST ? { n: recent.length, since: recent[0].at } : null;
});

/** The lines of the strip, the worst and oldest unacknowledged first. */
export const strip = computed(() => (flood.value ? joined(shown.value, (n, first) => t("alarm.joined", { n, text: first.text })) : shown.value.map((a) => ({ ...a, keys: [a.key] }))));

/** Say of a line that it was seen. @param {{keys: string[]}} line */
export function acknowledge(line) {
  // Of what is over nothing is remembered: should it come again, it is new.
  const there = alarms.value.map((a) => a.key).filter((key) => acknowledged.value.has(key));
  acknowledged.value = new Set([...there, ...line.keys]);
}

/** What the last press acknowledged: as long as no other key is pressed, the next press opens it. @type {import("../vendor/preact.js").Signal<string[]>} */
const pressed = signal([]);

/** The line of which the next press does something, and whether it opens it or says that it was seen. */
export const next = computed(() => {
  const open = strip.value.find((a) => a.keys.some((k) => pressed.value.includes(k)));
  const fresh = strip.value.find((a) => a.keys.some((k) => !acknowledged.value.has(k)));
  return { line: open ?? fresh ?? strip.value[0], opens: Boolean(open) || !fresh };
});

/** Another key: the next press is a first one again. */
export const otherKey = () => { if (pressed.peek().length) pressed.value = []; };

/** Say of the first line that is new that it was seen; answers a line that is to be opened, because it was the last time. */
export function pressAlarm() {
  const { line, opens } = next.peek();
  otherKey();
  if (!line || opens) return line;
  acknowledge(line);
  pressed.value = line.keys;
  outcome.value = { text: t("alarm.seen", { text: line.text }), bad: false };
  return undefined;
}

/** The line that would be set aside: the first that may be. */
export const shelvable = computed(() => strip.value.find((a) => causeOf({ ...a, key: a.keys[0] }) !== "emergency"));

/** Set the first line of the strip aside. @param {{keys: string[], text: string}} line @param {number} minutes */
export async function shelve(line, minutes) {
  const many = line.keys.length > 1;
  const cause = causeOf(/** @type {any} */ ({ key: line.keys[0] }));
  const done = await give({ type: "shelve_alarm", room: session.value.room, cause, key: many ? cause : line.keys[0], text: line.text.slice(0, 200), minutes });
  if (done) outcome.value = { text: t("alarm.set_aside", { text: line.text, time: clockTime(now.value + minutes * 60000) }), bad: false };
}

/** @param {string} key */
export const unshelve = (key) => give({ type: "unshelve_alarm", room: session.value.room, key });

/** @type {Set<string> | null} null until the first picture: what was wrong before is shown, and does not sound at once */
let known = null;
/** @type {Map<string, number>} */
const sounded = new Map();
let last = 0;
effect(() => {
  const list = shown.value;
  const at = now.value;
  if (!session.value || !rooms.value.length) return;
  const before = known ?? new Set(list.map((a) => a.key));
  // While an emergency button is unanswered no alarm is softer than that.
  const urgent = list.some((a) => causeOf(a) === NEVER && !acknowledged.value.has(a.key));
  const next = arrivals(came.peek(), list, before, at);
  if (next.length !== came.peek().length) came.value = next;
  for (const name of sounds(list, before, sounded, Boolean(flood.peek()), at)) {
    tone(name, urgent && name === "alarm");
    if (name === "alarm") last = at;
  }
  if (list.some((a) => a.level === "alarm" && !acknowledged.value.has(a.key)) && at - last >= AGAIN) {
    tone("alarm", urgent);
    last = at;
  }
  known = new Set([...before].filter((k) => list.some((a) => a.key === k)).concat(list.map((a) => a.key)));
});

/** @type {Set<string>} */
let rung = new Set();
effect(() => {
  const refs = new Set(queue.value.map((c) => c.ref));
  if ([...refs].some((ref) => !rung.has(ref))) tone("call");
  rung = refs;
});
