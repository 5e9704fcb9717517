// Which playbook belongs to what is wrong now: an alarm, a room that is alone or lost, an incident that is scaled up.
import { computed } from "../vendor/preact.js";
import { causeOf } from "./alarm_rules.js";
import { alarms } from "./alarms.js";
import { alone } from "./alone.js";
import { inForce, levelFor, openRuns } from "./playbooks.js";
import { incidents, rooms, session } from "./stores.js";
import { watched } from "./watching.js";
import { t } from "./words.js";

/**
 * @typedef {import("./playbooks.js").Book} Book
 * @typedef {{cause: string, alarm: string, checks: string[], text: string, since: number, room: string, discipline: string}} Reason
 * @typedef {{key: string, book: Book, room: string, about: string, text: string, since: number, alarms: string[]}} Offer alarms: keys of those that it belongs to
 */

const FIRST = (/** @type {string} */ check) => check.split(" ")[0];

/** What is wrong, as far as a playbook may belong to it. @returns {Reason[]} */
function reasons() {
  const own = session.value.room;
  /** @type {Reason[]} */
  const found = alarms.value.map((a) => {
    const checks = a.key.startsWith("beheer ") ? (watched.value?.open.find((w) => a.key === `beheer ${w.id}`)?.checks ?? []).map(FIRST) : [];
    return { cause: causeOf(a), alarm: a.key, checks, text: a.text, since: a.since, room: a.of?.room ?? own, discipline: a.of?.discipline ?? "" };
  });
  const rest = { alarm: "", checks: [], discipline: "" };
  if (alone.value) found.push({ ...rest, cause: "alone", text: t("playbook.alone", { room: own }), since: alone.value.since, room: own });
  for (const r of rooms.value) if (r.state !== "up") found.push({ ...rest, cause: "room_lost", text: t("playbook.room_lost", { room: r.room, state: t(`room.${r.state}`), reason: r.reason }), since: r.since, room: r.room });
  return found;
}

/** @param {Book} book @param {Reason} reason */
const aboutOf = (book, reason) => (book.about === "room" ? reason.room : book.about === "discipline" ? reason.discipline : "");

/** Playbooks that belong to something that is wrong and are not open about it, the oldest first. @type {import("../vendor/preact.js").ReadonlySignal<Offer[]>} */
export const offers = computed(() => {
  if (!session.value) return [];
  /** @type {Map<string, Offer>} */
  const found = new Map();
  /** @param {Book} book @param {string} room @param {string} about @param {string} text @param {number} since @param {string} alarm */
  function offer(book, room, about, text, since, alarm) {
    // Where an alarm does not say which discipline it is about, any that is worked on will do.
    const any = book.about === "discipline" && !about;
    if (openRuns.value.some((r) => r.playbook === book.id && (any || r.about === about) && r.room === room)) return;
    const key = `offer ${book.id} ${room} ${about}`;
    const known = found.get(key);
    const first = known && known.since <= since ? known : { key, book, room, about, text, since, alarms: [] };
    found.set(key, { ...first, alarms: [...(known?.alarms ?? []), ...(alarm ? [alarm] : [])] });
  }
  const wrong = reasons();
  for (const book of inForce.value) {
    for (const r of wrong) if (book.alarms.includes(r.cause) || r.checks.some((c) => book.checks.includes(c))) offer(book, r.room, aboutOf(book, r), r.text, r.since, r.alarm);
    if (!book.characteristic) continue;
    for (const i of incidents.value.values()) {
      const level = i.closed ? "" : levelFor(book, i.characteristics ?? {});
      if (level) offer(book, session.value.room, i.number, t("playbook.scaled", { number: i.number, level: `${book.characteristic} ${level}` }), 0, "");
    }
  }
  return [...found.values()].sort((a, b) => a.since - b.since);
});

/** The playbook that belongs to an alarm and is not open yet. @param {string[]} keys */
export const offerFor = (keys) => offers.value.find((o) => o.alarms.some((key) => keys.includes(key)));
