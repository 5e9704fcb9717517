// What this room has set aside: which alarm, who did it, and until when; taken back with one key.
import { html } from "../../vendor/preact.js";
import { shelved, unshelve } from "../alarm_strip.js";
import { alarms } from "../alarms.js";
import { now } from "../stores.js";
import { age, clockTime, t } from "../words.js";

export function Shelved() {
  const rows = shelved.value;
  return html`<h2 class="title" id="shelved-title">${t("shelved.title")} ${rows.length}</h2><div class="shelved" aria-labelledby="shelved-title" role="group">
    ${rows.map((/** @type {any} */ s) => html`<div class="head" key=${s.key}><div class="line"><strong>${textOf(s)}</strong></div>
      <div class="line second">${t("shelved.by", { by: s.by, time: clockTime(s.until), age: age(s.until - now.value) })}<button onClick=${() => unshelve(s.key)}>${t("shelved.back")}</button></div></div>`)}
    ${!rows.length && html`<p class="empty">${t("shelved.none")}</p>`}
  </div>`;
}

/** What is set aside, in this window's words while it is still wrong; else as it was said then. @param {any} s */
const textOf = (s) => alarms.value.find((a) => a.key === s.key)?.text ?? s.text;
