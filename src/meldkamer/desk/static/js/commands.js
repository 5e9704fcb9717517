// Giving commands: one id per act, so that a repeat is harmless; an outcome that is never vaguer than the truth.
import { computed, effect, signal } from "../vendor/preact.js";
import { Lost, Problem, newId, post } from "./api.js";
import { giveBack, keepTyped } from "./drafts.js";
import { past } from "./past.js";
import { link, noMoment, now, session } from "./stores.js";
import { language, sayProblem, t } from "./words.js";

/** What the last act came to, for the preview line. refused: the problem as the room told it; asks: another press of the key is the answer. @type {import("../vendor/preact.js").Signal<{text: string, bad: boolean, refused?: any, asks?: boolean}>} */
export const outcome = signal({ text: "", bad: false });

effect(() => {
  if (noMoment.value) outcome.value = { text: sayProblem(noMoment.value), bad: true };
});

// What was said in the other language says nothing to whoever chose this one.
let spoken = language.peek();
effect(() => {
  if (language.value === spoken) return;
  spoken = language.value;
  outcome.value = { text: "", bad: false };
});

const OUTBOX = "mk.outbox";
const AGAIN_AFTER = 10000;
/** Problems that asking again will not change. */
const FINAL = new Set(["refused", "forbidden", "not_found", "not_valid", "not_owner", "too_large"]);
/** What is kept at this workplace when there is no link: words and answers, which lose nothing by coming later. */
const KEPT = new Set(["write_note", "say", "answer_question"]);
const UNDOABLE = new Set(["classify", "prioritise", "relocate", "set_characteristic", "write_note", "close_track"]);
/** What takes back an act that is not of an incident, by its type. @type {Record<string, (given: any) => any>} */
const OPPOSITE = {
  tick_playbook: ({ room, run, item }) => ({ type: "untick_playbook", room, run, item }),
  untick_playbook: ({ room, run, item }) => ({ type: "tick_playbook", room, run, item }),
  open_playbook: ({ room, run }) => ({ type: "close_playbook", room, run, note: t("outcome.undone") }),
  write_attention: ({ region, attention }) => ({ type: "withdraw_attention", attention: `${region}/${attention}`, reason: t("outcome.undone") }),
  ask_warning: ({ region, warning }) => ({ type: "withdraw_warning", warning: `${region}/${warning}`, reason: t("outcome.undone") }),
  draw: ({ region, drawing }) => ({ type: "remove_drawing", drawing: `${region}/${drawing}` }),
  close_playbook: ({ room, run }) => ({ type: "reopen_playbook", room, run }),
};
const WAITS = [0, 400, 1200, 3000];
const UNDO_FOR = 10000;
/** Characters of a text that the room takes (`Text` of the domain). */
const LONGEST = 8000;

/** So long after its answer at most an act shows on the screen (milliseconds). */
const SHOWS_IN = 1000;
/** More acts than that are not under way at once. */
const LATELY = 20;

/**
 * An act as Ctrl+Z meets it. until: `Infinity` while it is under way. opposite: what takes it back, still: whether that would
 * be true; without it nothing can. sent: the unit that it alerted.
 * @typedef {{given: Promise<any>, until: number, opposite?: any, still?: () => boolean, sent?: string}} Act
 */

/** What was given last, in the order of giving: answers come in another. What the room refused is not in it. @type {Act[]} */
let acts = [];

// Whoever takes a desk over takes back nothing of whoever sat there.
let gives = session.peek()?.person;
effect(() => {
  if (session.value?.person === gives) return;
  gives = session.value?.person;
  acts = [];
});

/**
 * @param {any} command
 * @param {{quiet?: boolean, occurred?: number, undoing?: boolean, back?: {opposite: any, still?: () => boolean}}} [how] occurred:
 *   when it truly happened, when that is not now. back: the act that takes this one back, and whether that would still be true.
 *   undoing: it takes one back itself
 * @returns {Promise<any>} what was stored, or null when it was not
 */
export function give(command, how = {}) {
  /** @type {Act} */
  const act = { given: Promise.resolve(null), until: Infinity };
  // Undoing is not itself undone.
  if (!how.undoing) acts = [...acts.slice(1 - LATELY), act];
  act.given = carry(command, how, act).finally(() => {
    if (act.until === Infinity) acts = acts.filter((one) => one !== act);
  });
  return act.given;
}

/** @param {any} command @param {NonNullable<Parameters<typeof give>[1]>} how @param {Act} act @returns {ReturnType<typeof give>} */
async function carry(command, how, act) {
  if (past.value) {
    outcome.value = { text: t("refused.looking_back"), bad: true };
    return null;
  }
  const length = typeof command.text === "string" ? [...command.text].length : 0;
  if (length > LONGEST) {
    outcome.value = { text: t("outcome.too_long", { n: length, most: LONGEST }), bad: true };
    return null;
  }
  const id = newId();
  if (link.value.state === "lost") {
    if (KEPT.has(command.type)) return keep(id, command, act, how.occurred);
    // An order that leaves later than the operator thinks is worse than one that does not leave.
    outcome.value = { text: t("outcome.refused_offline"), bad: true };
    return null;
  }
  for (const wait of WAITS) {
    if (wait) await new Promise((done) => setTimeout(done, wait));
    try {
      const done = await post("/api/commands", { command_id: id, command, occurred: how.occurred });
      if (!how.quiet) outcome.value = { text: t(`outcome.${done.outcome}`), bad: done.outcome !== "SAFE" };
      remember(act, command, id, how);
      return done;
    } catch (error) {
      if (error instanceof Problem && error.body.type !== "unknown") {
        outcome.value = { text: sayProblem(error.body), bad: true, refused: error.body };
        return null;
      }
      if (!(error instanceof Lost) && !(error instanceof Problem)) throw error;
      outcome.value = { text: t("outcome.saving"), bad: true };
    }
  }
  if (KEPT.has(command.type)) return keep(id, command, act, how.occurred);
  // It may have been carried out: the act before it is not the last one.
  act.until = Date.now() + UNDO_FOR;
  outcome.value = { text: t("outcome.unknown"), bad: true };
  return null;
}

