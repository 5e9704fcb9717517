// Who are you, and where do you sit.
import { html, useState } from "../../vendor/preact.js";
import { Lost, Problem, post } from "../api.js";
import { begin } from "../stores.js";
import { language, sayProblem, speak, t } from "../words.js";

export function SignIn() {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    setBusy(true);
    setProblem("");
    try {
      const who = await post("/api/sign-in", Object.fromEntries(form));
      if (location.pathname === "/") history.replaceState(null, "", who.rights.includes("steer") && !who.rights.includes("read") ? "/w/steering" : who.qualified.includes("multi") ? "/w/caco" : "/w/operator");
      if (!localStorage.getItem("mk.language") && who.language) await speak(who.language);
      await begin();
    } catch (error) {
      if (error instanceof Problem) setProblem(sayProblem(error.body));
      else if (error instanceof Lost) setProblem(t("link.none"));
      else throw error;
    }
    setBusy(false);
  }

  return html`<main class="sign-in">
    <h1>${t("sign_in.title")}</h1>
    <form onSubmit=${submit} class="sign-in-form">
      <p><label for="account">${t("sign_in.account")}</label>
        <input id="account" name="account" autocomplete="username" required autofocus /></p>
      <p><label for="password">${t("sign_in.password")}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required /></p>
      <p><label for="seat">${t("sign_in.seat")}</label>
        <input id="seat" name="seat" autocomplete="off" placeholder=${t("sign_in.seat_hint")} /></p>
      <p class="problem" role="alert">${problem}</p>
      <button type="submit" disabled=${busy}>${t(busy ? "sign_in.busy" : "sign_in.go")}</button>
    </form>
    <${Choices} />
  </main>`;
}

const THEMES = ["night", "dusk", "day"];

/** Language and theme, kept on this workplace. */
export function Choices() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "night");
  /** @param {string} to */
  function choose(to) {
    document.documentElement.dataset.theme = to;
    localStorage.setItem("mk.theme", to);
    setTheme(to);
  }
  return html`<div class="choices" role="group" aria-label=${t("sign_in.language")}>
    ${["nl", "en"].map((l) => html`<button type="button" lang=${l} aria-pressed=${language.value === l} onClick=${() => speak(l)}>${l === "nl" ? "Nederlands" : "English"}</button>`)}
  </div><div class="choices" role="group" aria-label=${t("sign_in.theme")}>
    ${THEMES.map((name) => html`<button type="button" aria-pressed=${theme === name} onClick=${() => choose(name)}>${t(`theme.${name}`)}</button>`)}
  </div>`;
}
