// Lijnen: the work between continuity and renewal, who asked for it, and what changed since the last calibration and why.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem, get } from "../api.js";
import { Sign } from "../icons.js";
import { sayProblem, t } from "../words.js";
import { Chart, NotChecked, Panel, Table, Unknown, day, fieldName, nameOf, oneOf, said, whole } from "./marks.js";
import { Open } from "./open.js";
import { AdoptForm, ChangeForm } from "./proposing.js";

/** @param {{data: any}} props */
export function Lines({ data }) {
  const [line, setLine] = useState(data.lines[0]?.id ?? "");
  const [chosen, setChosen] = useState("");
  const items = data.items.filter((/** @type {any} */ i) => i.line === line);
  const item = items.find((/** @type {any} */ i) => i.id === chosen);
  return html`<div class="sheets two">
    <${Panel} id="axis" of="judged" title=${t("steering.lines.axis")}><${Chart} svg=${data.chart} /><//>
    <${Panel} id="calibration" of="judged" title=${t("steering.lines.calibration")}><${Calibration} adoptions=${data.adoptions} /><${AdoptForm} bodies=${data.bodies} /><//>
    <${Panel} id="balance" of="judged" title=${t("steering.lines.balance")} wide><${Balance} data=${data} line=${line} choose=${setLine} /><//>
    <${Panel} id="items" of="judged" title="${oneOfLine(data, line)} ${items.length}" wide><${Items} items=${items} data=${data} chosen=${chosen} choose=${setChosen} />${item && html`<${ChangeForm} key=${item.id} item=${item} data=${data} />`}<//>
    <${Panel} id="demands" of="judged" title="${t("steering.lines.demands")} ${data.demands.length}" note=${t("steering.lines.met_note")}><${Demands} data=${data} /><//>
    <${Panel} id="innovation" of="judged" title="${t("steering.lines.innovation")} ${data.innovations.length}" note=${t("steering.lines.innovation_note")}><${Innovation} data=${data} /><//>
    <${Panel} id="expertise" of="judged" title=${t("steering.lines.expertise")}><${Expertise} rows=${data.portfolio.expertise} /><//>
  </div>`;
}

/** @param {any} data @param {string} line */
const oneOfLine = (data, line) => nameOf(data.lines.find((/** @type {any} */ l) => l.id === line) ?? { name: "", name_en: "" });

/** @param {{data: any, line: string, choose: (line: string) => void}} props */
function Balance({ data, line, choose }) {
  const head = ["items", "continuity", "renewal", "t0", "t1", "asked", "push", "conditional", "capacity_known", "capacity_unknown"];
  return html`<${Table} label=${t("steering.lines.balance")}>
    <thead><tr><th scope="col">${t("steering.lines.line")}</th>${head.map((h) => html`<th scope="col" class="n">${t(`steering.column.${h}`)}</th>`)}</tr></thead>
    <tbody>${data.portfolio.lines.map((/** @type {any} */ v) => html`<tr class=${v.id === line ? "selected" : ""}><th scope="row"><button class="plain" aria-pressed=${v.id === line} onClick=${() => choose(v.id)}>${nameOf(v)}</button></th>${head.map((h) => html`<td class="n mono">${whole(v[h])}</td>`)}</tr>`)}
    <tr class="sum"><th scope="row">${t("steering.lines.together")}</th><td class="n mono">${whole(data.items.length)}</td><td class="n mono">${whole(data.portfolio.continuity)}</td><td class="n mono">${whole(data.portfolio.renewal)}</td><td colspan="7"></td></tr></tbody><//>`;
}

