// Question sets: which one is asked for a class, what it asks, tells and suggests given the answers so far. Pure but for the sets,
// which are fetched when the first form or incident needs them.
import { batch, signal } from "../vendor/preact.js";
import { get } from "./api.js";

export { dayOf } from "./codes.js";

/**
 * @typedef {{set: string, version: string, question: string, answer: string, at: number}} Given
 * @typedef {{key: string, characteristic?: string, value?: string, class?: string, priority?: number, discipline?: string}} Suggestion
 */

/** Every version of every set of the country; null until they are here. @type {import("../vendor/preact.js").Signal<any[] | null>} */
export const sets = signal(null);
/** Versions that were replaced: what was answered to them is shown in their words. */
const replaced = signal(/** @type {any[]} */ ([]));
let asked = false;

/** Fetch the sets, once. A lost link is tried again by whoever asks next. */
export async function fetchSets() {
  if (asked) return;
  asked = true;
  try {
    const found = await get("/api/questions");
    batch(() => {
      sets.value = found.sets;
      replaced.value = found.past;
    });
  } catch {
    asked = false;
  }
}

/** Let the sets be asked for again; whether they were here. What stands on the screen stays until they come. */
export function forgetSets() {
  const had = asked;
  asked = false;
  return had;
}

/** Of each set the version that counts on this day. @param {any[]} all @param {string} day @returns {any[]} */
export function inForce(all, day) {
  const newest = new Map();
  for (const one of all) {
    const there = newest.get(one.id);
    if (one.effective <= day && (!there || one.effective > there.effective)) newest.set(one.id, one);
  }
  return [...newest.values()];
}

/** The set for a class on a day: of all that fit, the one that names it most closely. @param {any[]} all @param {string} code @param {string} day */
export function setFor(all, code, day) {
  let best = null;
  let close = 0;
  for (const one of inForce(all, day)) {
    for (const pattern of one.classes) {
      const fits = pattern.endsWith("*") ? (code.startsWith(pattern.slice(0, -1)) ? pattern.length : 0) : pattern === code ? 1000 : 0;
      if (fits > close) [best, close] = [one, fits];
    }
  }
  return best;
}

/** Whether all conditions hold. @param {string[]} when @param {Record<string, string>} answers */
function holds(when, answers) {
  return when.every((text) => {
    const [, question, sign, right] = /^([a-z][a-z0-9_]*)(>=|=)(.+)$/.exec(text.trim()) ?? [];
    const answer = answers[question];
    if (answer === undefined) return false;
    if (sign === ">=") return /^[0-9]{1,4}$/.test(answer) && Number(answer) >= Number(right);
    return right.split("|").some((value) => value.trim() === answer);
  });
}

/**
 * The questions that are asked now, and the answers that count: one to a question that is not asked any more counts for nothing.
 * @param {any} set @param {Record<string, string>} answers @param {boolean} medical whether this person may read medical answers
 * @returns {{questions: any[], counted: Record<string, string>}}
 */
export function shown(set, answers, medical) {
  /** @type {Record<string, string>} */
  const counted = {};
  const questions = [];
  for (const question of set.questions) {
    if ((question.medical && !medical) || !holds(question.when, counted)) continue;
    questions.push(question);
    if (answers[question.id] !== undefined) counted[question.id] = answers[question.id];
  }
  return { questions, counted };
}

/** What to tell the caller. @param {any} set @param {Record<string, string>} counted @returns {any[]} */
export const adviceFor = (set, counted) => set.advice.filter((/** @type {any} */ a) => holds(a.when, counted));

/**
 * What the answers give reason for, each once; of several priorities the most urgent.
 * @param {any} set @param {any[]} questions @param {Record<string, string>} counted @returns {Suggestion[]}
 */
export function suggested(set, questions, counted) {
  /** @type {Map<string, Suggestion>} */
  const found = new Map();
  const add = (/** @type {Suggestion} */ s) => found.has(s.key) || found.set(s.key, s);
  let urgent = 9;
  for (const s of set.suggestions) {
    if (!holds(s.when, counted)) continue;
    if (s.characteristic) add({ key: `${s.characteristic}=${s.value}`, characteristic: s.characteristic, value: s.value });
    else if (s.class) add({ key: `class ${s.class}`, class: s.class });
    else if (s.discipline) add({ key: `discipline ${s.discipline}`, discipline: s.discipline });
    else if (s.priority) urgent = Math.min(urgent, s.priority);
  }
  for (const q of questions) {
    const answer = counted[q.id];
    if (!q.fills || answer === undefined || answer === "unknown") continue;
    const value = q.kind === "choice" ? q.options.find((/** @type {any} */ o) => o.id === answer)?.value : answer;
    if (value) add({ key: `${q.fills}=${value}`, characteristic: q.fills, value });
  }
  if (urgent < 9) return [{ key: `priority ${urgent}`, priority: urgent }, ...found.values()];
  return [...found.values()];
}

/** Of each question of a set the answer that counts: the last one, unless it was taken back. @param {any[]} answers @param {string} set @returns {Record<string, string>} */
export function counting(answers, set) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const a of answers) {
    if (a.set !== set) continue;
    if (a.withdrawn || a.answer === "") delete found[a.question];
    else if (a.answer !== null) found[a.question] = a.answer;
  }
  return found;
}

/** A question of a version of a set; undefined when the country does not know it. @param {{set: string, version: string, question: string}} of */
export const questionOf = (of) => [...(sets.value ?? []), ...replaced.value].find((s) => s.id === of.set && s.version === of.version)?.questions.find((/** @type {any} */ q) => q.id === of.question);

/** A question in words. @param {any} question @param {string} lang */
export const inWords = (question, lang) => (lang === "en" ? question.ask_en : question.ask);

/** An answer in words. @param {any} question @param {string} answer @param {string} lang @param {(key: string) => string} t */
export function answerInWords(question, answer, lang, t) {
  const option = question?.options.find((/** @type {any} */ o) => o.id === answer);
  if (option) return lang === "en" ? option.text_en : option.text;
  return SAID[answer] ? t(SAID[answer]) : answer;
}

/** @type {Record<string, string>} */
const SAID = { yes: "questions.yes", no: "questions.no", unknown: "questions.unknown" };

/** What may be told to another discipline of answers that are not saved yet: never a medical one. @param {Given[]} given @param {string} lang @param {(key: string) => string} t */
export const told = (given, lang, t) => [...new Map(given.map((g) => [`${g.set} ${g.question}`, g])).values()].flatMap((g) => {
  const question = questionOf(g);
  return question && !question.medical && g.answer ? [`${inWords(question, lang)} ${answerInWords(question, g.answer, lang, t)}`] : [];
});
