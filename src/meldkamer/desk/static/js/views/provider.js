// Where the organisation's provider sends people back: what it gave is handed to the room, and the page goes on from there.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Lost, Problem, post } from "../api.js";
import { sayProblem, t } from "../words.js";
import { THERE } from "./provider_button.js";
import { Choices, SEAT, arrived } from "./sign_in.js";

export function ProviderReturn() {
  const [said, setSaid] = useState("");
  const [failed, setFailed] = useState(false);
  const [coded, setCoded] = useState(false);
  useEffect(() => { take(); }, []);

  /** @param {string} path @param {Record<string, string>} body */
  async function hand(path, body) {
    const seat = localStorage.getItem(SEAT) ?? "";
    setSaid(t("provider.checking"));
    try {
      const came = await post(path, { ...body, seat });
      localStorage.setItem(THERE, "1");
      if (came.outcome === "code") {
        setCoded(true);
        return setSaid(t("refused.factor.needed"));
      }
      if (came.outcome === "bound") return location.replace("/w/account");
      history.replaceState(null, "", "/");
      return await arrived(came.session, seat);
    } catch (error) {
      if (error instanceof Problem) setSaid(sayProblem(error.body));
      else if (error instanceof Lost) setSaid(t("link.none"));
      else throw error;
      if (!(error instanceof Problem && error.body.code === "factor.wrong")) {
        setCoded(false);
        setFailed(true);
      }
    }
    return undefined;
  }

  async function take() {
    const given = new URLSearchParams(location.search);
    // What opens the way once stays neither on the screen nor in what the browser remembers.
    history.replaceState(null, "", location.pathname);
    const [state, code, iss] = ["state", "code", "iss"].map((name) => given.get(name) ?? "");
    if (state && code) return hand("/api/sign-in/provider/return", iss ? { state, code, iss } : { state, code });
    setSaid(t(given.has("error") ? "provider.refused" : "provider.nothing"));
    return setFailed(true);
  }

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#code"));
    hand("/api/sign-in/provider/code", { code: field.value });
    field.value = "";
  }

  return html`<main class="sign-in">
    <h1>${t("provider.title")}</h1>
    ${coded && html`<form class="sign-in-form" onSubmit=${submit}><p><label for="code">${t("sign_in.code")}</label>
      <input id="code" name="code" autocomplete="one-time-code" maxlength="40" required ref=${focus} /></p>
      <button type="submit">${t("sign_in.go")}</button></form>`}
    <p class="problem" role="alert">${said}</p>
    ${failed && html`<p><a id="back" href="/" ref=${focus}>${t("provider.back")}</a></p>`}
    <${Choices} />
  </main>`;
}

/** @param {HTMLElement | null} field */
const focus = (field) => field?.focus();
