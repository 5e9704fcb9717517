// Geld: both tables exactly as adopted, where they do not add up, and what would happen if. Thousands of euro.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem, get } from "../api.js";
import { Sign } from "../icons.js";
import { language, sayProblem, t } from "../words.js";
import { Assume } from "./assume.js";
import { Chart, Kind, Panel, Table, Unknown, nameOf, said, whole } from "./marks.js";
import { Binding } from "./today.js";

const FIRST = "onzekerheid";
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** @param {{data: any}} props */
export function Money({ data }) {
  const names = data.scenarios.map((/** @type {any} */ s) => s.file);
  const [scenario, setScenario] = useState(names.includes(FIRST) ? FIRST : (names[0] ?? ""));
  const differ = data.reconciled.filter((/** @type {any} */ r) => r.printed_minus_derived);
  return html`<div class="sheets two">
    <${Panel} id="what-if" of="what_if" title=${t("steering.money.what_if")} wide><${WhatIf} data=${data} scenario=${scenario} choose=${setScenario} /><//>
    <${Panel} id="budget" of="adopted" title=${t("steering.money.budget")} note=${t("steering.money.unit")} wide><${Adopted} table=${data.budget} label=${t("steering.money.budget")} /><//>
    <${Panel} id="account" of="adopted" title=${t("steering.money.account")} note=${t("steering.money.unit")} wide><${Adopted} table=${data.account} label=${t("steering.money.account")} /><//>
    <${Panel} id="room" of="adopted" title=${t("steering.money.room")}><${Chart} svg=${data.chart} /><//>
    <div class="stack">
      <${Panel} id="decision" of="adopted" title=${t("steering.today.binding")}><${Binding} adopted=${data.adopted} /><//>
      <${Panel} id="follows" of="what_if" title=${t("steering.money.follows")}><${Follows} s=${data.sensitivities} /><//>
    </div>
    <${Panel} id="reconcile" title=${t("steering.money.reconcile", { differ: differ.length, all: data.reconciled.length })}><${Reconciled} rows=${differ} /><//>
    <${Panel} id="lists" of="adopted" title=${t("steering.money.lists")}><${Workbook} /><${Lists} notes=${data.notes} users=${data.users} choose=${(/** @type {string} */ s) => { setScenario(s); document.getElementById("scenario")?.focus(); }} names=${names} /><//>
  </div>`;
}

/** Everything in one file to work on with in a spreadsheet. */
function Workbook() {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  async function fetched() {
    setBusy(true);
    setSaid("");
    try {
      const { name, data } = await get(`/api/steering/workbook?language=${language.value}`);
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      const url = URL.createObjectURL(new Blob([bytes], { type: XLSX }));
      const link = Object.assign(document.createElement("a"), { href: url, download: name });
      link.click();
      URL.revokeObjectURL(url);
      setSaid(t("steering.money.saved", { name }));
    } catch (error) {
      setSaid(error instanceof Problem ? sayProblem(error.body) : t("steering.lost"));
    } finally {
      setBusy(false);
    }
  }
  return html`<p><button id="workbook" disabled=${busy} onClick=${fetched}>${t("steering.money.workbook")}</button> <span role="status">${said}</span></p>`;
}

/** A table as it was adopted: nothing computed stands in it. @param {{table: any, label: string}} props */
function Adopted({ table, label }) {
  const strong = ["total", "total_without_recovered", "room", "income", "closing"];
  return html`<${Table} label=${label}><thead><tr><th scope="col">${t("steering.money.row")}</th>${table.years.map((/** @type {number} */ y, /** @type {number} */ n) => html`<th scope="col" class="n">${y}${table.basis && html`<br /><span class="second">${t(`steering.basis.${table.basis[n]}`)}</span>`}</th>`)}</tr></thead>
    <tbody>${table.rows.map((/** @type {any} */ r) => html`<tr class=${strong.includes(r.role) ? "sum" : ""}><th scope="row">${nameOf(r)}</th>${r.amounts.map((/** @type {number} */ a) => html`<td class="n mono">${whole(a)}</td>`)}</tr>`)}</tbody><//>`;
}

