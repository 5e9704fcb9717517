// The steering screens: six questions of the management side, each behind its key. Facts carry their kind, pictures their age.
import { html, useEffect } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { useScreenKeys } from "../keys.js";
import { leave, now, session } from "../stores.js";
import { Choices } from "../views/sign_in.js";
import { age, clockTime, t } from "../words.js";
import { Continuity } from "./continuity.js";
import { Lines } from "./lines.js";
import { Money } from "./money.js";
import { Proof } from "./proof.js";
import { Register } from "./register.js";
import { Risks } from "./risks.js";
import { SCREENS, at, failure, go, keepReading, known, plan } from "./store.js";
import { Today } from "./today.js";

const VIEWS = { today: Today, risks: Risks, continuity: Continuity, lines: Lines, money: Money, proof: Proof, register: Register };
const OLD = 150_000;

export function Steering() {
  useEffect(keepReading, []);
  useScreenKeys(keys);
  const shown = known.value[at.value];
  const View = VIEWS[at.value];
  return html`<div class="frame steering">
    <${Top} />
    <${Band} />
    <main class="steer" id="steer" tabindex="0" aria-labelledby="steer-title">
      <h1 id="steer-title"><span>${t(`steering.tab.${at.value}`)}</span> <span class="why">${t(`steering.why.${at.value}`)}</span></h1>
      ${shown ? html`<${View} data=${shown.data} />` : html`<p class="empty" role="status">${failure.value ? "" : t("link.loading")}</p>`}
    </main>
    <footer class="keys" aria-label=${t("keys.title")}>
      ${SCREENS.map((s) => html`<span><kbd>${s.key}</kbd> ${t(`steering.tab.${s.name}`)}</span>`)}
      <span><kbd>↑</kbd><kbd>↓</kbd> ${t("steering.key.move")}</span><span><kbd>Enter</kbd> ${t("steering.key.open")}</span><span><kbd>Esc</kbd> ${t("steering.key.back")}</span><span><kbd>Ctrl+P</kbd> ${t("steering.key.print")}</span>
    </footer>
  </div>`;
}

function Top() {
  const who = session.value;
  const shown = known.value[at.value];
  const old = shown ? now.value - shown.read : 0;
  return html`<header class="top">
    <strong>${t("screen.steering")}</strong>
    <nav class="link" aria-label=${t("screen.steering")}>${SCREENS.map((s) => html`<a href="/w/steering/${s.name}" aria-current=${s.name === at.value ? "page" : null} onClick=${(/** @type {MouseEvent} */ e) => { e.preventDefault(); go(s.name); }}>${t(`steering.tab.${s.name}`)}</a>`)}</nav>
    <span class="grow"></span>
    ${who.rights.includes("read") && html`<nav class="link" aria-label=${t("screen.operator")}><a href="/w/operator">${t("screen.operator")}</a></nav>`}
    ${who.rights.includes("reports") && html`<nav class="link" aria-label=${t("screen.reports")}><a href="/w/reports">${t("screen.reports")}</a></nav>`}
    <nav class="link" aria-label=${t("account.title")}><a href="/w/account">${who.name || who.person}</a></nav>
    ${shown && html`<span class="link ${old > OLD ? "bad" : ""}">${old > OLD && html`<${Sign} name="warn" />`} ${t("steering.read", { time: clockTime(shown.read), age: age(old) })}</span>`}
    <button onClick=${leave}>${t("sign_out")}</button>
  </header>`;
}

function Band() {
  const about = plan.value;
  const wrong = failure.value === "lost" ? t("steering.lost") : failure.value;
  return html`<div class="about">
    ${wrong && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${wrong}</p>`}
    ${about?.problem && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${t("steering.problem")} <span lang="en">${about.problem}</span></p>`}
    ${about?.faults.length > 0 && html`<ul class="wrong">${about.faults.slice(0, 5).map((/** @type {any} */ f) => html`<li>${[f.file, f.line, f.field].filter(Boolean).join(" · ")}: ${f.message}</li>`)}</ul>`}
    ${about && !about.faults.length && html`<p><strong>${about.name}</strong> · ${t("steering.version", { version: about.version })} · ${about.writable ? t("steering.writable") : t(`steering.plan.${about.source}`)}</p>`}
    <${Choices} />
  </div>`;
}

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const to = SCREENS.find((s) => s.key === event.key);
  if (to) {
    event.preventDefault();
    go(to.name);
    /** @type {HTMLElement | null} */ (document.querySelector("#steer"))?.focus();
  } else if (event.key === "Escape") {
    /** @type {HTMLElement | null} */ (document.querySelector("#steer"))?.focus();
  }
}
