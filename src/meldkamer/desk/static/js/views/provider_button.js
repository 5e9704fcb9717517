// Signing in through the organisation's provider: a button below the form, where the room has one. The form stays: it also works when the provider is away.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Lost, Problem, get, post } from "../api.js";
import { sayProblem, t } from "../words.js";

/** Kept on this workplace: somebody signed in at the provider from here, and has not left there yet. */
export const THERE = "mk.at_provider";

/** @param {{leaving: () => void}} props leaving: keeps what was filled in, before the page is left */
export function ProviderButton({ leaving }) {
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  useEffect(() => { get("/api/sign-in/provider").then((found) => setName(found.name), () => {}); }, []);
  if (!name) return null;
  /** @param {string} path where it is asked where to go @param {() => void} before */
  async function go(path, before) {
    setSaid(t("provider.asking", { name }));
    try {
      const { url } = await post(path, {});
      before();
      location.assign(url);
      setSaid("");
    } catch (error) {
      if (error instanceof Problem) setSaid(sayProblem(error.body));
      else if (error instanceof Lost) setSaid(t("link.none"));
      else throw error;
    }
  }
  return html`<div class="provider"><button type="button" id="provider" onClick=${() => go("/api/sign-in/provider", leaving)}>${t("provider.go", { name })}</button>
    ${localStorage.getItem(THERE) && html`<p><span>${t("provider.still", { name })}</span> <button type="button" id="leave-provider" onClick=${() => go("/api/sign-in/provider/leave", () => localStorage.removeItem(THERE))}>${t("provider.leave")}</button></p>`}
    <p class="problem" role="status">${said}</p></div>`;
}
