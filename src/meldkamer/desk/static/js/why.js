// Why a call rings here, why a function moved and how calling back stands, in words: from the rules and figures of the record.
import { now } from "./stores.js";
import { age, t } from "./words.js";

/** Why a call rings where it rings; empty when it waits for its own room. @param {any} call */
export function whyHere(call) {
  if (!call.rule) return "";
  const f = call.figures ?? {};
  return t(`rule.${call.rule}`, { owner: call.owner, waited: Math.round(f.waited ?? 0), waiting: f.waiting ?? 0, seats: f.seats ?? 0 });
}

/** Whether a call came here though its function is another room's, or nobody's. @param {any} call */
export const fromElsewhere = (call) => /^(overflow_|unowned$|last_resort$)/.test(call.rule ?? "");

/** `least_loaded place=2 of=LB people=1 …` in words; empty for a rule that says nothing of a spread. @param {string} rule */
export function whyMoved(rule) {
  const [word, ...figures] = rule.split(" ");
  if (!["least_loaded", "together", "unstaffed"].includes(word)) return "";
  return t(`takeover.${word}`, Object.fromEntries(figures.map((f) => f.split("="))));
}

/** Who is calling back, or what came of it so far. @param {any} call */
export const backSoFar = (call) => (call.call_back_by ? t("back.by", { by: call.call_back_by, age: age(now.value - call.call_back_at) }) : t("back.tried", { n: call.call_backs, result: t(`back.result.${call.call_back_result}`) }));
