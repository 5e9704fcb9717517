// Who are you, and where do you sit.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Lost, Problem, get, post } from "../api.js";
import { outcome } from "../commands.js";
import { begin } from "../stores.js";
import { language, sayProblem, speak, t } from "../words.js";
import { ProviderButton } from "./provider_button.js";

/** Kept on this workplace: the seat, so that whoever takes over only says who he is; that somebody came in; and how. */
export const SEAT = "mk.seat";
const CAME = "mk.came", WAY = "mk.way";

export function SignIn() {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [once, setOnce] = useState(false);
  const [coded, setCoded] = useState(false);
  const [keys, setKeys] = useState(/** @type {any} */ (null));
  useEffect(() => { passkeys().then((keys) => setKeys(() => keys), () => {}); }, []);
  useEffect(() => {
    // Somebody came in at another window of this workplace: this one goes on as well, where it was.
    const come = (/** @type {StorageEvent} */ e) => { if (e.key === CAME) begin().catch(() => {}); };
    addEventListener("storage", come);
    // A page that was open already gives no field the focus by itself; who has begun to type keeps it where it is.
    if (!document.activeElement?.closest("form")) first(document.querySelector("#account"));
    return () => removeEventListener("storage", come);
  }, []);

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    if (form.get("new_password") !== form.get("again")) return setProblem(t("sign_in.differs"));
    form.delete("again");
    return come(() => post("/api/sign-in", Object.fromEntries(form)), String(form.get("seat") ?? ""), "");
  }

  /** With a passkey instead: the browser asks its owner, who types nothing. */
  async function withKey() {
    const seat = /** @type {HTMLInputElement} */ (document.querySelector("#seat")).value;
    if (!busy) await come(async () => {
      const credential = await keys.signed();
      if (!credential) setProblem(t("sign_in.key_failed"));
      return credential && post("/api/sign-in/passkey", { credential, seat });
    }, seat, "key");
  }

  /** @param {() => Promise<any>} ask @param {string} seat @param {string} way "key" with a passkey */
  async function come(ask, seat, way) {
    setBusy(true);
    setProblem("");
    try {
      const who = await ask();
      if (!who) return setBusy(false);
      await arrived(who, seat);
      localStorage.setItem(WAY, way);
    } catch (error) {
      if (error instanceof Problem) {
        setProblem(way && error.body.type === "wrong_credentials" ? t("sign_in.key_wrong") : sayProblem(error.body));
        if (error.body.code === "password.once") setOnce(true);
        if (error.body.code === "factor.needed") setCoded(true);
        if (error.body.code === "factor.wrong") again();
      } else if (error instanceof Lost) setProblem(t("link.none"));
      else throw error;
    }
    setBusy(false);
    return undefined;
  }

  return html`<main class="sign-in">
    <h1>${t("sign_in.title")}</h1>
    <form onSubmit=${submit} class="sign-in-form">
      ${keys && html`<p><button type="button" id="with-key" aria-disabled=${busy} ref=${usual} onClick=${withKey}>${t("sign_in.key")}</button></p>`}
      <p><label for="account">${t("sign_in.account")}</label>
        <input id="account" name="account" autocomplete="username" required autofocus /></p>
      <p><label for="password">${t("sign_in.password")}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required /></p>
      ${coded && html`<p><label for="code">${t("sign_in.code")}</label>
        <input id="code" name="code" autocomplete="one-time-code" maxlength="40" required ref=${first} /></p>`}
      ${once && html`<p><label for="new-password">${t("sign_in.new_password")}</label>
        <input id="new-password" name="new_password" type="password" autocomplete="new-password" required minlength="12" maxlength="128" ref=${first} /></p>
      <p><label for="again">${t("sign_in.again")}</label>
        <input id="again" name="again" type="password" autocomplete="new-password" required /></p>`}
      <p><label for="seat">${t("sign_in.seat")}</label>
        <input id="seat" name="seat" autocomplete="off" placeholder=${t("sign_in.seat_hint")} defaultValue=${localStorage.getItem(SEAT) ?? ""} /></p>
      <p class="problem" role="alert">${problem}</p>
      <button type="submit" disabled=${busy}>${t(busy ? "sign_in.busy" : "sign_in.go")}</button>
    </form>
    <${ProviderButton} leaving=${keepSeat} />
    <${Choices} />
  </main>`;
}

