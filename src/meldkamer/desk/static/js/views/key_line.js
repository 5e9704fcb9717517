// The key line: the keys that work everywhere. Whoever knows them hides it, on this workplace, for themselves.
import { html } from "../../vendor/preact.js";
import { EVERYWHERE, keyName } from "../keys.js";
import { toggleKeyLine } from "../key_line.js";
import { t } from "../words.js";

/** The form itself says which keys lead to its first field and its questions, the list of calls which leads there, and the command
    line how to look back; what is not there of a workplace stands in the top line. */
const ELSEWHERE = new Set(["where", "questions", "queue", "history", "workplace", "keyline"]);
const KEYS = EVERYWHERE.filter(([, word]) => !ELSEWHERE.has(word));

export function KeyLine() {
  return html`<footer class="keys" aria-label=${t("keys.title")}>
    ${KEYS.map(([key, word]) => html`<span><kbd>${keyName(key, t)}</kbd> ${t(`keys.${word}`)}</span>`)}
    <button class="plain" id="hide-keys" onClick=${toggleKeyLine}><kbd>Ctrl+F1</kbd> ${t("keys.keyline")}</button>
  </footer>`;
}
