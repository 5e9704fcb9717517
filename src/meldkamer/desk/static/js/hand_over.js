// The text of a shift that is handed over, composed from what is open: what changed first, then what needs care, then the rest.
// Pure: from rows to sentences.
import { codeOf, forWhom } from "./attention_language.js";
import { unheard } from "./contact.js";
import { KEPT } from "./live.js";

const MOST = 12;
const LONGEST = 7000;
const UNSEEN = 60000;

/**
 * @typedef {(key: string, params?: Record<string, unknown>) => string} Say
 * @typedef {{incidents: any[], calls: any[], units: any[], functions: any[], rooms: any[], attentions: any[], room: string, disciplines: string, regions: string[], since: number, now: number}} Work
 *   attentions: messages that count here; since: when this shift began; regions: those that the room works for
 * @typedef {{title: string, lines: string[]}} Part
 */

/** @param {Work} work @param {Say} t @param {(ms: number) => string} time @returns {Part[]} */
export function compose(work, t, time) {
  return [
    { title: t("hand_over.changed", { time: time(work.since) }), lines: changed(work, t, time) },
    { title: t("hand_over.care"), lines: care(work, t, time) },
    { title: t("hand_over.open"), lines: ours(work).filter((i) => !i.closed).sort((a, b) => a.priority - b.priority || a.opened - b.opened).map((i) => line(i, t, time)) },
  ];
}

/** What is different since a moment, newest last. @param {Work} work @param {Say} t @param {(ms: number) => string} time @returns {string[]} */
export function changed(work, t, time) {
  const { since } = work;
  const before = work.now - KEPT;
  /** @type {[number, string][]} */
  const found = [];
  for (const i of ours(work)) {
    if (i.closed > since) found.push([i.closed, t("hand_over.closed", { number: i.number, what: what(i, t), time: time(i.closed) })]);
    else if (!i.closed && i.opened > since) found.push([i.opened, t("hand_over.opened", { number: i.number, what: what(i, t), time: time(i.opened) })]);
  }
  /** @type {Map<string, {at: number, n: number, f: any}>} */
  const moved = new Map();
  for (const f of work.functions) {
    if (f.since <= since || f.owner === f.previous || !f.previous || (f.home !== work.room && f.owner !== work.room && f.previous !== work.room)) continue;
    const key = `${f.region} ${f.previous} ${f.owner}`;
    const known = moved.get(key);
    moved.set(key, { at: Math.max(f.since, known?.at ?? 0), n: (known?.n ?? 0) + 1, f });
  }
  for (const { at, n, f } of moved.values()) found.push([at, t("hand_over.moved", { n, region: f.region, from: f.previous, to: f.owner || t("hand_over.nobody"), time: time(at) })]);
  for (const r of work.rooms) if (r.state !== "up" && r.since > since) found.push([r.since, t("hand_over.room", { room: r.room, state: t(`room.${r.state}`), time: time(r.since) })]);
  // What is over leaves the screens after a while, and a list that lacks it must not look whole.
  if (since < before) found.push([since, t("hand_over.before", { time: time(before) })]);
  return found.sort((a, b) => a[0] - b[0]).map(([, said]) => said);
}

/** What the next one must not miss, the worst first. @param {Work} work @param {Say} t @param {(ms: number) => string} time */
function care(work, t, time) {
  const mine = work.units.filter((u) => !work.disciplines || work.disciplines.includes(u.discipline));
  const open = ours(work).filter((i) => !i.closed);
  return [
    ...mine.filter((u) => u.emergency).map((u) => t("alarm.emergency", { unit: u.call_sign })),
    ...mine.filter((u) => unheard(u, work.now)).map((u) => t("alarm.contact", { unit: u.call_sign, minutes: u.contact.minutes })),
    ...open.filter((i) => !i.units.length && i.priority <= 2).map((i) => t("hand_over.nothing_sent", { number: i.number, what: what(i, t) })),
    ...mine.filter((u) => u.assignment?.state === "ordered" && work.now - u.assignment.ordered > UNSEEN).map((u) => t("alarm.unseen", { unit: u.call_sign, number: u.assignment.number })),
    ...open.filter((i) => i.conflicts).map((i) => t("alarm.conflict", { number: i.number })),
    ...open.flatMap((i) => (i.requests ?? []).filter((/** @type {any} */ r) => r.granted === null).map((/** @type {any} */ r) => t("hand_over.asked", { number: i.number, unit: r.unit.split("/")[1], room: r.room }))),
    ...work.calls.filter((c) => c.call_back === "due" && work.regions.includes(c.ref.split("/")[0])).map((c) => t("hand_over.call_back", { function: c.function, time: time(c.received) })),
    ...away(work, t),
    ...work.attentions.map((a) => t("hand_over.attention", { code: codeOf(a.ref), who: forWhom(a, t), time: time(a.until), n: a.passed.filter((/** @type {any} */ p) => p.unit).length })),
    ...mine.filter((u) => u.meaning === "unavailable").slice(0, MOST).map((u) => t("hand_over.out", { unit: u.call_sign, time: time(u.status_since) })),
  ];
}

/** Functions that are not at home, by region. @param {Work} work @param {Say} t */
function away(work, t) {
  const found = new Set();
  for (const f of work.functions) if (f.owner !== f.home && (f.home === work.room || f.owner === work.room)) found.add(t("hand_over.away", { region: f.region, home: f.home, owner: f.owner || t("hand_over.nobody") }));
  return /** @type {string[]} */ ([...found]);
}

/** Incidents that the room works for. @param {Work} work @returns {any[]} */
const ours = (work) => work.incidents.filter((i) => work.regions.includes(i.ref.split("/")[0]) && (!work.disciplines || !i.disciplines || [...i.disciplines].some((d) => work.disciplines.includes(d))));

/** @param {any} i @param {Say} t */
const what = (i, t) => [i.class_text || i.class_code || t("incident.no_class"), i.location.text || i.location.place].filter(Boolean).join(", ");

/** @param {any} i @param {Say} t @param {(ms: number) => string} time */
function line(i, t, time) {
  const units = i.units.map((/** @type {any} */ u) => u.call_sign).join(" ") || t("incident.waits");
  return t("hand_over.line", { priority: i.priority, number: i.number, what: what(i, t), time: time(i.opened), units });
}

/** The parts as text, no longer than is stored; what does not fit is counted. @param {Part[]} parts @param {string} words what somebody adds @param {Say} t */
export function asText(parts, words, t) {
  const said = [];
  if (words.trim()) said.push(words.trim());
  for (const { title, lines } of parts) {
    const shown = lines.slice(0, MOST);
    said.push([title, ...shown.map((l) => `- ${l}`), ...(lines.length > MOST ? [`- ${t("hand_over.more", { n: lines.length - MOST })}`] : []), ...(lines.length ? [] : [`- ${t("hand_over.none")}`])].join("\n"));
  }
  return said.join("\n\n").slice(0, LONGEST);
}
