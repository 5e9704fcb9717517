// Characteristics (karakteristieken): which there are, what a `-term` line sets, and what a typed one means. Pure.
import { chosenNow } from "./codes.js";

/** What a kind without a list of values takes. */
const BOUNDS = { number: /^[0-9]{1,4}$/, text: /^.{1,200}$/ };

/** Whether this can be its value. @param {any} characteristic @param {string} value @param {any[]} values */
export function fitsValue(characteristic, value, values) {
  if (characteristic.kind === "number" || characteristic.kind === "text") return BOUNDS[/** @type {"number"} */ (characteristic.kind)].test(value);
  return values.some((v) => v.name === characteristic.name && v.value === value);
}

/**
 * What a line that begins with a dash sets: a term of the country's list, or a name or code with a number or words. With `exact`
 * only a whole term; otherwise every one that begins so.
 * @param {string} line @param {any} country @param {boolean} [exact] @returns {{name: string, value: string, term: string}[]}
 */
export function termsFor(line, country, exact = false) {
  const typed = line.trim().toLowerCase().replaceAll(/\s+/g, " ");
  if (!typed.startsWith("-") || typed.length < 2) return [];
  const all = chosenNow(country?.characteristic_values ?? []).flatMap((/** @type {any} */ v) => (v.term ?? "").split(";").filter(Boolean).map((/** @type {string} */ term) => ({ ...v, term: term.trim() })));
  const whole = all.filter((/** @type {any} */ v) => v.term.toLowerCase() === typed);
  if (whole.length) return whole;
  for (const c of chosenNow(country?.characteristics ?? [])) {
    if (c.kind !== "number" && c.kind !== "text") continue;
    for (const name of [c.name.toLowerCase(), c.code.toLowerCase()]) {
      const value = name && typed.startsWith(`-${name} `) ? line.trim().replaceAll(/\s+/g, " ").slice(name.length + 2) : "";
      if (value && fitsValue(c, value, [])) return [{ name: c.name, value, term: `-${name} ${value}` }];
    }
  }
  return exact ? [] : all.filter((/** @type {any} */ v) => v.term.toLowerCase().startsWith(typed));
}

/** The line that sets this value; empty when none does. @param {string} name @param {string} value @param {any} country */
export function lineFor(name, value, country) {
  const term = (country?.characteristic_values ?? []).find((/** @type {any} */ v) => v.name === name && v.value === value)?.term ?? "";
  const line = term.split(";")[0].trim() || `-${name} ${value}`;
  return termsFor(line, country, true).some((one) => one.name === name && one.value === value) ? line : "";
}

/** What the lines of a text set, by name; a line that is no whole term sets nothing. @param {string} text @param {any} country @returns {Record<string, string>} */
export function setBy(text, country) {
  const found = text.split("\n").flatMap((line) => termsFor(line, country, true).slice(0, 1));
  return Object.fromEntries(found.map((one) => [one.name, one.value]));
}
