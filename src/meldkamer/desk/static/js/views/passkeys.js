// Passkeys: keys on the person's own devices, which ask their owner and open the account at this address only.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { moment } from "../admin/parts.js";
import { get, post } from "../api.js";
import { here, made } from "../passkey.js";
import { Panel, Table } from "../steering/marks.js";
import { t } from "../words.js";
import { Proof, inWords } from "./account.js";

/** @param {{coded: boolean, done: () => Promise<void>}} props coded: a code is asked with the password. done: after a change */
export function Passkeys({ coded, done }) {
  const [own, setOwn] = useState(/** @type {any} */ (null));
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const look = () => get("/api/account/passkeys").then(setOwn, (error) => setSaid(inWords(error)));
  useEffect(() => { look(); }, []);
  if (!own?.at) return null;

  /** @param {SubmitEvent} e @param {(given: any) => Promise<string>} act says how it went */
  async function go(e, act) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    setBusy(true);
    setSaid("");
    try {
      const came = await act(Object.fromEntries(new FormData(form)));
      form.reset();
      await look();
      setSaid(came);
    } catch (error) {
      setSaid(inWords(error));
    }
    setBusy(false);
  }

  /** @param {any} given */
  async function add({ name, ...proof }) {
    const credential = await made(await post("/api/account/passkeys/begin", proof));
    if (!credential) return t("account.key_failed");
    await post("/api/account/passkeys", { name, credential });
    await done();
    return t("account.key_made");
  }

  /** @param {any} given */
  async function forget(given) {
    await post("/api/account/passkeys/forget", given);
    await done();
    return t("account.key_gone");
  }

  return html`<${Panel} id="passkeys" title=${t("account.passkeys")}><p class="note">${t("account.key_what")}</p>
    ${own.keys.length > 0 && html`<${Table} label=${t("account.passkeys")}><thead><tr><th scope="col">${t("account.key_name")}</th><th scope="col">${t("account.since")}</th><th scope="col">${t("account.key_used")}</th></tr></thead>
      <tbody>${own.keys.map((/** @type {any} */ k) => html`<tr key=${k.id}><th scope="row">${k.name}${!k.here && html` <span class="second">${t("account.key_old")}</span>`}</th><td>${moment(k.since)}</td><td>${moment(k.used || null)}</td></tr>`)}</tbody><//>`}
    ${here(own.at) ? html`<form id="add-key" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => go(e, add)}>
      <label for="key-name">${t("account.key_call")}</label><input id="key-name" name="name" required maxlength="60" autocomplete="off" /><${Proof} id="key" has=${coded} />
      <div class="wide buttons"><button type="submit" disabled=${busy}>${t("account.key_add")} <kbd>Enter</kbd></button></div></form>` : html`<p>${t("account.key_elsewhere", { at: own.at })}</p>`}
    <p id="key-said" role="status">${said}</p>
    ${own.keys.length > 0 && html`<form id="forget-key" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => go(e, forget)}>
      <label for="key-id">${t("account.key_which")}</label><select id="key-id" name="id">${own.keys.map((/** @type {any} */ k) => html`<option key=${k.id} value=${k.id}>${k.name}</option>`)}</select><${Proof} id="forget" has=${coded} />
      <div class="wide buttons"><button type="submit" disabled=${busy}>${t("account.key_forget")} <kbd>Enter</kbd></button></div></form>`}
  <//>`;
}
