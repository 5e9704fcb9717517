// Vandaag: how the rooms are now, what was counted, and what waits for a person. Colour only where somebody must act.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { age, t } from "../words.js";
import { Clocks, Tested, available } from "./continuity.js";
import { Kind, NotChecked, Panel, Table, day, lasting, nameOf, number, said, whole } from "./marks.js";
import { Proposals } from "./proposing.js";
import { go } from "./store.js";

/** What waits, and the screen where it is done. @type {[string, import("./store.js").Name][]} */
const WAITS = [
  ["proposals", "today"], ["otherwise", "risks"], ["missing", "risks"], ["stale", "risks"], ["unreasoned", "lines"], ["changes", "lines"],
  ["demands_open", "lines"], ["items_without_dates", "lines"], ["items_without_capacity", "lines"], ["unknown_amounts", "money"],
];
/** Of these somebody has to act now; the others are work. */
const NOW = ["proposals", "otherwise", "stale", "unreasoned"];

/** @param {{data: any}} props */
export function Today({ data }) {
  return html`<div class="sheets board">
    <div class="stack">
      <${Panel} id="rooms-now" of="measured" title=${t("steering.today.rooms")}><${Rooms} data=${data} /><//>
      <${Proposals} names=${data.names} />
    </div>
    <div class="stack">
      <${Panel} id="waits" of="judged" title=${t("steering.today.waits")}><${Waits} waits=${data.waits} /><//>
      <${Panel} id="running" title=${t("steering.today.running")}><${Running} checked=${data.checked} /><//>
      <${Panel} id="counted" of="measured" title=${t("steering.today.counted")}><${Counts} counted=${data.counted} /><//>
      <${Panel} id="provisions" of="measured" title=${t("steering.today.provisions")}><${Provisions} checked=${data.checked} /><//>
      <${Panel} id="binding" of="adopted" title=${t("steering.today.binding")}><${Binding} adopted=${data.adopted} /><//>
    </div>
  </div>`;
}

/** Functions in few words: how many of which region; the whole list for who points at it. @param {{names: string[]}} props */
function Grouped({ names }) {
  const regions = [...new Set(names.map((n) => n.split(".")[0]))];
  return html`<span title=${names.join(", ")}>${regions.map((r) => t("steering.today.of_region", { region: r, count: names.filter((n) => n.startsWith(`${r}.`)).length })).join(", ")}</span>`;
}

/** @param {{data: any}} props */
function Rooms({ data }) {
  return html`<${Table} label=${t("steering.today.rooms")}>
    <thead><tr><th scope="col">${t("steering.today.room")}</th><th scope="col">${t("steering.today.state")}</th><th scope="col" class="n">${t("room.beat")}</th><th scope="col" class="n">${t("steering.today.lost")}</th><th scope="col">${t("steering.cont.tested")}</th><th scope="col">${t("steering.today.away")}</th><th scope="col">${t("steering.today.foreign")}</th></tr></thead>
    <tbody>${data.rooms.map((/** @type {any} */ r) => html`<tr class=${r.state === "up" ? "" : "act"}>
      <th scope="row"><span class="mono">${r.room}</span> ${r.name}</th>
      <td>${r.state === "up" ? t("steering.today.up") : html`<${Sign} name="alarm" /> ${t(`room.${r.state}`)} ${age(data.at - r.since)} <span class="second">${r.reason}</span>`}</td>
      <td class="n mono">${said(r.heartbeat_age, (s) => `${s.toFixed(0)} s`)}</td>
      <td class="n">${said(data.checked?.rooms[r.room]?.availability, (a) => lasting(a.lost_seconds))}</td><td>${said(data.checked?.rooms[r.room]?.tested, (x) => html`<${Tested} of=${x} />`)}</td>
      <td>${r.away.length ? html`<${Sign} name="warn" /> <${Grouped} names=${r.away} />` : html`<span class="dim">–</span>`}</td>
      <td>${r.foreign.length ? html`<span class="chip foreign"><${Sign} name="foreign" /> <${Grouped} names=${r.foreign} /></span>` : html`<span class="dim">–</span>`}</td>
    </tr>`)}</tbody><//>`;
}

