// Bewijs: what can be shown to be so, by a query on the record or by an owner with a date.
import { html } from "../../vendor/preact.js";
import { t } from "../words.js";
import { NotChecked, Panel } from "./marks.js";

/** @param {{data: any}} props */
export function Proof({ data }) {
  return html`<div class="sheets"><${Panel} id="none" title=${t("steering.tab.proof")}><p class="note"><${NotChecked} /></p><//></div>`;
}
