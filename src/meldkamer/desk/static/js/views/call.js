// A call in hand: who calls, what is said, and the form that makes an incident at any completeness.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { fromPlace, joinCall, oneLine, openIncident, places, sure, takeBack } from "../acts.js";
import { answer } from "../answering.js";
import { setBy } from "../characteristics.js";
import { chosenNow } from "../codes.js";
import { Problem, get } from "../api.js";
import { classesFor } from "../command_language.js";
import { give, outcome } from "../commands.js";
import { answersAt, draft, dropDraft, keepDraft, moveDraft } from "../drafts.js";
import { counting } from "../questions.js";
import { notedSoFar, speakingOf, tookSpeaking } from "../speaking.js";
import { calls, incidents, look, now, pack, session } from "../stores.js";
import { transferCall } from "../transfer.js";
import { targetsOf } from "../transfer_language.js";
import { backSoFar, fromElsewhere, whyHere } from "../why.js";
import { age, clockTime, known, sayProblem, t } from "../words.js";
import { AtPlace } from "./at_place.js";
import { WarningsHere } from "./at_place_warnings.js";
import { Characteristics } from "./characteristics.js";
import { Choice } from "./choice.js";
import { ClassTree } from "./class_tree.js";
import { EarlierCalls } from "./earlier_calls.js";
import { Questions } from "./questions.js";
import { Speaking, SpeakingFields, SpeakingMark } from "./speaking.js";

/** @param {{callRef: string}} props */
export function CallPane({ callRef }) {
  const call = calls.value.get(callRef);
  const [detail, setDetail] = useState(/** @type {any} */ (null));
  const mine = call?.state === "answered" && call.answered_by === session.value.person && call.room === session.value.room;
  const back = call?.call_back === "due" && call.call_back_by === session.value.person;
  useEffect(() => {
    // Reading who calls is recorded, so it is read when somebody takes the call, not for everybody who looks at a list.
    if (!mine && !back) return undefined;
    let wanted = true;
    const asked = notedSoFar(callRef);
    get(`/api/calls/${callRef}`).then((d) => {
      tookSpeaking(callRef, d, asked);
      if (wanted) setDetail(d);
    }, (e) => wanted && setDetail({ problem: e instanceof Problem ? sayProblem(e.body) : t("link.none") }));
    return () => { wanted = false; };
  }, [callRef, mine, back, call?.language_noted, call?.ways_noted]);
  if (!call) return html`<section class="pane"><h2 class="title">${t("call.title")}</h2><p class="empty">${t("call.gone")}</p></section>`;
  const caller = detail?.caller;
  return html`<section class="pane" aria-labelledby="call-title">
    <h2 class="title" id="call-title">${t("call.title")} ${call.function}<span class="grow"></span><span class="chip">${t(`call.state.${call.state}`)}</span></h2>
    <div class="head">
      ${whyHere(call) && html`<div class="why">${fromElsewhere(call) ? html`<span class="chip foreign">${whyHere(call)}</span>` : html`<span class="second">${whyHere(call)}</span>`}</div>`}
      <div class="line"><strong class="mono">${caller?.number ?? ""}</strong> <span>${caller?.name ?? ""}</span>
        ${detail?.problem && html`<span class="chip warn">${detail.problem}</span>`}
        ${detail?.unreadable?.length ? html`<span class="chip warn">${t("unreadable", { what: detail.unreadable.join(", ") })}</span>` : null}
        <span class="second">${t("call.since", { time: clockTime(call.received), age: age(now.value - call.received) })}</span></div>
      ${caller?.said && html`<div>${caller.said}</div>`}
      ${!detail?.caller ? html`<${SpeakingMark} call=${call} />` : mine || back ? html`<${SpeakingFields} call=${call} />` : html`<${Speaking} of=${speakingOf(callRef)} />`}
      ${caller?.summary && html`<div><strong>${t("call.summary")}</strong> ${caller.summary}</div>`}
      ${(detail?.locations ?? (call.location ? [call.location] : [])).map((/** @type {any} */ l) => html`<div class="second">${t("call.location", { source: known(`call.source.${l.source}`) ? t(`call.source.${l.source}`) : l.source, text: l.text || l.place || "" })}${l.radius ? ` ± ${Math.round(l.radius)} m` : ""}</div>`)}
    </div>
    ${mine ? html`<${Form} call=${call} detail=${detail} /><${CallButtons} call=${call} />` : call.call_back ? html`<${Back} call=${call} mine=${back} detail=${detail} />` : html`<div class="empty">${call.answered_by ? t("call.taken_by", { by: call.answered_by, room: call.room }) : html`<button onClick=${() => answer(call.ref)}>${t("call.answer")} <kbd>Enter</kbd></button>`}</div>`}
  </section>`;
}

