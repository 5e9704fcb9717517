// That a window of this workplace is not there, and the way to open it.
import { html } from "../../vendor/preact.js";
import { t } from "../words.js";
import { lacking, openWorkplace, windows } from "../workplace.js";

export function WorkplaceChip() {
  if (!lacking.value) return "";
  const gone = windows.value.filter((w) => !w.there).map((w) => w.name).join(", ");
  return html`<button id="workplace" title=${gone} onClick=${() => openWorkplace()}>${t("workplace.chip", { n: windows.value.filter((w) => w.there).length, of: windows.value.length })}</button>`;
}
