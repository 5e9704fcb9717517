// Bewijs: what a query on the record shows right now, and what each party says of itself, by degree and never as yes or no.
import { html, useState } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { t } from "../words.js";
import { Kind, NotChecked, Panel, Table, Unknown, day, nameOf, number, oneOf, said, whole } from "./marks.js";
import { Open } from "./open.js";
import { AssessForm } from "./proposing.js";

const STALE_DAYS = 365;

/** @param {{data: any}} props */
export function Proof({ data }) {
  const r = data.report;
  if (!r) return html`<${Panel} id="not-read" of="measured" title=${t("steering.tab.proof")}><p class="note"><${NotChecked} />: ${t("steering.today.nothing_read")}</p><//>`;
  return html`<div class="sheets two">
    <${Panel} id="queries" title=${t("steering.proof.queries")} wide><${Queries} r=${r} /><//>
    <${Panel} id="frameworks" title=${t("steering.proof.frameworks")}><${Frameworks} r=${r} /><//>
    <${Panel} id="systems" of="judged" title=${t("steering.proof.systems")}><${Systems} rows=${r.systems} names=${data.names} /><//>
    <${Panel} id="advice" of="judged" title=${t("steering.proof.advice")}><${Advice} rows=${r.advice} names=${data.names} /><//>
    <${Panel} id="norms" of="judged" title=${t("steering.proof.norms")}><ul>${r.norms.map((/** @type {any} */ n) => html`<li><span class="mono">${n.party}</span> <${Open} kind="norm" id=${n.norm}>${nameOf(n)}<//>, ${n.version === "unknown" ? html`<${Unknown} />` : n.version} <span class="second">${n.measures.join(", ")}</span></li>`)}</ul><//>
    <${Panel} id="measures" of="judged" title=${t("steering.proof.measures")} wide><${Measures} r=${r} names=${data.names} parties=${data.parties} /><//>
  </div>`;
}

/** A share in percent, never rounded up to all. @param {number} x */
const percent = (x) => `${number(Math.floor(x * 1000) / 10)} %`;

/** @param {{r: any}} props */
function Queries({ r }) {
  const rows = r.measures.filter((/** @type {any} */ m) => m.query);
  return html`<${Table} label=${t("steering.proof.queries")}><thead><tr><td></td><th scope="colgroup" colspan="3" class="group"><${Kind} of="measured" /></th><th scope="col" class="group"><${Kind} of="judged" /></th></tr>
    <tr><th scope="col">${t("steering.proof.measure")}</th><th scope="col" class="n">${t("steering.proof.share")}</th><th scope="col">${t("steering.proof.value")}</th><th scope="col" class="n">${t("steering.proof.age")}</th><th scope="col">${t("steering.proof.parties")}</th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ m) => html`<tr><th scope="row"><span class="mono">${m.framework} ${m.number}</span> ${nameOf(m)}</th>
      <td class="n mono">${m.seen ? said(m.seen.share, percent) : html`<${NotChecked} />`}</td><td>${m.seen ? oneOf([m.seen.value_nl, m.seen.value], "") : ""}</td>
      <td class="n">${m.seen ? said(m.age_days, (d) => html`${d > STALE_DAYS && html`<${Sign} name="warn" />`} ${number(d, 0)} d`) : ""}</td>
      <td class="measured"><${Parties} said=${m.said} /></td></tr>`)}</tbody><//>`;
}

/** What the parties say, in one line. @param {{said: any[]}} props */
function Parties({ said: rows }) {
  const given = rows.filter((s) => s.state !== "not yet judged");
  if (!given.length) return html`<span class="absent">${t("steering.cell.missing")}</span>`;
  return html`${given.map((s) => html`<span class="chip ${s.stale ? "warn" : ""}">${s.party} ${s.state === "applies" ? `${s.degree ?? "?"}/4` : t("steering.cell.no")}${s.stale ? ` ${t("steering.cell.stale")}` : ""}</span> `)}`;
}

/** @param {{r: any}} props */
function Frameworks({ r }) {
  return html`<${Table} label=${t("steering.proof.frameworks")}><thead><tr><td></td><td></td><th scope="colgroup" colspan="2" class="n group"><${Kind} of="measured" /></th><th scope="colgroup" colspan=${2 + r.parties.length} class="n group"><${Kind} of="judged" /></th></tr>
    <tr><th scope="col">${t("steering.proof.framework")}</th><th scope="col" class="n">${t("steering.proof.measures")}</th><th scope="col" class="n">${t("steering.proof.with_query")}</th><th scope="col" class="n">${t("steering.proof.shows")}</th><th scope="col" class="n">${t("steering.proof.judged")}</th><th scope="col" class="n">${t("steering.proof.degree")}</th>${r.parties.map((/** @type {string} */ p) => html`<th scope="col" class="n">${p}</th>`)}</tr></thead>
    <tbody>${r.frameworks.map((/** @type {any} */ f) => html`<tr><th scope="row">${f.framework}</th><td class="n mono">${whole(f.measures)}</td><td class="n mono">${whole(f.with_query)}</td><td class="n mono">${whole(f.measured)}</td><td class="n mono">${whole(f.judged)}/${whole(f.cells)}</td><td class="n mono">${degree(f.degree)}</td>${r.parties.map((/** @type {string} */ p) => html`<td class="n mono">${degree(f.per_party[p])}</td>`)}</tr>`)}</tbody><//>
    <p class="note">${t("steering.proof.levels")}: ${Object.entries(r.levels).map(([law, state]) => `${law} (${state})`).join(", ")}</p>`;
}

