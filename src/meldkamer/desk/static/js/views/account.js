// Mijn account: what protects it. A second factor and passkeys are made here; where a role demands one, nothing else opens before.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { moment } from "../admin/parts.js";
import { Lost, Problem, get, post } from "../api.js";
import { Sign } from "../icons.js";
import { Panel } from "../steering/marks.js";
import { begin, leave, session } from "../stores.js";
import { sayProblem, t } from "../words.js";
import { OwnProvider } from "./account_provider.js";
import { Passkeys } from "./passkeys.js";
import { Choices, homePath } from "./sign_in.js";

export function Account() {
  const who = session.value;
  const [own, setOwn] = useState(/** @type {any} */ (null));
  const [failed, setFailed] = useState("");
  const look = () => get("/api/account").then(setOwn, (error) => setFailed(inWords(error)));
  useEffect(() => { look(); }, []);
  return html`<div class="frame steering admin">
    <header class="top"><strong>${t("account.title")}</strong><span>${who.room}</span>
      ${!who.lacking && html`<nav class="link" aria-label=${t("account.back")}><a href=${homePath(who)}>${t("account.back")}</a></nav>`}
      <span class="grow"></span><span>${who.name || who.person}</span><button onClick=${leave}>${t("sign_out")}</button></header>
    <div class="about">
      ${failed && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${failed}</p>`}
      ${who.lacking && html`<p class="wrong" role="alert"><${Sign} name="lock" /> ${t("account.lacking")}</p>`}
      <${Choices} />
    </div>
    <main class="steer" id="steer" tabindex="0" aria-labelledby="steer-title">
      <h1 id="steer-title"><span>${t("account.title")}</span> <span class="why mono">${who.person}</span></h1>
      ${own ? html`<div class="sheets two"><${SecondFactor} own=${own} look=${look} /><${Passkeys} coded=${Boolean(own.second_factor)} done=${async () => { await onward(); look(); }} /><${OwnProvider} has=${own.second_factor} /></div>` : html`<p class="empty" role="status">${failed ? "" : t("link.loading")}</p>`}
    </main>
    <footer class="keys" aria-label=${t("keys.title")}><span><kbd>Tab</kbd> ${t("account.next")}</span><span><kbd>Enter</kbd> ${t("account.send")}</span></footer>
  </div>`;
}

/** Whoever could not go on before goes on where their work begins. */
async function onward() {
  if (!session.value.lacking) return;
  const who = await get("/api/session");
  if (["/", "/w/account"].includes(location.pathname)) history.replaceState(null, "", homePath(who));
  await begin();
}

/** @param {any} error */
export function inWords(error) {
  if (error instanceof Problem) return sayProblem(error.body);
  if (error instanceof Lost) return t("steering.form.unknown");
  throw error;
}

/** Send a form; what came of it, and what is said when nothing did. */
export function useForm() {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {SubmitEvent} e @param {string} path @param {(answer: any) => void} then */
  async function send(e, path, then) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    setBusy(true);
    setSaid("");
    try {
      then(await post(path, Object.fromEntries(new FormData(form))));
      form.reset();
    } catch (error) {
      setSaid(inWords(error));
    }
    setBusy(false);
  }
  return { said, busy, send };
}

/** @param {{own: any, look: () => void}} props */
function SecondFactor({ own, look }) {
  const [secret, setSecret] = useState(/** @type {any} */ (null));
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const has = own.second_factor;
  async function kept() {
    setCodes(null);
    if (session.value.lacking) await onward();
    else look();
  }
  if (codes) return html`<${Panel} id="factor" title=${t("account.recovery")}><div class="handed"><p>${t("account.recovery_what")}</p>
    <ul class="mono" id="recovery" tabindex="0" aria-label=${t("account.recovery")}>${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ul>
    <p><button id="kept" ref=${focus} onClick=${kept}>${t("account.kept")} <kbd>Enter</kbd></button></p></div><//>`;
  return html`<${Panel} id="factor" title=${t("account.factor")}>
    <p><${Sign} name=${has || (own.demanded && own.passkeys) ? "tick" : "warn"} /> ${has ? html`${t("account.since")} ${moment(has.since)}. ${t("account.left", { n: has.recovery_left })}` : t(!own.demanded ? "account.none" : own.passkeys ? "account.keyed" : "account.demanded")}</p>
    ${secret ? html`<${Confirm} of=${secret} done=${(/** @type {any} */ answer) => { setSecret(null); setCodes(answer.codes); }} />` : html`<${Begin} has=${has} done=${setSecret} />`}
  <//>
  ${has && !own.demanded && !secret && html`<${Panel} id="remove" title=${t("account.remove")}><${Remove} done=${look} /><//>`}`;
}

/** @param {HTMLElement | null} field */
const focus = (field) => field?.focus();

/** The password, and a code of the second factor that is there. @param {{id: string, has: any}} props */
export const Proof = ({ id, has }) => html`<label for="${id}-password">${t("sign_in.password")}</label><input id="${id}-password" name="password" type="password" autocomplete="current-password" required />
  ${has && html`<label for="${id}-code">${t("sign_in.code")}</label><input id="${id}-code" name="code" autocomplete="one-time-code" inputmode="text" maxlength="40" required />`}`;

/** @param {{has: any, done: (secret: any) => void}} props */
function Begin({ has, done }) {
  const { said, busy, send } = useForm();
  return html`<p class="note">${t(has ? "account.other_what" : "account.what")}</p>
    <form id="begin" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => send(e, "/api/account/second-factor", done)}><${Proof} id="begin" has=${has} />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t(has ? "account.other" : "account.begin")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`;
}

/** @param {{of: any, done: (answer: any) => void}} props */
function Confirm({ of, done }) {
  const { said, busy, send } = useForm();
  return html`<div class="handed"><p>${t("account.scan")}</p><p><img src=${of.qr} width="240" height="240" alt=${t("account.qr")} /></p>
    <p>${t("account.type_over")}</p><p class="mono" id="secret">${of.secret.match(/.{1,4}/g).join(" ")}</p></div>
    <form id="confirm" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => send(e, "/api/account/second-factor/confirm", done)}>
    <label for="first-code">${t("account.first_code")}</label><input id="first-code" name="code" autocomplete="one-time-code" inputmode="numeric" maxlength="40" required ref=${focus} />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("account.confirm")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`;
}

/** @param {{done: () => void}} props */
function Remove({ done }) {
  const { said, busy, send } = useForm();
  return html`<p class="note">${t("account.remove_what")}</p>
    <form id="remove-form" class="form" onSubmit=${(/** @type {SubmitEvent} */ e) => send(e, "/api/account/second-factor/remove", done)}><${Proof} id="remove" has=${true} />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("account.remove")} <kbd>Enter</kbd></button><span role="status">${said}</span></div></form>`;
}
