// Words in two languages, and the ways to say times and ages. The same lists serve the server.
import { signal } from "../vendor/preact.js";

/** @typedef {Record<string, string>} Words */

export const language = signal(localStorage.getItem("mk.language") ?? "nl");
/** @type {import("../vendor/preact.js").Signal<Words>} */
const words = signal({});

/** Load a language's list. @param {string} to */
export async function speak(to) {
  const list = await (await fetch(new URL(`../words/${to}.json`, import.meta.url))).json();
  words.value = list;
  language.value = to;
  localStorage.setItem("mk.language", to);
  document.documentElement.lang = to;
}

/**
 * A sentence with its parameters filled in; a key without a sentence is shown as it is.
 * @param {string} key
 * @param {Record<string, unknown>} [params]
 */
export function t(key, params = {}) {
  const sentence = words.value[key];
  if (sentence === undefined) return key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => apart(String(params[name] ?? "")));
}

/** Letters that run from right to left, and signs that change the direction of what follows them. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Words from outside, so that they turn round nothing that stands beside them: a number after a name stays after it. @param {string} words */
export const apart = (words) => (TURNS.test(words) ? `\u2068${words}\u2069` : words);

/** Whether there is a sentence for this key. @param {string} key */
export const known = (key) => words.value[key] !== undefined;

/** What a problem of the API says, in the person's words. @param {any} problem */
export function sayProblem(problem) {
  const key = `refused.${problem.code ?? ""}`;
  if (known(key)) return t(key, problem.params);
  const type = `problem.${problem.type ?? ""}`;
  return known(type) ? `${t(type, problem.params)} ${problem.detail ?? ""}`.trim() : (problem.detail ?? problem.title ?? t("problem.unknown"));
}

/** Wall time with seconds, always 24 hours. @param {number} ms */
export function clockTime(ms) {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(ms);
}

/** An age: 0:42, 12:05, 3:20:11. @param {number} ms */
export function age(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, "0");
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}:${seconds}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
}

/** A number with one decimal, as the language writes it. @param {number} n */
export function decimal(n) {
  return new Intl.NumberFormat(language.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(n);
}
