// What protects the account of somebody else: a second factor, passkeys; and taking them away when they were lost. Nobody sees the secrets.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem, get } from "../api.js";
import { t } from "../words.js";
import { Twice, moment, useSending } from "./parts.js";

/** @param {{name: string, own: boolean, generation: number}} props */
export function Factor({ name, own, generation }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [reason, setReason] = useState("");
  const [said, busy, send, say] = useSending();
  const path = `/api/admin/people/${name}/second-factor`;
  useEffect(() => {
    get(path).then(setFound, (error) => { if (!(error instanceof Problem)) setFound(null); });
  }, [name, generation]);
  if (!found) return null;
  async function reset() {
    if (reason.trim().length < 3) return say(t("admin.reason_first"));
    const answer = await send(`${path}/reset`, { reason: reason.trim() });
    if (answer) setFound(await get(path));
    if (answer?.waits) say(t("admin.factor.waits"));
    return undefined;
  }
  return html`<h3>${t("account.factor")}</h3><p id="factor-state">${found.since === null ? t(!found.demanded ? "admin.factor.none" : found.passkeys ? "admin.factor.keyed" : "admin.factor.missing") : html`${t("account.since")} ${moment(found.since)}`}</p>
    ${found.passkeys > 0 && html`<p id="passkeys-of">${t("admin.factor.passkeys", { n: found.passkeys })}</p>`}
    ${(found.since !== null || found.passkeys > 0) && !own && html`<form class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => e.preventDefault()}><label for="factor-reason">${t("admin.reason")}</label><input id="factor-reason" value=${reason} minlength="3" maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ e) => setReason(e.target.value)} />
      <div class="wide buttons"><${Twice} id="reset-factor" disabled=${busy} act=${reset}>${t("admin.factor.reset")}<//></div></form>`}
    <p role="status">${said}</p>`;
}
