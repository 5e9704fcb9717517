// What a desk does, in the words of the API. Views and the command line call these.
import { signal } from "../vendor/preact.js";
import { get, newId } from "./api.js";
import { shelve } from "./alarm_strip.js";
import { EVERYBODY, say, talkWith } from "./chat.js";
import { mine } from "./attentions.js";
import { give, outcome } from "./commands.js";
import { decideOn, resolve } from "./conflicts.js";
import { drawTyped, redrawTyped, takeAway } from "./drawings.js";
import { answersAt, draft, dropDraft, giveBack, moveDraft } from "./drafts.js";
import { answer as earlier, want } from "./earlier.js";
import { hand, talking } from "./lists.js";
import { here, leavePast, lookAt, past } from "./past.js";
import { goToPlaybook, inForce, openBook } from "./playbooks.js";
import { reachOf, showReach, showWays } from "./reach.js";
import { setLoudness } from "./sound.js";
import { noteSpeaking } from "./speaking.js";
import { functions, incidents, look, pack, readTogether, session, units } from "./stores.js";
import { transferCall } from "./transfer.js";
import { answerWarning, askWarning } from "./warnings.js";
import { language, t } from "./words.js";
import { openWorkplace } from "./workplace.js";

/** Whether this window shows the manual. */
export const helping = signal(false);

/** Say that one is going to call back, and look at who called. @param {string} ref */
export async function takeBack(ref) {
  if (await give({ type: "take_call_back", call: ref })) look({ kind: "call", ref });
}

/** @param {string} reason */
export const declarePeak = (reason) => give({ type: "declare_peak", room: session.value.room, reason });
export const endPeak = () => give({ type: "end_peak", room: session.value.room });

/** How an act is given: with its true time when it is entered afterwards. @typedef {{occurred?: number}} How */

/** Open an incident; returns its reference. @param {any} fields @param {How} [how] @returns {Promise<string | null>} */
export async function openIncident(fields, how) {
  const region = fields.region || session.value.room;
  const done = await give({ type: "open_incident", incident: newId(), ...fields, region }, how);
  if (done?.ref) look({ kind: "incident", ref: done.ref });
  return done?.ref ?? null;
}

/** What somebody insists on with an order: alone, that the room is; override, why a unit goes that is not free or perhaps in use. divert, reason: it goes from what it works for now. @typedef {{alone?: boolean, override?: string, divert?: boolean, reason?: string}} Insisted */

/**
 * Join a call to an incident that stands. What was typed and answered for it goes along: the note to the field of the log, each
 * answer to the incident with its own time, a characteristic where none stands yet.
 * @param {string} incident @param {string} call
 */
export async function joinCall(incident, call) {
  if (!(await give({ type: "join_call", incident, call }))) return;
  const { note = "", answers = [], characteristics = {} } = draft(call);
  const stands = incidents.value.get(incident)?.characteristics ?? {};
  if (note.trim()) giveBack(`note.${incident}`, note.trim());
  moveDraft(answersAt(call), answersAt(incident));
  dropDraft(call);
  look({ kind: "incident", ref: incident });
  for (const { set, version, question, answer: said, at } of answers) await give({ type: "answer_question", incident, set, version, question, answer: said }, { quiet: true, occurred: at });
  for (const [name, value] of Object.entries(characteristics)) if (!stands[name]) await give({ type: "set_characteristic", incident, name, value }, { quiet: true });
}

/** Give acts that are each answered by themselves; of those that were refused is said which and why. Whether none was. @param {[string, any][]} acts what each is about, and its command @param {How} [how] */
async function giveEach(acts, how) {
  const refused = [];
  for (const [about, command] of acts) if (!(await give(command, how))) refused.push(`${about}: ${outcome.value.text}`);
  if (refused.length) outcome.value = { text: refused.join(" · "), bad: true };
  return refused.length === 0;
}

/** Alert these units: every one is an act of its own, and is answered by itself. What is entered afterwards was told by voice, and alerts nobody. @param {string} incident @param {string[]} chosen @param {How} [how] @param {Insisted} [order] */
export async function alertUnits(incident, chosen, how, order = {}) {
  const told = how?.occurred ? { told: true } : {};
  return giveEach(chosen.map((unit) => [units.value.get(unit)?.call_sign ?? unit, { type: "assign_unit", unit, assignment: newId(), incident, ...order, ...told }]), how);
}

/** @param {string} incident @param {string} text @param {string} audience @param {How} [how] */
export const writeNote = (incident, text, audience, how) => give({ type: "write_note", incident, line: newId(), text, audience }, how);

