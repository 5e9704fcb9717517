// The three kinds of fact and what is no fact: each with a drawn shape and its word, so that they are never taken for each other.
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { known, language, t } from "../words.js";

/** Measured: a trace; judged: a person; adopted: a sealed sheet; what if: a dashed road. */
const SHAPES = {
  measured: html`<path d="M1 11 H6 L8 4 L12 16 L14 11 H19" />`,
  judged: html`<circle cx="10" cy="6" r="3.5" /><path d="M3 18 C3 12 17 12 17 18" />`,
  adopted: html`<path d="M4 2 H16 V18 H4 Z M7 6 H13 M7 9 H13" /><circle cx="12" cy="14" r="2" fill="currentColor" />`,
  what_if: html`<path d="M2 16 C7 16 7 5 18 5" stroke-dasharray="3 2.5" />`,
};

/** Of which kind the facts below are. @param {{of: keyof typeof SHAPES}} props */
export function Kind({ of }) {
  return html`<span class="kind kind-${of}"><svg class="icon" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">${SHAPES[of]}</svg>${t(`steering.kind.${of}`)}</span>`;
}

/** A part of a screen; all that stands in it is of one kind. @param {{id: string, of?: keyof typeof SHAPES, title: string, note?: string, wide?: boolean, children?: any}} props */
export function Panel({ id, of, title, note = "", wide = false, children }) {
  return html`<section class="sheet ${wide ? "wide" : ""}" id=${id} aria-labelledby="${id}-title">
    <h2 class="title" id="${id}-title">${title}${of && html`<${Kind} of=${of} />`}<span class="grow"></span>${note && html`<span class="sort">${note}</span>`}</h2>
    <div class="inside">${children}</div>
  </section>`;
}

/** Nobody looked: not the same as nothing, and never "fine". */
export const NotChecked = () => html`<span class="absent">${t("steering.not_checked")}</span>`;

/** The plan does not say. */
export const Unknown = () => html`<span class="absent">${t("steering.unknown")}</span>`;

/** A value, or what its absence means: null was not checked, "unknown" does not stand in the plan. @param {any} value @param {(value: any) => any} [say] */
export function said(value, say = (v) => v) {
  if (value === null || value === undefined) return html`<${NotChecked} />`;
  return value === "unknown" ? html`<${Unknown} />` : say(value);
}

/** A table that scrolls by itself when it is wider than the screen, and by keys. @param {{label: string, children?: any}} props */
export const Table = ({ label, children }) => html`<div class="scroll" tabindex="0" role="region" aria-label=${label}><table>${children}</table></div>`;

/** The name in the language of the screen. @param {{name: string, name_en: string}} of */
export const nameOf = (of) => (language.value === "en" ? of.name_en : of.name) || of.name;

/** The same of a pair of names. @param {[string, string] | undefined} pair @param {string} id */
export const oneOf = (pair, id) => (pair ? pair[language.value === "en" ? 1 : 0] || pair[0] : id);

/** A whole number with its thousands apart. @param {number} n */
export const whole = (n) => new Intl.NumberFormat(language.value).format(n);

/** A number with few digits behind the point. @param {number} n @param {number} [digits] */
export const number = (n, digits = 1) => new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(n);

/** A day. @param {number | string} at milliseconds, or a date as text */
export const day = (at) => new Intl.DateTimeFormat(language.value, { day: "numeric", month: "short", year: "numeric" }).format(typeof at === "string" ? new Date(`${at.slice(0, 10)}T12:00:00`) : at);

/** A length of time in its largest two units. @param {number} seconds */
export function lasting(seconds) {
  const total = Math.round(seconds);
  const [d, h, m, s] = [Math.floor(total / 86400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60];
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min ${s} s` : `${s} s`;
}

/** A drawing that the server made. Its own style is for paper and files; here the desk's themes colour it. @param {{svg: string}} props */
export function Chart({ svg }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const drawn = new DOMParser().parseFromString(svg.replace(/<style>[\s\S]*?<\/style>/, ""), "image/svg+xml").documentElement;
    const text = drawn.querySelector("desc")?.textContent ?? "";
    drawn.setAttribute("aria-label", `${drawn.querySelector("title")?.textContent ?? ""}. ${text}`);
    place.current?.replaceChildren(document.importNode(drawn, true));
  }, [svg]);
  return html`<div class="chart" ref=${place}></div>`;
}

/** A field of the files in words. @param {string} name */
export const fieldName = (name) => (known(`steering.field.${name}`) ? t(`steering.field.${name}`) : name);

/** A fixed word of the files, yes or no, in words; names such as BBN2 stay as they are. @param {any} value */
export function valueName(value) {
  if (value === "") return "–";
  const key = `steering.value.${String(value).replaceAll(" ", "_")}`;
  return known(key) ? t(key) : String(value);
}
