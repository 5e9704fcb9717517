// Bevestigen: a new account, and every role that gives power, counts only once a second administrator says so.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { Panel } from "../steering/marks.js";
import { t } from "../words.js";
import { confirming } from "./confirm_store.js";
import { Twice, moment, useSending } from "./parts.js";

export function Confirm() {
  const told = confirming.value;
  if (!told) return html`<p class="empty" role="status">${t("link.loading")}</p>`;
  return html`<div class="sheets"><${Panel} id="confirm" title="${t("admin.confirm.waiting")} ${told.waiting.length}" note=${t("admin.confirm.note")}>
    ${told.others === 0 && html`<p class="wrong" id="alone"><${Sign} name="warn" /> ${t("admin.confirm.alone")}</p>`}
    ${told.waiting.length ? told.waiting.map((one) => html`<${One} key=${one.id} one=${one} />`) : html`<p class="note">${t("admin.confirm.none")}</p>`}
  <//></div>`;
}

/** @param {{one: import("./confirm_store.js").Asked}} props */
function One({ one }) {
  const [said, busy, send] = useSending();
  const path = `/api/admin/confirm/${one.id}`;
  /** @param {SubmitEvent} e */
  function refuse(e) {
    e.preventDefault();
    send(`${path}/refuse`, { reason: String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("reason")).trim() });
  }
  return html`<article class="opening" id="asked-${one.name}" aria-labelledby="asked-title-${one.id}"><h3 id="asked-title-${one.id}">${t(`admin.confirm.kind.${one.kind}`)}: <span class="mono">${one.name}</span>${one.display && one.display !== one.name && html` <span class="second">${one.display}</span>`}</h3>
    <p><span class="mono">${[...one.roles, ...one.scopes].join(" ") || "–"}</span></p>
    <p>${t("admin.confirm.asked", { by: one.by })} <span class="second">${moment(one.at)}</span>: ${one.reason}</p><p class="second">${t("admin.confirm.until")} ${moment(one.until)}</p>
    ${one.may_confirm ? html`<p class="buttons"><${Twice} id="confirm-${one.name}" disabled=${busy} act=${() => send(path, {})}><${Sign} name="tick" /> ${t("admin.confirm.yes")}<//></p>` : html`<p class="note"><${Sign} name="lock" /> ${t("admin.confirm.own")}</p>`}
    <form class="form" onSubmit=${refuse}><label for="refuse-${one.id}">${t("admin.confirm.why_not")}</label><input id="refuse-${one.id}" name="reason" required minlength="3" maxlength="200" autocomplete="off" />
      <div class="wide buttons"><button type="submit" disabled=${busy}>${t(one.may_confirm ? "admin.confirm.no" : "admin.confirm.back")}</button><span role="status">${said}</span></div></form></article>`;
}
