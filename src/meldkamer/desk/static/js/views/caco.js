// The coordinator's screen: ten rooms on one scale, who serves what for whom, and what waits for a decision.
import { html, useState } from "../../vendor/preact.js";
import { answerTransfer, declarePeak, endPeak, proposeTransfer } from "../acts.js";
import { give, outcome } from "../commands.js";
import { Sign } from "../icons.js";
import { functions, now, rooms, session } from "../stores.js";
import { unmanned } from "../alarms.js";
import { whyMoved } from "../why.js";
import { readBy } from "../takeovers.js";
import { differs } from "../watching.js";
import { undecided } from "../conflicts.js";
import { goToPlaybook } from "../playbooks.js";
import { PlaybookLines } from "./playbook_lines.js";
import { Attentions } from "./attentions.js";
import { AloneMark } from "./alone.js";
import { Briefing } from "./briefing.js";
import { Conflicts } from "./conflicts.js";
import { ReasonField, useReason } from "./reason.js";
import { age, clockTime, t } from "../words.js";
import { Shelved } from "./shelved.js";

const FULL = 1;
const BUSY = 0.85;

export function Caco() {
  const [chosen, setChosen] = useState("");
  return html`<div class="column"><section class="pane" aria-labelledby="rooms-title">
      <h2 class="title" id="rooms-title">${t("rooms.title")} ${rooms.value.length}<span class="grow"></span><span class="sort">${t("rooms.scale")}</span></h2>
      <div class="rooms" id="rooms" onKeyDown=${toPeak}>${rooms.value.map((r) => html`<${RoomTile} key=${r.room} room=${r} chosen=${chosen === r.room} onChoose=${() => setChosen(r.room)} />`)}</div>
      <${Moved} />
    </section></div>
    <section class="pane stacked" aria-label=${t("decisions.title")}><${PlaybookLines} /><div class="upper"><${Conflicts} rows=${undecided.value} naming /></div><${Decisions} /><div class="upper acts"><${RoomActs} room=${rooms.value.find((r) => r.room === chosen)} /><${PeakActs} /></div><${Attentions} always /><${Shelved} /></section>`;
}

/** From so many seconds on the age of a room's last heart-beat is worth saying. */
const BEAT = 6;

/** A room's name without the word that they all begin with. @param {string} name */
const shortName = (name) => name.replace(/^Meldkamer (?=.)/, "");

/** What is out of the ordinary takes a line of its own; a quiet room is four lines. @param {{room: any, chosen: boolean, onChoose: () => void}} props */
function RoomTile({ room, chosen, onChoose }) {
  const state = room.state === "up" ? (room.foreign.length ? "foreign" : "") : room.state;
  const beat = room.heartbeat_age;
  return html`<button class="room ${state}" id="room-${room.room}" aria-pressed=${chosen} onClick=${onChoose}>
    <span class="pair"><strong>${room.room}</strong><span class="cut second" title=${room.name}>${shortName(room.name)}</span>${room.state === "up" && room.load > BUSY && html`<${Sign} name="warn" />`}</span>
    ${room.state !== "up" && html`<strong class="gone"><${Sign} name="alarm" /> ${t(`room.${room.state}`)} ${age(now.value - room.since)}</strong>`}
    <span class="load"><meter min="0" max=${FULL} high=${BUSY} value=${Math.min(FULL, room.load)} aria-label=${t("room.load")}></meter></span>
    <span class="pair"><span>${t("room.waiting")}</span><strong class="mono">${room.calls_waiting}</strong></span>
    ${room.calls_waiting > 0 && html`<span class="pair"><span>${t("room.longest")}</span><span class="mono">${age(room.longest_wait * 1000)}</span></span>`}
    <span class="pair"><span>${t("room.p1")}</span><span class="mono">${room.incidents_p1}/${room.incidents_open}</span></span>
    <span class="pair"><span>${t("room.seats")}</span><span>${room.service === "Normal" || room.state !== "up" || beat === null ? "" : html`<span class="second">${t(`service.${room.service}`)}</span>`} <span class="mono">${room.seats_taken}</span></span></span>
    ${(beat === null || beat >= BEAT) && html`<span class="pair"><span>${t("room.beat")}</span>${beat === null ? html`<span class="second">${t("room.not_checked")}</span>` : html`<span class="mono">${beat.toFixed(0)} s</span>`}</span>`}
    <${AloneMark} room=${room} /><${Onward} room=${room} />
    ${["version", "pack", "geography"].some((what) => differs(room, /** @type {"version"} */ (what))) && html`<span class="chip warn"><${Sign} name="warn" /> ${t("watch.differs", { version: room.version, pack: room.pack.slice(0, 8), geography: room.geography === "-" ? t("watch.no_release") : room.geography.slice(0, 8) })}</span>`}
    ${room.foreign.length > 0 && html`<span class="chip foreign"><${Sign} name="foreign" /> ${[...new Set(room.foreign.map((/** @type {string} */ f) => f.split(".")[0]))].join(", ")}</span>`}
  </button>`;
}

