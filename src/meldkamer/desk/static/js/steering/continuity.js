// Continuïteit: what must come back when, and what was measured of it.
import { html } from "../../vendor/preact.js";
import { t } from "../words.js";
import { NotChecked, Panel } from "./marks.js";

/** @param {{data: any}} props */
export function Continuity({ data }) {
  return html`<div class="sheets"><${Panel} id="none" title=${t("steering.tab.continuity")}><p class="note"><${NotChecked} /></p><//></div>`;
}
