// Other figures for a question of the plan, for once: what somebody believes, and the answer to it. Nothing is kept.
import { html, useState } from "../../vendor/preact.js";
import { Problem, post } from "../api.js";
import { language, sayProblem, t } from "../words.js";
import { Table, nameOf, valueName, whole } from "./marks.js";

const FIELDS = ["start", "years", "amount", "most", "probability"];

/** A figure as the file has it: a number, a range, or unknown. @param {any} figure @param {boolean} [plain] a year has no thousands */
const inFile = (figure, plain = false) => (figure === "unknown" ? valueName(figure) : typeof figure === "object" && figure ? `${whole(figure.low)}–${whole(figure.high)}` : plain ? String(figure) : whole(Number(figure)));

/** @param {{scenario: string, rows: any[], answered: (answer: any, own: boolean) => void, back: () => void, own: boolean}} props */
export function Assume({ scenario, rows, answered, back, own }) {
  const [given, setGiven] = useState(/** @type {Record<string, Record<string, string>>} */ ({}));
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  if (!rows.length) return "";
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const numbers = (/** @type {Record<string, string>} */ of) => Object.fromEntries(Object.entries(of).filter(([, v]) => v !== "").map(([f, v]) => [f, Number(v)]));
    const items = Object.fromEntries(Object.entries(given).map(([id, of]) => [id, numbers(of)]).filter(([, of]) => Object.keys(of).length));
    setBusy(true);
    try {
      answered(await post(`/api/steering/scenarios/${scenario}`, { items, language: language.value }), true);
      setWrong("");
    } catch (error) {
      setWrong(error instanceof Problem ? sayProblem(error.body) : t("steering.lost"));
    } finally {
      setBusy(false);
    }
  }
  /** @param {any} row @param {string} f */
  const shown = (row, f) => (f === "most" ? "" : f === "probability" && row[f] !== "unknown" ? `${Number(row[f])}` : inFile(row[f], f === "start"));
  return html`<form id="assume" onSubmit=${submit}><h3>${t("steering.assume.title")}</h3><p class="note">${t("steering.assume.note")}</p>
    <${Table} label=${t("steering.assume.title")}><thead><tr><td></td>${FIELDS.map((f) => html`<th scope="col">${t(`steering.assume.${f}`)}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr><th scope="row">${nameOf(row)}</th>${FIELDS.map((f) => html`<td><input id="assume-${row.id}-${f}" class="figure" type="number" min="0" step="1" aria-label="${t(`steering.assume.${f}`)}, ${nameOf(row)}" placeholder=${shown(row, f)} value=${given[row.id]?.[f] ?? ""} onInput=${(/** @type {any} */ e) => setGiven({ ...given, [row.id]: { ...given[row.id], [f]: e.target.value } })} />${f === "amount" && html` <span class="second">${t(`steering.assume.per.${row.per}`)}</span>`}</td>`)}</tr>`)}</tbody><//>
    <p class="buttons"><button type="submit" disabled=${busy}>${t("steering.assume.reckon")} <kbd>Enter</kbd></button>${own && html`<button type="button" onClick=${() => { setGiven({}); back(); }}>${t("steering.assume.back")}</button>`}<span role="status">${wrong || (own ? t("steering.assume.own") : "")}</span></p>
  </form>`;
}
