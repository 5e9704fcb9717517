// What is known of a place while a call from there is in hand: attention messages about it, with who says so and until when, and the other
// calls from there within the hours that a workplace holds.
import { html } from "../../vendor/preact.js";
import { over } from "../attention_language.js";
import { mine, words } from "../attentions.js";
import { calls, now } from "../stores.js";
import { age, clockTime, t } from "../words.js";

/** So near is the same place: an address and the pavement before it. */
const METRES = 75;
const NAMED = 3;

/** @param {any} location @param {{x: number, y: number}} spot RD metres */
const there = (location, spot) => location?.x != null && Math.hypot(location.x - spot.x, location.y - spot.y) <= METRES;

/** @param {{spot: {x: number, y: number}, besides: string | undefined}} props besides: the call in hand */
export function AtPlace({ spot, besides }) {
  const warnings = mine.value.filter((a) => there(a.location, spot));
  const others = [...calls.value.values()].filter((c) => c.ref !== besides && there(c.location, spot)).sort((a, b) => b.received - a.received);
  if (!warnings.length && !others.length) return null;
  return html`<div class="at-place" id="at-place" role="status">
    ${warnings.map((a) => html`<div key=${a.ref}><span class="chip warn">${t("call.attention")}</span> <strong>${words.value.get(a.ref)?.text ?? t("note.closed")}</strong> <span class="second">${[words.value.get(a.ref)?.source, t("attention.by", { by: a.by, room: a.room }), t("call.until", { time: clockTime(over(a)) })].filter(Boolean).join(" · ")}</span></div>`)}
    ${others.length > 0 && html`<div class="second">${t("call.others", { n: others.length })}: ${others.slice(0, NAMED).map((c) => t("call.other", { age: age(now.value - c.received), state: t(`call.state.${c.state}`), what: c.function })).join(" · ")}</div>`}
  </div>`;
}
