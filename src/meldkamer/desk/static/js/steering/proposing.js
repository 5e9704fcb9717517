// Forms that write the same files as a planner would, as proposals; the owner reviews, a body adopts. Nobody needs to know how.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Lost, Problem, get, newId, post } from "../api.js";
import { Sign } from "../icons.js";
import { session } from "../stores.js";
import { sayProblem, t } from "../words.js";
import { NotChecked, Panel, day, fieldName, nameOf, oneOf, valueName } from "./marks.js";
import { plan, read } from "./store.js";

/** Whether this person may write here, and has this right. @param {string} right */
export const may = (right) => plan.value?.writable && session.value.rights.includes(right);

/** Send something, to a path of this side or to a whole one, and say how it went. @returns {[string, boolean, (path: string, body: any) => Promise<boolean>]} */
export function useSending() {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {string} path @param {any} body */
  async function send(path, body) {
    setBusy(true);
    try {
      await post(path.startsWith("/") ? path : `/api/steering/${path}`, body);
      setSaid(t("steering.form.sent"));
      await read();
      return true;
    } catch (error) {
      if (error instanceof Problem) setSaid(sayProblem(error.body));
      else if (error instanceof Lost) setSaid(t("steering.form.unknown"));
      else throw error;
      return false;
    } finally {
      setBusy(false);
    }
  }
  return [said, busy, send];
}

/** The parties for which this person judges: those of their discipline, or those without one. @param {any[]} parties */
export const ownParties = (parties) => parties.filter((p) => (p.discipline ? session.value.disciplines.includes(p.discipline) : !session.value.disciplines));

/** @param {{risk: any, data: any}} props */
export function JudgeForm({ risk, data }) {
  const parties = ownParties(data.parties);
  const [party, setParty] = useState(parties[0]?.id ?? "");
  const [holds, setHolds] = useState(true);
  const [said, busy, send] = useSending();
  if (!may("judge") || !parties.length) return html`<p class="note">${t("steering.form.not_yours")}</p>`;
  const roles = data.parties.find((/** @type {any} */ p) => p.id === party)?.roles ?? [];
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    const steps = holds ? { likelihood: Number(given.get("likelihood")), impact: Number(given.get("impact")) } : {};
    const wanted = { type: "judgement", of: risk.risk, party, role: given.get("role"), holds, ...steps, reason: given.get("reason") };
    if (await send("proposals", { id: newId(), wanted })) form.reset();
  }
  return html`<h3>${t("steering.form.judge")}</h3><form id="judge" class="form" onSubmit=${submit}>
    <label for="judge-party">${t("steering.form.party")}</label><select id="judge-party" value=${party} onChange=${(/** @type {any} */ e) => setParty(e.target.value)}>${parties.map((p) => html`<option value=${p.id}>${nameOf(p)}</option>`)}</select>
    <label for="judge-role">${t("steering.form.role")}</label><select id="judge-role" name="role">${roles.map((/** @type {any} */ r) => html`<option value=${r.id}>${nameOf(r)}</option>`)}</select>
    <label for="judge-holds">${t("steering.form.holds")}</label><select id="judge-holds" value=${holds ? "yes" : "no"} onChange=${(/** @type {any} */ e) => setHolds(e.target.value === "yes")}><option value="yes">${t("steering.form.yes")}</option><option value="no">${t("steering.cell.no")}</option></select>
    ${holds && html`<label for="likelihood">${t("steering.form.likelihood")}</label><select id="likelihood" name="likelihood" lang="nl">${data.matrix.likelihood.map((/** @type {string} */ w, /** @type {number} */ n) => html`<option value=${n + 1}>${n + 1} ${w}</option>`)}</select>
    <label for="impact">${t("steering.form.impact")}</label><select id="impact" name="impact" lang="nl">${data.matrix.impact.map((/** @type {string} */ w, /** @type {number} */ n) => html`<option value=${n + 1}>${n + 1} ${w}</option>`)}</select>`}
    <label for="judge-reason">${t("steering.lines.reason")}</label><input id="judge-reason" name="reason" required maxlength="1000" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("steering.form.propose")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}

/** @param {{measure: any, parties: any[]}} props */
export function AssessForm({ measure, parties }) {
  const own = ownParties(parties);
  const [party, setParty] = useState(own[0]?.id ?? "");
  const [applies, setApplies] = useState(true);
  const [said, busy, send] = useSending();
  // The row that was opened may stand a hundred rows down: the next key goes to the form.
  useEffect(() => /** @type {HTMLElement | null} */ (document.querySelector("#assess select"))?.focus(), []);
  if (!may("judge") || !own.length) return html`<p class="note">${t("steering.form.not_yours")}</p>`;
  const roles = own.find((p) => p.id === party)?.roles ?? [];
  const now = measure.said.find((/** @type {any} */ s) => s.party === party);
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    const how = applies ? { degree: Number(given.get("degree")), evidence: given.get("evidence") } : {};
    const wanted = { type: "assessment", of: measure.measure, party, role: given.get("role"), applicable: applies, ...how, reason: given.get("reason") };
    if (await send("proposals", { id: newId(), wanted })) form.reset();
  }
  return html`<h3>${t("steering.form.assess", { what: `${measure.number} ${nameOf(measure)}` })}</h3><form id="assess" class="form" onSubmit=${submit}>
    <label for="assess-party">${t("steering.form.party")}</label><select id="assess-party" value=${party} onChange=${(/** @type {any} */ e) => setParty(e.target.value)}>${own.map((p) => html`<option value=${p.id}>${nameOf(p)}</option>`)}</select>
    <label for="assess-role">${t("steering.form.role")}</label><select id="assess-role" name="role">${roles.map((/** @type {any} */ r) => html`<option value=${r.id}>${nameOf(r)}</option>`)}</select>
    <label for="applies">${t("steering.form.applies")}</label><select id="applies" value=${applies ? "yes" : "no"} onChange=${(/** @type {any} */ e) => setApplies(e.target.value === "yes")}><option value="yes">${t("steering.form.applies_yes")}</option><option value="no">${t("steering.form.applies_no")}</option></select>
    ${applies && html`<label for="degree">${t("steering.proof.degree")}</label><select id="degree" name="degree">${[0, 1, 2, 3, 4].map((n) => html`<option value=${n} selected=${n === now?.degree}>${n} ${t(`steering.degree.${n}`)}</option>`)}</select>
    <label for="evidence">${t("steering.form.evidence")}</label><input id="evidence" name="evidence" maxlength="1000" autocomplete="off" />`}
    <label for="assess-reason">${t("steering.lines.reason")}</label><input id="assess-reason" name="reason" required maxlength="1000" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("steering.form.propose")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}