/** The status that a key means for this unit's discipline. @param {string} ref @param {string} key @param {How} [how] */
export async function setStatus(ref, key, how) {
  const unit = units.value.get(ref);
  const status = pack.value.statuses.find((/** @type {any} */ s) => s.discipline === unit?.discipline && (s.key === key || s.code === key));
  if (!status) {
    outcome.value = { text: t("outcome.no_status", { key }), bad: true };
    return null;
  }
  const { status: before, assignment } = unit;
  // The way back is the status before it, as long as neither the unit said anything since nor an order ended by this one.
  const still = () => units.value.get(ref)?.status === status.code && units.value.get(ref)?.assignment?.assignment === assignment?.assignment;
  const back = before && before !== status.code && !how?.occurred ? { opposite: { type: "report_status", unit: ref, code: before, source: "room", manual: true }, still } : undefined;
  return give({ type: "report_status", unit: ref, code: status.code, source: "room", manual: true }, { ...how, back });
}

/** Say that there was contact with a unit. @param {string} unit @param {How} [how] */
export const hadContact = (unit, how) => give({ type: "note_contact", unit }, how);

/** Set the timer of a unit; the way back is what it was, as long as nobody changed it since. @param {string} unit @param {number} minutes */
function setContactTimer(unit, minutes) {
  const before = units.value.get(unit)?.contact?.minutes ?? 0;
  const still = () => (units.value.get(unit)?.contact?.minutes ?? 0) === minutes;
  const back = before !== minutes ? { opposite: { type: "set_contact_timer", unit, minutes: before }, still } : undefined;
  return give({ type: "set_contact_timer", unit, minutes }, { back });
}

/** The incident whose proposal is to be shown. @type {import("../vendor/preact.js").Signal<string>} */
export const proposing = signal("");

/** Show the proposal of an incident. @param {string} ref */
export function propose(ref) {
  look({ kind: "incident", ref });
  proposing.value = ref;
}

/**
 * What the room is advised to send, per discipline that this person dispatches. held: units of the proposal on the screen.
 * together: the same as other windows are told that have just come to show it.
 * @param {any} incident @param {string[]} held @param {boolean} [together] @returns {Promise<any[]>}
 */
export async function proposal(incident, held, together = false) {
  const own = [...(incident.disciplines || session.value.disciplines)].filter((d) => session.value.disciplines.includes(d));
  const query = [own.length ? `disciplines=${own.join("")}` : "", held.length ? `held=${held.slice(0, 40).map(encodeURIComponent).join(",")}` : ""].filter(Boolean).join("&");
  const path = `/api/incidents/${incident.ref}/proposal?${query}`;
  return (await (together ? readTogether(path, String(incident.version)) : get(path))).advice;
}

/**
 * Alert what was proposed or chosen instead: own units are ordered, another room's are asked for. reason: why it is not
 * what was proposed, or why a unit goes that is perhaps in use. alone: somebody insists though this room is cut off.
 * @param {string} incident @param {any[]} chosen @param {string} reason @param {boolean} [alone]
 */
export async function sendUnits(incident, chosen, reason, alone = false) {
  /** @param {any} unit @returns {[string, any]} */
  function order(unit) {
    const own = functions.value.get(unit.function)?.owner === session.value.room;
    const divert = unit.diverts ? { divert: true, reason: reason || t("why.diverts", { about: unit.diverts }) } : { reason };
    const insisted = { ...(alone ? { alone } : {}), ...(units.value.get(unit.unit)?.maybe_used_by ? { override: reason } : {}) };
    const command = own
      ? { type: "assign_unit", unit: unit.unit, assignment: newId(), incident, role: unit.role ?? "", ...divert, ...insisted }
      : { type: "request_unit", incident, request: newId(), unit: unit.unit, function: unit.function, reason };
    return [unit.call_sign, command];
  }
  return giveEach(chosen.map(order));
}

/** @param {string[]} names @param {string} to @param {string} reason */
export async function proposeTransfer(names, to, reason) {
  for (const name of names) if (!functions.value.get(name)?.proposal) await give({ type: "propose_transfer", function: name, to, reason });
}

/** @param {string[]} names @param {boolean} agree */
export async function answerTransfer(names, agree) {
  for (const name of names) await give({ type: "answer_transfer", function: name, agree });
}

