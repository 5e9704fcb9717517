// What is known of a place while a call from there is in hand: attention messages about it, with who says so and until when.
import { html } from "../../vendor/preact.js";
import { over } from "../attention_language.js";
import { mine, words } from "../attentions.js";
import { clockTime, t } from "../words.js";

/** So near is the same place: an address and the pavement before it. */
const METRES = 75;

/** @param {any} location @param {{x: number, y: number}} spot RD metres */
const there = (location, spot) => location?.x != null && Math.hypot(location.x - spot.x, location.y - spot.y) <= METRES;

/** @param {{spot: {x: number, y: number}}} props */
export function AtPlace({ spot }) {
  const warnings = mine.value.filter((a) => there(a.location, spot));
  if (!warnings.length) return null;
  return html`<div class="at-place" id="at-place" role="status">
    ${warnings.map((a) => html`<div key=${a.ref}><span class="chip warn">${t("call.attention")}</span> <strong>${words.value.get(a.ref)?.text ?? t("note.closed")}</strong> <span class="second">${[words.value.get(a.ref)?.source, t("attention.by", { by: a.by, room: a.room }), t("call.until", { time: clockTime(over(a)) })].filter(Boolean).join(" · ")}</span></div>`)}
  </div>`;
}
