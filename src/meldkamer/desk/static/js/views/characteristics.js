// Characteristics by form: what is set, and one more by name and value.
import { html, useState } from "../../vendor/preact.js";
import { fitsValue } from "../characteristics.js";
import { chosenNow } from "../codes.js";
import { Sign } from "../icons.js";
import { pack } from "../stores.js";
import { t } from "../words.js";
import { Choice } from "./choice.js";

/** @param {{set: Record<string, string>, give: (name: string, value: string) => void}} props give: with an empty value it is cleared. */
export function Characteristics({ set, give }) {
  const [name, setName] = useState("");
  const characteristics = chosenNow(pack.value.characteristics);
  const characteristic_values = chosenNow(pack.value.characteristic_values);
  const chosen = characteristics.find((/** @type {any} */ c) => c.name === name);
  const values = characteristic_values.filter((/** @type {any} */ v) => v.name === name);
  /** @param {string} value */
  function choose(value) {
    if (!chosen || !fitsValue(chosen, value, characteristic_values)) return;
    give(name, value);
    setName("");
  }
  return html`<span>${t("characteristics.title")}</span>
    <div class="choices characteristics">
      ${Object.entries(set).map(([n, value]) => html`<span class="chip" key=${n}>${n}: <strong>${value}</strong> <button type="button" class="clear" aria-label=${t("characteristics.clear", { name: n })} onClick=${() => give(n, "")}><${Sign} name="clear" /></button></span>`)}
      <select id="characteristic" aria-label=${t("characteristics.name")} value=${name} onChange=${(/** @type {any} */ e) => setName(e.target.value)}><option value="">${t("characteristics.more")}</option>${characteristics.map((/** @type {any} */ c) => html`<option value=${c.name}>${c.name}</option>`)}</select>
      ${chosen && (values.length
        ? html`<${Choice} id="characteristic-value" label=${t("characteristics.value", { name })} value="" options=${[["", "…"], ...values.map((/** @type {any} */ v) => [v.value, v.value])]} take=${choose} />`
        : html`<input id="characteristic-value" aria-label=${t("characteristics.value", { name })} autocomplete="off" onChange=${(/** @type {any} */ e) => choose(e.target.value.trim())} />`)}
    </div>`;
}
