// An incident in hand: where and what, a track per discipline, the units that work for it, the proposal, and the log.
import { html, useEffect, useMemo, useState } from "../../vendor/preact.js";
import { ownOpen, writeNote } from "../acts.js";
import { moment, said } from "../afterwards.js";
import { Problem } from "../api.js";
import { lineFor, setBy } from "../characteristics.js";
import { chosenNow } from "../codes.js";
import { give, kept } from "../commands.js";
import { cameBack, keepTyped } from "../drafts.js";
import { DisciplineSign, Sign } from "../icons.js";
import { className, isForeign } from "../lists.js";
import { answerInWords, counting, inWords, questionOf } from "../questions.js";
import { notedAt } from "../speaking.js";
import { functions, incidents, look, now, pack, readTogether, session, showRows, units } from "../stores.js";
import { age, apart, clockTime, language, sayProblem, t } from "../words.js";
import { Doubt } from "./alone.js";
import { WarningsHere } from "./at_place_warnings.js";
import { Form } from "./call.js";
import { Characteristics } from "./characteristics.js";
import { Choice } from "./choice.js";
import { beginCommand } from "./command_bar.js";
import { Conflicts } from "./conflicts.js";
import { Proposal } from "./proposal.js";
import { Questions } from "./questions.js";
import { Speaking } from "./speaking.js";
import { useTyped } from "./typed.js";

export const NewPane = () => html`<section class="pane"><h2 class="title">${t("form.new")}</h2><${Form} call=${null} /></section>`;

/** @param {{incidentRef: string}} props */
export function IncidentPane({ incidentRef }) {
  const row = incidents.value.get(incidentRef);
  const [detail, setDetail] = useState(/** @type {any} */ (null));
  const version = row?.version ?? 0;
  // What is noted of a caller stands at the call, so that it does not change the incident either.
  const noted = useMemo(() => notedAt(incidentRef), [incidentRef]).value;
  // An order stands at its unit, so that it does not change the incident itself.
  const working = (row?.units ?? []).map((/** @type {any} */ u) => u.unit).join();
  useEffect(() => {
    let wanted = true;
    readTogether(`/api/incidents/${incidentRef}`, `${version} ${working} ${noted}`).then((d) => {
      if (!wanted) return;
      if (!incidents.peek().has(incidentRef)) showRows();
      setDetail(d);
    }, (e) => wanted && setDetail({ problem: e instanceof Problem ? sayProblem(e.body) : t("link.none") }));
    return () => { wanted = false; };
  }, [incidentRef, version, working, noted]);
  const incident = row ?? detail?.incident;
  if (!incident) return html`<section class="pane"><h2 class="title">${t("incident.title")}</h2><p class="empty">${detail?.problem ?? t("link.loading")}</p></section>`;
  const region = incident.ref.split("/")[0];
  const where = [incident.location.place, incident.location.municipality].filter(Boolean).map((p) => apart(p)).join(", ");
  return html`<section class="pane" aria-labelledby="incident-title">
    <h2 class="title" id="incident-title">${t("incident.title")} #${incident.number}<span class="grow"></span>
      ${isForeign(incident.ref) && html`<span class="chip foreign"><${Sign} name="foreign" /> ${t("incident.on_behalf", { region })}</span>`}
      ${incident.closed && html`<span class="chip">${t("incident.closed")}</span>`}<span class="chip">${t("incident.open_for", { age: age((incident.closed ?? now.value) - incident.opened) })}</span></h2>
    <div class="head">
      <div class="line"><span class="box p${incident.priority}">${incident.priority}</span>${[...incident.disciplines].map((d) => html`<${DisciplineSign} d=${d} />`)}<strong>${className(incident) || t("incident.no_class")}</strong></div>
      <div class="place">${incident.location.text || t("incident.no_place")}</div>
      <div class="second">${where}${(detail?.calls ?? []).map((/** @type {any} */ c, /** @type {number} */ n) => html`${where || n ? " · " : ""}${t("incident.caller")} <bdi>${c.caller.name ?? ""}</bdi> <span class="mono">${c.caller.number ?? ""}</span> <${Speaking} of=${{ language: c.caller.language ?? "", ways: c.caller.ways ?? [] }} />`)}</div>
      ${incident.location.x != null && html`<${WarningsHere} spot=${incident.location} />`}
    </div>
    <div class="upper"><${Conflicts} rows=${conflicts(incident, detail)} /><${Tracks} incident=${incident} />
    <${Working} incident=${incident} /><${Proposal} incident=${incident} />
    <div class="marks"><${Characteristics} set=${incident.characteristics} give=${(/** @type {string} */ name, /** @type {string} */ value) => setByForm(incident, name, value)} /></div>
    <${Asked} key=${incident.ref} incident=${incident} answers=${detail?.answers ?? []} /></div>
    <${Log} incident=${incident} detail=${detail} /><${Write} key=${`${incident.ref} ${cameBack.value}`} incident=${incident} />
  </section>`;
}

