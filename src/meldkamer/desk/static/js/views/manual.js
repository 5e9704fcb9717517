// The help: the manual over the work, which goes on beneath it. Lives in the window that asked; works without a connection.
import { html } from "../../vendor/preact.js";
import { helping } from "../acts.js";
import { manual } from "../manual.js";
import { pack } from "../stores.js";
import { language, t } from "../words.js";
import { useOverWork } from "./over_work.js";

export function Manual() {
  const place = useOverWork(() => void (helping.value = false));
  return html`<section class="pane manual" aria-labelledby="manual-title">
    <h2 class="title" id="manual-title">${t("manual.title")}<span class="grow"></span><button id="print-manual" onClick=${() => print()}>${t("manual.print")}</button><button onClick=${() => (helping.value = false)}>${t("manual.close")} <kbd>Esc</kbd></button></h2>
    <div class="pages" tabindex="0" role="document" aria-labelledby="manual-title" ref=${place} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Escape") { e.preventDefault(); helping.value = false; } }}><div class="leaves">
      ${manual(language.value, t, pack.value?.statuses ?? []).map((part) => html`<section class="part"><h3>${part.title}</h3>
        ${part.text?.map((line) => html`<p>${line}</p>`)}
        ${part.steps && html`<ol>${part.steps.map((step) => html`<li>${step}</li>`)}</ol>`}
        ${part.rows && html`<table><thead><tr>${part.head?.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead>
          <tbody>${part.rows.map((row) => html`<tr>${row.map((cell, n) => html`<td>${part.code?.includes(n) ? html`<kbd>${cell}</kbd>` : cell}</td>`)}</tr>`)}</tbody></table>`}
      </section>`)}
    </div></div>
  </section>`;
}
