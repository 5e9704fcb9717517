// Continuïteit: what must come back when, and what was measured of it in real faults, takeovers, exercises and tests.
import { html, useState } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { t } from "../words.js";
import { Kind, NotChecked, Panel, Table, Unknown, day, lasting, nameOf, number, oneOf, said, whole } from "./marks.js";
import { Open } from "./open.js";
import { ServiceForms } from "./telling.js";

/** @param {{data: any}} props */
export function Continuity({ data }) {
  const r = data.report;
  if (!r) return html`<${Panel} id="not-read" of="measured" title=${t("steering.tab.continuity")}><p class="note"><${NotChecked} />: ${t("steering.today.nothing_read")}</p><//>`;
  return html`<div class="sheets two">
    <${Panel} id="recovery" title=${t("steering.cont.recovery")} note=${r.covers ? t("steering.cont.covers", { since: day(r.covers[0]) }) : t("steering.not_checked")} wide><${Recovery} r=${r} /><//>
    <${Panel} id="chains" of="measured" title=${t("steering.cont.chains")}><${Chains} rows=${r.chains} /><//>
    <${Panel} id="services" title=${t("steering.cont.services")}><${Services} rows=${r.services} now=${r.now} /><${ServiceForms} services=${r.services} rooms=${r.rooms} roles=${data.roles} /><//>
    <${Panel} id="plans" title=${t("steering.cont.plans")}><${Plans} rows=${r.plans} names=${data.names} /><//>
    <${Panel} id="objectives" title=${t("steering.cont.objectives")}><${Objectives} rows=${r.objectives} /><//>
    <${Panel} id="impacts" title=${t("steering.cont.impacts")}><${Impacts} rows=${r.impacts} names=${data.names} /><//>
    <div class="stack">
      <${Panel} id="options" title=${t("steering.cont.options")} note=${t("steering.cont.options_note")}><${Options} rows=${r.options} /><//>
      <${Panel} id="processes" of="judged" title=${t("steering.cont.processes")}><${Processes} rows=${r.processes} /><//>
      <${Panel} id="clocks" of="judged" title=${t("steering.cont.clocks")}><${Clocks} rows=${r.clocks} /><//>
      ${r.gaps.length > 0 && html`<${Panel} id="gaps" of="measured" title=${t("steering.cont.gaps")}><ul>${r.gaps.map((/** @type {string} */ g) => html`<li lang="en"><${Sign} name="warn" /> ${g}</li>`)}</ul><//>`}
    </div>
  </div>`;
}

/** How a measured recovery stands against its target; only what is over asks for attention. @param {{of: string}} props */
const Verdict = ({ of }) => (of === "not checked" ? html`<${NotChecked} />` : html`${of === "over" && html`<${Sign} name="warn" />`} ${t(`steering.verdict.${of.replaceAll(" ", "_")}`)}`);

/** A share of time, never rounded up to all of it. @param {any} a */
export const available = (a) => said(a, (x) => html`<span class="mono">${number(Math.floor(x.percent * 1000) / 1000, 3)} %</span>`);

/** Functions that were taken over or tested or are away, first; the others on demand. @param {{r: any}} props */
function Recovery({ r }) {
  const [all, setAll] = useState(false);
  const told = r.functions.filter((/** @type {any} */ f) => f.takeovers || f.away || f.tested.count);
  const rows = all || !told.length ? r.functions : told;
  return html`<${Table} label=${t("steering.cont.recovery")}>
    <thead><tr><td></td><th scope="col" class="group"><${Kind} of="judged" /></th><th scope="colgroup" colspan="7" class="group"><${Kind} of="measured" /></th></tr>
    <tr><th scope="col">${t("steering.cont.function")}</th><th scope="col" class="n">${t("steering.cont.target")}</th><th scope="col" class="n">${t("steering.cont.last")}</th><th scope="col" class="n">${t("steering.cont.worst")}</th><th scope="col">${t("steering.cont.verdict")}</th><th scope="col" class="n">${t("steering.cont.takeovers")}</th><th scope="col">${t("steering.cont.now")}</th><th scope="col">${t("steering.cont.tested")}</th><th scope="col" class="n">${t("steering.cont.available")}</th></tr></thead>
    <tbody>${rows.slice(0, 200).map((/** @type {any} */ f) => html`<tr class=${f.away && !f.acknowledged ? "act" : ""}><th scope="row" class="mono">${f.function}</th>
      <td class="n">${f.target_seconds === null ? "–" : said(f.target_seconds, lasting)}${f.target_seconds !== null && f.target_seconds !== "unknown" && !f.confirmed && html` <span class="second">${t("steering.cont.to_confirm")}</span>`}</td>
      <td class="n">${f.takeovers ? said(f.last_seconds, lasting) : html`<${NotChecked} />`}</td><td class="n">${f.takeovers ? said(f.worst_seconds, lasting) : html`<${NotChecked} />`}</td>
      <td><${Verdict} of=${f.verdict} /></td><td class="n mono">${whole(f.takeovers)}</td>
      <td>${f.away ? html`<span class="chip foreign"><${Sign} name="foreign" /> ${f.owner}</span>${!f.acknowledged && html` <${Sign} name="warn" /> ${t("steering.cont.unseen")}`}` : f.owner ? t("steering.cont.home") : html`<${NotChecked} />`}</td>
      <td><${Tested} of=${f.tested} /></td><td class="n">${available(f.availability)}</td></tr>`)}</tbody><//>
    ${told.length > 0 && html`<p><button aria-pressed=${all} onClick=${() => setAll(!all)}>${t("steering.cont.all", { count: r.functions.length })}</button></p>`}`;
}

/** @param {{of: any}} props */
export const Tested = ({ of }) => (of.count ? html`${day(of.last)}${of.seconds !== null && html`, ${lasting(of.seconds)}`}` : html`<span class="absent">${t("steering.cont.never")}</span>`);

/** @param {{rows: any[]}} props */
function Chains({ rows }) {
  const regions = [...new Set(rows.map((c) => c.region))];
  const chains = [...new Map(rows.map((c) => [c.chain, c])).values()];
  return html`<p class="note">${t("steering.cont.chains_note")}</p><${Table} label=${t("steering.cont.chains")}><thead><tr><th scope="col">${t("steering.cont.region")}</th>${chains.map((c) => html`<th scope="col">${nameOf(c)}</th>`)}</tr></thead>
    <tbody>${regions.map((region) => html`<tr><th scope="row" class="mono">${region}</th>${chains.map((c) => {
      const row = rows.find((x) => x.chain === c.chain && x.region === region);
      const left = row.parts.filter((/** @type {any} */ p) => p.lost_seconds === null).map((/** @type {any} */ p) => p.part);
      return html`<td>${row.availability ? html`${!row.whole && `${t("steering.cont.at_most")} `}${available(row.availability)}` : html`<${NotChecked} />`}${left.length > 0 && row.availability && html`<br /><span class="second">${t("steering.cont.without", { parts: left.join(", ") })}</span>`}</td>`;
    })}</tr>`)}</tbody><//>`;
}

