// One field of a form, whatever the record holds there: words, numbers, days, other records, or several of these.
import { html, useState } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { t } from "../words.js";
import { fieldName, nameOf, valueName } from "./marks.js";

const TYPES = { date: "date", moment: "datetime-local" };

/** @typedef {{field: any, value: any, options: Record<string, any[]>, set: (value: any) => void}} Filled */

/** A label and what fills it in. @param {Filled} props */
export function Fill({ field, value, options, set }) {
  const id = `f-${field.name}`;
  const Input = field.many ? Many : field.form === "record" && known(field, options).length ? One : field.form === "choice" ? Choice : field.form === "flag" ? Flag : Free;
  return html`<label for=${id}>${fieldName(field.name)}${field.required ? "" : html` <span class="second">${t("steering.register.optional")}</span>`}</label><span class="filled"><${Input} id=${id} field=${field} value=${value} options=${options} set=${set} /></span>`;
}

/** Records that it may refer to. @param {any} field @param {Record<string, any[]>} options */
const known = (field, options) => field.refers.flatMap((/** @type {string} */ k) => options[k] ?? []);

/** @param {Filled & {id: string}} props */
function Choice({ id, field, value, set }) {
  return html`<select id=${id} value=${value} onChange=${(/** @type {any} */ e) => set(e.target.value)}>${field.choices.map((/** @type {string} */ c) => html`<option value=${c}>${valueName(c)}</option>`)}</select>`;
}

/** @param {Filled & {id: string}} props */
function Flag({ id, value, set }) {
  return html`<select id=${id} value=${String(value)} onChange=${(/** @type {any} */ e) => set(e.target.value === "true")}>${[true, false].map((v) => html`<option value=${String(v)}>${valueName(v)}</option>`)}</select>`;
}

/** @param {Filled & {id: string}} props */
function One({ id, field, value, options, set }) {
  return html`<select id=${id} value=${value} onChange=${(/** @type {any} */ e) => set(e.target.value)}>
    ${!field.choices.includes("") && value === "" && html`<option value="">–</option>`}${field.choices.map((/** @type {string} */ c) => html`<option value=${c}>${valueName(c)}</option>`)}
    ${known(field, options).map((/** @type {any} */ o) => html`<option value=${o.id}>${nameOf(o)}</option>`)}</select>`;
}

/** Text, a number, a day; or one of the words that may stand there instead. @param {Filled & {id: string}} props */
function Free({ id, field, value, set }) {
  // What is being typed stands until it is done, whatever else is drawn anew meanwhile.
  const [typing, setTyping] = useState(/** @type {string | null} */ (null));
  const word = field.choices.includes(value);
  const input = html`<input id=${word ? `${id}-value` : id} aria-label=${fieldName(field.name)} type=${TYPES[/** @type {keyof typeof TYPES} */ (field.form)] ?? "text"} inputmode=${field.form === "number" ? "numeric" : null} value=${typing ?? typed(field, value)} required=${field.required && field.form !== "text"} maxlength="4000" autocomplete="off" onInput=${(/** @type {any} */ e) => setTyping(e.target.value)} onChange=${(/** @type {any} */ e) => { set(meant(field, e.target.value)); setTyping(null); }} />`;
  if (!field.choices.length) return input;
  return html`<select id=${word ? id : `${id}-word`} aria-label=${fieldName(field.name)} value=${word ? value : " "} onChange=${(/** @type {any} */ e) => set(e.target.value === " " ? (field.form === "number" ? 0 : field.form === "date" ? today() : "") : e.target.value)}>
    <option value=" ">${t("steering.register.value")}</option>${field.choices.map((/** @type {string} */ c) => html`<option value=${c}>${valueName(c)}</option>`)}</select>${!word && input}`;
}

const today = () => new Date().toLocaleDateString("sv");

/** As an input shows it. @param {any} field @param {any} value */
function typed(field, value) {
  if (field.form !== "moment" || !value) return value ?? "";
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? "" : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** As the record holds it; what is no number stays as it was typed, and is told. @param {any} field @param {string} text */
function meant(field, text) {
  if (field.form === "number") return /^-?\d+$/.test(text.trim()) ? Number(text) : text.trim();
  if (field.form === "moment") return text ? new Date(text).toISOString() : "";
  return text.trim();
}

/** Several: those that stand there with a button to take one out, and something to add one. @param {Filled & {id: string}} props */
function Many({ id, field, value, options, set }) {
  const [next, setNext] = useState("");
  const records = known(field, options);
  const words = field.choices.length ? field.choices : null;
  const name = (/** @type {any} */ one) => (words ? valueName(one) : nameOf(records.find((/** @type {any} */ r) => r.id === one) ?? { name: String(one), name_en: String(one) }));
  const left = words ? words.filter((/** @type {any} */ w) => !value.includes(w)) : records.filter((/** @type {any} */ r) => !value.includes(r.id));
  const add = () => {
    if (next) set([...value, words || records.length ? next : meant(field, next)]);
    setNext("");
  };
  const out = (/** @type {number} */ n) => set(value.filter((/** @type {any} */ _, /** @type {number} */ m) => m !== n));
  return html`${value.map((/** @type {any} */ one, /** @type {number} */ n) => html`<span class="chip">${name(one)} <button type="button" class="clear" aria-label=${t("steering.register.out", { what: name(one) })} onClick=${() => out(n)}><${Sign} name="clear" /></button></span> `)}
    ${words || records.length ? html`<select id=${id} value=${next} onChange=${(/** @type {any} */ e) => setNext(e.target.value)}><option value="">–</option>${left.map((/** @type {any} */ o) => (words ? html`<option value=${o}>${valueName(o)}</option>` : html`<option value=${o.id}>${nameOf(o)}</option>`))}</select>`
      : html`<input id=${id} value=${next} maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ e) => setNext(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && next) { e.preventDefault(); add(); } }} />`}
    <button type="button" disabled=${!next} onClick=${add}>${t("steering.register.add")}</button>`;
}
