// The operator's screen: what waits on the left, what is in hand in the middle, what can be sent on the right.
import { computed, html, useEffect, useMemo, useRef } from "../../vendor/preact.js";
import { propose, takeBack } from "../acts.js";
import { answer } from "../answering.js";
import { DisciplineSign, Sign } from "../icons.js";
import { callBacks, className, hand, isForeign, openIncidents, queue, talking, waitsTooLong } from "../lists.js";
import { past } from "../past.js";
import { incidents, look, now } from "../stores.js";
import { backSoFar, fromElsewhere, whyHere } from "../why.js";
import { age, apart, t } from "../words.js";
import { Attentions } from "./attentions.js";
import { CallPane } from "./call.js";
import { beginCommand } from "./command_bar.js";
import { IncidentPane, NewPane } from "./incident.js";
import { useLongList } from "./long_list.js";
import { SpeakingMark } from "./speaking.js";
import { UnitBoard } from "./units.js";

/** An incident's row in pixels, as the style has it. */
const ROW = 53;

export function Operator() {
  return html`<div class="column left"><${Queue} /><${Incidents} /></div><${Middle} /><div class="column right"><${Attentions} /><${UnitBoard} /></div>`;
}

function Middle() {
  const at = hand.value;
  if (at?.kind === "call") return html`<${CallPane} key=${at.ref} callRef=${at.ref} />`;
  if (at?.kind === "incident") return html`<${IncidentPane} key=${at.ref} incidentRef=${at.ref} />`;
  if (at?.kind === "new" && !past.value) return html`<${NewPane} />`;
  return html`<section class="pane"><h2 class="title">${t("middle.title")}</h2><p class="empty">${t("middle.empty")}</p></section>`;
}

/** Arrow keys, Home, End and Enter in a list of rows. @param {KeyboardEvent} event @param {any[]} rows @param {number} at @param {(row: any) => void} go @param {(row: any) => void} enter */
export function listKeys(event, rows, at, go, enter) {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[event.key];
  if (step !== undefined && rows.length) {
    event.preventDefault();
    go(rows[Math.max(0, Math.min(rows.length - 1, at + step))]);
  } else if (event.key === "Enter" && rows[at]) {
    event.preventDefault();
    enter(rows[at]);
  }
}

/** Keeps the row that is chosen within the visible part of its list. @param {boolean} selected */
export function useInView(selected) {
  const row = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (selected) row.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  return row;
}

/** The room that rows take which are not drawn. @param {number} height pixels */
export const rest = (height) => (height > 0 ? html`<div aria-hidden="true" style=${{ height: `${height}px` }}></div>` : null);

/** The name of a row for `aria-activedescendant`. @param {string | undefined} ref */
export const rowId = (ref) => (ref ? `row-${ref.replaceAll(/[^0-9A-Za-z]/g, "-")}` : null);

function Queue() {
  const rows = [...talking.value, ...queue.value, ...callBacks.value];
  const at = rows.findIndex((r) => r.ref === hand.value?.ref);
  useEffect(() => {
    // Who came here from another screen by the key of this list, and does not type anywhere yet.
    if (location.hash === "#queue" && (document.activeElement ?? document.body) === document.body) /** @type {HTMLElement | null} */ (document.querySelector("#queue"))?.focus();
  }, []);
  return html`<section class="pane" aria-labelledby="queue-title">
    <h2 class="title" id="queue-title">${t("queue.title")} ${queue.value.length} <kbd>Ctrl+F5</kbd><span class="grow"></span><span class="sort">${t("queue.sort")}</span><kbd>F5</kbd></h2>
    <div class="list" id="queue" tabindex="0" role="listbox" aria-labelledby="queue-title" aria-activedescendant=${rowId(rows[at]?.ref)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => e.key === "=" && rows[at] ? toJoin(e, rows[at]) : listKeys(e, rows, at, (r) => look({ kind: "call", ref: r.ref }), (r) => (r.call_back === "due" ? takeBack(r.ref) : r.state === "answered" ? look({ kind: "call", ref: r.ref }) : answer(r.ref)))}>
      ${rows.map((c) => html`<${CallRow} key=${c.ref} call=${c} selected=${c.ref === hand.value?.ref} />`)}
      ${!rows.length && html`<p class="empty" role="option" aria-selected="false">${t("queue.empty")}</p>`}
    </div>
  </section>`;
}

/** Begin to join a call that one speaks with to an incident: the likeliest one is named already. @param {KeyboardEvent} event @param {any} call */
function toJoin(event, call) {
  event.preventDefault();
  look({ kind: "call", ref: call.ref });
  beginCommand(`= ${incidents.value.get(call.possible_duplicates[0])?.number ?? ""}`);
}

