// The alarm strip: what needs an answer, the worst and oldest first. Derived from the picture, so that nothing that is
// still wrong can scroll away; acknowledging only quiets it.
import { computed, signal } from "../vendor/preact.js";
import { alone } from "./alone.js";
import { unheard } from "./contact.js";
import { openIncidents, queue } from "./lists.js";
import { left, overdue, runName } from "./playbooks.js";
import { caughtUp, functions, incidents, lent, link, now, rooms, served, session, units } from "./stores.js";
import { unread } from "./takeovers.js";
import { checkName, watched, watches } from "./watching.js";
import { t } from "./words.js";

const LONG_WAIT = 10000;
const UNSEEN = 60000;
/** So long the screen says that all is there again. */
const BACK_SHOWN = 5000;

/** @type {import("../vendor/preact.js").Signal<Set<string>>} */
export const acknowledged = signal(new Set());

/** @typedef {{key: string, level: "alarm" | "warn" | "note", text: string, since: number, focus?: {kind: string, ref: string}, decide?: boolean, read?: boolean, of?: {room?: string, discipline?: string}, go?: string}} Alarm decide: its conflicts wait for somebody; read: what came with a takeover waits to be read; of: the room and discipline that it is about; go: the playbook that it is about */

/** Who sits where, by room: the kinds of function that somebody there may serve. */
const present = computed(() => new Map(rooms.value.map((r) => [r.room, new Set(r.seats.flatMap((/** @type {any} */ s) => s.qualified))])));

/** Whether a function that moved is served by a room where nobody may serve it. @param {any} f */
export const unmanned = (f) => f.owner !== f.home && present.value.has(f.owner) && !present.value.get(f.owner)?.has(f.what);

/** The discipline of a function of this kind; empty when it is of none. @param {string} what */
const disciplineOf = (what) => (/^[PBAK]\./.test(what) ? what[0] : "");

/** How a room that is lost shows: nobody took over what it served. */
const TAKEN_AFTER = 3000;

/** What is wrong with the rooms: functions without people or without a room, calls that nobody may answer, peaks. @param {any} who @param {number} at @returns {Alarm[]} */
function ofRooms(who, at) {
  /** @type {Alarm[]} */
  const found = [];
  const caco = who.qualified.includes("multi");
  for (const r of rooms.value) {
    const owned = [...functions.value.values()].filter((f) => f.owner === r.room);
    const without = owned.filter(unmanned);
    if (caco && r.state !== "up" && owned.length && at - r.since > TAKEN_AFTER) {
      found.push({ key: `wees ${r.room}`, level: "alarm", text: t("alarm.orphan", { room: r.room, n: owned.length }), since: r.since, of: { room: r.room } });
    } else if (caco && without.length) {
      const since = Math.min(...without.map((f) => f.since));
      found.push({ key: `onbemand ${r.room}`, level: "alarm", text: t("alarm.unmanned", { room: r.room, n: without.length, function: without[0].name }), since, of: { room: r.room, discipline: disciplineOf(without[0].what) } });
    }
    if (r.stuck && (caco || r.room === who.room)) found.push({ key: `niemand mag ${r.room}`, level: "alarm", text: t("alarm.stuck", { room: r.room, n: r.stuck }), since: at - r.longest_wait * 1000, of: { room: r.room } });
    if (r.peak) found.push({ key: `piek ${r.room} ${r.peak.since}`, level: "note", text: t("alarm.peak", { room: r.room, reason: r.peak.reason }), since: r.peak.since });
  }
  return found;
}

/** Whose button it is, and where that one was sent, as far as that is known. @param {any} u */
function emergency(u) {
  const at = incidents.value.get(u.assignment?.incident)?.location;
  const place = [u.assignment && `#${u.assignment.number}`, at?.text || at?.place].filter(Boolean).join(" ");
  return place ? t("alarm.emergency_at", { unit: u.call_sign, place }) : t("alarm.emergency", { unit: u.call_sign });
}

/** Whether it is for this person that a unit is to be heard of: who serves it, coordinates there, or has its incident. @param {any} u @param {any} who */
function keepsTrack(u, who) {
  if (served.value.has(u.function) || openIncidents.value.some((i) => i.ref === u.assignment?.incident)) return true;
  return who.qualified.includes("multi") && functions.value.get(u.function)?.owner === who.room;
}