const RESULTS = ["reached", "no_answer", "not_needed", "wrong_number", "given_up"];

/** Calling back: who does it, and what came of it. @param {{call: any, mine: boolean, detail: any}} props */
function Back({ call, mine, detail }) {
  if (call.call_back === "done") return html`<p class="empty">${t("back.done", { by: call.call_back_by, result: t(`back.result.${call.call_back_result}`) })}</p>`;
  return html`<div class="empty">
    ${(call.call_back_by || call.call_backs > 0) && html`<p>${backSoFar(call)}</p>`}
    <div class="buttons">${mine
      ? RESULTS.map((result) => html`<button id="back-${result}" onClick=${() => give({ type: "call_back", call: call.ref, result })}>${t(`back.result.${result}`)}</button>`)
      : html`<button id="take-back" onClick=${() => takeBack(call.ref)}>${t("back.take")} <kbd>Enter</kbd></button>`}</div>
    ${mine && html`<${EarlierCalls} call=${call} detail=${detail} />`}
  </div>`;
}

/** An incident waits no longer for its place to be looked up (milliseconds): then it has what was typed. */
const LOOKED_UP = 1000;

/** The four questions, and what comes of them. @param {{call: any, detail?: any}} props */
export function Form({ call, detail }) {
  const key = call?.ref ?? "new";
  const kept = draft(key);
  const first = call?.location ?? detail?.locations?.[0];
  const start = { where: first?.text ?? "", place: null, what: call?.class_hint ?? "", class_code: "", priority: String(call?.priority_hint ?? ""), disciplines: call?.disciplines || (session.value.disciplines.length === 1 ? session.value.disciplines : ""), note: "", answers: [], characteristics: {} };
  const [fields, setFields] = useState(/** @type {any} */ ({ ...start, ...kept }));
  const [hits, setHits] = useState(/** @type {any[]} */ ([]));
  const [tree, setTree] = useState(false);
  // What stands in the form now: an answer that comes late changes its own field and no other.
  const stands = useRef(fields);
  const typed = useRef(0);
  const asking = useRef(/** @type {Promise<unknown>} */ (Promise.resolve()));
  const answered = useRef(0);
  const entered = useRef(0);
  /** @param {any} changes */
  function change(changes) {
    stands.current = { ...stands.current, ...changes };
    setFields(stands.current);
    keepDraft(key, stands.current);
  }
  const options = fields.class_code ? [] : classesFor(fields.what, chosenNow(pack.value.classes)).slice(0, 9);

  /** @param {string} text */
  function where(text) {
    change({ where: text, place: null });
    asking.current = lookUp(text, ++typed.current);
  }

  /** @param {string} text @param {number} asked */
  async function lookUp(text, asked) {
    const found = text.trim().length > 1 ? (await places(text, first).catch(() => [])).slice(0, 6) : [];
    // An answer that comes after more was typed is not about what stands there now.
    if (asked !== typed.current) return;
    answered.current = asked;
    setHits(found);
    if (entered.current === asked) takeSure(found);
  }

  /** Enter takes what is surely meant by all that was typed; when its answer is still under way, as soon as it comes. */
  function enter() {
    entered.current = typed.current;
    if (answered.current === typed.current) takeSure(hits);
    /** @type {any} */ (document.querySelector("#what")).focus();
  }

  /** @param {any[]} found */
  function takeSure(found) {
    if (found[0] && sure(found[0])) settle(found[0]);
  }

  /** @param {any} found */
  function settle(found) {
    // A place leaves what was typed; an address, a street or a post says it better than what was typed.
    change({ place: found, ...(["place", "quarter"].includes(found.kind) ? {} : { where: oneLine(found) }) });
    setHits([]);
  }

  /** @param {any} c */
  function choose(c) {
    change({ what: c.name, class_code: c.code, priority: fields.priority || String(c.priority), disciplines: fields.disciplines || [...(c.disciplines ?? [])].join("") });
  }

  async function save() {
    // The place that Enter took may still be under way: the incident is where the caller said, not where the telephone is.
    if (entered.current && entered.current === typed.current && answered.current !== typed.current) await Promise.race([asking.current, new Promise((done) => setTimeout(done, LOOKED_UP))]);
    const fields = stands.current;
    const location = fields.place ? fromPlace(fields.place, fields.where) : { ...(first ?? { source: "operator" }), text: fields.where };
    const region = fields.place?.region || call?.ref.split("/")[0];
    const ref = await openIncident({
      region: region === "NL" ? (fields.place?.region ?? regionOf(first) ?? session.value.room) : region,
      location,
      disciplines: [..."PBAK"].filter((d) => fields.disciplines.includes(d)).join(""),
      class_code: fields.class_code,
      class_text: fields.what,
      priority: Number(fields.priority) || 3,
      ...(call ? { call: call.ref } : {}),
      note: fields.note,
      characteristics: { ...setBy(fields.note, pack.value), ...fields.characteristics },
      answers: fields.answers.slice(-MOST_ANSWERS),
    });
    if (!ref) return;
    // What is found from now on is about a form that is no more.
    typed.current += 1;
    dropDraft(key);
    moveDraft(answersAt(key), answersAt(ref));
  }

  /** @param {any} set @param {any} question @param {string} value */
  function reply(set, question, value) {
    change({ answers: [...stands.current.answers, { set: set.id, version: set.version, question: question.id, answer: value, at: Math.round(now.value) }] });
  }

  /** Take what the answers suggest into the form. @param {import("../questions.js").Suggestion} s */
  function take(s) {
    if (s.characteristic) change({ characteristics: { ...fields.characteristics, [s.characteristic]: s.value } });
    else if (s.class) choose(pack.value.classes.find((/** @type {any} */ c) => c.code === s.class));
    else if (s.discipline) change({ disciplines: fields.disciplines + s.discipline });
    else change({ priority: String(s.priority) });
  }

  /** @param {import("../questions.js").Suggestion} s */
  const isSo = (s) => (s.characteristic ? fields.characteristics[s.characteristic] === s.value : s.class ? fields.class_code === s.class : s.discipline ? fields.disciplines.includes(s.discipline) : fields.priority === String(s.priority));

  const spot = fields.place ?? first;
  return html`<form class="intake" onSubmit=${(/** @type {SubmitEvent} */ e) => { e.preventDefault(); save(); }} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && e.ctrlKey) { e.preventDefault(); save(); } }}><${EarlierCalls} call=${call} detail=${detail} place=${fields.place} back="#where" /><div class="form">
    <label for="where">${t("form.where")} <kbd>F4</kbd></label>
    <input id="where" value=${fields.where} autocomplete="off" onInput=${(/** @type {any} */ e) => where(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && !e.ctrlKey) { e.preventDefault(); enter(); } }} />
    ${fields.place && html`<div class="hits second">${oneLine(fields.place)}</div>`}
    ${spot?.x != null && html`<${WarningsHere} spot=${spot} />`}
    ${spot?.x != null && html`<${AtPlace} spot=${spot} />`}
    ${hits.length > 0 && html`<div class="hits">${hits.map((h) => html`<button type="button" onClick=${() => settle(h)}>${h.name}${h.missing && html` <strong>${h.missing}?</strong>`} <span class="second">${h.place || h.municipality}</span></button>`)}</div>`}
    <label for="what">${t("form.what")} <kbd>↓</kbd></label>
    <textarea id="what" rows="1" value=${fields.what} autocomplete="off" onInput=${(/** @type {any} */ e) => change({ what: e.target.value.replaceAll(/\s*\n\s*/g, " "), class_code: "" })} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "ArrowDown") { e.preventDefault(); setTree(true); } else if (e.key === "Enter" && !e.ctrlKey) { e.preventDefault(); if (options[0]) choose(options[0]); focusOn("#priority"); } }}></textarea>
    ${tree && html`<${ClassTree} classes=${chosenNow(pack.value.classes)} at=${fields.class_code} take=${(/** @type {any} */ c) => { choose(c); setTree(false); focusOn("#priority"); }} leave=${() => { setTree(false); focusOn("#what"); }} />`}
    ${!tree && options.length > 0 && html`<div class="hits">${options.map((c) => html`<button type="button" onClick=${() => choose(c)}>${c.name} <span class="mono second">${c.code} · ${c.priority}</span></button>`)}</div>`}
    <label for="priority">${t("form.priority")}</label>
    <select id="priority" value=${fields.priority} onChange=${(/** @type {any} */ e) => change({ priority: e.target.value })}>
      <option value="">–</option>${[1, 2, 3, 4, 5].map((n) => html`<option value=${String(n)}>${n}</option>`)}
    </select>
    <span>${t("form.disciplines")}</span>
    <div class="choices" role="group" aria-label=${t("form.disciplines")}>${[..."PBAK"].map((d) => html`<label><input type="checkbox" name="discipline-${d}" checked=${fields.disciplines.includes(d)} onChange=${(/** @type {any} */ e) => change({ disciplines: e.target.checked ? fields.disciplines + d : fields.disciplines.replace(d, "") })} /> ${t(`discipline.${d}`)}</label>`)}</div>
    <label for="first-note">${t("form.note")}</label>
    <textarea id="first-note" rows="3" value=${fields.note} onInput=${(/** @type {any} */ e) => change({ note: e.target.value })}></textarea>
    <${Characteristics} set=${fields.characteristics} give=${(/** @type {string} */ name, /** @type {string} */ value) => { const { [name]: _, ...rest } = fields.characteristics; change({ characteristics: value ? { ...rest, [name]: value } : rest }); }} />
    <div class="wide buttons"><button type="submit">${t("form.save")} <kbd>Ctrl+Enter</kbd></button></div>
    ${call?.possible_duplicates?.length > 0 && html`<div class="wide"><strong>${t("form.same")}</strong> <div class="buttons">${call.possible_duplicates.map((/** @type {string} */ ref) => html`<button type="button" onClick=${() => joinCall(ref, call.ref)}>= ${incidents.value.get(ref)?.number ?? ref} ${incidents.value.get(ref)?.location.text ?? ""}</button>`)}</div></div>`}
    </div><div><${Questions} classCode=${fields.class_code || hinted(fields.what)} place=${key} back="#first-note" answersOf=${(/** @type {any} */ set) => counting(fields.answers, set.id)} answer=${reply} take=${take} done=${isSo} />${spot?.x != null && html`<${Around} x=${spot.x} y=${spot.y} radius=${spot.radius ?? 0} />`}</div>
  </form>`;
}

