// Which person at the organisation's provider this account is: bound by oneself, after the password, and taken away the same.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { moment } from "../admin/parts.js";
import { Problem, get } from "../api.js";
import { Sign } from "../icons.js";
import { Panel } from "../steering/marks.js";
import { t } from "../words.js";
import { Proof, useForm } from "./account.js";

/** @param {{has: any}} props has: the second factor, which is asked with the password */
export function OwnProvider({ has }) {
  const [own, setOwn] = useState(/** @type {any} */ (null));
  const { said, busy, send } = useForm();
  const look = () => get("/api/account/provider").then(setOwn, (error) => { if (!(error instanceof Problem)) setOwn(null); });
  useEffect(() => { look(); }, []);
  if (!own?.name) return null;
  const { name, binding } = own;
  return html`<${Panel} id="own-provider" title=${t("account.provider", { name })}>
    <p id="provider-state"><${Sign} name=${binding ? "tick" : "lock"} /> ${binding ? html`${t("account.provider_since")} ${moment(binding.since)}. ${t("account.provider_as")} <span class="mono">${binding.subject}</span>` : t("account.provider_none")}</p>
    <p class="note">${t(binding ? "account.provider_keeps" : "account.provider_what", { name })}</p>
    ${binding ? html`<form id="unbind" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => send(e, "/api/account/provider/remove", look)}><${Proof} id="unbind" has=${has} />
      <div class="wide buttons"><button type="submit" disabled=${busy}>${t("account.provider_unbind")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`
    : html`<form id="bind" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => send(e, "/api/account/provider", (/** @type {any} */ to) => location.assign(to.url))}><${Proof} id="bind" has=${has} />
      <div class="wide buttons"><button type="submit" disabled=${busy}>${t("account.provider_bind")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`}
  <//>`;
}