/**
 * What Ctrl+Z takes back is always the last act. One that cannot be taken back is never passed over for the one before it:
 * whoever alerts and then thinks better of it must not lose a priority instead.
 * @param {Act} act @param {any} command @param {string} id @param {NonNullable<Parameters<typeof give>[1]>} how
 */
function remember(act, command, id, how) {
  const { type, incident, unit } = command;
  act.until = Date.now() + UNDO_FOR;
  if (how.back) Object.assign(act, how.back);
  else if (UNDOABLE.has(type)) act.opposite = { type: "undo", incident, command: id };
  else if (OPPOSITE[type]) act.opposite = OPPOSITE[type](command);
  else if ((type === "assign_unit" || type === "post_unit") && !command.told) act.sent = unit;
}

/** Notes that wait at this workplace for a link. @type {import("../vendor/preact.js").Signal<any[]>} */
export const kept = signal(stored());
addEventListener("storage", (event) => {
  if (event.key === OUTBOX) kept.value = stored();
});

/** @returns {any[]} */
function stored() {
  return JSON.parse(localStorage.getItem(OUTBOX) ?? "[]");
}

/** @param {any[]} acts */
function store(acts) {
  localStorage.setItem(OUTBOX, JSON.stringify(acts));
  kept.value = acts;
}

/** Keep a note at this workplace until there is a link, with the time at which it was written. @param {string} id @param {any} command @param {Act} act @param {number} [occurred] */
function keep(id, command, act, occurred) {
  // It stays the line of whoever wrote it: nobody who takes this desk over sends it under their own name.
  store([...stored(), { by: session.value?.person, act: { command_id: id, command, occurred: occurred ?? Math.round(now.value) } }]);
  act.until = Date.now() + UNDO_FOR;
  outcome.value = { text: t("outcome.kept"), bad: true };
  return { kept: true };
}

/**
 * Send what was kept while there was no link, with its own time. Two windows may both try: the ids make it harmless.
 * A note that the room will never take goes back to where it was written; no text is ever dropped.
 */
export async function sendKept() {
  // What waits here is of now; a window that looks back leaves it to those that work.
  if (past.value) return;
  for (const one of stored()) {
    if (one.by && one.by !== session.value?.person) continue;
    const act = one.act ?? one;
    try {
      await post("/api/commands", act);
    } catch (error) {
      if (!(error instanceof Problem) || !FINAL.has(error.body.type)) return;
      const { type, talk, incident, text, set, question, answer } = act.command;
      if (type === "answer_question") keepTyped(incident, `${set} ${question}`, answer);
      else giveBack(type === "say" ? `chat.${talk}` : `note.${incident}`, text);
      outcome.value = { text: sayProblem(error.body), bad: true };
    }
    store(stored().filter((a) => (a.act ?? a).command_id !== act.command_id));
  }
}
setInterval(() => {
  if (link.value.state === "live" && kept.value.length) sendKept();
}, AGAIN_AFTER);

/** What colleagues wrote here while there was no link, and did not come back to send. */
export const keptOfOthers = computed(() => kept.value.filter((one) => one.by && one.by !== session.value?.person));

/** Take back the last act. Of an alert nothing can be: answers the units that can be called back. @returns {Promise<string[]>} */
export async function undo() {
  // The last one now, also while it is under way and whatever is given meanwhile; when it is refused, the one before it stays.
  const last = acts.at(-1);
  if (last?.until === Infinity && !(await last.given.catch(() => null))) return [];
  if (!last || Date.now() > last.until) {
    outcome.value = { text: t("refused.undo.too_late", { seconds: UNDO_FOR / 1000 }), bad: true };
    return [];
  }
  if (!last.opposite) {
    outcome.value = { text: t(last.sent ? "refused.undo.alerted" : "refused.undo.not_possible"), bad: true };
    return last.sent ? acts.flatMap((one) => (one.sent && one.until >= Date.now() ? [one.sent] : [])) : [];
  }
  if (last.still && !(await comesTrue(last.still, last.until - UNDO_FOR + SHOWS_IN - Date.now()))) {
    outcome.value = { text: t("refused.undo.moved_on"), bad: true };
    return [];
  }
  // Pressed twice while it was waited for.
  if (!last.until) return [];
  last.until = 0;
  const done = await give(last.opposite, { quiet: true, undoing: true });
  const local = done?.outcome === "LOCAL";
  if (done) outcome.value = { text: local ? `${t("outcome.undone")} · ${t("outcome.LOCAL")}` : t("outcome.undone"), bad: local };
  return [];
}

/** Whether this holds, or will within so many milliseconds: what an act did may show later than its answer. @param {() => boolean} holds @param {number} within @returns {Promise<boolean>} */
async function comesTrue(holds, within) {
  if (holds() || within <= 0) return holds();
  let stop = () => {};
  await new Promise((done) => {
    stop = effect(() => void (holds() && done(true)));
    setTimeout(done, within);
  });
  stop();
  return holds();
}