/** A degree that was judged; nobody judged is no degree at all. @param {number | null} d */
const degree = (d) => (d === null ? html`<span class="absent">${t("steering.cell.missing")}</span>` : percent(d));

/** @param {{rows: any[], names: any}} props */
function Systems({ rows, names }) {
  return html`<${Table} label=${t("steering.proof.systems")}><thead><tr><th scope="col">${t("steering.proof.system")}</th><th scope="col">${t("steering.lines.owner")}</th><th scope="col">BBN ${t("steering.proof.wanted")}</th><th scope="col">BBN ${t("steering.proof.reached")}</th><th scope="col">BIO2</th><th scope="col" class="n">${t("steering.proof.by_year")}</th></tr></thead>
    <tbody>${rows.map((s) => html`<tr><th scope="row"><${Open} kind="system" id=${s.system}>${s.name}<//></th><td>${said(s.owner, (o) => oneOf(names[o], o))}</td><td>${said(s.bbn_target)}</td><td>${said(s.bbn_reached)}</td><td>${s.bio2_scope === "unknown" ? html`<${Unknown} />` : t(`steering.scope.${s.bio2_scope.replaceAll(" ", "_")}`)}</td><td class="n mono">${said(s.minimum_by)}</td></tr>`)}</tbody><//>`;
}

/** @param {{rows: any[], names: any}} props */
function Advice({ rows, names }) {
  return html`<${Table} label=${t("steering.proof.advice")}><thead><tr><th scope="col">${t("steering.proof.what")}</th><th scope="col">${t("steering.proof.from")}</th><th scope="col">${t("steering.proof.answer")}</th></tr></thead>
    <tbody>${rows.map((a) => html`<tr><th scope="row"><${Open} kind="advice" id=${a.advice}>${nameOf(a)}<//></th><td>${oneOf(names[a.given_by], a.given_by)}</td><td>${a.answer === "not yet answered" ? html`<span class="absent">${t("steering.answer.not_yet_answered")}</span>` : html`${t(`steering.answer.${a.answer.replaceAll(" ", "_")}`)} ${a.date && day(a.date)} <span lang="nl">${a.reason}</span>`}</td></tr>`)}</tbody><//>`;
}

/** Every measure with what each party says of it; one that is opened can be judged. @param {{r: any, names: any, parties: any[]}} props */
function Measures({ r, names, parties }) {
  const [chosen, setChosen] = useState("");
  const [framework, setFramework] = useState(r.frameworks[0]?.framework ?? "");
  const rows = r.measures.filter((/** @type {any} */ m) => m.framework === framework);
  const measure = rows.find((/** @type {any} */ m) => m.measure === chosen);
  return html`<p><label for="framework">${t("steering.proof.framework")}</label> <select id="framework" value=${framework} onChange=${(/** @type {any} */ e) => setFramework(e.target.value)}>${r.frameworks.map((/** @type {any} */ f) => html`<option>${f.framework}</option>`)}</select> <span class="note">${t("steering.proof.open_one")}</span></p>
    ${measure && html`<${AssessForm} key=${chosen} measure=${measure} parties=${parties} />`}
    <${Table} label=${t("steering.proof.measures")}><thead><tr><th scope="col">${t("steering.proof.measure")}</th>${r.parties.map((/** @type {string} */ p) => html`<th scope="col" title=${oneOf(names[p], p)}>${p}</th>`)}</tr></thead>
    <tbody>${rows.map((/** @type {any} */ m) => html`<tr id="measure-${m.measure}" class=${m.measure === chosen ? "selected" : ""}><th scope="row"><button class="plain" aria-expanded=${m.measure === chosen} onClick=${() => setChosen(m.measure === chosen ? "" : m.measure)}><span class="mono">${m.number}</span> ${nameOf(m)}</button></th>${m.said.map((/** @type {any} */ s) => html`<td class=${s.stale ? "old" : ""}>${s.state === "not yet judged" ? html`<span class="absent">${t("steering.cell.missing")}</span>` : html`${s.state === "applies" ? `${s.degree ?? "?"}/4` : t("steering.cell.no")}<br /><span class="second">${s.date && day(s.date)} ${s.evidence}</span>`}</td>`)}</tr>`)}</tbody><//>`;
}