const YEAR = /^\d{4}$/;

/** @param {{item: any, data: any}} props */
export function ChangeForm({ item, data }) {
  const [said, busy, send] = useSending();
  if (!may("steer")) return html`<p class="note">${t("steering.form.read_only")}</p>`;
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    const now = Object.fromEntries(["axis", "horizon", "start", "end", "state", "capacity"].map((f) => [f, value(f, String(given.get(f)).trim())]));
    const fields = Object.fromEntries(Object.entries(now).filter(([f, v]) => v !== item[f]));
    const wanted = { type: "change", of: item.id, role: given.get("role"), fields, reason: given.get("reason") };
    if (await send("proposals", { id: newId(), wanted })) form.reset();
  }
  return html`<h3>${t("steering.form.change", { what: nameOf(item) })}</h3><form id="change" class="form" onSubmit=${submit}>
    <label for="axis-at">${t("steering.lines.place")}</label><input id="axis-at" name="axis" type="number" min="0" max="10" defaultValue=${item.axis} />
    <label for="horizon">${t("steering.lines.horizon")}</label><select id="horizon" name="horizon">${["T0", "T1"].map((h) => html`<option value=${h} selected=${h === item.horizon}>${t(`steering.horizon.${h}`)}</option>`)}</select>
    <label for="start">${t("steering.form.start")}</label><input id="start" name="start" defaultValue=${shown(item.start)} placeholder=${t("steering.unknown")} />
    <label for="end">${t("steering.form.end")}</label><input id="end" name="end" defaultValue=${shown(item.end)} placeholder=${t("steering.unknown")} />
    <label for="state">${t("steering.lines.state")}</label><select id="state" name="state">${["planned", "busy", "done", "stopped"].map((s) => html`<option value=${s} selected=${s === item.state}>${t(`steering.work.${s}`)}</option>`)}</select>
    <label for="capacity">${t("steering.lines.capacity")}</label><input id="capacity" name="capacity" defaultValue=${shown(item.capacity)} placeholder=${t("steering.unknown")} />
    <label for="role">${t("steering.form.role")}</label><select id="role" name="role">${data.roles.map((/** @type {any} */ r) => html`<option value=${r.id} selected=${r.id === item.accountable}>${nameOf(r)}</option>`)}</select>
    <label for="reason">${t("steering.lines.reason")}</label><input id="reason" name="reason" required maxlength="1000" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("steering.form.propose")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}

/** What a person typed as the file holds it: an empty field is unknown. @param {string} field @param {string} typed */
function value(field, typed) {
  if (typed === "" || typed === t("steering.unknown")) return "unknown";
  return field === "axis" || YEAR.test(typed) || /^\d+$/.test(typed) ? Number(typed) : typed;
}

/** @param {any} known */
const shown = (known) => (known === "unknown" ? "" : known);

/** What waits for its owner, with what it would change. @param {{names: Record<string, [string, string]>}} props */
export function Proposals({ names }) {
  const [rows, setRows] = useState(/** @type {any[] | null} */ (null));
  const [said, busy, send] = useSending();
  useEffect(() => {
    let asked = true;
    get("/api/steering/proposals").then((found) => asked && setRows(found)).catch(() => asked && setRows(null));
    return () => { asked = false; };
  }, [plan.value, said]);
  if (!plan.value?.writable) return "";
  return html`<${Panel} id="proposals" of="judged" title="${t("steering.form.proposals")} ${rows?.length ?? ""}" wide>
    ${rows === null ? html`<p class="note"><${NotChecked} /></p>` : !rows.length ? html`<p class="note">${t("steering.form.none")}</p>` : ""}
    ${rows?.map((p) => html`<article class="proposal"><p><strong>${p.wanted.reason}</strong> <span class="second">${p.by}, ${day(p.date)}</span></p>
      <ul>${p.differences.map((/** @type {any} */ d) => html`<li>${t(`steering.change.${d.what}`)} <span class="mono">${d.id}</span>${d.fields.filter((/** @type {any} */ f) => f.field !== "id").map((/** @type {any} */ f) => html` <span class="nobr"><span class="second">${fieldName(f.field)}</span> ${d.what === "changed" ? `${plain(f.before)} → ` : ""}${plain(f.after)}</span>`)}</li>`)}</ul>
      ${p.by === session.value.person ? html`<p class="note">${t("steering.form.own")}</p>` : html`<${Review} key=${p.id} p=${p} role=${oneOf(names[p.owner], p.owner)} busy=${busy} send=${send} />`}
    </article>`)}
    <p role="status">${said}</p><//>`;
}