/** Carry out what the command line understood. @param {any} act */
export async function carryOut(act) {
  const incident = act.incident ? incidents.value.get(act.incident) : null;
  /** @type {How} */
  const how = act.occurred ? { occurred: act.occurred } : {};
  switch (act.do) {
    case "alert":
      return alertUnits(act.incident, act.units, how, act.order);
    case "proposal":
      return propose(act.incident);
    case "status":
      return setStatus(act.unit, act.key, how);
    case "contact":
      return hadContact(act.unit, how);
    case "post":
      return give({ type: "post_unit", unit: act.unit, assignment: newId(), ...(act.post ? { post: act.post } : { place: await locate(act.place) }), ...(act.alone ? { alone: true } : {}), ...(how.occurred ? { told: true } : {}) }, how);
    case "contact_timer":
      return setContactTimer(act.unit, act.minutes);
    case "note":
      return writeNote(act.incident, act.text, "", how);
    case "priority":
      return give({ type: "prioritise", incident: act.incident, disciplines: ownOpen(incident), priority: act.priority }, how);
    case "class":
      return give({ type: "classify", incident: act.incident, disciplines: ownOpen(incident), class_code: act.code, class_text: act.text }, how);
    case "characteristic":
      return give({ type: "set_characteristic", incident: act.incident, name: act.name, value: act.value }, how);
    case "where":
      return give({ type: "relocate", incident: act.incident, location: await locate(act.text) }, how);
    case "open":
      return openIncident({ location: await locate(act.text), disciplines: session.value.disciplines.length === 1 ? session.value.disciplines : "" }, how);
    case "look":
      return look({ kind: act.kind, ref: act.ref });
    case "recall":
      return give({ type: "recall_unit", unit: act.unit, reason: act.reason }, how);
    case "join":
      return joinCall(act.incident, act.call);
    case "link":
      return give({ type: "link_incident", incident: act.incident, other: act.other, kind: "related" });
    case "end":
      return give({ type: "end_call", call: act.call, reason: act.reason });
    case "transfer":
      return transferCall(act.call, act.to);
    case "earlier":
      return toEarlier();
    case "takeover": {
      const owners = new Set(act.functions.map((/** @type {string} */ f) => functions.value.get(f)?.owner));
      for (const owner of owners) {
        const names = act.functions.filter((/** @type {string} */ f) => functions.value.get(f)?.owner === owner);
        await proposeTransfer(names, session.value.room, act.reason);
      }
      return null;
    }
    case "shelve":
      return shelve(act.alarm, act.minutes);
    case "speaking":
      return noteSpeaking(act.call, act.changes);
    case "attentions":
      return toAttentions();
    case "attention":
      return writeAttention(act, incident);
    case "told":
      return passOn(act.attention, act.units, how);
    case "prolong":
      return give({ type: "prolong_attention", attention: act.attention, until: Math.round(act.until), reason: act.reason });
    case "withdraw":
      return give({ type: "withdraw_attention", attention: act.attention, reason: act.reason });
    case "drawings": {
      const list = /** @type {HTMLElement | null} */ (document.querySelector("#drawings") ?? document.querySelector("#new-drawing"));
      if (list) list.focus();
      else location.assign(here("map"));
      return null;
    }
    case "draw":
      return drawTyped(act);
    case "redraw":
      return redrawTyped(act);
    case "undraw":
      return takeAway(act.drawing);
    case "warnings":
      if (location.pathname === "/w/warnings") /** @type {HTMLElement | null} */ (document.querySelector("#warnings"))?.focus();
      else location.assign(here("warnings"));
      return null;
    case "ask_warning":
      return askWarning(act, act.place ? await locate(act.place) : incident?.location);
    case "answer_warning":
      return answerWarning(act);
    case "prolong_warning":
      return give({ type: "prolong_warning", warning: act.warning, prolongation: newId(), until: Math.round(act.until), reason: act.reason });
    case "withdraw_warning":
      return give({ type: "withdraw_warning", warning: act.warning, reason: act.reason });
    case "chat":
      return say(act.seat ? talkWith(session.value.room) : act.room ? talkWith(act.room) : EVERYBODY, act.text, act.seat, "");
    case "history":
      if (!lookAt(location.pathname.split("/")[2] || "operator", act.at, act.why, act.room)) outcome.value = { text: t("past.no_window"), bad: true };
      return null;
    case "now":
      if (past.value) leavePast();
      return null;
    case "peak":
      return declarePeak(act.reason);
    case "calm":
      return endPeak();
    case "loudness":
      return setLoudness(act.percent);
    case "playbooks":
      return goToPlaybook(act.key);
    case "playbook": {
      const book = inForce.value.find((b) => b.id === act.book);
      return book ? openBook(book, { room: book.about === "room" ? act.about : session.value.room, about: act.about, why: "", since: act.occurred ?? null }) : null;
    }
    case "close":
      return giveEach(act.disciplines.map((/** @type {string} */ discipline) => [discipline, { type: "close_track", incident: act.incident, discipline, code: act.code }]), how);
    case "workplace":
      return openWorkplace(act.name);
    case "paper":
      printSheet(act.sheet);
      return null;
    case "decide":
      return act.conflict ? resolve(act.incident, act.conflict, act.choice, act.reason) : decideOn(act.incident);
    case "reach":
      return act.unit ? showReach({ unit: act.unit }, act.minutes) : reachOf(act.incident, act.minutes);
    case "way":
      return showWays(act.incident, act.units);
    case "help":
      helping.value = true;
      return null;
  }
  return null;
}

