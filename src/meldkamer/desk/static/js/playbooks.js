// Playbooks: those of the country, the ones that are worked through in any room, and how their clocks stand.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { get, inOrder, newId } from "./api.js";
import { give } from "./commands.js";
import { here } from "./past.js";
import { link, now, pack, rooms, session } from "./stores.js";
import { language } from "./words.js";

const MINUTE = 60000;

/**
 * @typedef {{id: string, text: string, text_en: string, within: number | null, after: string}} Step
 * @typedef {{id: string, version: string, effective: string, name: string, name_en: string, when: string, when_en: string, done: string, done_en: string, about: string, alarms: string[], checks: string[], characteristic: string, steps: Step[], tell: Step[]}} Book
 * @typedef {{by: string, room: string, at: number}} Tick
 * @typedef {{room: string, run: string, playbook: string, version: string, about: string, why: string, since: number, by: string, at: number, holder: string, steps: string[], tell: string[], done: Record<string, Tick>, taken_by: string, taken_at: number, reason: string, closed: number, closed_by: string, note: string}} Run room: at whose desk it stands
 * @typedef {{id: string, told: boolean, text: string, after: string, tick: Tick | undefined, end: number | null, waits: boolean, late: number}} Item
 *   told: somebody to tell; end: by when; waits: its clock has not begun; late: milliseconds too late, of its tick or by now
 */

/** Whoever coordinates works with playbooks. */
export const coordinates = computed(() => Boolean(session.value?.rights?.includes("caco")));
/** Every version that the country had when they were read last. @type {import("../vendor/preact.js").Signal<Book[]>} */
const read = signal([]);
/** The pack of which that was; empty: they must be read, now or anew. */
let readOf = "";
let losses = 0;
const ask = inOrder(() => get("/api/playbooks"));
/** @type {Book[]} */
const NONE = [];
/** Every version that the country has, for whoever works with them. */
export const books = computed(() => (coordinates.value ? read.value : NONE));

/** The playbooks of the pack that this desk works with. What was read before stands until they come. @returns {Promise<Book[]>} */
export async function fetchBooks() {
  const of = pack.peek()?.hash ?? "";
  if (of && readOf === of) return read.peek();
  const then = losses;
  const found = await ask();
  if (found) {
    read.value = found.books;
    // What was asked before the link was lost may be of the room as it was then.
    if (then === losses) readOf = of;
  }
  return read.peek();
}

effect(() => {
  const { state } = link.value;
  const of = pack.value?.hash;
  if (state === "lost") {
    losses += 1;
    readOf = "";
  } else if (coordinates.value && state === "live" && of && of !== readOf) untracked(fetchBooks).catch(() => {});
});

const today = computed(() => {
  const d = new Date(now.value);
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
});

/** Of each playbook the version that counts today, by name. */
export const inForce = computed(() => inForceOf(books.value));

