// What came with a takeover, over the work, which goes on beneath it: to be read once, and confirmed with one key.
import { html } from "../../vendor/preact.js";
import { came, reading, saidRead } from "../takeovers.js";
import { t } from "../words.js";
import { Briefing } from "./briefing.js";
import { useOverWork } from "./over_work.js";

export function TakenOver() {
  const place = useOverWork(() => void (reading.value = false));

  function confirm() {
    reading.value = false;
    saidRead();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === "Enter") confirm();
    else if (event.key === "Escape") reading.value = false;
    else return;
    event.preventDefault();
  }

  return html`<section class="pane manual" aria-labelledby="taken-title">
    <h2 class="title" id="taken-title">${t("taken.title")}<span class="grow"></span><button id="taken-read" onClick=${confirm}>${t("taken.read")} <kbd>Enter</kbd></button><button onClick=${() => (reading.value = false)}>${t("manual.close")} <kbd>Esc</kbd></button></h2>
    <div class="pages" id="taken" tabindex="0" role="document" aria-labelledby="taken-title" ref=${place} onKeyDown=${key}>
      ${came.value.map(([region, since]) => html`<${Briefing} key=${region} region=${region} since=${since} at="read-" />`)}
      ${!came.value.length && html`<p class="empty">${t("taken.all_said")}</p>`}
    </div>
  </section>`;
}
