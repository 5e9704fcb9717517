// One page for every window: `/w/operator`, `/w/caco`, `/w/map`, `/w/steering`, `/w/reports`, `/w/admin`; signing in comes before all of them.
import { effect, html, render, useState } from "../vendor/preact.js";
import { Admin } from "./admin/screen.js";
import { sendKept } from "./commands.js";
import { Reports } from "./reports/screen.js";
import { Steering } from "./steering/screen.js";
import { begin, link, session } from "./stores.js";
import { unlock } from "./sound.js";
import { Account } from "./views/account.js";
import { Frame } from "./views/frame.js";
import { Wallboard } from "./views/wallboard.js";
import { SignIn } from "./views/sign_in.js";
import { language, speak, t } from "./words.js";

document.documentElement.dataset.theme = localStorage.getItem("mk.theme") ?? "night";
addEventListener("keydown", unlock, { once: true });
addEventListener("pointerdown", unlock, { once: true });

effect(() => {
  if (link.value.state === "live") sendKept();
});

export const screen = () => location.pathname.split("/")[2] || "operator";

function App() {
  const [failed, setFailed] = useState(false);
  language.value;
  const who = session.value;
  if (who === undefined) {
    begin().catch(() => setFailed(true));
    return html`<main class="empty" role="status">${t(failed ? "link.none" : "link.loading")}</main>`;
  }
  if (who === null) return html`<${SignIn} />`;
  if (who.lacking || screen() === "account") return html`<${Account} />`;
  if (screen() === "wallboard") return html`<${Wallboard} />`;
  if (screen() === "admin") return html`<${Admin} />`;
  if (screen() === "reports") return html`<${Reports} />`;
  return screen() === "steering" ? html`<${Steering} />` : html`<${Frame} screen=${screen()} />`;
}

await speak(language.value);
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