/** @param {Book[]} all @returns {Book[]} */
export function inForceOf(all) {
  /** @type {Map<string, Book>} */
  const found = new Map();
  for (const book of all) if (book.effective <= today.value && !((found.get(book.id)?.effective ?? "") > book.effective)) found.set(book.id, book);
  return [...found.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/**
 * The level by which an incident with these characteristics lays a playbook ready; empty when it does not.
 * @param {Book} book @param {Record<string, string>} characteristics
 */
export function levelFor(book, characteristics) {
  const level = book.characteristic ? (characteristics[book.characteristic] ?? "") : "";
  return level === "0" ? "" : level;
}

/** @param {{name: string, name_en: string}} book */
export const nameOf = (book) => (language.value === "en" ? book.name_en : book.name);

/** All runs that the rooms have in sight, also those that were closed lately. @type {import("../vendor/preact.js").ReadonlySignal<Run[]>} */
export const runs = computed(() => rooms.value.flatMap((r) => (r.playbooks ?? []).map((/** @type {any} */ p) => ({ ...p, room: r.room }))));
/** What is worked through, the own first and the oldest first. */
export const openRuns = computed(() => {
  const other = (/** @type {Run} */ r) => Number(r.holder !== session.value?.room);
  return runs.value.filter((r) => !r.closed).sort((a, b) => other(a) - other(b) || a.since - b.since);
});

/** The version with which a run was opened; a room with an older pack may lack it. @param {Run} run */
export const bookOf = (run) => books.value.find((b) => b.id === run.playbook && b.version === run.version);
/** @param {Run} run */
export const runName = (run) => {
  const book = bookOf(run);
  return book ? nameOf(book) : run.playbook;
};

/** Everything that a run asks, with its clocks. @param {Run} run @param {number} at @returns {Item[]} */
export function itemsOf(run, at) {
  const book = bookOf(run);
  const known = new Map([...(book?.steps ?? []), ...(book?.tell ?? [])].map((s) => [s.id, s]));
  return [...run.steps, ...run.tell].map((id) => {
    const step = known.get(id);
    const tick = run.done[id];
    const from = step?.after ? run.done[step.after]?.at : run.since;
    const end = step?.within && from ? from + step.within * MINUTE : null;
    return {
      id,
      told: run.tell.includes(id),
      text: step ? (language.value === "en" ? step.text_en : step.text) : id,
      after: step?.after ?? "",
      tick,
      end,
      waits: Boolean(step?.within) && !from,
      late: end === null ? 0 : Math.max(0, (tick?.at ?? at) - end),
    };
  });
}

/** How many of a run's items are ticked. @param {Run} run */
export const ticked = (run) => [...run.steps, ...run.tell].filter((id) => run.done[id]).length;

/** What is too late in what this room works through: the run, and its first item whose time is over. */
export const overdue = computed(() =>
  openRuns.value.filter((r) => r.holder === session.value?.room).flatMap((run) => itemsOf(run, now.value).filter((i) => !i.tick && i.late > 0).map((item) => ({ run, item }))));

/** Runs whose room has fallen away: nobody goes on with them. */
export const left = computed(() => openRuns.value.filter((run) => run.holder !== session.value?.room && rooms.value.some((r) => r.room === run.holder && r.state !== "up")));

/** What the screen of playbooks shows: `run <id>`, `offer <playbook> <about>` or `book <playbook>`. */
export const shown = signal("");

/** A run whose steps take the focus as soon as they are there. */
export const entering = signal("");

/** Go to the screen of playbooks, there to one of them. @param {string} key */
export function goToPlaybook(key) {
  shown.value = key;
  if (location.pathname !== "/w/playbooks") location.assign(`${here("playbooks")}#${encodeURIComponent(key)}`);
}

/**
 * Begin a playbook; shows it. since: when the loss began, null for now.
 * @param {Book} book @param {{room: string, about: string, why: string, since: number | null}} how
 */
export async function openBook(book, { room, about, why, since }) {
  const same = openRuns.value.find((r) => r.playbook === book.id && r.about === about && r.room === room);
  if (same) {
    entering.value = same.run;
    goToPlaybook(`run ${same.run}`);
    return;
  }
  const run = newId();
  const done = await give({ type: "open_playbook", room, run, playbook: book.id, version: book.version, about, why: why.slice(0, 200), ...(since === null ? {} : { since: Math.round(since) }) });
  if (!done) return;
  entering.value = run;
  goToPlaybook(`run ${run}`);
}

/** Tick an item, or take its tick away. @param {Run} run @param {Item} item */
export const tick = (run, item) => give({ type: item.tick ? "untick_playbook" : "tick_playbook", room: run.room, run: run.run, item: item.id });
/** @param {Run} run @param {string} reason */
export const takeRun = (run, reason) => give({ type: "take_playbook", room: run.room, run: run.run, reason });
/** @param {Run} run @param {string} note */
export const closeRun = (run, note) => give({ type: "close_playbook", room: run.room, run: run.run, note });
