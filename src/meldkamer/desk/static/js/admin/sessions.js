// Sessies: who is signed in, where and since when; and ending one, with the reason.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { now, session } from "../stores.js";
import { Panel, Table } from "../steering/marks.js";
import { age, t } from "../words.js";
import { moment, move, useSending } from "./parts.js";

/** @param {{data: any[]}} props */
export function Sessions({ data }) {
  const [id, choose] = useState("");
  const one = data.find((s) => s.id === id);
  return html`<div class="sheets people">
    <${Panel} id="sessions" title="${t("admin.sessions.in")} ${data.length}"><div onKeyDown=${move}><${Table} label=${t("admin.sessions.in")}>
      <thead><tr><th scope="col">${t("admin.people.account")}</th><th scope="col">${t("admin.sessions.seat")}</th><th scope="col">${t("admin.sessions.since")}</th><th scope="col">${t("admin.sessions.seen")}</th><th scope="col">${t("admin.sessions.ends")}</th></tr></thead>
      <tbody>${data.map((s) => html`<tr key=${s.id} class=${s.id === id ? "selected" : ""}>
        <th scope="row"><button class="plain" aria-pressed=${s.id === id} onClick=${() => choose(s.id)}>${s.person}</button>${s.mine && html` <span class="chip">${t("admin.sessions.this")}</span>`}${s.display && s.display !== s.person && html`<br /><span class="second">${s.display}</span>`}</th>
        <td class="mono">${session.value.room} ${s.seat || "–"}</td><td>${moment(s.started)}</td><td class="mono">${age(now.value - s.seen)}</td><td>${moment(s.expires)}</td></tr>`)}</tbody><//></div><//>
    ${one ? html`<${EndForm} key=${one.id} one=${one} done=${() => choose("")} />` : html`<${Panel} id="no-session" title=${t("admin.sessions.end")}><p class="note">${t("admin.sessions.choose")}</p><//>`}
  </div>`;
}

/** @param {{one: any, done: () => void}} props */
function EndForm({ one, done }) {
  const [said, busy, send] = useSending();
  useEffect(() => /** @type {HTMLElement | null} */ (document.querySelector("#reason"))?.focus(), []);
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const reason = String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("reason")).trim();
    if (await send(`/api/admin/sessions/${one.id}/end`, { reason })) done();
  }
  return html`<${Panel} id="end-session" title="${t("admin.sessions.end")}: ${one.person} ${one.seat}"><p class="note">${t("admin.sessions.what")}</p>
    <form class="form" onSubmit=${submit}><label for="reason">${t("admin.reason")}</label><input id="reason" name="reason" required minlength="3" maxlength="200" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("admin.sessions.end")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form><//>`;
}