/** @param {{rows: any[], now: number}} props */
function Services({ rows, now }) {
  return html`<${Table} label=${t("steering.cont.services")}><thead><tr><td></td><th scope="col" class="group"><${Kind} of="judged" /></th><th scope="colgroup" colspan="4" class="group"><${Kind} of="measured" /></th></tr>
    <tr><th scope="col">${t("steering.cont.service")}</th><th scope="col" class="n">${t("steering.cont.target")}</th><th scope="col">${t("steering.cont.now")}</th><th scope="col" class="n">${t("steering.cont.available")}</th><th scope="col" class="n">${t("steering.cont.last")}</th><th scope="col">${t("steering.cont.tested")}</th></tr></thead>
    <tbody>${rows.map((s) => html`<tr class=${s.state === "down" ? "act" : ""}><th scope="row">${nameOf(s)}</th><td class="n">${s.target_seconds === null ? "–" : said(s.target_seconds, lasting)}</td>
      <td>${s.state === "not checked" ? html`<${NotChecked} />` : html`${s.state === "down" ? html`<${Sign} name="alarm" />` : s.state === "degraded" && html`<${Sign} name="warn" />`} ${t(`steering.service.${s.state}`)} ${s.down_in.join(", ")} <span class="second">${s.state === "down" && s.last_reason}</span>`}
      ${s.heard_at !== null && html`<br /><span class="second">${t("steering.cont.heard", { source: s.heard_from, age: lasting((now - s.heard_at) / 1000) })}</span>`}</td>
      <td class="n">${available(s.availability)}</td><td class="n">${said(s.last_seconds, lasting)}</td><td><${Tested} of=${s.tested} /></td></tr>`)}</tbody><//>`;
}

