// Risicobord: what each party judges of each risk, what was measured beside it, and who still has to judge.
import { html, useState } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { t } from "../words.js";
import { Kind, NotChecked, Panel, Table, day, nameOf, said, whole } from "./marks.js";
import { Open } from "./open.js";
import { JudgeForm } from "./proposing.js";

/** @param {{data: any}} props */
export function Risks({ data }) {
  const [chosen, setChosen] = useState(data.board.rows[0]?.risk ?? "");
  const [party, setParty] = useState("");
  const row = data.board.rows.find((/** @type {any} */ r) => r.risk === chosen);
  if (!data.matrix) return html`<p class="empty">${t("steering.risks.no_matrix")}</p>`;
  const todo = data.board.to_do.filter((/** @type {any} */ w) => !party || w.party === party);
  return html`<div class="sheets board">
    <${Panel} id="board" title=${t("steering.risks.board")} note=${t("steering.risks.sorted")}><${Board} data=${data} chosen=${chosen} choose=${setChosen} /><//>
    <div class="stack">
      ${row && html`<${Detail} key=${chosen} row=${row} data=${data} />`}
      <${Panel} id="work-list" of="judged" title="${t("steering.risks.work")} ${whole(todo.length)}">
        <p><label for="whose">${t("steering.risks.whose")}</label> <select id="whose" value=${party} onChange=${(/** @type {any} */ e) => setParty(e.target.value)}><option value="">${t("steering.risks.everybody")}</option>${data.parties.map((/** @type {any} */ p) => html`<option value=${p.id}>${nameOf(p)}</option>`)}</select></p>
        <ul class="waits">${todo.slice(0, 200).map((/** @type {any} */ w) => html`<li><button onClick=${() => setChosen(w.risk)}><strong class="mono">${w.party}</strong><span>${w.why === "not yet judged" ? "" : html`<${Sign} name="warn" />`} ${nameOf(data.board.rows.find((/** @type {any} */ r) => r.risk === w.risk))}</span><span class="dim">${t(`steering.todo.${w.why.replaceAll(" ", "_")}`)}</span></button></li>`)}</ul>
      <//>
    </div>
  </div>`;
}

/** @param {{data: any, chosen: string, choose: (risk: string) => void}} props */
function Board({ data, chosen, choose }) {
  const rows = data.board.rows;
  /** @param {KeyboardEvent} e */
  function keys(e) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[e.key];
    const n = rows.findIndex((/** @type {any} */ r) => r.risk === chosen);
    if (step !== undefined) {
      e.preventDefault();
      const to = rows[Math.max(0, Math.min(rows.length - 1, n + step))].risk;
      choose(to);
      document.getElementById(`risk-${to}`)?.focus();
    } else if (e.key === "Enter") {
      e.preventDefault();
      /** @type {HTMLElement | null} */ (document.querySelector("#judge select") ?? document.querySelector("#risk-detail"))?.focus();
    }
  }
  return html`<${Table} label=${t("steering.risks.board")}>
    <thead>
      <tr><td></td><th scope="colgroup" colspan=${data.parties.length + 1} class="group"><${Kind} of="judged" /></th><th scope="col" class="group"><${Kind} of="measured" /></th></tr>
      <tr><th scope="col">${t("steering.risks.risk")}</th>${data.parties.map((/** @type {any} */ p) => html`<th scope="col" title=${nameOf(p)}>${p.id}</th>`)}<th scope="col">${t("steering.risks.network")}</th><th scope="col">${t("steering.risks.seen")}</th></tr>
    </thead>
    <tbody onKeyDown=${keys}>${rows.map((/** @type {any} */ r) => html`<tr id="risk-${r.risk}" class=${r.risk === chosen ? "selected" : ""} tabindex=${r.risk === chosen ? 0 : -1} aria-current=${r.risk === chosen ? "true" : null} onClick=${() => choose(r.risk)}>
      <th scope="row">${r.confidential && html`<${Sign} name="lock" />`} ${nameOf(r)}${r.kind === "chance" && html` <span class="chip">${t("steering.risks.chance")}</span>`}</th>
      ${r.cells.map((/** @type {any} */ c) => html`<td class=${c.stale ? "old" : ""}><${Cell} cell=${c} matrix=${data.matrix} /></td>`)}
      <td>${r.score === null ? html`<span class="absent">${t("steering.risks.no_score")}</span>` : html`<${Score} score=${r.score} level=${r.level} matrix=${data.matrix} />`}</td>
      <td class="measured">${said(r.seen, (s) => html`${t("steering.risks.times", { count: whole(s.count), days: whole(s.days) })}${contradicts(r) && html` <${Sign} name="warn" /> ${t("steering.todo.measured_otherwise")}`}`)}</td>
    </tr>`)}</tbody><//>`;
}

