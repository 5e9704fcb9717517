// What a room must know of a region that moves: what changed since it did, what needs care, what is open. Both sides read it
// before they take or give back.
import { html } from "../../vendor/preact.js";
import { compose } from "../hand_over.js";
import { calls, incidents, now, session, units } from "../stores.js";
import { clockTime, t } from "../words.js";

const MOST = 12;

/** @param {{region: string, since: number, at?: string}} props since: when its functions moved; at: where it stands, when that is not among the decisions */
export function Briefing({ region, since, at = "" }) {
  const there = (/** @type {Iterable<any>} */ rows) => [...rows].filter((r) => r.ref.startsWith(`${region}/`));
  const parts = compose({
    incidents: there(incidents.value.values()), calls: there(calls.value.values()), units: there(units.value.values()), functions: [], rooms: [], attentions: [],
    room: session.value.room, disciplines: "", regions: [region], since, now: now.value,
  }, t, clockTime);
  return html`<details class="briefing" id=${`${at}briefing-${region}`} open><summary>${t("briefing.title", { region })}</summary>
    ${parts.map((p) => html`<h3>${p.title} <span class="second">${p.lines.length}</span></h3><ul>${p.lines.slice(0, MOST).map((l) => html`<li>${l}</li>`)}${p.lines.length > MOST && html`<li>${t("hand_over.more", { n: p.lines.length - MOST })}</li>`}${!p.lines.length && html`<li class="second">${t("hand_over.none")}</li>`}</ul>`)}</details>`;
}