/** The map around a place, fetched when there is a place: no desk waits for it. @param {{x: number, y: number, radius: number}} props */
function Around(props) {
  const [View, setView] = useState(/** @type {any} */ (null));
  useEffect(() => { import("./place_map.js").then((m) => setView(() => m.PlaceMap), () => {}); }, []);
  return View && html`<${View} ...${props} />`;
}

/** Answers that go with an incident; the room takes no more at once. */
const MOST_ANSWERS = 60;

/** @param {string} selector */
const focusOn = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();

/** The class that words mean when they mean one and no other: what a channel said, or what is typed so far. @param {string} what */
function hinted(what) {
  const found = classesFor(what, chosenNow(pack.value.classes));
  return found.length === 1 ? found[0].code : "";
}

/** @param {any} location */
const regionOf = (location) => pack.value.safety_regions?.find((/** @type {any} */ r) => r.number === location?.safety_region)?.region;

/** What a call was that needs nobody, beside one that is simply over. */
const ENDS = ["silent", "pocket", "misuse", "not_urgent", "wrong_number", "dropped", "test"];

/** @param {{call: any}} props */
function CallButtons({ call }) {
  const [sure, setSure] = useState("");
  const [to, setTo] = useState("");
  /** What was typed and made no incident would be out of sight: that asks once more. @param {string} reason */
  function end(reason) {
    if (Object.keys(draft(call.ref)).length && sure !== reason) {
      setSure(reason);
      outcome.value = { text: t("call.unsaved"), bad: true };
    } else give({ type: "end_call", call: call.ref, reason });
  }
  const options = targetsOf(call, pack.value.functions);
  return html`<div class="write">
    <div class="buttons">
      <select aria-label=${t("call.transfer_to")} value=${to} onChange=${(/** @type {any} */ e) => setTo(e.target.value)}><option value="">${t("call.transfer_to")}</option>${options.map((/** @type {any} */ f) => html`<option value=${f.code}>${f.code}</option>`)}</select>
    </div>
    <div class="buttons">
      <button disabled=${!to} onClick=${() => transferCall(call.ref, to)}>${t("call.transfer")}</button>
      <button id="end-call" onClick=${() => end("done")}>${t("call.end")}</button>
      <${Choice} id="end-as" label=${t("call.end_as")} value="" options=${[["", t("call.end_as")], ...ENDS.map((reason) => [reason, t(`call.ended.${reason}`)])]} take=${end} />
    </div>
  </div>`;
}
