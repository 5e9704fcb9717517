// Signs, drawn: a font may lack a character, a drawing is always there. Every colour has its shape.
import { html } from "../vendor/preact.js";

const SHAPES = {
  P: html`<circle cx="10" cy="10" r="8" />`,
  B: html`<rect x="2.5" y="2.5" width="15" height="15" rx="2" />`,
  A: html`<path d="M2.5 17.5 V9 A7.5 7.5 0 0 1 17.5 9 V17.5 Z" />`,
  K: html`<path d="M10 2 C17 6 17 14 10 18 C3 14 3 6 10 2 Z" />`,
};

/** A discipline's sign with its letter. @param {{d: string}} props */
export function DisciplineSign({ d }) {
  return html`<svg class="icon disc-${d}" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" role="img" aria-label=${d}>
    ${SHAPES[/** @type {"P"} */ (d)]}
    <text x="10" y="14" text-anchor="middle" font-size="11" font-weight="700" fill="currentColor" stroke="none">${d}</text>
  </svg>`;
}

const SIGNS = {
  alarm: html`<path d="M6 2 H14 L18 10 L14 18 H6 L2 10 Z" fill="currentColor" stroke="none" />`,
  warn: html`<path d="M10 2 L18.5 17 H1.5 Z" fill="currentColor" stroke="none" />`,
  note: html`<path d="M10 2 L18 10 L10 18 L2 10 Z" fill="currentColor" stroke="none" />`,
  foreign: html`<path d="M3 7 H16 M12 3 L16 7 L12 11 M17 13 H4 M8 9 L4 13 L8 17" />`,
  lock: html`<path d="M4 9 H16 V17 H4 Z M7 9 V6 A3 3 0 0 1 13 6 V9" />`,
  back: html`<path d="M4 4 V9 H9 M4.6 9 A6.5 6.5 0 1 1 4 13 M10.5 7 V11 L13 13" />`,
  tick: html`<path d="M3 10.5 L8 15.5 L17 5" />`,
  left: html`<path d="M14 3 L5 10 L14 17 Z" fill="currentColor" stroke="none" />`,
  right: html`<path d="M6 3 L15 10 L6 17 Z" fill="currentColor" stroke="none" />`,
  clear: html`<path d="M5 5 L15 15 M15 5 L5 15" />`,
  dot: html`<circle cx="10" cy="10" r="4" fill="currentColor" stroke="none" />`,
};

/** @param {{name: keyof typeof SIGNS}} props */
export function Sign({ name }) {
  return html`<svg class="icon ${name}" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">${SIGNS[name]}</svg>`;
}
