// What the reports' tables share: times, shares and what could not be measured, as the page and the files say them.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { Table, number, whole } from "../steering/marks.js";
import { language } from "../words.js";

/** @typedef {Record<string, string>} Words */

/** A number with one digit behind the point, always. @param {number} n */
const tenths = (n) => new Intl.NumberFormat(language.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(n);

/** Seconds under two minutes, minutes and seconds under two hours, hours above: as the charts say them. @param {number} seconds */
export function time(seconds) {
  if (seconds < 120) return `${tenths(seconds)} s`;
  const all = Math.round(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  if (all < 7200) return `${Math.floor(all / 60)}:${two(all % 60)}`;
  return `${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
}

/** A day and a time of day. @param {number} at */
export const moment = (at) => new Intl.DateTimeFormat(language.value, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

/** A share of 0 to 1 as a percentage. @param {number} share */
export const percent = (share) => `${tenths(100 * share)} %`;

/** Nothing could be measured, which is not zero. @param {{w: Words}} props */
export const Absent = ({ w }) => html`<span class="absent">${w.not_measured}</span>`;

/** A percentile with its interval; a bound that few cases do not give is open. @param {{of: any, w: Words}} props */
export function Percentile({ of, w }) {
  if (!of) return html`<${Absent} w=${w} />`;
  const bound = (/** @type {number | null} */ v) => (v === null ? "…" : time(v));
  return html`${time(of.value)}<br /><span class="second">${bound(of.low)} – ${bound(of.high)}</span>`;
}

/** A share with its interval. @param {{of: any, w: Words}} props */
export function Share({ of, w }) {
  if (!of) return html`<${Absent} w=${w} />`;
  return html`${percent(of.met / of.of)}<br /><span class="second">${percent(of.low)} – ${percent(of.high)}</span>`;
}

/** How many could not be measured, and why. @param {{row: any, w: Words}} props */
function Missing({ row, w }) {
  const why = Object.entries(row.not_measured);
  const all = why.reduce((sum, [, n]) => sum + n, 0);
  return html`${whole(all)}${all > 0 && html`<br /><span class="second">${why.map(([reason, n]) => `${whole(n)} ${w[reason]}`).join(", ")}</span>`}`;
}

/** Times of groups, and how they stand against each norm. @param {{label: string, first: string, rows: {id: string, name: any, row: any}[], w: Words, names: Words}} props */
export function Rows({ label, first, rows, w, names }) {
  return html`<${Table} label=${label}>
    <thead><tr><th scope="col">${first}</th>${["cases", "not_measured_n", "p50", "p90", "p95"].map((k) => html`<th scope="col" class="n">${w[k]}</th>`)}<th scope="col">${w.norm}</th><th scope="col" class="n">${w.within}</th><th scope="col">${w.verdict}</th></tr></thead>
    ${rows.map(({ id, name, row }) => {
      const norms = row.within.length ? row.within : [null];
      return html`<tbody id=${id} key=${id}>${norms.map((/** @type {any} */ norm, /** @type {number} */ n) => html`<tr>
        ${n === 0 && html`<th scope="rowgroup" rowspan=${norms.length}>${name}</th><td class="n" rowspan=${norms.length}>${whole(row.measured)}</td><td class="why" rowspan=${norms.length}><${Missing} row=${row} w=${w} /></td>
        ${[row.p50, row.p90, row.p95].map((p) => html`<td class="n" rowspan=${norms.length}><${Percentile} of=${p} w=${w} /></td>`)}`}
        ${norm ? html`<td class="norm-of">${names[norm.norm] ?? norm.norm}<br /><span class="second">≤ ${time(norm.seconds)}${norm.target === null ? "" : `, ${percent(norm.target)}`}${norm.since === null ? "" : `; ${w.held_from} ${moment(norm.since)}`}${norm.until === null ? "" : `; ${w.held_until} ${moment(norm.until)}`}</span></td><td class="n"><${Share} of=${norm.share} w=${w} /></td><td><${Verdict} of=${norm.verdict} w=${w} /></td>` : html`<td>${w.none}</td><td></td><td></td>`}
      </tr>`)}</tbody>`;
    })}<//>`;
}

/** How a group stands: a shape and a word; only what misses asks for attention. @param {{of: string, w: Words}} props */
const Verdict = ({ of, w }) => (of === "not_measured" ? html`<${Absent} w=${w} />` : html`${of === "misses" && html`<${Sign} name="warn" />`} ${w[of]}`);

/** Points of a percentage, with their sign. @param {number} share */
export const points = (share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${number(Math.abs(100 * share))}`;

/** Code and name of a room or region. @param {string} key @param {Words} names */
export const called = (key, names) => (!names[key] ? key : /^[*?]$/.test(key) ? names[key] : html`<span class="mono">${key}</span> ${names[key]}`);
