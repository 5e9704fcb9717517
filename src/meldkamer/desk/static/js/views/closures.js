// Closing a road on the map: points by mouse, or Enter at the middle of the map; it counts from the next proposal on.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem } from "../api.js";
import { closeRoad, counting, drawing, followClosures, openRoad } from "../closures.js";
import { Sign } from "../icons.js";
import { past } from "../past.js";
import { now } from "../stores.js";
import { age, sayProblem, t } from "../words.js";

export function Closures() {
  const [how, setHow] = useState({ area: false, slower: 0, hours: 1, text: "" });
  const [said, setSaid] = useState("");
  useEffect(followClosures, []);
  /** @param {() => Promise<any>} act @param {(done: any) => string} say */
  async function act(act, say) {
    try {
      setSaid(say(await act()));
      return true;
    } catch (error) {
      setSaid(error instanceof Problem ? sayProblem(error.body) : t("link.none"));
      return false;
    }
  }
  async function save() {
    if (await act(() => closeRoad(drawing.value ?? [], how), (k) => t("closure.made", { n: k.edges }))) drawing.value = null;
  }
  function begin() {
    drawing.value = [];
    setSaid("");
    /** @type {HTMLElement|null} */ (document.querySelector(".map-canvas"))?.focus();
  }
  const points = drawing.value;
  return html`<div class="title" id="closures">
    ${past.value ? html`<span>${t("closure.then", { n: counting.value.length })}</span>` : points === null ? html`<button id="draw-closure" onClick=${begin}>${t("closure.draw")}</button>` : html`
      <span class="second">${t("closure.points", { n: points.length })}</span>
      <select aria-label=${t("closure.how")} value=${String(how.slower)} onChange=${(/** @type {any} */ e) => setHow({ ...how, slower: Number(e.target.value) })}><option value="0">${t("closure.closed")}</option><option value="2">${t("closure.slow")}</option></select>
      <select aria-label=${t("closure.for")} value=${String(how.hours)} onChange=${(/** @type {any} */ e) => setHow({ ...how, hours: Number(e.target.value) })}>${[1, 4, 24, 168].map((n) => html`<option value=${String(n)}>${t("closure.hours", { n })}</option>`)}</select>
      <label><input type="checkbox" checked=${how.area} disabled=${points.length < 3} onChange=${(/** @type {any} */ e) => setHow({ ...how, area: e.target.checked })} /> ${t("closure.area")}</label>
      <input aria-label=${t("closure.text")} placeholder=${t("closure.text")} maxlength="120" value=${how.text} onInput=${(/** @type {any} */ e) => setHow({ ...how, text: e.target.value })} />
      <button id="save-closure" disabled=${!points.length} onClick=${save}>${t("closure.save")}</button>
      <button onClick=${() => (drawing.value = null)}>${t("closure.cancel")}</button>`}
    <span role="status" class="cut">${said}</span><span class="grow"></span>
    ${counting.value.slice(0, 4).map((k) => html`<span class="chip warn">${k.closure.text || t(k.closure.slower > 0 ? "closure.slow" : "closure.closed")} ${age(k.closure.until - now.value)} ${past.value ? "" : html`<button aria-label="${t("closure.open")} ${k.closure.text}" onClick=${() => act(() => openRoad(k.closure.id), () => t("closure.opened"))}><${Sign} name="clear" /></button>`}</span>`)}
    ${counting.value.length > 4 && html`<span class="chip">+${counting.value.length - 4}</span>`}</div>`;
}
