// An incident in hand: where and what, a track per discipline, the units that work for it, the proposal, and the log.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { writeNote } from "../acts.js";
import { moment, said } from "../afterwards.js";
import { Problem, get } from "../api.js";
import { give } from "../commands.js";
import { cameBack, draft, keepDraft } from "../drafts.js";
import { DisciplineSign, Sign } from "../icons.js";
import { isForeign } from "../lists.js";
import { functions, incidents, look, now, pack, session, units } from "../stores.js";
import { age, clockTime, language, sayProblem, t } from "../words.js";
import { Doubt } from "./alone.js";
import { Form } from "./call.js";
import { Conflicts } from "./conflicts.js";
import { Proposal } from "./proposal.js";

export const NewPane = () => html`<section class="pane"><h2 class="title">${t("form.new")}</h2><${Form} call=${null} /></section>`;

/** @param {{incidentRef: string}} props */
export function IncidentPane({ incidentRef }) {
  const row = incidents.value.get(incidentRef);
  const [detail, setDetail] = useState(/** @type {any} */ (null));
  const version = row?.version ?? 0;
  // An order stands at its unit, so that it does not change the incident itself.
  const working = (row?.units ?? []).map((/** @type {any} */ u) => u.unit).join();
  useEffect(() => {
    let wanted = true;
    get(`/api/incidents/${incidentRef}`).then((d) => wanted && setDetail(d), (e) => wanted && setDetail({ problem: e instanceof Problem ? sayProblem(e.body) : t("link.none") }));
    return () => { wanted = false; };
  }, [incidentRef, version, working]);
  const incident = row ?? detail?.incident;
  if (!incident) return html`<section class="pane"><h2 class="title">${t("incident.title")}</h2><p class="empty">${detail?.problem ?? t("link.loading")}</p></section>`;
  const region = incident.ref.split("/")[0];
  return html`<section class="pane" aria-labelledby="incident-title">
    <h2 class="title" id="incident-title">${t("incident.title")} #${incident.number}<span class="grow"></span>
      ${isForeign(incident.ref) && html`<span class="chip foreign"><${Sign} name="foreign" /> ${t("incident.on_behalf", { region })}</span>`}
      ${incident.closed && html`<span class="chip">${t("incident.closed")}</span>`}<span class="chip">${t("incident.open_for", { age: age((incident.closed ?? now.value) - incident.opened) })}</span></h2>
    <div class="head">
      <div class="line"><span class="box p${incident.priority}">${incident.priority}</span>${[...incident.disciplines].map((d) => html`<${DisciplineSign} d=${d} />`)}<strong>${incident.class_text || incident.class_code || t("incident.no_class")}</strong></div>
      <div class="place">${incident.location.text || t("incident.no_place")}</div>
      <div class="second">${[incident.location.place, incident.location.municipality].filter(Boolean).join(", ")}${(detail?.calls ?? []).map((/** @type {any} */ c) => html` · ${t("incident.caller")} ${c.caller.name ?? ""} <span class="mono">${c.caller.number ?? ""}</span>`)}</div>
    </div>
    <div class="upper"><${Conflicts} rows=${conflicts(incident, detail)} /><${Tracks} incident=${incident} />
    <${Working} incident=${incident} />
    <${Proposal} incident=${incident} /></div>
    <${Log} key=${`${incident.ref} ${cameBack.value}`} incident=${incident} detail=${detail} />
  </section>`;
}

/** The conflicts as they stand now, with whose hand gave each value when that has been read. @param {any} incident @param {any} detail */
function conflicts(incident, detail) {
  const read = new Map((detail?.conflicts ?? []).map((/** @type {any} */ c) => [c.conflict, c]));
  return incident.conflict_rows.map((/** @type {any} */ c) => ({ incident, conflict: { ...read.get(c.conflict), ...c } }));
}

/** @param {{incident: any}} props */
function Tracks({ incident }) {
  const region = incident.ref.split("/")[0];
  const out = [..."PBAK"].filter((d) => !incident.tracks[d]);
  return html`<div class="tracks">${[..."PBAK"].filter((d) => incident.tracks[d]).map((d) => {
    const track = incident.tracks[d];
    const owner = functions.value.get(`${region}.${d}.dispatch`)?.owner;
    const may = owner === session.value.room && session.value.qualified.includes(`${d}.dispatch`);
    return html`<span><${DisciplineSign} d=${d} /></span>
      <select aria-label=${t("form.priority")} disabled=${Boolean(track.closed)} value=${String(track.priority)} onChange=${(/** @type {any} */ e) => give({ type: "prioritise", incident: incident.ref, disciplines: d, priority: Number(e.target.value) })}>${[1, 2, 3, 4, 5].map((n) => html`<option value=${String(n)}>${n}</option>`)}</select>
      <span class="cut">${track.class_text || track.class_code}${owner !== session.value.room ? html` <span class="dim">${owner}</span>` : ""}</span>
      <span>${track.closed ? html`${t("track.closed", { time: clockTime(track.closed), code: track.close_code })} <button onClick=${() => give({ type: "reopen_track", incident: incident.ref, discipline: d, reason: t("track.reopen") })}>${t("track.reopen")}</button>` : may ? html`<${Close} incident=${incident} d=${d} />` : html`<span class="dim">${t("track.of", { owner: owner ?? "?" })}</span>`}</span>`;
  })}
  ${out.length > 0 && !incident.closed && html`<div class="wide buttons"><span class="second">${t("track.more")}</span>${out.map((d) => html`<button aria-label="${t("track.start")}: ${t(`discipline.${d}`)}" onClick=${() => give({ type: "start_track", incident: incident.ref, discipline: d, priority: incident.priority })}><${DisciplineSign} d=${d} /></button>`)}</div>`}</div>`;
}