/** A value of a file as a sentence holds it. @param {any} value */
const plain = (value) => (Array.isArray(value) ? value.map(valueName).join(", ") || "–" : value === null ? "–" : valueName(value));

/** The accountable role takes a proposal in, or refuses it with a reason. @param {{p: any, role: string, busy: boolean, send: (path: string, body: any) => Promise<boolean>}} props */
function Review({ p, role, busy, send }) {
  const [reason, setReason] = useState("");
  const review = (/** @type {boolean} */ accept) => send(`proposals/${p.id}`, { accept, role: p.owner, reason });
  return html`<div class="buttons"><span>${t("steering.form.for", { role })}</span><button disabled=${busy} id="accept-${p.id}" onClick=${() => review(true)}>${t("steering.form.accept")}</button>
    <label for="refuse-${p.id}">${t("steering.lines.reason")}</label><input id="refuse-${p.id}" class="short" value=${reason} maxlength="1000" onInput=${(/** @type {any} */ e) => setReason(e.target.value)} /><button disabled=${busy || !reason.trim()} onClick=${() => review(false)}>${t("steering.form.refuse")}</button></div>`;
}

/** A body makes the newest version binding. @param {{bodies: any[]}} props */
export function AdoptForm({ bodies }) {
  const [sure, setSure] = useState(false);
  const [said, busy, send] = useSending();
  if (!may("adopt")) return "";
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    if (!sure) return setSure(true);
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    setSure(false);
    if (await send("adoptions", { body: given.get("body"), reason: given.get("reason") })) form.reset();
    return undefined;
  }
  return html`<h3>${t("steering.form.adopt")}</h3><form id="adopt" class="form" onSubmit=${submit} onInput=${() => setSure(false)}>
    <label for="body">${t("steering.form.body")}</label><select id="body" name="body">${bodies.map((b) => html`<option value=${b.id}>${nameOf(b)}</option>`)}</select>
    <label for="why">${t("steering.lines.reason")}</label><input id="why" name="reason" required maxlength="1000" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}><${Sign} name="lock" /> ${t(sure ? "steering.form.sure" : "steering.form.make_binding")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}
