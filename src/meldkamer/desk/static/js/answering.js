// Answering calls: the longest waiting one by one key. Whoever speaks already is asked first: nobody has two callers on the line unmeant.
import { effect } from "../vendor/preact.js";
import { give, outcome } from "./commands.js";
import { queue, talking } from "./lists.js";
import { past } from "./past.js";
import { calls, look, session } from "./stores.js";
import { t } from "./words.js";

/** Answers of the room that are still to come. */
let underWay = 0;
/** What this window took, and since when it waited then. @type {Map<string, number>} */
const taken = new Map();
/** The question that stands, and about which calls: as long as its words stand and nothing else was pressed, the next press is the answer to it. */
let asked = { said: outcome.peek(), about: "" };

/** What was taken and of which the row says so later than the room did; after a transfer it waits anew, and since later. */
const justTaken = () => queue.value.filter((c) => taken.get(c.ref) === c.waiting_since);

/** Calls that this person has on the line. @returns {any[]} */
const onTheLine = () => [...talking.value, ...justTaken()];

/** @param {any[]} of */
const refs = (of) => of.map((c) => c.ref).sort().join();

/** Take the longest waiting call; when a colleague was first, the next. With somebody on the line that takes a second press. */
export async function answerNext() {
  // A second press before the first one has its call is the same wish.
  if (underWay) return;
  const waits = () => queue.value.filter((c) => taken.get(c.ref) !== c.waiting_since);
  const line = past.value ? [] : onTheLine();
  const meant = outcome.value === asked.said && asked.about === refs(line);
  if (line.length && waits().length && !meant) return ask(line);
  /** @type {Set<string>} */
  const gone = new Set();
  for (let next = waits()[0]; next; next = waits().find((c) => !gone.has(c.ref))) {
    if (await answer(next.ref)) return;
    if (!wasLate(outcome.value.refused)) return;
    gone.add(next.ref);
  }
  outcome.value = { text: t("outcome.no_call"), bad: false };
}

/** @param {any[]} line */
function ask(line) {
  const names = line.map((c) => [c.function, c.location?.text || c.location?.place].filter(Boolean).join(" "));
  asked = { said: { text: t("call.already", { calls: names.join(", "), key: "F5" }), bad: false, asks: true }, about: refs(line) };
  outcome.value = asked.said;
}

/** Another key: the next press is a first one again, and its words no longer say otherwise. */
export function pressedOther() {
  if (asked.about && outcome.peek() === asked.said) outcome.value = { text: "", bad: false };
}

// What was asked about a call that is over, or about another one than is spoken with now, says nothing any more.
effect(() => {
  talking.value;
  for (const ref of taken.keys()) if (!calls.value.has(ref)) taken.delete(ref);
  if (asked.about !== refs(onTheLine())) pressedOther();
});

/** Whether a call was refused because somebody else took it, or its caller hung up. One's own second key press is no reason to take another. @param {any} refused */
function wasLate(refused) {
  const why = `refused.${refused?.code}`;
  return why === "refused.call.over" || (why === "refused.call.already_answered" && refused.params.by !== session.value.person);
}

/** Take this call; whether it was taken. @param {string} ref */
export async function answer(ref) {
  const since = calls.value.get(ref)?.waiting_since;
  underWay += 1;
  const done = await give({ type: "answer_call", call: ref }).finally(() => (underWay -= 1));
  if (!done) return false;
  taken.set(ref, since);
  // On the board a digit is a status: a number that is written down during the call must not change a unit.
  const board = document.querySelector("#units");
  if (board && board === document.activeElement) /** @type {HTMLElement} */ (board).blur();
  look({ kind: "call", ref });
  return true;
}