/** Closing one discipline with its code; closing a priority 1 asks twice. @param {{incident: any, d: string}} props */
function Close({ incident, d }) {
  const [sure, setSure] = useState("");
  const codes = pack.value.closing_codes.filter((/** @type {any} */ c) => c.discipline === d);
  /** @param {string} code */
  function choose(code) {
    if (!code) return;
    if (incident.tracks[d].priority === 1 && sure !== code) setSure(code);
    else give({ type: "close_track", incident: incident.ref, discipline: d, code });
  }
  return html`<select id="close-${d}" aria-label=${t("track.close")} value="" onChange=${(/** @type {any} */ e) => choose(e.target.value)}><option value="">${t("track.close")}</option>${codes.map((/** @type {any} */ c) => html`<option value=${c.code}>${language.value === "en" ? c.name_en : c.name}</option>`)}</select>
    ${sure && html`<button id="close-sure-${d}" onClick=${() => choose(sure)}>${t("track.sure", { code: sure })}</button>`}`;
}

/** @param {{incident: any}} props */
function Working({ incident }) {
  return html`${incident.units.length > 0 && html`<div class="head" id="working">${incident.units.map((/** @type {any} */ u) => html`<div class="line" data-unit=${u.unit}><strong class="mono">${u.call_sign}</strong><span class="chip">${t(`progress.${u.state}`)}</span><span class="mono second">${age(now.value - u.since)}</span><${Doubt} unit=${units.value.get(u.unit)} /><button onClick=${() => look({ kind: "unit", ref: u.unit })}>${t("unit.show")}</button></div>`)}</div>`}
  ${(incident.requests ?? []).filter((/** @type {any} */ r) => r.granted === null).map((/** @type {any} */ r) => html`<div class="head"><div class="line"><span class="chip warn">${t("request.open", { unit: r.unit, room: r.room })}</span>${functions.value.get(r.function)?.owner === session.value.room && html`<button onClick=${() => give({ type: "answer_unit_request", incident: incident.ref, request: r.request, granted: true })}>${t("request.grant")}</button><button onClick=${() => give({ type: "answer_unit_request", incident: incident.ref, request: r.request, granted: false, reason: t("request.none") })}>${t("request.refuse")}</button>`}</div></div>`)}`;
}

/** The log: lines with their audience; Ctrl+Enter posts. @param {{incident: any, detail: any}} props */
function Log({ incident, detail }) {
  const key = `note.${incident.ref}`;
  const [text, setText] = useState(draft(key).text ?? "");
  const [audience, setAudience] = useState("");
  const own = session.value.disciplines;
  const choices = ["", ...new Set([own.length < 4 ? own : "", own.includes("A") ? "A" : "", own.includes("P") ? "P" : ""].filter(Boolean))];
  /** @param {string} to */
  function type(to) {
    setText(to);
    keepDraft(key, { text: to });
  }
  async function post() {
    if (!text.trim()) return;
    if (await writeNote(incident.ref, text, audience)) type("");
  }
  const late = new Map((detail?.afterwards ?? []).filter((/** @type {any} */ a) => a.what.endsWith("note_written")).map((/** @type {any} */ a) => [a.line, a.recorded]));
  return html`<div class="log" tabindex="0" role="log" aria-label=${t("log.title")}>
    ${detail?.problem && html`<p class="problem">${detail.problem}</p>`}
    ${detail?.unreadable?.length ? html`<p class="second">${t("unreadable", { what: detail.unreadable.join(", ") })}</p>` : null}
    ${lines(detail).map(({ n, a }) => (n ? html`<div class="entry" key=${n.line}><time class="mono dim">${clockTime(n.at)}</time><span class="cut second">${n.by}</span><span class="mono dim">${n.audience}</span><span class="${n.struck_by ? "struck" : ""}">${n.text ?? t("note.closed")}${n.struck_by ? ` (${n.struck_by})` : ""}${entered(late.get(n.line))}</span></div>`
      : html`<div class="entry fact" key=${`${a.what} ${a.at} ${a.discipline} ${a.unit}`}><time class="mono dim">${clockTime(a.at)}</time><span class="cut second">${a.by}</span><span class="mono dim">${a.discipline}</span><span>${t(said(a.what), { unit: a.unit })}${entered(a.recorded)}</span></div>`))}
  </div>
  <div class="write">
    <textarea id="note" aria-label=${t("log.write")} placeholder=${t("log.hint")} value=${text} onInput=${(/** @type {any} */ e) => type(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && e.ctrlKey) { e.preventDefault(); post(); } }}></textarea>
    <div><select aria-label=${t("log.audience")} value=${audience} onChange=${(/** @type {any} */ e) => setAudience(e.target.value)}>${choices.map((c) => html`<option value=${c}>${c ? t("log.only", { who: [...c].map((d) => t(`discipline.${d}`)).join(", ") }) : t("log.all")}</option>`)}</select>
    <button onClick=${post}>${t("log.post")} <kbd>Ctrl+Enter</kbd></button></div>
  </div>`;
}

/** The log's lines, and between them what else was entered afterwards, by true time. @param {any} detail @returns {{n?: any, a?: any}[]} */
function lines(detail) {
  const notes = (detail?.notes ?? []).map((/** @type {any} */ n) => ({ n }));
  const facts = (detail?.afterwards ?? []).filter((/** @type {any} */ a) => !a.line).map((/** @type {any} */ a) => ({ a }));
  return [...facts, ...notes].sort((x, y) => (x.n ?? x.a).at - (y.n ?? y.a).at);
}

/** When it was entered, for what was entered afterwards. @param {number | undefined} recorded */
const entered = (recorded) => (recorded ? html` <span class="chip late">${t("afterwards.entered", { time: moment(recorded, now.value, language.value) })}</span>` : "");