/** Why calls of a room go on to others, and how many do. @param {{room: any}} props */
function Onward({ room }) {
  return html`${room.peak && html`<span class="chip warn"><${Sign} name="warn" /> ${t("room.peak", { age: age(now.value - room.peak.since) })}</span><span class="second">${room.peak.reason}</span>`}
    ${room.overflows.map((/** @type {any} */ o) => html`<span class="chip warn"><${Sign} name="warn" /> ${t("room.overflow", { kind: o.kind, age: age(now.value - o.since) })}</span><span class="second">${t("room.overflow_why", { waiting: o.waiting, seats: o.seats, limit: o.limit })}</span>`)}
    ${Object.entries(room.away).map(([rule, n]) => html`<span class="pair"><span>${t(`away.${rule}`)}</span><strong class="mono">${n}</strong></span>`)}
    ${room.call_backs > 0 && html`<span class="pair"><span>${t("room.call_backs")}</span><strong class="mono">${room.call_backs}</strong></span>`}
    ${room.stuck > 0 && html`<span class="chip warn"><${Sign} name="warn" /> ${t("room.stuck", { n: room.stuck })}</span>`}`;
}

/** Among the rooms: `p` to the peak of one's own, `d` to the playbooks. @param {KeyboardEvent} event */
function toPeak(event) {
  const { key } = event;
  if (key === "d" && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    goToPlaybook("");
  }
  if (key === "p" && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.querySelector("#peak-reason, #end-peak"))?.focus();
  }
}

/** A peak of the own room: declared with a reason, and ended. */
function PeakActs() {
  const reason = useReason(`peak.${session.value.room}`);
  const room = rooms.value.find((r) => r.room === session.value.room);
  if (!room) return "";
  async function declare() {
    if (!reason.text.trim()) outcome.value = { text: t("room.reason_needed"), bad: true };
    else if (!reason.unsure("#peak-reason") && (await declarePeak(reason.text.trim()))) reason.clear();
  }
  return html`<h2 class="title">${t("peak.title", { room: room.room })}<span class="grow"></span><kbd>p</kbd></h2><div class="form">
    ${room.peak
      ? html`<p class="wide">${t("peak.on", { time: clockTime(room.peak.since), by: room.peak.by, reason: room.peak.reason })}</p><div class="wide buttons"><button id="end-peak" onClick=${endPeak}>${t("peak.end")} <kbd>Enter</kbd></button></div>`
      : html`<label for="peak-reason">${t("room.reason")}</label><${ReasonField} id="peak-reason" reason=${reason} enter=${declare} />
        <div class="wide buttons"><button id="declare-peak" onClick=${declare}>${t("peak.declare")} <kbd>Enter</kbd></button></div><p class="wide second">${t("peak.what")}</p>`}
  </div>`;
}

