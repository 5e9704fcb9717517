// What is seen of a room that is cut off: the band on its own screens, its mark among the rooms, and the second Enter.
import { html, useState } from "../../vendor/preact.js";
import { alone, doubted, inDoubt } from "../alone.js";
import { outcome } from "../commands.js";
import { Sign } from "../icons.js";
import { now, session } from "../stores.js";
import { clockTime, t } from "../words.js";

/** So long a room's tile says how it came back. */
const BACK_SHOWN = 3600000;

/** Hours and minutes. @param {number} at */
const minute = (at) => clockTime(at).slice(0, 5);

export function AloneBand() {
  const { since, kept } = alone.value ?? { since: 0, kept: 0 };
  // That the room is alone is said aloud; how the count goes on is not.
  return html`<div class="band alone"><${Sign} name="warn" /> <span role="status">${t("band.alone", { time: minute(since) })}</span> <span>${t("band.alone_kept", { n: kept })}</span> <span class="more">${t("band.alone_more")}</span></div>`;
}

/** How a room stands towards the others: alone, perhaps alone, or back. @param {{room: any}} props */
export function AloneMark({ room }) {
  if (room.alone) return html`<span class="chip warn"><${Sign} name="warn" /> ${t("room.alone", { time: minute(room.alone) })}</span><span class="second">${t("room.kept", { n: room.kept })}</span>`;
  if (room.state === "silent") return html`<span class="chip warn"><${Sign} name="warn" /> ${t("room.maybe_alone")}</span>`;
  const back = room.rejoined;
  if (!back || now.value - back.at > BACK_SHOWN) return "";
  return html`<span class="second back">${t("room.rejoined", { from: minute(back.began), time: minute(back.at), n: back.events, conflicts: back.conflicts })}</span>`;
}

/** Whether another room, which cannot be reached, may be using a unit. @param {any} unit */
export const maybeElsewhere = (unit) => Boolean(unit?.maybe_used_by) && unit.maybe_used_by !== session.value?.room;

/** Which other room may be using a unit. @param {{unit: any, calm?: boolean}} props calm: it stands in a list of which all may be so */
export const Doubt = ({ unit, calm = false }) => (maybeElsewhere(unit) ? html`<span class="chip ${calm ? "doubt" : "warn"}" title=${t("unit.maybe_of", { room: unit.maybe_used_by })}>${calm ? "" : html`<${Sign} name="warn" /> `}${t("unit.maybe", { room: unit.maybe_used_by })}</span>` : "");

/**
 * What an order asks before it goes: a reason when a room that cannot be reached may be using one of the units, and a
 * second Enter while this room is alone. `may` says whether these units may go now, and what to do when they may not;
 * `asking` whether the next Enter sends them.
 */
export function useOrder() {
  const [sure, setSure] = useState("");
  const name = (/** @type {string[]} */ refs) => [...refs].sort().join(" ");
  const asking = (/** @type {string[]} */ refs) => alone.value !== null && refs.length > 0 && sure === name(refs);
  /** @param {string[]} refs @param {string} reason @param {string} field where a reason is given */
  function may(refs, reason, field) {
    const found = doubted(refs);
    if (found.length && !reason.trim()) {
      outcome.value = { text: t("order.maybe_in_use", inDoubt(found)), bad: true };
      requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(field))?.focus());
      return false;
    }
    if (alone.value && !asking(refs)) {
      setSure(name(refs));
      outcome.value = { text: t("order.alone"), bad: true };
      return false;
    }
    setSure("");
    return true;
  }
  return { asking, may };
}