/** @type {import("../vendor/preact.js").ReadonlySignal<Alarm[]>} */
export const alarms = computed(() => {
  const who = session.value;
  if (!who) return [];
  const at = now.value;
  /** @type {Alarm[]} */
  const found = [];
  for (const u of units.value.values()) {
    if (u.emergency) found.push({ key: `noodknop ${u.ref}`, level: "alarm", text: emergency(u), since: u.status_since, focus: { kind: "unit", ref: u.ref } });
    if (unheard(u, at) && keepsTrack(u, who)) found.push({ key: `stilte ${u.ref} ${u.contact.due}`, level: "alarm", text: t("alarm.contact", { unit: u.call_sign, minutes: u.contact.minutes }), since: u.contact.due, focus: { kind: "unit", ref: u.ref } });
    const a = u.assignment;
    const p = u.posting;
    if (!a && p?.state === "ordered" && at - p.ordered > UNSEEN && keepsTrack(u, who)) {
      found.push({ key: `ongezien ${p.assignment}`, level: "warn", text: t("alarm.unseen_posting", { unit: u.call_sign, place: p.place }), since: p.ordered, focus: { kind: "unit", ref: u.ref } });
    }
    if (a && a.state === "ordered" && at - a.ordered > UNSEEN) {
      found.push({ key: `ongezien ${a.assignment}`, level: "warn", text: t("alarm.unseen", { unit: u.call_sign, number: a.number }), since: a.ordered, focus: { kind: "incident", ref: a.incident } });
    }
  }
  found.push(...ofRooms(who, at));
  for (const c of queue.value) {
    if (c.rule === "unowned") found.push({ key: `zonder ${c.ref}`, level: "alarm", text: t("alarm.unowned_call", { function: c.function }), since: c.waiting_since, focus: { kind: "call", ref: c.ref }, of: { discipline: disciplineOf(c.function.split(".").slice(1).join(".")) } });
    if (at - c.waiting_since > LONG_WAIT) found.push({ key: `wacht ${c.ref}`, level: "warn", text: t("alarm.waiting", { function: c.function }), since: c.waiting_since, focus: { kind: "call", ref: c.ref } });
  }
  /** @type {Map<string, any[]>} */
  const nobodys = new Map();
  for (const f of functions.value.values()) {
    if (!f.owner) nobodys.set(f.home, [...(nobodys.get(f.home) ?? []), f]);
    if (f.owner === who.room && !f.acknowledged && who.qualified.includes("multi")) {
      found.push({ key: `overname ${f.region} ${f.previous}`, level: "warn", text: t("alarm.takeover", { region: f.region, from: f.previous }), since: f.since });
    } else if (unread.value.includes(f)) {
      found.push({ key: `overname lezen ${f.region} ${f.previous}`, level: "warn", text: t("alarm.taken_unread", { region: f.region, from: f.previous }), since: f.since, read: true });
    }
  }
  for (const [room, all] of nobodys) {
    const [f] = all;
    const text = all.length > 1 ? t("alarm.unowned_room", { n: all.length, room }) : t("alarm.unowned", { function: f.name });
    found.push({ key: `niemand ${all.length > 1 ? room : f.name}`, level: "alarm", text, since: Math.min(...all.map((one) => one.since)), of: { discipline: all.length > 1 ? "" : disciplineOf(f.what) } });
  }
  for (const i of incidents.value.values()) {
    if (i.conflicts) found.push({ key: `conflict ${i.ref}`, level: "note", text: t("alarm.conflict", { number: i.number }), since: Math.min(...i.conflict_rows.filter((/** @type {any} */ c) => !c.choice).map((/** @type {any} */ c) => c.at)), focus: { kind: "incident", ref: i.ref }, decide: true });
  }
  for (const a of (watches.value && watched.value?.open) || []) {
    found.push({ key: `beheer ${a.id}`, level: a.state === "degraded" ? "warn" : "note", text: t("watch.alarm", { checks: a.checks.map(checkName).join(", "), state: t(`watch.state.${a.state}`) }), since: a.since });
  }
  for (const { run, item } of overdue.value) {
    found.push({ key: `draaiboek ${run.run} ${item.id}`, level: "warn", text: t("alarm.playbook_late", { name: runName(run), step: item.text }), since: item.end ?? at, go: `run ${run.run}` });
  }
  if (who.qualified.includes("multi")) for (const run of left.value) found.push({ key: `draaiboekzonder ${run.run}`, level: "warn", text: t("alarm.playbook_left", { name: runName(run), room: run.holder }), since: run.at, go: `run ${run.run}` });
  const level = { alarm: 0, warn: 1, note: 2 };
  // One cause, one line: the functions of a lost room come together.
  const once = new Map(found.map((a) => [a.key, a]));
  return [...once.values()].sort((a, b) => Number(acknowledged.value.has(a.key)) - Number(acknowledged.value.has(b.key)) || level[a.level] - level[b.level] || a.since - b.since);
});

/** What rules the whole screen: the worst of these. A flood comes after them, where it is known (`alarm_strip`). */
export const band = computed(() => {
  const { state, since, missed } = link.value;
  if (state === "lost") return { kind: "lost", since };
  if (state === "catching") return { kind: "catching", since, missed: missed ?? 0 };
  if (alone.value) return { kind: "alone", since: alone.value.since };
  if (lent.value.length) return { kind: "foreign", lent: lent.value };
  if (now.value - caughtUp.value < BACK_SHOWN) return { kind: "back" };
  return null;
});