/** Functions that are not at home, by region and owner. */
function groups() {
  /** @type {Map<string, any>} */
  const found = new Map();
  for (const f of functions.value.values()) {
    if (!f.owner || f.owner === f.home) continue; // one that nobody serves has moved nowhere: it is an alarm
    const key = `${f.region} ${f.home} ${f.owner}`;
    const group = found.get(key) ?? { key, region: f.region, home: f.home, owner: f.owner, since: f.since, reason: f.reason, why: whyMoved(f.rule), unmanned: 0, names: [], open: [], proposal: null, acknowledged: true };
    group.names.push(f.name);
    if (unmanned(f)) group.unmanned += 1;
    group.since = Math.min(group.since, f.since);
    group.acknowledged &&= f.acknowledged;
    if (f.proposal) {
      group.open.push(f.name);
      group.proposal = f.proposal;
    }
    found.set(key, group);
  }
  return [...found.values()].sort((a, b) => a.key.localeCompare(b.key));
}

/** Whether somebody there can answer now: nothing is given back to a room that is silent. @param {string} room */
const answers = (room) => rooms.value.find((r) => r.room === room)?.state === "up";

function Moved() {
  const rows = groups();
  const mine = session.value.room;
  return html`<h2 class="title">${t("moved.title")} ${rows.length}</h2>
    ${rows.length > 0 && html`<div class="heads function" aria-hidden="true"><span>${t("moved.region")}</span><span>${t("moved.home")}</span><span>${t("moved.owner")}</span><span>${t("moved.since")}</span><span>${t("moved.about")}</span></div>`}
    <div class="list" id="moved" tabindex=${rows.length ? 0 : null} role=${rows.length ? "table" : null} aria-label=${rows.length ? t("moved.title") : null}>
      ${rows.map((g) => html`<div class="row function" role="row">
        <strong role="cell">${g.region}</strong><span role="cell" class="mono">${g.home}</span><span role="cell"><span class="chip foreign"><${Sign} name="foreign" /> ${g.owner}</span></span>
        <span role="cell" class="mono">${clockTime(g.since)}</span><span role="cell" class="cut">${g.unmanned > 0 && html`<span class="chip warn"><${Sign} name="warn" /> ${t("moved.unmanned", { n: g.unmanned })}</span> `}${t("moved.what", { n: g.names.length, reason: g.reason })}${g.why && ` · ${g.why}`}</span>
        <span role="cell">${g.proposal ? html`<span class="chip">${t("moved.proposed", { to: g.proposal.to })}</span>` : g.owner !== mine && g.home !== mine ? "" : answers(g.owner === mine ? g.home : g.owner) ? html`<button id="hand-back-${g.region}" onClick=${() => proposeTransfer(g.names, g.home, t("moved.back_reason"))}>${t("moved.propose")}</button>` : html`<span class="second">${t("moved.silent", { room: g.owner === mine ? g.home : g.owner })}</span>`}</span>
      </div>`)}
      ${!rows.length && html`<p class="empty">${t("moved.none")}</p>`}
    </div>`;
}