/** @param {{call: any, selected: boolean}} props */
function CallRow({ call, selected }) {
  const place = useInView(selected);
  const waits = call.state === "queued" || call.state === "offered";
  const since = waits ? call.waiting_since : (call.answered ?? call.received);
  const where = call.location ? `${apart(call.location.text || call.location.place || (call.location.x == null ? "" : t("call.point")))}${call.location.radius ? ` ± ${Math.round(call.location.radius)} m` : ""}`.trim() : "";
  return html`<div ref=${place} id=${rowId(call.ref)} class="row call ${selected ? "selected" : ""} ${isForeign(call.ref) || fromElsewhere(call) ? "foreign" : ""}" role="option" aria-selected=${selected} onClick=${() => look({ kind: "call", ref: call.ref })}>
    <span class="mono ${waits && now.value - since > 10000 ? "late" : ""}">${age(now.value - since)}</span>
    <span class="cut">${where || t("call.no_place")}<br /><span class="second">${call.function} · ${call.channel}${call.test ? ` · ${t("call.test")}` : ""}</span><${SpeakingMark} call=${call} />${call.call_back === "due" && (call.call_back_by || call.call_backs > 0) && html`<br /><span class="second">${backSoFar(call)}</span>`}</span>
    <span class="right second">${t(`call.state.${call.call_back === "due" ? "due" : call.state}`)}</span>
    ${waits && fromElsewhere(call) && html`<strong class="why">${whyHere(call)}</strong>`}
  </div>`;
}

function Incidents() {
  const rows = openIncidents.value;
  const at = rows.findIndex((r) => r.ref === hand.value?.ref);
  const part = useLongList(rows.length, at, rows[at]?.ref, ROW);
  return html`<section class="pane" aria-labelledby="incidents-title">
    <h2 class="title" id="incidents-title">${t("incidents.title")} ${rows.length}<span class="grow"></span><span class="sort">${t("incidents.sort")}</span><kbd>F6</kbd></h2>
    <div class="list" id="incidents" ref=${part.list} onScroll=${part.scrolled} tabindex="0" role="listbox" aria-labelledby="incidents-title" aria-activedescendant=${part.drawn ? rowId(rows[at]?.ref) : null} onKeyDown=${(/** @type {KeyboardEvent} */ e) => e.key === "v" ? proposeInHand() : listKeys(e, rows, at, (r) => look({ kind: "incident", ref: r.ref }), () => /** @type {HTMLElement|null} */ (document.querySelector("#note"))?.focus())}>
      ${rest(part.above)}
      ${rows.slice(part.from, part.to).map((i, n) => html`<${IncidentRow} key=${i.ref} incident=${i} selected=${i.ref === hand.value?.ref} follows=${!part.long} place=${part.long ? part.from + n + 1 : 0} of=${part.long ? rows.length : 0} />`)}
      ${rest(part.below)}
      ${!rows.length && html`<p class="empty" role="option" aria-selected="false">${t("incidents.empty")}</p>`}
    </div>
  </section>`;
}

/** The proposal of the incident in hand, also of one that was just opened and comes into the list in a moment. */
function proposeInHand() {
  const at = hand.value;
  if (at?.kind === "incident" && !incidents.value.get(at.ref)?.closed) propose(at.ref);
}

/** Draws anew only when what it is given changes; the age counts by itself. @param {{incident: any, selected: boolean, follows: boolean, place: number, of: number}} props follows: comes into sight by itself; place, of: where it stands in a list that is not drawn whole */
function IncidentRow({ incident, selected, follows, place, of }) {
  const row = useInView(selected && follows);
  const open = useMemo(() => computed(() => age(now.value - incident.opened)), [incident.opened]);
  const late = useMemo(() => computed(() => waitsTooLong(incident, now.value)), [incident]);
  const name = className(incident) || t("incident.no_class");
  // What it is comes first and stays whole; of what kind that is gives way where there is no room.
  const [kind, ...above] = name.split(" / ").reverse();
  const within = above.reverse().join(" / ");
  const where = incident.location.text || incident.location.place;
  const there = incident.units.filter((/** @type {any} */ u) => u.state === "on_scene").length;
  const driving = incident.units.filter((/** @type {any} */ u) => u.state === "en_route").length;
  const state = there ? t("incident.there", { n: there }) : driving ? t("incident.driving", { n: driving }) : incident.units.length ? t("incident.sent", { n: incident.units.length }) : t("incident.waits");
  return html`<div ref=${row} id=${rowId(incident.ref)} class="row incident ${selected ? "selected" : ""} ${isForeign(incident.ref) ? "foreign" : ""}" role="option" aria-selected=${selected} aria-posinset=${place || null} aria-setsize=${of || null} onClick=${() => look({ kind: "incident", ref: incident.ref })}>
    <span class="box p${incident.priority}" aria-label=${t("priority", { n: incident.priority })}>${incident.priority}</span>
    <span class="lines"><span class="line"><span class="named" title=${name}><strong>${kind}</strong>${isForeign(incident.ref) && html`<span class="chip foreign"><${Sign} name="foreign" /> ${incident.ref.split("/")[0]}</span>`}<span class="second">${within}</span></span><span class="right mono">${open}</span></span>
      <span class="line"><span class="cut" title=${where}>${[...incident.disciplines].map((d) => html`<${DisciplineSign} key=${d} d=${d} />`)} <span class="mono dim">#${incident.number}</span> <span class="second">${where}</span></span><span class="right second ${late.value ? "late" : ""}">${state}</span></span></span>
  </div>`;
}
