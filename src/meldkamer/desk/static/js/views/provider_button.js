// Signing in through the organisation's provider: a button below the form, where the room has one. The form stays: it also works when the provider is away.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Lost, Problem, get, post } from "../api.js";
import { sayProblem, t } from "../words.js";

/** @param {{leaving: () => void}} props leaving: keeps what was filled in, before the page is left */
export function ProviderButton({ leaving }) {
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  useEffect(() => { get("/api/sign-in/provider").then((found) => setName(found.name), () => {}); }, []);
  if (!name) return null;
  async function go() {
    setSaid(t("provider.asking", { name }));
    try {
      const { url } = await post("/api/sign-in/provider", {});
      leaving();
      location.assign(url);
      setSaid("");
    } catch (error) {
      if (error instanceof Problem) setSaid(sayProblem(error.body));
      else if (error instanceof Lost) setSaid(t("link.none"));
      else throw error;
    }
  }
  return html`<div class="provider"><button type="button" id="provider" onClick=${go}>${t("provider.go", { name })}</button>
    <p class="problem" role="status">${said}</p></div>`;
}