/** Whether it happened more often than any party judged. @param {any} r */
const contradicts = (r) => r.seen?.count > 0 && r.cells.some((/** @type {any} */ c) => c.state !== "not yet judged" && r.seen.likelihood > c.likelihood);

/** @param {{cell: any, matrix: any}} props */
function Cell({ cell, matrix }) {
  if (cell.state === "not yet judged") return html`<span class="absent">${t("steering.cell.missing")}</span>`;
  const old = cell.stale && html` <span class="chip warn">${t("steering.cell.stale")}</span>`;
  if (cell.state === "does not hold") return html`<span class="second">${t("steering.cell.no")}</span>${old}`;
  return html`<${Score} score=${cell.score} level=${cell.level} matrix=${matrix} />${old}`;
}

/** A score with its level in words; the two highest levels carry a sign. @param {{score: number, level: string, matrix: any}} props */
function Score({ score, level, matrix }) {
  const n = matrix.levels.length - matrix.levels.indexOf(level);
  return html`<span class="score level-${n}">${n === 1 ? html`<${Sign} name="warn" />` : n === 2 ? html`<${Sign} name="note" />` : ""} <span class="mono">${score}</span> <span lang="nl">${level}</span></span>`;
}

/** @param {{row: any, data: any}} props */
function Detail({ row, data }) {
  const [cause, effect] = data.causes[row.risk] ?? ["", ""];
  const given = data.judgements.filter((/** @type {any} */ j) => j.risk === row.risk).reverse();
  const matrix = data.matrix;
  return html`<${Panel} id="risk-detail-panel" of="judged" title=${nameOf(row)}>
    <div id="risk-detail" tabindex="-1">
      ${cause && html`<p>${t("steering.risks.cause")}: <span lang="nl">${cause}</span></p>`}${effect && html`<p>${t("steering.risks.effect")}: <span lang="nl">${effect}</span></p>`}
      <p class="second">${t("steering.risks.owner", { role: roleName(data, row.accountable) })} <${Open} kind="risk" id=${row.risk}>${t("steering.risks.change")}<//></p>
      <h3>${t("steering.risks.treatments")}</h3>
      ${row.treatments.length ? html`<ul>${row.treatments.map((/** @type {any} */ b) => html`<li>${b.name} (${t(`steering.treatment.${b.state}`)}): ${t("steering.risks.cost")} ${said(b.cost, (c) => `${whole(c)} k€`)}, ${t("steering.risks.remains")} ${said(b.score_after)}</li>`)}</ul>` : html`<p class="note">${t("steering.risks.none")}</p>`}
      <h3>${t("steering.risks.history")}</h3>
      ${given.length ? html`<ul>${given.map((/** @type {any} */ j) => html`<li><span class="mono">${j.party}</span> ${day(j.date)}, ${roleName(data, j.by)}: ${j.holds ? html`<span lang="nl">${matrix.likelihood[j.likelihood - 1]} × ${matrix.impact[j.impact - 1]}</span>` : t("steering.cell.no")} ${j.reason && html`<span class="second" lang="nl">${j.reason}</span>`}</li>`)}</ul>` : html`<p class="note">${t("steering.risks.never")}</p>`}
      ${row.seen === null && html`<p class="note"><${Kind} of="measured" />: <${NotChecked} /></p>`}
      <${JudgeForm} risk=${row} data=${data} />
    </div><//>`;
}

/** @param {any} data @param {string} id */
export const roleName = (data, id) => nameOf(data.roles.find((/** @type {any} */ r) => r.id === id) ?? { name: id, name_en: id });