/** Set a characteristic of the form. What scales an incident up carries more along than its own value: it goes to the command line, where what follows is listed and Enter does it. @param {any} incident @param {string} name @param {string} value */
function setByForm(incident, name, value) {
  const line = value && (pack.value.scale_ups ?? []).includes(name) ? lineFor(name, value, pack.value) : "";
  if (!line) return give({ type: "set_characteristic", incident: incident.ref, name, value });
  beginCommand(line);
  return undefined;
}

/** The conflicts as they stand now, with whose hand gave each value when that has been read. @param {any} incident @param {any} detail */
function conflicts(incident, detail) {
  const read = new Map((detail?.conflicts ?? []).map((/** @type {any} */ c) => [c.conflict, c]));
  return incident.conflict_rows.map((/** @type {any} */ c) => ({ incident, conflict: { ...read.get(c.conflict), ...c } }));
}

/** @type {[string, string][]} */
const PRIORITIES = ["1", "2", "3", "4", "5"].map((n) => [n, n]);

/** @param {{incident: any}} props */
function Tracks({ incident }) {
  const region = incident.ref.split("/")[0];
  const out = [..."PBAK"].filter((d) => !incident.tracks[d]);
  return html`<div class="tracks">${[..."PBAK"].filter((d) => incident.tracks[d]).map((d) => {
    const track = incident.tracks[d];
    const owner = functions.value.get(`${region}.${d}.dispatch`)?.owner;
    const may = owner === session.value.room && session.value.qualified.includes(`${d}.dispatch`);
    return html`<span><${DisciplineSign} d=${d} /></span>
      <${Choice} label=${t("form.priority")} disabled=${Boolean(track.closed)} value=${String(track.priority)} options=${PRIORITIES} take=${(/** @type {string} */ n) => give({ type: "prioritise", incident: incident.ref, disciplines: d, priority: Number(n) })} />
      <span class="cut">${className(track)}</span>
      <span>${track.closed ? html`${t("track.closed", { time: clockTime(track.closed), code: track.close_code })} <button onClick=${() => give({ type: "reopen_track", incident: incident.ref, discipline: d, reason: t("track.reopen") })}>${t("track.reopen")}</button>` : may ? html`<${Close} incident=${incident} d=${d} />` : html`<span class="chip ${owner === session.value.room ? "" : "foreign"}"><${Sign} name="lock" /> ${t("track.of", { owner: owner ?? "?" })}</span>`}</span>`;
  })}
  ${out.length > 0 && !incident.closed && html`<div class="wide buttons"><span class="second">${t("track.more")}</span>${out.map((d) => html`<button aria-label="${t("track.start")}: ${t(`discipline.${d}`)}" onClick=${() => give({ type: "start_track", incident: incident.ref, discipline: d, priority: incident.priority })}><${DisciplineSign} d=${d} /></button>`)}</div>`}</div>`;
}

/** Closing one discipline with its code; closing a priority 1 asks twice. @param {{incident: any, d: string}} props */
function Close({ incident, d }) {
  const [sure, setSure] = useState("");
  const codes = chosenNow(pack.value.closing_codes).filter((/** @type {any} */ c) => c.discipline === d);
  /** @param {string} code */
  function choose(code) {
    if (!code) return;
    if (incident.tracks[d].priority === 1 && sure !== code) setSure(code);
    else give({ type: "close_track", incident: incident.ref, discipline: d, code });
  }
  return html`<${Choice} id="close-${d}" label=${t("track.close")} value="" options=${[["", t("track.close")], ...codes.map((/** @type {any} */ c) => [c.code, language.value === "en" ? c.name_en : c.name])]} take=${choose} />
    ${sure && html`<button id="close-sure-${d}" onClick=${() => choose(sure)}>${t("track.sure", { code: sure })}</button>`}`;
}