/** @param {{rows: any[], names: any}} props */
function Plans({ rows, names }) {
  return html`<${Table} label=${t("steering.cont.plans")}><thead><tr><th scope="colgroup" colspan="3" class="group"><${Kind} of="judged" /></th><th scope="colgroup" colspan="2" class="group"><${Kind} of="measured" /></th></tr>
    <tr><th scope="col">${t("steering.cont.plan")}</th><th scope="col">${t("steering.cont.version")}</th><th scope="col">${t("steering.lines.owner")}</th><th scope="col">${t("steering.cont.test")}</th><th scope="col">${t("steering.cont.due")}</th></tr></thead>
    <tbody>${rows.map((p) => html`<tr><th scope="row"><${Open} kind="continuity_plan" id=${p.plan}>${nameOf(p)}<//></th><td>${p.version}, ${day(p.date)}</td><td>${oneOf(names[p.accountable], p.accountable)}</td>
      <td>${p.last ? day(p.last) : html`<span class="absent">${t("steering.cont.never")}</span>`}</td><td>${p.overdue && html`<${Sign} name="warn" />`} ${day(p.due)}${p.overdue ? ` ${t("steering.cont.overdue")}` : ""}</td></tr>`)}</tbody><//>`;
}

/** @param {{rows: any[]}} props */
function Objectives({ rows }) {
  return html`<${Table} label=${t("steering.cont.objectives")}><thead><tr><th scope="colgroup" colspan="2" class="group"><${Kind} of="judged" /></th><th scope="colgroup" colspan="2" class="group"><${Kind} of="measured" /></th></tr>
    <tr><th scope="col">${t("steering.cont.objective")}</th><th scope="col" class="n">${t("steering.cont.target")}</th><th scope="col" class="n">${t("steering.cont.reached")}</th><th scope="col" class="n">${t("steering.cont.burn")}</th></tr></thead>
    <tbody>${rows.map((o) => html`<tr class=${o.state === "empty" || o.state === "runs out" ? "act" : ""}><th scope="row"><span class="mono">${o.service}</span> <span lang="nl">${o.name}</span></th><td class="n mono">${number(o.target * 100, 3)} %</td>
      <td class="n mono">${said(o.reached, (x) => `${number(Math.floor(x * 100_000) / 1000, 3)} %`)}</td>
      <td class="n">${said(o.burn, (b) => html`${o.state !== "fine" && html`<${Sign} name="warn" />`} ${number(b * 100, 0)} %${o.state === "runs out" && o.empty_in_days !== null && html`<br /><span class="second">${t("steering.cont.empty_in", { days: number(o.empty_in_days) })}</span>`}${o.agreed > 0 && html`<br /><span class="second">${t("steering.cont.agreed", { minutes: number(o.agreed, 0) })}</span>`}`)}</td></tr>`)}</tbody><//>`;
}

