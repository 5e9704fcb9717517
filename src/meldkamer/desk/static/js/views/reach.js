// Above the map: what is drawn of travel times, in words, with the buttons that draw it.
import { html, useState } from "../../vendor/preact.js";
import { MINUTES, clearWays, drawnWays, reachOf, showReach, showWays, wayText } from "../reach.js";
import { focus, units } from "../stores.js";
import { age, decimal, t } from "../words.js";

/** The largest time of a choice, and the rings within it. @type {Record<string, number[]>} */
const CHOICES = { "6": [2, 4, 6], "15": MINUTES, "30": [10, 20, 30] };

/** How far from what is looked at; from the middle of the map when nothing is. @param {number[]} centre @param {number[]} [minutes] */
export function reachFrom(centre, minutes = MINUTES) {
  const at = focus.peek();
  if (at?.kind === "incident") return reachOf(at.ref, minutes);
  if (at?.kind === "unit") return showReach({ unit: at.ref }, minutes);
  return showReach({ x: centre[0], y: centre[1], about: "" }, minutes);
}

/** The ways to the incident that is looked at. */
export function waysHere() {
  const at = focus.peek();
  return showWays(at?.kind === "incident" ? at.ref : "");
}

/** @param {{centre: () => number[]}} props centre: of the map, in RD */
export function Ways({ centre }) {
  const [most, setMost] = useState("15");
  const drawn = drawnWays.value;
  return html`<div class="title" id="ways">
    <button id="show-reach" onClick=${() => reachFrom(centre(), CHOICES[most])}>${t("reach.show")} <kbd>r</kbd></button>
    <select aria-label=${t("reach.minutes")} value=${most} onChange=${(/** @type {any} */ e) => setMost(e.target.value)}>${Object.keys(CHOICES).map((n) => html`<option value=${n}>${CHOICES[n].join(" ")} min</option>`)}</select>
    <button id="show-ways" onClick=${waysHere}>${t("reach.ways")} <kbd>w</kbd></button>
    ${drawn && html`<button id="clear-ways" onClick=${clearWays}>${t("reach.clear")} <kbd>Esc</kbd></button>`}
    <span role="status">${drawn ? words(drawn) : ""}</span></div>`;
}

/** What is drawn, in words: from where, by what, how sure. @param {any} drawn */
function words(drawn) {
  if (drawn.routes) return [`#${drawn.asked.number}`, ...drawn.routes.map((/** @type {any} */ way) => [wayText(way), ...doubts(way)].join(", ")), ...(drawn.unplaced.length ? [t("reach.unplaced", { n: drawn.unplaced.length })] : []), ...(drawn.cut_off.length ? [t("reach.cut_off", { n: drawn.cut_off.length })] : [])].join(" · ");
  const about = drawn.unit ? (units.value.get(drawn.unit)?.call_sign ?? drawn.unit) : drawn.asked.from.about || t("reach.middle");
  return [
    t("reach.from", { minutes: drawn.rings.map((/** @type {any} */ r) => r.minutes).join(", "), about }),
    ...doubts(drawn),
    ...(drawn.rings.some((/** @type {any} */ r) => r.map_ends) ? [t("reach.map_ends")] : []),
  ].join(" · ");
}

/** How the time was found, and what is in doubt. @param {any} of */
function doubts(of) {
  return [
    ...(of.source === "road" ? [t("reach.by_road")] : [of.detour ? t("reach.straight", { detour: decimal(of.detour) }) : t("reach.straight_way")]),
    ...(of.correction ? [t("proposal.learned", { percent: Math.round((of.correction.permille - 1000) / 10), n: of.correction.samples + of.correction.held })] : []),
    ...(of.jumped ? [t("why.jumped")] : []),
    ...(of.position_age > 120 ? [t("why.old_position", { age: age(of.position_age * 1000) })] : []),
    ...((of.unit || of.call_sign) && of.position_age === null ? [t("why.from_base")] : []),
  ];
}
