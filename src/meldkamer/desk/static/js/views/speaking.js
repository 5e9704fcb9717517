// How to speak with a caller: as it stands at a call or an incident, and noting it by keys.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { noteSpeaking, speakingInWords, speakingMark, speakingOf } from "../speaking.js";
import { byName, nameOf } from "../speaking_language.js";
import { pack } from "../stores.js";
import { language, t } from "../words.js";
import { Choice } from "./choice.js";

/** What was noted, in words. @param {{of: import("../speaking.js").Speaking | undefined}} props */
export function Speaking({ of }) {
  const said = speakingInWords(of);
  return said && html`<span class="speaking"><${Sign} name="note" /> <strong>${said}</strong></span>`;
}

/** That there is something to know, where what it is has not been read. @param {{call: any}} props */
export function SpeakingMark({ call }) {
  const said = speakingMark(call);
  return said && html` <span class="speaking"><${Sign} name="note" /> ${said}</span>`;
}

/** What was noted, and the fields to note it, for a call that was read: each choice is noted at once. @param {{call: any}} props */
export function SpeakingFields({ call }) {
  const stands = speakingOf(call.ref);
  const { languages = [], speaking_ways: ways = [] } = pack.value;
  if (!stands || !languages.length || !ways.length) return html`<${Speaking} of=${stands} />`;
  const name = (/** @type {any} */ one) => nameOf(one, language.value);
  /** @param {string} id */
  const turn = (id) => noteSpeaking(call.ref, { ways: stands.ways.includes(id) ? stands.ways.filter((/** @type {string} */ w) => w !== id) : [...stands.ways, id] });
  return html`<div class="line speaks"><${Speaking} of=${stands} />
    <label class="second">${t("speaking.language")} <${Choice} id="speaks" label=${t("speaking.language")} value=${stands.language} options=${[["", "–"], ...byName(languages, language.value).map((l) => [l.code, name(l)])]} take=${(/** @type {string} */ code) => noteSpeaking(call.ref, { language: code })} /></label>
    <label class="second">${t("speaking.ways")} <${Choice} id="speaks-via" label=${t("speaking.ways")} value="" options=${[["", "…"], ...ways.map((/** @type {any} */ w) => [w.id, stands.ways.includes(w.id) ? t("speaking.no_longer", { name: name(w) }) : name(w)])]} take=${turn} /></label></div>`;
}