/** @param {{items: any[], data: any, chosen: string, choose: (item: string) => void}} props */
function Items({ items, data, chosen, choose }) {
  return html`<${Table} label=${t("steering.lines.items")}>
    <thead><tr><th scope="col">${t("steering.lines.item")}</th><th scope="col" class="n">${t("steering.lines.place")}</th><th scope="col">${t("steering.lines.horizon")}</th><th scope="col">${t("steering.lines.years")}</th><th scope="col">${t("steering.lines.state")}</th><th scope="col">${t("steering.lines.asked")}</th><th scope="col" class="n">${t("steering.lines.capacity")}</th><th scope="col">${t("steering.lines.needs")}</th><th scope="col">${t("steering.lines.owner")}</th></tr></thead>
    <tbody>${items.map((i) => html`<tr id="item-${i.id}" class=${i.id === chosen ? "selected" : ""}>
      <th scope="row"><button class="plain" aria-expanded=${i.id === chosen} onClick=${() => choose(i.id === chosen ? "" : i.id)}>${nameOf(i)}</button></th>
      <td class="n mono">${i.axis}</td><td>${t(`steering.horizon.${i.horizon}`)}</td>
      <td>${i.start === "unknown" && i.end === "unknown" ? html`<${Unknown} />` : html`${said(i.start)} – ${said(i.end)}`}</td>
      <td>${t(`steering.work.${i.state}`)}</td>
      <td>${i.asked_by.map((/** @type {string} */ a) => oneOf(data.names[a], a)).join(", ")}${i.push && html` <span class="chip">${t("steering.lines.push")}</span>`}</td>
      <td class="n mono">${said(i.capacity)}</td>
      <td>${i.expertise.map((/** @type {string} */ e) => oneOf(data.names[e], e)).join(", ")}</td>
      <td>${oneOf(data.names[i.accountable], i.accountable)}</td></tr>`)}</tbody><//>`;
}

/** @param {{data: any}} props */
function Demands({ data }) {
  return html`<${Table} label=${t("steering.lines.demands")}>
    <thead><tr><th scope="col">${t("steering.lines.room")}</th><th scope="col">${t("steering.lines.demand")}</th><th scope="col">${t("steering.lines.recorded")}</th><th scope="col">${t("steering.lines.taken_up")}</th><th scope="col">${t("steering.lines.met")}</th></tr></thead>
    <tbody>${data.demands.map((/** @type {any} */ d) => html`<tr><td class="mono" title=${oneOf(data.names[d.room], d.room)}>${d.room}</td><th scope="row"><${Open} kind="demand" id=${d.id}>${nameOf(d)}<//></th><td>${day(d.recorded)}</td>
      <td>${d.items.length ? t("steering.lines.by_items", { count: d.items.length }) : html`<span class="absent">${t("steering.lines.nobody")}</span>`}</td>
      <td>${d.met === "no" ? t("steering.lines.not_met") : d.met === "unknown" ? html`<${Unknown} />` : day(d.met)}</td></tr>`)}</tbody><//>`;
}