/** @param {{incident: any}} props */
function Working({ incident }) {
  return html`${incident.units.length > 0 && html`<div class="head" id="working">${incident.units.map((/** @type {any} */ u) => html`<div class="line" data-unit=${u.unit}><strong class="mono">${u.call_sign}</strong><span class="chip">${t(`progress.${u.state}`)}</span><span class="mono second">${age(now.value - u.since)}</span><${Doubt} unit=${units.value.get(u.unit)} /><button onClick=${() => look({ kind: "unit", ref: u.unit })}>${t("unit.show")}</button></div>`)}</div>`}
  ${(incident.requests ?? []).filter((/** @type {any} */ r) => r.granted === null).map((/** @type {any} */ r) => html`<div class="head"><div class="line"><span class="chip warn">${t("request.open", { unit: r.unit, room: r.room })}</span>${functions.value.get(r.function)?.owner === session.value.room && html`<button onClick=${() => give({ type: "answer_unit_request", incident: incident.ref, request: r.request, granted: true })}>${t("request.grant")}</button><button onClick=${() => give({ type: "answer_unit_request", incident: incident.ref, request: r.request, granted: false, reason: t("request.none") })}>${t("request.refuse")}</button>`}</div></div>`)}`;
}

/** The log: lines with their audience. @param {{incident: any, detail: any}} props */
function Log({ incident, detail }) {
  const late = new Map((detail?.afterwards ?? []).filter((/** @type {any} */ a) => a.what.endsWith("note_written")).map((/** @type {any} */ a) => [a.line, a.recorded]));
  return html`<div class="log" tabindex="0" role="log" aria-label=${t("log.title")}>
    ${detail?.problem && html`<p class="problem">${detail.problem}</p>`}
    ${detail?.unreadable?.length ? html`<p class="second">${t("unreadable", { what: detail.unreadable.join(", ") })}</p>` : null}
    ${lines(detail).map(({ n, a, q }) => (q ? html`<${AnswerLine} key=${`${q.set} ${q.question} ${q.at}`} answer=${q} />` : n ? html`<div class="entry" key=${n.line}><time class="mono dim">${clockTime(n.at)}</time><span class="cut second">${n.by}</span><span class="mono dim">${n.audience}</span><span class="${n.struck_by ? "struck" : ""}">${n.text ?? t("note.closed")}${n.struck_by ? ` (${n.struck_by})` : ""}${entered(late.get(n.line))}</span></div>`
      : html`<div class="entry fact" key=${`${a.what} ${a.at} ${a.discipline} ${a.unit}`}><time class="mono dim">${clockTime(a.at)}</time><span class="cut second">${a.by}</span><span class="mono dim">${a.discipline}</span><span>${t(said(a.what), { unit: a.unit })}${entered(a.recorded)}</span></div>`))}
    ${waiting(incident.ref).map((a) => html`<div class="entry" key=${a.command_id}><time class="mono dim">${clockTime(a.occurred)}</time><span class="cut second">${session.value.name || session.value.person}</span><span class="mono dim">${a.command.audience ?? ""}</span><span>${a.command.text} <span class="chip unsent">${t("note.unsent")}</span></span></div>`)}
  </div>`;
}

/** Where a line of the log is written; Ctrl+Enter posts. Apart from the log, which must not be drawn anew for each key. @param {{incident: any}} props */
function Write({ incident }) {
  const key = `note.${incident.ref}`;
  const { text, type, post: postTyped } = useTyped(key);
  const [audience, setAudience] = useState("");
  const own = session.value.disciplines;
  const choices = ["", ...new Set([own.length < 4 ? own : "", own.includes("A") ? "A" : "", own.includes("P") ? "P" : ""].filter(Boolean))];
  const post = () => text.trim() && postTyped(async (said) => {
    const done = await writeNote(incident.ref, said, audience);
    // A line that is a term sets its characteristic as well; the line itself stays in the log.
    if (done) setAll(Object.entries(setBy(said, pack.value)));
    return done;
  });
  /** @param {[string, any][]} sets */
  async function setAll(sets) {
    for (const [name, value] of sets) await give({ type: "set_characteristic", incident: incident.ref, name, value });
  }
  return html`<div class="write">
    <textarea id="note" aria-label=${t("log.write")} placeholder=${t("log.hint")} value=${text} onInput=${(/** @type {any} */ e) => type(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && e.ctrlKey) { e.preventDefault(); post(); } }}></textarea>
    <div><select aria-label=${t("log.audience")} value=${audience} onChange=${(/** @type {any} */ e) => setAudience(e.target.value)}>${choices.map((c) => html`<option value=${c}>${c ? t("log.only", { who: [...c].map((d) => t(`discipline.${d}`)).join(", ") }) : t("log.all")}</option>`)}</select>
    <button onClick=${post}>${t("log.post")} <kbd>Ctrl+Enter</kbd></button></div>
  </div>`;
}