/** @param {{waits: any}} props */
function Waits({ waits }) {
  const rows = WAITS.filter(([what]) => waits[what] !== null);
  return html`<ul class="waits" onKeyDown=${move}>${rows.map(([what, where]) => {
    const count = waits[what];
    const now = count > 0 && NOW.includes(what);
    return html`<li><a href="/w/steering/${where}" class=${count ? "" : "none"} onClick=${(/** @type {MouseEvent} */ e) => { e.preventDefault(); go(where); }}>
      <strong class="mono">${whole(count)}</strong><span>${now && html`<${Sign} name="warn" />`} ${t(`steering.waits.${what}`)}</span><span class="dim">${t(`steering.tab.${where}`)}</span></a></li>`;
  })}</ul>
  ${waits.changes === null && html`<p class="note"><${NotChecked} />: ${t("steering.today.no_versions")}</p>`}`;
}

/** Up and down through links. @param {KeyboardEvent} event */
function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const links = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("a")];
  const n = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, n + step))].focus();
}

/** @param {{counted: any}} props */
function Counts({ counted }) {
  if (!counted) return html`<p class="note"><${NotChecked} />: ${t("steering.today.nothing_read")}</p>`;
  const outages = Object.entries(counted.counts).filter(([what]) => what.startsWith("outage:"));
  return html`<table><tbody>${["takeover", "room_silent", "room_declared_down"].map((what) => html`<tr><th scope="row">${t(`steering.counted.${what}`)}</th><td class="n mono">${whole(counted.counts[what])}</td></tr>`)}
    ${outages.map(([what, count]) => html`<tr><th scope="row">${t("steering.today.outage", { service: what.slice(7) })}</th><td class="n mono">${whole(/** @type {number} */ (count))}</td></tr>`)}</tbody></table>
    <p class="note">${t("steering.today.covers", { days: whole(counted.days), since: day(counted.since) })}</p>`;
}

/** @param {{adopted: any}} props */
export function Binding({ adopted }) {
  return html`<table><tbody>
    <tr><th scope="row">${t("steering.adopted.decision")}</th><td>${adopted.decision}, ${day(adopted.date)}</td></tr>
    <tr><th scope="row">${t("steering.adopted.here")}</th><td>${adopted.tag ? html`${adopted.body}, ${day(adopted.adopted_on)} <span class="mono second">${adopted.tag}</span>` : t("steering.adopted.none")}</td></tr>
    ${adopted.identity && html`<tr><th scope="row">${t("steering.adopted.identity")}</th><td class="mono cut-off">${adopted.identity}</td></tr>`}
  </tbody></table>`;
}

/** Availability per provision, as far as anything of it is checked. @param {{checked: any}} props */
function Provisions({ checked }) {
  if (!checked) return html`<p class="note"><${NotChecked} /></p>`;
  return html`<table><tbody>${checked.provisions.map((/** @type {any} */ p) => html`<tr><th scope="row">${nameOf(p)}</th><td class="n">${available(p.availability)}</td><td class="second">${p.not_checked.length > 0 && p.availability ? t("steering.cont.without", { parts: p.not_checked.join(", ") }) : ""}</td></tr>`)}</tbody></table>`;
}

/** What runs out or was not tested in time. @param {{checked: any}} props */
function Running({ checked }) {
  if (!checked) return html`<p class="note"><${NotChecked} /></p>`;
  return html`<h3>${t("steering.cont.clocks")} <${Kind} of="judged" /></h3><${Clocks} rows=${checked.clocks} />
    <h3>${t("steering.today.late")} <${Kind} of="measured" /></h3>
    ${!checked.plans.length && !checked.objectives.length && !checked.services.length && !checked.unacknowledged.length && html`<p class="note">${t("steering.risks.none")}</p>`}
    ${checked.unacknowledged.length > 0 && html`<p><${Sign} name="warn" /> ${t("steering.today.unseen")} <${Grouped} names=${checked.unacknowledged} /></p>`}
    <ul>${checked.services.map((/** @type {any} */ s) => html`<li><${Sign} name=${s.state === "down" ? "alarm" : "warn"} /> ${nameOf(s)}: ${t(`steering.service.${s.state}`)} ${s.down_in.join(", ")}</li>`)}
    ${checked.plans.map((/** @type {any} */ p) => html`<li><${Sign} name="warn" /> ${t("steering.today.plan_due", { plan: nameOf(p), due: day(p.due) })}</li>`)}
    ${checked.objectives.map((/** @type {any} */ o) => html`<li><${Sign} name="warn" /> ${t("steering.today.burnt", { service: o.service, percent: number(o.burn * 100, 0) })}${o.state === "runs out" && o.empty_in_days !== null && `; ${t("steering.cont.empty_in", { days: number(o.empty_in_days) })}`}</li>`)}</ul>`;
}