/** The way from idea to use, per room: how many stand where, and each with what it expects or showed. @param {{data: any}} props */
function Innovation({ data }) {
  const steps = ["idea", "experiment", "adopted", "stopped"];
  const rooms = [...new Set(data.innovations.map((/** @type {any} */ i) => i.room))];
  return html`<${Table} label=${t("steering.lines.innovation")}>
    <thead><tr><th scope="col">${t("steering.lines.room")}</th>${steps.map((s) => html`<th scope="col">${t(`steering.step.${s}`)} ${whole(data.innovations.filter((/** @type {any} */ i) => i.state === s).length)}</th>`)}</tr></thead>
    <tbody>${rooms.map((room) => html`<tr><th scope="row" title=${oneOf(data.names[room], room)}>${room}</th>${steps.map((s) => html`<td>${data.innovations.filter((/** @type {any} */ i) => i.room === room && i.state === s).map((/** @type {any} */ i) => html`<div><${Open} kind="innovation" id=${i.id}>${nameOf(i)}<//> <span class="second" lang="nl">${i.result || i.hypothesis}</span></div>`)}</td>`)}</tr>`)}</tbody><//>`;
}

/** @param {{rows: any[]}} props */
function Expertise({ rows }) {
  return html`<${Table} label=${t("steering.lines.expertise")}>
    <thead><tr><th scope="col">${t("steering.lines.skill")}</th><th scope="col" class="n">${t("steering.lines.wanted_by")}</th><th scope="col" class="n">${t("steering.lines.supply")}</th><th scope="col" class="n">${t("steering.lines.demand_known")}</th></tr></thead>
    <tbody>${rows.map((e) => html`<tr><th scope="row">${nameOf(e)}${e.scarce && html` <span class="chip">${t("steering.lines.scarce")}</span>`}</th><td class="n mono">${whole(e.items)}</td><td class="n mono">${said(e.supply_fte)}</td><td class="n mono">${whole(e.demand_known)} ${e.demand_unknown > 0 && html`<span class="second">+ ${t("steering.lines.unknown_of", { count: e.demand_unknown })}</span>`}</td></tr>`)}</tbody><//>`;
}

/** Two versions side by side; a change without a reason cannot be adopted. @param {{adoptions: any[]}} props */
function Calibration({ adoptions }) {
  const [before, setBefore] = useState(adoptions.at(-1)?.tag ?? "");
  const [after, setAfter] = useState("HEAD");
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let asked = true;
    if (before) {
      get(`/api/steering/differences?before=${encodeURIComponent(before)}&after=${encodeURIComponent(after)}`)
        .then((rows) => { if (asked) { setFound(rows); setProblem(""); } })
        .catch((error) => { if (asked) { setFound(null); setProblem(error instanceof Problem ? sayProblem(error.body) : t("steering.lost")); } });
    }
    return () => { asked = false; };
  }, [before, after]);
  if (!adoptions.length) return html`<p class="note"><${NotChecked} />: ${t("steering.today.no_versions")}</p>`;
  const silent = found?.filter((d) => !d.reasons.length).length ?? 0;
  return html`<div class="pair"><p><label for="before">${t("steering.lines.before")}</label> <select id="before" value=${before} onChange=${(/** @type {any} */ e) => setBefore(e.target.value)}>${adoptions.map((a) => html`<option value=${a.tag}>${a.body}, ${a.date}</option>`)}</select></p>
    <p><label for="after">${t("steering.lines.after")}</label> <select id="after" value=${after} onChange=${(/** @type {any} */ e) => setAfter(e.target.value)}><option value="HEAD">${t("steering.lines.head")}</option>${adoptions.map((a) => html`<option value=${a.tag}>${a.body}, ${a.date}</option>`)}</select></p></div>
    ${problem && html`<p class="wrong">${problem}</p>`}
    ${found && html`<p>${t("steering.lines.changes", { count: found.length })} ${silent > 0 && html`<${Sign} name="warn" /> ${t("steering.lines.silent", { count: silent })}`}</p>
    ${found.length > 0 && html`<${Table} label=${t("steering.lines.calibration")}><thead><tr><th scope="col">${t("steering.lines.what")}</th><th scope="col">${t("steering.lines.from_to")}</th><th scope="col">${t("steering.lines.reason")}</th></tr></thead>
      <tbody>${found.slice(0, 300).map((d) => html`<tr><th scope="row">${t(`steering.change.${d.what}`)} <span class="mono">${d.id}</span></th>
        <td>${d.what === "changed" ? d.fields.map((/** @type {any} */ f) => html`<div><span class="second">${fieldName(f.field)}</span> ${shown(f.before)} → ${shown(f.after)}</div>`) : ""}</td>
        <td>${d.reasons.length ? d.reasons.map((/** @type {string} */ r) => html`<div lang="nl">${r}</div>`) : html`<${Sign} name="warn" /> ${t("steering.lines.no_reason")}`}</td></tr>`)}</tbody><//>`}`}`;
}

/** @param {any} value */
const shown = (value) => (value === null || value === "" ? "–" : Array.isArray(value) ? value.join(", ") || "–" : String(value));
