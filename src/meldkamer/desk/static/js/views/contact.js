// How long nobody heard of a unit, on its row: counts by itself, in minutes, without drawing the row anew.
import { computed, html, useMemo } from "../../vendor/preact.js";
import { unheard, silentFor } from "../contact.js";
import { Sign } from "../icons.js";
import { now } from "../stores.js";
import { t } from "../words.js";

/** @param {{unit: any}} props */
export function Contact({ unit }) {
  const late = useMemo(() => computed(() => unheard(unit, now.value)), [unit]);
  const words = useMemo(() => computed(() => t(late.value ? "contact.late" : unit.contact ? "contact.of" : "contact.ago", { n: silentFor(unit, now.value), minutes: unit.contact?.minutes })), [unit]);
  return late.value ? html`<span class="chip warn" title=${t("alarm.contact", { unit: unit.call_sign, minutes: unit.contact.minutes })}><${Sign} name="warn" /> ${words}</span>` : html`<span>${words}</span>`;
}
