// The band of a window that looks back: what moment it shows, whose, why, and the keys that move it. Never mistaken for now.
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { get, Problem } from "../api.js";
import { outcome } from "../commands.js";
import { Sign } from "../icons.js";
import { faster, leavePast, minutes, past, play, seek, shownAt } from "../past.js";
import { now, session } from "../stores.js";
import { clockTime, language, sayProblem, t } from "../words.js";

/** The steps that were asked for, one after the other: a key that is held counts from where the one before it has come. */
let steps = Promise.resolve();

/** Go to where something was stored beside this moment. @param {"next" | "previous"} to */
export function step(to) {
  steps = steps.then(() => beside(to));
  return steps;
}

/** @param {"next" | "previous"} to */
async function beside(to) {
  try {
    const { at } = await get(`/api/past/beside?at=${Math.round(past.value ? shownAt(past.value) : now.value)}&to=${to}`);
    if (at === null) outcome.value = { text: t("past.nothing"), bad: false };
    else seek(at);
  } catch (error) {
    outcome.value = { text: error instanceof Problem ? sayProblem(error.body) : t("link.none"), bad: true };
  }
}

export function PastBand() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => place.current?.focus(), []);
  const m = past.value;
  if (!m) return null;
  const day = new Intl.DateTimeFormat(language.value, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(now.value);

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === "ArrowLeft") minutes(-1);
    else if (event.key === "ArrowRight") minutes(1);
    else if (event.key === "PageUp") minutes(-10);
    else if (event.key === "PageDown") minutes(10);
    else if (event.key === ",") step("previous");
    else if (event.key === ".") step("next");
    else if (event.key === " ") play();
    else if (event.key === "+") faster(1);
    else if (event.key === "-") faster(-1);
    else if (event.key === "Escape") leavePast();
    else return;
    event.preventDefault();
  }

  return html`<section class="band past" aria-label=${t("past.title")}>
    <${Sign} name="back" /><span class="word">${t("past.title")}</span>
    <span class="when" data-at=${Math.round(m.at)}>${day} <span class="mono">${clockTime(now.value)}</span></span>
    <span class="more">${t("past.about", { room: session.value.room, why: t(`past.why.${m.why}`) })}</span>
    <span class="more" role="status">${m.speed ? t("past.speed", { n: m.speed }) : t("past.stands")}</span>
    <div id="past" class="times" tabindex="0" role="group" aria-label=${t("past.keys")} ref=${place} onKeyDown=${key}>
      <button onClick=${() => step("previous")}>${t("past.previous")} <kbd>,</kbd></button>
      <button onClick=${() => minutes(-1)}>${t("past.minute", { n: "−1" })} <kbd>←</kbd></button>
      <button onClick=${play}>${t(m.speed ? "past.stop" : "past.play")} <kbd>${t("key.space")}</kbd></button>
      <button onClick=${() => minutes(1)}>${t("past.minute", { n: "+1" })} <kbd>→</kbd></button>
      <button onClick=${() => step("next")}>${t("past.next")} <kbd>.</kbd></button>
      <button onClick=${() => faster(1)}>${t("past.faster")} <kbd>+</kbd></button>
      <button onClick=${leavePast}>${t("past.leave")} <kbd>Esc</kbd></button>
    </div>
  </section>`;
}