/** @param {{data: any, scenario: string, choose: (file: string) => void}} props */
function WhatIf({ data, scenario, choose }) {
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState("");
  const [own, setOwn] = useState("");
  const asks = `${scenario} ${language.value}`;
  const [again, setAgain] = useState(0);
  useEffect(() => {
    // What somebody assumed stays when the screen is read anew.
    if (own === asks) return undefined;
    let asked = true;
    if (scenario) {
      get(`/api/steering/scenarios/${scenario}?language=${language.value}`)
        .then((found) => { if (asked) { setAnswer(found); setOwn(""); setProblem(""); } })
        .catch((error) => { if (asked) { setAnswer(null); setProblem(error instanceof Problem ? sayProblem(error.body) : t("steering.lost")); } });
    }
    return () => { asked = false; };
  }, [asks, data, again]);
  const about = data.scenarios.find((/** @type {any} */ s) => s.file === scenario);
  const question = about && (language.value === "en" ? about.question_en : about.question);
  return html`<div class="what-if"><div>
      <p><label for="scenario">${t("steering.money.question")}</label> <select id="scenario" value=${scenario} onChange=${(/** @type {any} */ e) => choose(e.target.value)}>${data.scenarios.map((/** @type {any} */ s) => html`<option value=${s.file}>${nameOf(s)}</option>`)}</select></p>
      <p class="question">${question}</p>
      ${problem && html`<p class="wrong" role="alert">${problem}</p>`}
      ${answer && html`<${Assume} key=${scenario} scenario=${scenario} rows=${answer.figures} own=${own === asks} answered=${(/** @type {any} */ a, /** @type {boolean} */ mine) => { setAnswer(a); setOwn(mine ? asks : ""); }} back=${() => { setOwn(""); setAgain(again + 1); }} /><${Answer} o=${answer.outcome} />`}
    </div><div>${answer && html`<${Chart} svg=${answer.chart} />`}</div></div>`;
}

/** @param {{o: any}} props */
function Answer({ o }) {
  return html`<${Table} label=${t("steering.money.answer")}>
      <thead><tr><td></td><th scope="col" class="n group"><${Kind} of="adopted" /></th><th scope="colgroup" colspan="4" class="n group"><${Kind} of="what_if" /></th></tr>
      <tr><th scope="col">${t("steering.money.year")}</th><th scope="col" class="n">${t("steering.money.closing")}</th><th scope="col" class="n">${t("steering.money.low")}</th><th scope="col" class="n">${t("steering.money.middle")}</th><th scope="col" class="n">${t("steering.money.high")}</th><th scope="col" class="n">${t("steering.money.below")}</th></tr></thead>
      <tbody>${o.years.map((/** @type {any} */ y) => html`<tr class=${y.below_floor ? "act" : ""}><th scope="row">${y.year}</th><td class="n mono">${whole(y.adopted)}</td>${["p10", "p50", "p90"].map((p) => html`<td class="n mono">${whole(y.closing[p])}</td>`)}<td class="n mono">${y.below_floor ? html`<${Sign} name="warn" /> ` : ""}${whole(y.below_floor)}/${whole(o.runs)}</td></tr>`)}</tbody><//>
    ${o.gaps.length > 0 && html`<h3>${t("steering.money.gaps")}</h3><ul>${o.gaps.map((/** @type {any} */ g) => html`<li><strong>${nameOf(g)}</strong>: <${Unknown} /> (${g.unknown.map((/** @type {string} */ u) => t(`steering.figure.${u}`)).join(", ")}). ${most(g)}</li>`)}</ul>`}
    ${o.items.length > 0 && html`<h3>${t("steering.money.claims")}</h3><ul>${o.items.map((/** @type {any} */ i) => html`<li><strong>${nameOf(i)}</strong> (${t(`steering.source.${i.source}`)}): ${i.starts.map((/** @type {any} */ s) => t(s.holds ? "steering.money.holds" : "steering.money.fails", { year: s.start, lowest: whole(s.lowest) })).join("; ")}</li>`)}</ul>`}
    <p class="note">${t("steering.money.how", { runs: whole(o.runs), seed: o.seed, floor: whole(o.floor) })} <span class="mono">${o.inputs.slice(0, 16)}</span></p>`;
}

