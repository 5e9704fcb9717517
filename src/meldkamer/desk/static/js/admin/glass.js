// Breekglas: a compartment opened for a short time. What nobody judged yet stands on top, and stays there until somebody else does.
import { html, useState } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { now, session } from "../stores.js";
import { Panel } from "../steering/marks.js";
import { age, t } from "../words.js";
import { glass } from "./glass_watch.js";
import { Twice, moment, useSending } from "./parts.js";

const MINUTES = [15, 30, 60];

export function Glass() {
  const told = glass.value;
  if (!told) return html`<p class="empty" role="status">${t("link.loading")}</p>`;
  const waiting = told.openings.filter((o) => !o.review);
  const judged = told.openings.filter((o) => o.review);
  return html`<div class="sheets people">
    <div class="stack">
      <${Panel} id="waiting" title="${t("admin.glass.waiting")} ${waiting.length}">${waiting.length ? waiting.map((o) => html`<${One} key=${o.id} o=${o} judge=${told.may_judge} />`) : html`<p class="note">${t("admin.glass.none")}</p>`}<//>
      ${judged.length > 0 && html`<${Panel} id="judged" title="${t("admin.glass.judged")} ${judged.length}">${judged.slice(0, 100).map((o) => html`<${One} key=${o.id} o=${o} judge=${false} />`)}<//>`}
    </div>
    <${Panel} id="break" title=${t("admin.glass.open")}><p class="note">${t("admin.glass.what")}</p>${told.may_open.length ? html`<${BreakForm} may=${told.may_open} />` : html`<p class="note"><${Sign} name="lock" /> ${t("admin.glass.not_yours")}</p>`}<//>
  </div>`;
}

/** @param {{o: import("./glass_watch.js").Opening, judge: boolean}} props */
function One({ o, judge }) {
  const open = o.until > now.value;
  const own = o.person === session.value.person;
  const [said, busy, send] = useSending();
  return html`<article class="opening ${open ? "act" : ""}" id="opening-${o.id}"><p><strong>${o.person}</strong> ${t("admin.glass.opened", { what: t(`admin.compartment.${o.compartment}`) })} <span class="second">${moment(o.at)}</span></p>
    <p>${o.reason}</p>
    ${open ? html`<p class="open"><${Sign} name="alarm" /> ${t("admin.glass.still", { left: age(o.until - now.value) })} ${(own || session.value.rights.includes("administer")) && html`<${Twice} id="close-${o.id}" disabled=${busy} act=${() => send(`/api/admin/glass/${o.id}/close`, {})}>${t("admin.glass.close")}<//>`}</p>` : html`<p class="second">${t("admin.glass.closed")} ${moment(o.until)}</p>`}
    ${o.review && html`<p class=${o.review.justified ? "" : "wrong"}><${Sign} name=${o.review.justified ? "tick" : "warn"} /> ${t(o.review.justified ? "admin.glass.justified" : "admin.glass.not_justified")}: ${o.review.text} <span class="second">${o.review.by}, ${moment(o.review.at)}</span></p>`}
    ${!o.review && (own ? html`<p class="note">${t("admin.glass.own")}</p>` : judge && html`<${JudgeForm} o=${o} />`)}
    ${said && html`<p role="status">${said}</p>`}
  </article>`;
}

/** @param {{o: import("./glass_watch.js").Opening}} props */
function JudgeForm({ o }) {
  const [said, busy, send] = useSending();
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (e.target));
    await send(`/api/admin/glass/${o.id}/judge`, { justified: given.get("justified") === "yes", text: given.get("text") });
  }
  return html`<form class="form" onSubmit=${submit}>
    <label for="justified-${o.id}">${t("admin.glass.verdict")}</label><select id="justified-${o.id}" name="justified" required><option value=""></option><option value="yes">${t("admin.glass.justified")}</option><option value="no">${t("admin.glass.not_justified")}</option></select>
    <label for="text-${o.id}">${t("admin.glass.because")}</label><input id="text-${o.id}" name="text" required minlength="3" maxlength="500" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("admin.glass.judge")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`;
}

/** @param {{may: string[]}} props */
function BreakForm({ may }) {
  const [said, busy, send] = useSending();
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    if (await send("/api/admin/glass", { compartment: given.get("compartment"), minutes: Number(given.get("minutes")), reason: given.get("reason") })) form.reset();
  }
  return html`<form id="break-form" class="form" onSubmit=${submit}>
    <label for="compartment">${t("admin.glass.which")}</label><select id="compartment" name="compartment">${may.map((c) => html`<option value=${c}>${t(`admin.compartment.${c}`)}</option>`)}</select>
    <label for="minutes">${t("admin.glass.minutes")}</label><select id="minutes" name="minutes">${MINUTES.map((m) => html`<option value=${m}>${m}</option>`)}</select>
    <label for="reason">${t("admin.reason")}</label><input id="reason" name="reason" required minlength="3" maxlength="500" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}><${Sign} name="alarm" /> ${t("admin.glass.open")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`;
}
