// The screens of access: who may come in, who is in, who read what, and what was opened for a moment. Only what is one's own is there.
import { html, useEffect } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { useScreenKeys } from "../keys.js";
import { leave, now, session } from "../stores.js";
import { Choices } from "../views/sign_in.js";
import { age, clockTime, t } from "../words.js";
import { Confirm } from "./confirm.js";
import { Glass } from "./glass.js";
import { unjudged } from "./glass_watch.js";
import { Pack } from "./pack.js";
import { People } from "./people.js";
import { ReadLog } from "./read_log.js";
import { Sessions } from "./sessions.js";
import { at, choose, chosen, failure, go, keepReading, known, screens } from "./store.js";

const VIEWS = { people: People, sessions: Sessions, log: ReadLog, glass: Glass, confirm: Confirm, pack: Pack };
/** What these read for themselves. */
const BY_THEMSELVES = ["log", "glass", "confirm", "pack"];
const OLD = 60_000;

export function Admin() {
  useEffect(keepReading, []);
  useScreenKeys(keys);
  const name = at.value;
  return html`<div class="frame steering admin">
    <${Top} />
    <div class="about">
      ${failure.value && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${failure.value}</p>`}
      ${unjudged.value > 0 && name !== "glass" && html`<p class="wrong" role="alert"><${Sign} name="alarm" /> <a id="to-glass" href="/w/admin/glass" onClick=${to("glass")}>${t("admin.glass.band", { count: unjudged.value })}</a></p>`}
      <${Choices} />
    </div>
    <main class="steer" id="steer" tabindex="0" aria-labelledby="steer-title">
      <h1 id="steer-title"><span>${name ? t(`admin.tab.${name}`) : t("screen.admin")}</span> <span class="why">${name ? t(`admin.why.${name}`) : ""}</span></h1>
      ${name ? html`<${Shown} name=${name} />` : html`<p class="wrong" role="alert"><${Sign} name="lock" /> ${t("admin.not_yours")}</p>`}
    </main>
    <footer class="keys" aria-label=${t("keys.title")}>
      ${screens.value.map((s) => html`<span><kbd>${s.key}</kbd> ${t(`admin.tab.${s.name}`)}</span>`)}
      ${(name === "people" || name === "log") && html`<span><kbd>F7</kbd> ${t("admin.key.search")}</span>`}${name === "people" && html`<span><kbd>F8</kbd> ${t("admin.people.new")}</span>`}
      <span><kbd>↑</kbd><kbd>↓</kbd> ${t("steering.key.move")}</span><span><kbd>Enter</kbd> ${t("steering.key.open")}</span><span><kbd>Esc</kbd> ${t("steering.key.back")}</span>
    </footer>
  </div>`;
}

/** @param {{name: import("./store.js").Name}} props */
function Shown({ name }) {
  const View = VIEWS[name];
  if (BY_THEMSELVES.includes(name)) return html`<${View} />`;
  const shown = known.value[name];
  return shown ? html`<${View} data=${shown.data} />` : html`<p class="empty" role="status">${failure.value ? "" : t("link.loading")}</p>`;
}

/** @param {import("./store.js").Name} name */
const to = (name) => (/** @type {MouseEvent} */ e) => { e.preventDefault(); go(name); };

function Top() {
  const who = session.value;
  const shown = known.value[at.value ?? ""];
  const old = shown ? now.value - shown.read : 0;
  return html`<header class="top">
    <strong>${t("screen.admin")}</strong><span>${who.room}</span>
    <nav class="link" aria-label=${t("screen.admin")}>${screens.value.map((s) => html`<a href="/w/admin/${s.name}" aria-current=${s.name === at.value ? "page" : null} onClick=${to(s.name)}>${t(`admin.tab.${s.name}`)}${s.name === "glass" && unjudged.value > 0 ? html` <strong>${unjudged.value}</strong>` : ""}</a>`)}</nav>
    <span class="grow"></span>
    ${who.rights.includes("read") && html`<nav class="link" aria-label=${t("screen.operator")}><a href="/w/operator">${t("screen.operator")}</a></nav>`}
    <nav class="link" aria-label=${t("account.title")}><a href="/w/account">${who.name || who.person}</a></nav>
    ${shown && html`<span class="link ${old > OLD ? "bad" : ""}">${old > OLD && html`<${Sign} name="warn" />`} ${t("steering.read", { time: clockTime(shown.read), age: age(old) })}</span>`}
    <button onClick=${leave}>${t("sign_out")}</button>
  </header>`;
}

/** @param {string} selector */
const enter = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const screen = screens.value.find((s) => s.key === event.key);
  if (screen) {
    event.preventDefault();
    go(screen.name);
    enter("#steer");
  } else if (event.key === "F7") {
    event.preventDefault();
    enter("#search, #person");
  } else if (event.key === "F8" && at.value === "people") {
    event.preventDefault();
    choose("+");
  } else if (event.key === "Escape") {
    // Out of a field and back to the list; what was typed stays.
    enter(at.value === "people" && chosen.value && chosen.value !== "+" ? `#row-${CSS.escape(chosen.value)}` : "#steer");
  }
}