/** How large an unknown claim may become before the account passes its floor. @param {any} gap */
function most(gap) {
  const first = gap.break_even[0];
  if (!first) return "";
  return t(first.per_year === null ? "steering.money.any" : "steering.money.most", { start: first.start, per_year: first.per_year === null ? "" : whole(first.per_year), years: first.years_in_plan });
}

/** What the adopted tables alone say, without a new figure. @param {{s: any}} props */
function Follows({ s }) {
  const rows = [["opening", s.opening], ["room_total", s.room_total], ["drawdown_total", s.drawdown_total], ["reserve_gap", s.reserve_gap], ["closing_last", s.closing_last], ["closing_last_without_drawdown", s.closing_last_without_drawdown]];
  return html`<table><tbody>${rows.map(([what, amount]) => html`<tr><th scope="row">${t(`steering.follows.${what}`)}</th><td class="n mono">${whole(amount)}</td></tr>`)}
    ${s.growth.map((/** @type {any} */ g) => html`<tr><th scope="row">${t("steering.money.growth", { percent: g.percent })}</th><td class="n mono">${whole(g.closing_last)}</td></tr>`)}
    ${s.constant_cost.map((/** @type {any} */ c) => html`<tr><th scope="row">${t("steering.money.constant", { start: c.start })}</th><td class="n mono">${whole(c.per_year)}</td></tr>`)}</tbody></table>`;
}

/** @param {{rows: any[]}} props */
function Reconciled({ rows }) {
  if (!rows.length) return html`<p class="note">${t("steering.money.adds_up")}</p>`;
  return html`<${Table} label=${t("steering.money.relations")}><thead>
    <tr><td colspan="2"></td><th scope="col" class="n group"><${Kind} of="adopted" /></th><th scope="colgroup" colspan="2" class="n group"><${Kind} of="what_if" /></th></tr>
    <tr><th scope="col">${t("steering.money.relation")}</th><th scope="col">${t("steering.money.year")}</th><th scope="col" class="n">${t("steering.money.printed")}</th><th scope="col" class="n">${t("steering.money.derived")}</th><th scope="col" class="n">${t("steering.money.difference")}</th></tr></thead>
    <tbody>${rows.map((r) => html`<tr><th scope="row"><span class="mono">${r.relation}</span> <span class="second" lang="nl">${r.expression}</span></th><td class="mono">${r.year}</td><td class="n mono">${whole(r.printed)}</td><td class="n mono">${whole(r.derived)}</td><td class="n mono">${r.printed_minus_derived > 0 ? "+" : ""}${r.printed_minus_derived}</td></tr>`)}</tbody><//>
    <p class="note">${t("steering.money.rounding")}</p>`;
}

/** The name of the scenario that explores a row. @param {any} note */
const file = (note) => note.scenario.split("/").pop().replace(".toml", "");

/** @param {{notes: any[], users: any, choose: (file: string) => void, names: string[]}} props */
function Lists({ notes, users, choose, names }) {
  const lists = [...new Set(notes.map((n) => n.list))];
  return html`${lists.map((list) => html`<h3>${t(`steering.list.${list.replaceAll(" ", "_")}`)}</h3><ul>${notes.filter((n) => n.list === list).map((n) => html`<li>${nameOf(n)} ${n.amount === "unknown" ? html`<${Unknown} />` : ""} ${names.includes(file(n)) && html`<button onClick=${() => choose(file(n))}>${t("steering.money.ask")}</button>`}</li>`)}</ul>`)}
    <h3>${t("steering.money.users")}</h3><ul>${users.users.map((/** @type {any} */ u) => html`<li>${u.name}: ${u.shares.map((/** @type {any} */ s, /** @type {number} */ n) => html`${n ? ", " : ""}${users.years[n]} ${said(s, whole)}`)}</li>`)}</ul>`;
}