/** What can be said of the chosen room. Declaring it down takes a reason and two steps. @param {{room: any}} props */
function RoomActs({ room }) {
  const reason = useReason(room ? `down.${room.room}` : "");
  // Sure of one room is not sure of another that is chosen after it.
  const [sure, setSure] = useState("");
  if (!room) return html`<h2 class="title">${t("room.acts")}</h2><p class="empty">${t("room.choose")}</p>`;
  async function declare() {
    if (!reason.text.trim()) return (outcome.value = { text: t("room.reason_needed"), bad: true });
    if (reason.unsure("#reason")) return undefined;
    if (sure !== room.room) return setSure(room.room);
    setSure("");
    if (await give({ type: "declare_room_down", room: room.room, reason: reason.text.trim() })) reason.clear();
    return undefined;
  }
  return html`<h2 class="title">${room.name}</h2><div class="form">
    ${room.state === "up"
      ? html`<label for="reason">${t("room.reason")}</label><${ReasonField} id="reason" reason=${{ ...reason, type: (/** @type {string} */ next) => { reason.type(next); setSure(""); } }} enter=${declare} escape=${() => setSure("")} />
        <div class="wide buttons"><button id="declare-down" onClick=${declare}>${t(sure === room.room ? "room.down_sure" : "room.declare_down", { room: room.room })} <kbd>Enter</kbd></button></div>`
      : html`<p class="wide">${t("room.is_down", { state: t(`room.${room.state}`), reason: room.reason })}</p><div class="wide buttons"><button id="declare-up" onClick=${() => give({ type: "declare_room_up", room: room.room })}>${t("room.declare_up", { room: room.room })}</button></div>`}
    <p class="wide second">${t("room.owns", { n: room.owns.length })}</p>
  </div>`;
}

function Decisions() {
  const mine = session.value.room;
  const rows = groups();
  const asked = [...functions.value.values()].filter((f) => f.proposal && f.proposal.room !== mine && (f.owner === mine || f.proposal.to === mine));
  const other = asked.length ? (asked[0].owner === mine ? asked[0].proposal.to : asked[0].owner) : "";
  // One briefing for each region, from when the first of its functions moved.
  const ours = new Map();
  for (const g of rows) if (g.owner === mine || g.home === mine) ours.set(g.region, Math.min(g.since, ours.get(g.region) ?? g.since));
  const unseen = rows.filter((g) => g.owner === mine && !g.acknowledged);
  const count = unseen.length + (asked.length ? 1 : 0);
  return html`<h2 class="title">${t("decisions.title")} ${count}</h2><div class="decisions">
    ${unseen.map((g) => html`<div class="head"><div class="line"><${Sign} name="warn" /><strong>${t("decisions.came", { region: g.region, home: g.home })}</strong></div><div class="second">${g.reason}</div><div class="second">${g.why}</div>
      <div class="buttons"><button id="seen-${g.region}" onClick=${async () => { for (const f of g.names) if (!functions.value.get(f)?.acknowledged) await give({ type: "acknowledge_takeover", function: f }); }}>${t("decisions.seen")}</button></div></div>`)}
    ${asked.length > 0 && html`<div class="head"><div class="line"><${Sign} name="foreign" /><strong>${t("decisions.asked", { n: asked.length, region: asked[0].region, from: asked[0].owner, to: asked[0].proposal.to })}</strong></div><div class="second">${asked[0].proposal.reason} · ${asked[0].proposal.by}</div>
      <div class="buttons">${answers(other) ? html`<button id="agree" onClick=${() => answerTransfer(asked.map((f) => f.name), true)}>${t("decisions.agree")}</button>` : html`<span class="second">${t("moved.silent", { room: other })}</span>`}<button onClick=${() => answerTransfer(asked.map((f) => f.name), false)}>${t("decisions.decline")}</button></div></div>`}
    ${rows.filter((g) => g.owner === mine).map((g) => html`<${ReadBy} key=${`read ${g.key}`} group=${g} />`)}
    ${!count && html`<p class="empty">${t("decisions.none")}</p>`}
    ${[...ours].map(([region, since]) => html`<${Briefing} key=${region} region=${region} since=${since} />`)}
  </div>`;
}
/** At which seats what came is not read yet. @param {{group: any}} props */
function ReadBy({ group }) {
  const { seats, left } = readBy(group.names);
  if (!seats.length) return "";
  return html`<p class="line" id="read-by-${group.region}" role="status">${left.length > 0 && html`<${Sign} name="warn" /> `}${left.length ? t("taken.left", { region: group.region, seats: left.join(", ") }) : t("taken.all_read", { region: group.region, n: seats.length })}</p>`;
}
