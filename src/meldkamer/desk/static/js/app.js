// One page for every window: `/w/operator`, `/w/caco`, `/w/map`, `/w/steering`, `/w/reports`, `/w/admin`; signing in comes before all of them.
import { effect, html, render, useEffect, useState } from "../vendor/preact.js";
import { sendKept } from "./commands.js";
import "./pack_now.js";
import { isHeld } from "./keys.js";
import { begin, link, session } from "./stores.js";
import { unlock } from "./sound.js";
import { Frame } from "./views/frame.js";
import { Wallboard } from "./views/wallboard.js";
import { SignIn } from "./views/sign_in.js";
import { language, speak, t } from "./words.js";
import "./workplace.js";

document.documentElement.dataset.theme = localStorage.getItem("mk.theme") ?? "night";
// Language and theme are of the workplace: what is chosen in one window counts in all of them.
addEventListener("storage", (e) => {
  if (e.key === "mk.theme" && e.newValue) document.documentElement.dataset.theme = e.newValue;
  if (e.key === "mk.language" && e.newValue) speak(e.newValue);
});
// Before anything else listens, on every screen: what acts is pressed, not held.
addEventListener("keydown", (event) => {
  if (!isHeld(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
addEventListener("keydown", unlock, { once: true });
addEventListener("pointerdown", unlock, { once: true });

effect(() => {
  if (link.value.state === "live") sendKept();
});

export const screen = () => location.pathname.split("/")[2] || "operator";

/** Screens of others than those who serve: fetched when they are opened, so that no desk waits for them. @type {Record<string, () => Promise<any>>} */
const APART = {
  account: () => import("./views/account.js").then((m) => m.Account),
  admin: () => import("./admin/screen.js").then((m) => m.Admin),
  provider: () => import("./views/provider.js").then((m) => m.ProviderReturn),
  reports: () => import("./reports/screen.js").then((m) => m.Reports),
  steering: () => import("./steering/screen.js").then((m) => m.Steering),
};

/** A screen that is fetched when it is opened. @param {{name: string}} props */
function Apart({ name }) {
  const [View, setView] = useState(/** @type {any} */ (null));
  const [failed, setFailed] = useState(false);
  useEffect(() => { APART[name]().then((view) => setView(() => view), () => setFailed(true)); }, [name]);
  return View ? html`<${View} />` : html`<main class="empty" role="status">${t(failed ? "link.none" : "link.loading")}</main>`;
}

function App() {
  const [failed, setFailed] = useState(false);
  language.value;
  const who = session.value;
  // Who comes back from the provider is not in yet, or is in and binds an account: the page asks before anything else.
  if (screen() === "provider") return html`<${Apart} name="provider" />`;
  if (who === undefined) {
    begin().catch(() => setFailed(true));
    return html`<main class="empty" role="status">${t(failed ? "link.none" : "link.loading")}</main>`;
  }
  if (who === null) return html`<${SignIn} />`;
  if (who.lacking) return html`<${Apart} name="account" />`;
  if (screen() === "wallboard") return html`<${Wallboard} />`;
  return screen() in APART ? html`<${Apart} name=${screen()} />` : html`<${Frame} screen=${screen()} />`;
}

await speak(language.value);
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
