// How the organisation's provider names somebody: bound by an administrator with a reason, where that may be, and taken away.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem, get } from "../api.js";
import { t } from "../words.js";
import { Twice, moment, useSending } from "./parts.js";

/** @param {{name: string, own: boolean, generation: number}} props */
export function Provider({ name, own, generation }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [subject, setSubject] = useState("");
  const [reason, setReason] = useState("");
  const [said, busy, send, say] = useSending();
  const path = `/api/admin/people/${name}/provider`;
  const look = () => get(path).then(setFound, (error) => { if (!(error instanceof Problem)) setFound(null); });
  useEffect(() => { look(); }, [name, generation]);
  if (!found?.name) return null;
  const { binding } = found;
  /** @param {string} to @param {any} body */
  async function change(to, body) {
    if (reason.trim().length < 3) return say(t("admin.reason_first"));
    if (await send(to, { ...body, reason: reason.trim() })) {
      setSubject("");
      setReason("");
      await look();
    }
    return undefined;
  }
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    if (!binding) change(path, { subject: subject.trim() });
  }
  return html`<h3>${t("account.provider", { name: found.name })}</h3>
    <p id="provider-state">${binding ? html`${t("account.provider_since")} ${moment(binding.since)}. ${t("account.provider_as")} <span class="mono">${binding.subject}</span> (${binding.by})` : t("account.provider_none")}</p>
    ${!own && !binding && found.alone && html`<p class="note">${t("admin.provider.alone")}</p>`}
    ${!own && (binding || !found.alone) && html`<form id="provider-form" class="form" onSubmit=${submit}>
      ${!binding && html`<label for="provider-subject">${t("admin.provider.subject")}</label><input id="provider-subject" value=${subject} required maxlength="255" autocomplete="off" onInput=${(/** @type {any} */ e) => setSubject(e.target.value)} />`}
      <label for="provider-reason">${t("admin.reason")}</label><input id="provider-reason" value=${reason} minlength="3" maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ e) => setReason(e.target.value)} />
      <div class="wide buttons">${binding ? html`<${Twice} id="unbind-provider" disabled=${busy} act=${() => change(`${path}/remove`, {})}>${t("account.provider_unbind")}<//>` : html`<button type="submit" disabled=${busy}>${t("account.provider_bind")} <kbd>Enter</kbd></button>`}</div></form>`}
    <p role="status">${said}</p>`;
}