/** @param {{rows: any[], names: any}} props */
function Impacts({ rows, names }) {
  return html`<${Table} label=${t("steering.cont.impacts")}><thead><tr><th scope="colgroup" colspan="5" class="group"><${Kind} of="judged" /></th><th scope="colgroup" colspan="2" class="group"><${Kind} of="measured" /></th></tr>
    <tr><th scope="col">${t("steering.cont.impact")}</th><th scope="col">${t("steering.cont.over_time")}</th><th scope="col">${t("steering.cont.needs")}</th><th scope="col" class="n">${t("steering.cont.back_in")}</th><th scope="col">${t("steering.lines.owner")}</th><th scope="col" class="n">${t("steering.cont.measured")}</th><th scope="col">${t("steering.cont.verdict")}</th></tr></thead>
    <tbody>${rows.map((b) => html`<tr><th scope="row"><${Open} kind="impact" id=${b.impact}>${nameOf(b)}<//> <span class="mono second">${b.about}</span></th>
      <td>${b.after.length ? b.after.map((/** @type {number} */ s, /** @type {number} */ n) => html`<span class="nobr">${lasting(s)}: ${b.weight[n]}</span> `) : html`<${Unknown} />`}</td>
      <td class="second">${b.needs.join(", ") || "–"}</td><td class="n">${said(b.recover_seconds, lasting)}${b.recover_seconds !== "unknown" && !b.confirmed && html`<br /><span class="second">${t("steering.cont.to_confirm")}</span>`}</td>
      <td>${oneOf(names[b.accountable], b.accountable)}</td><td class="n">${said(b.measured_seconds, lasting)}</td><td><${Verdict} of=${b.verdict} /></td></tr>`)}</tbody><//>`;
}

/** @param {{rows: any[]}} props */
function Options({ rows }) {
  return html`<${Table} label=${t("steering.cont.options")}><thead><tr><th scope="colgroup" colspan="3" class="group"><${Kind} of="judged" /></th><th scope="col" class="group"><${Kind} of="measured" /></th><th scope="col" class="group"><${Kind} of="what_if" /></th></tr>
    <tr><th scope="col">${t("steering.cont.option")}</th><th scope="col" class="n">${t("steering.cont.cost")}</th><th scope="col" class="n">${t("steering.cont.avoids")}</th><th scope="col" class="n">${t("steering.cont.lost")}</th><th scope="col" class="n">${t("steering.cont.buys")}</th></tr></thead>
    <tbody>${rows.map((o) => html`<tr><th scope="row"><${Open} kind="option" id=${o.option}>${nameOf(o)}<//></th><td class="n mono">${said(o.cost_per_year, whole)}</td><td class="n mono">${said(o.avoids, (x) => `${x} %`)}</td><td class="n mono">${said(o.minutes_lost_per_year, (x) => number(x))}</td><td class="n mono">${o.per_thousand === null ? html`<${Unknown} />` : number(o.per_thousand, 2)}</td></tr>`)}</tbody><//>`;
}

/** @param {{rows: any[]}} props */
function Processes({ rows }) {
  const parties = Object.keys(rows[0]?.levels ?? {});
  return html`<${Table} label=${t("steering.cont.processes")}><thead><tr><th scope="col">${t("steering.cont.process")}</th><th scope="col" class="n">${t("steering.cont.target")}</th>${parties.map((p) => html`<th scope="col">${p}</th>`)}</tr></thead>
    <tbody>${rows.map((p) => html`<tr><th scope="row"><${Open} kind="process" id=${p.process}>${nameOf(p)}<//></th><td class="n">${said(p.target)}</td>${parties.map((x) => html`<td>${p.levels[x] ? html`${p.levels[x]} <span lang="nl">${p.names[p.levels[x] - 1]}</span>` : html`<span class="absent">${t("steering.cell.missing")}</span>`}</td>`)}</tr>`)}</tbody><//>`;
}

/** @param {{rows: any[]}} props */
export function Clocks({ rows }) {
  if (!rows.length) return html`<p class="note">${t("steering.cont.no_clocks")}</p>`;
  return html`<table><tbody>${rows.map((c) => html`<tr class=${c.state === "overdue" ? "act" : ""}><th scope="row">${nameOf({ name: c.name, name_en: c.name_en ?? c.name })} <span class="second">${c.clock}, ${c.to}</span></th>
    <td>${c.state === "overdue" && html`<${Sign} name="alarm" />`} ${t(`steering.clock.${c.state}`)}${c.state === "running" ? ` ${t("steering.cont.left", { hours: number(c.left_hours) })}` : ""}</td></tr>`)}</tbody></table>`;
}