/** The seat that was filled in, for whoever comes back to it. */
const keepSeat = () => localStorage.setItem(SEAT, /** @type {HTMLInputElement} */ (document.querySelector("#seat")).value);

/** Somebody is in: their language, their seat, and where their work begins. @param {any} who @param {string} seat the one that was asked for */
export async function arrived(who, seat) {
  if (location.pathname === "/" && !who.lacking) history.replaceState(null, "", homePath(who));
  if (!localStorage.getItem("mk.language") && who.language) await speak(who.language);
  if (who.seat) localStorage.setItem(SEAT, who.seat);
  await begin();
  // Whoever may come in comes in, also when the seat is somebody else's; but they shall know where they sit.
  if (seat && !who.seat && who.rights.includes("operate")) outcome.value = { text: t("sign_in.no_seat", { seat }), bad: true };
  localStorage.setItem(CAME, String(Date.now()));
}

/** Another code is asked, in the place of the one that did not fit. */
function again() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("#code"));
  field?.focus();
  field?.select();
}

/** What a passkey needs, fetched where there are any; null where this browser can use none here. None is bound to a number. */
async function passkeys() {
  if (!("PublicKeyCredential" in window) || /^[\d.]+$|^\[/.test(location.hostname)) return null;
  const { at } = await get("/api/sign-in/passkey");
  const found = at && (await import("../passkey.js"));
  return found && found.here(at) ? found : null;
}

/** Where somebody came in with a passkey the last time, the next one does so with one key. @param {HTMLElement | null} button */
const usual = (button) => { if (localStorage.getItem(WAY) && !typed()) button?.focus(); };

const typed = () => Boolean(/** @type {HTMLInputElement | null} */ (document.querySelector("#account"))?.value);

/** The next thing to fill in. @param {HTMLElement | null} field */
const first = (field) => field?.focus();

/** Where somebody's work begins. @param {any} who */
export const homePath = (who) => (who.rights.includes("steer") && !who.rights.includes("read") ? "/w/steering" : homeOf(who) ? "/w/admin" : who.qualified.includes("multi") ? "/w/caco" : "/w/operator");

/** Whoever manages access or looks over readings, and does not serve, begins there. @param {any} who */
const homeOf = (who) => who.rights.includes("administer") || (who.rights.includes("read_log") && !who.rights.includes("read"));

const THEMES = ["night", "dusk", "day"];

/** Language and theme, kept on this workplace. */
export function Choices() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "night");
  useEffect(() => {
    // It may be chosen in another window of this workplace too.
    const worn = new MutationObserver(() => setTheme(document.documentElement.dataset.theme ?? "night"));
    worn.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => worn.disconnect();
  }, []);
  /** @param {string} to */
  function choose(to) {
    document.documentElement.dataset.theme = to;
    localStorage.setItem("mk.theme", to);
  }
  return html`<div class="choices" role="group" aria-label=${t("sign_in.language")}>
    ${["nl", "en"].map((l) => html`<button type="button" lang=${l} aria-pressed=${language.value === l} onClick=${() => speak(l)}>${l === "nl" ? "Nederlands" : "English"}</button>`)}
  </div><div class="choices" role="group" aria-label=${t("sign_in.theme")}>
    ${THEMES.map((name) => html`<button type="button" aria-pressed=${theme === name} onClick=${() => choose(name)}>${t(`theme.${name}`)}</button>`)}
  </div>`;
}