/** What this person wrote here without a link: it stands in the log, and says that nobody else has it yet. @param {string} ref @returns {any[]} */
const waiting = (ref) => kept.value.filter((one) => !one.by || one.by === session.value.person).map((one) => one.act ?? one).filter((a) => a.command.type === "write_note" && a.command.incident === ref);

/** An answer in the log: each time one was given or taken back. @param {{answer: any}} props */
function AnswerLine({ answer }) {
  const question = questionOf(answer);
  const words = question ? inWords(question, language.value) : answer.asked || answer.question;
  const given = answer.withdrawn ? t("questions.withdrawn") : answer.answer === null ? t("note.closed") : answerInWords(question, answer.answer, language.value, t);
  return html`<div class="entry answered"><time class="mono dim">${clockTime(answer.at)}</time><span class="cut second">${answer.by}</span><span class="mono dim">${answer.audience}</span><span>${words} <strong>${given}</strong></span></div>`;
}

/** The questions of an incident that stands: every answer is kept at once. @param {{incident: any, answers: any[]}} props */
function Asked({ incident, answers }) {
  // What this desk answered and the room has not shown yet; without it the next key would meet the questions of before.
  const [mine, setMine] = useState(/** @type {Record<string, {value: string, after: number}>} */ ({}));
  const own = ownOpen(incident);
  const code = incident.tracks[own[0] ?? incident.disciplines[0]]?.class_code || incident.class_code;
  const times = (/** @type {any} */ set, /** @type {string} */ question) => answers.filter((a) => a.set === set.id && a.question === question).length;
  if (incident.closed) return null;

  /** @param {any} set */
  function answersOf(set) {
    const found = counting(answers, set.id);
    for (const [key, { value, after }] of Object.entries(mine)) {
      const [of, question] = key.split(" ");
      if (of !== set.id || times(set, question) > after) continue;
      if (value) found[question] = value;
      else delete found[question];
    }
    return found;
  }

  /** @param {any} set @param {any} question @param {string} value */
  async function answer(set, question, value) {
    const key = `${set.id} ${question.id}`;
    setMine((before) => ({ ...before, [key]: { value, after: times(set, question.id) } }));
    const done = await give({ type: "answer_question", incident: incident.ref, set: set.id, version: set.version, question: question.id, answer: value });
    // What was not stored must not look as if it was; words that were typed come back in their field.
    if (!done) {
      if (question.kind === "text") keepTyped(incident.ref, key, value);
      setMine(({ [key]: _, ...rest }) => rest);
    }
  }

  /** @param {import("../questions.js").Suggestion} s */
  function take(s) {
    if (s.characteristic) give({ type: "set_characteristic", incident: incident.ref, name: s.characteristic, value: s.value });
    else if (s.class) give({ type: "classify", incident: incident.ref, disciplines: own, class_code: s.class, class_text: pack.value.classes.find((/** @type {any} */ c) => c.code === s.class)?.name ?? s.class });
    else if (s.discipline) give({ type: "start_track", incident: incident.ref, discipline: s.discipline, priority: incident.priority });
    else give({ type: "prioritise", incident: incident.ref, disciplines: own, priority: s.priority });
  }

  /** @param {import("../questions.js").Suggestion} s */
  function isSo(s) {
    if (s.characteristic) return incident.characteristics[s.characteristic] === s.value;
    if (s.discipline) return Boolean(incident.tracks[s.discipline]);
    if (s.class) return [...own].every((d) => incident.tracks[d].class_code === s.class);
    return [...own].every((d) => incident.tracks[d].priority === s.priority);
  }

  return html`<${Questions} classCode=${code} place=${incident.ref} back="#note" answersOf=${answersOf} answer=${answer} take=${take} done=${isSo} folded=${true} />`;
}

/** The log's lines, and between them the answers and what else was entered afterwards, by true time. @param {any} detail @returns {{n?: any, a?: any, q?: any}[]} */
function lines(detail) {
  const notes = (detail?.notes ?? []).map((/** @type {any} */ n) => ({ n }));
  const facts = (detail?.afterwards ?? []).filter((/** @type {any} */ a) => !a.line).map((/** @type {any} */ a) => ({ a }));
  const answers = (detail?.answers ?? []).map((/** @type {any} */ q) => ({ q }));
  const at = (/** @type {any} */ line) => (line.n ?? line.a ?? line.q).at;
  return [...facts, ...answers, ...notes].sort((x, y) => at(x) - at(y));
}

/** When it was entered, for what was entered afterwards. @param {number | undefined} recorded */
const entered = (recorded) => (recorded ? html` <span class="chip late">${t("afterwards.entered", { time: moment(recorded, now.value, language.value) })}</span>` : "");