/** To the list of attention messages, where this screen has one. */
function toAttentions() {
  const list = /** @type {HTMLElement | null} */ (document.querySelector("#attentions"));
  if (list) list.focus();
  else outcome.value = { text: t(mine.value.length ? "attention.where" : "attention.none"), bad: false };
  return null;
}

/** To the list of earlier calls of the call in hand; from elsewhere back to the call on the line, and there. */
function toEarlier() {
  const list = /** @type {HTMLElement | null} */ (document.querySelector("#earlier-list"));
  // Of several on the line the one whose earlier calls were looked at last.
  const call = talking.value.find((c) => c.ref === earlier.value?.ref) ?? talking.value[0];
  if (list) list.focus();
  else if (call && hand.value?.ref !== call.ref) {
    want();
    look({ kind: "call", ref: call.ref });
  } else outcome.value = { text: t("earlier.nothing"), bad: false };
  return null;
}

/** Ask attention. It stands where somebody says, else where its incident is. @param {any} act @param {any} incident */
async function writeAttention(act, incident) {
  const { region, scope, unit, room, audience, priority, source, text } = act;
  const place = act.place ? await locate(act.place) : incident?.location.x != null ? incident.location : null;
  const more = { ...(unit ? { unit } : {}), ...(room ? { room } : {}), ...(audience ? { audience } : {}), ...(source ? { source } : {}), ...(act.incident ? { incident: act.incident } : {}), ...(place ? { location: place } : {}) };
  return give({ type: "write_attention", region, attention: newId(), scope, priority, until: Math.round(act.until), text, ...more });
}

/** Say of units that they were told; without one, that it was seen here. @param {string} attention @param {string[]} told @param {How} how */
async function passOn(attention, told, how) {
  if (!told.length) return give({ type: "pass_on_attention", attention }, how);
  for (const unit of told) if (!(await give({ type: "pass_on_attention", attention, unit }, how))) return null;
  return null;
}

/** Show a status sheet of the own room in a window of its own, ready to print. @param {string} sheet */
function printSheet(sheet) {
  const shown = open(`/paper/${session.value.room}/${sheet}?language=${language.value}`, "_blank");
  if (!shown) outcome.value = { text: t("past.no_window"), bad: true };
  else shown.addEventListener("load", () => shown.print());
}

/** The open tracks of an incident that this person may change. @param {any} incident */
export const ownOpen = (incident) => [..."PBAK"].filter((d) => incident?.tracks[d] && !incident.tracks[d].closed && session.value.disciplines.includes(d)).join("");

/** Words to a place: what was typed as it is called, else the place that the last word names, else the words alone. @param {string} text */
export async function locate(text) {
  const last = text.split(/[\s,]+/).filter(Boolean).pop();
  const hit = last && ((await places(text)).find(sure) ?? (await places(last)).find(sure));
  return hit ? fromPlace(hit, text) : { text, source: "operator" };
}

/** Whether something found may be taken without a look: nothing was corrected or left out. @param {any} found */
export const sure = (found) => found.exact || found.missing;

/** What the gazetteer finds, nearest first when a point in RD is given. @param {string} words @param {any} [near] @returns {Promise<any[]>} */
export async function places(words, near) {
  const around = near?.x != null && near?.y != null ? `&near_x=${near.x}&near_y=${near.y}` : "";
  const found = await get(`/api/places?q=${encodeURIComponent(words.slice(0, 80))}${around}`);
  return found.places ?? found;
}

/** In which place something found lies. @param {any} found */
const inPlace = (found) => (["place", "quarter"].includes(found.kind) ? found.name : found.place || found.municipality);

/** Something found in one line: an address with its place. @param {any} found */
export const oneLine = (found) => [found.missing ? `${found.name} ${found.missing}?` : found.name, found.postcode, found.kind === "place" ? found.municipality : found.place || found.municipality].filter(Boolean).join(", ");

/** @param {any} place @param {string} text */
export const fromPlace = (place, text) => ({ text: text || place.name, x: place.x, y: place.y, place: inPlace(place), municipality: place.municipality, safety_region: place.safety_region, source: "operator" });
