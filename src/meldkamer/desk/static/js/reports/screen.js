// Reports: five questions about how well the country answers, each behind its key, for one period that keys move.
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { useScreenKeys } from "../keys.js";
import { day, whole } from "../steering/marks.js";
import { leave, now, session } from "../stores.js";
import { Choices } from "../views/sign_in.js";
import { age, clockTime, language, t } from "../words.js";
import { Gaps } from "./gaps.js";
import { moment } from "./parts.js";
import { KEYS, SCREENS, at, failure, go, keepReading, lookAt, period, query, read, shown, span, step } from "./store.js";
import { Groups, Overflows, Overview, Rooms } from "./views.js";

const VIEWS = { overview: Overview, rooms: Rooms, groups: Groups, overflow: Overflows, gaps: Gaps };
const FILES = ["csv", "parquet", "html"];
const OLD = 150_000;

export function Reports() {
  const mine = session.value.rights.includes("reports");
  useEffect(() => (mine ? keepReading() : undefined), []);
  // Names and charts come in the language of the screen.
  useEffect(() => { if (mine) read(); }, [language.value]);
  useScreenKeys(keys);
  const view = shown.value?.name === at.value ? shown.value.data : null;
  const View = VIEWS[at.value];
  return html`<div class="frame steering reports">
    <${Top} />
    <div class="about">
      ${failure.value && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${failure.value}</p>`}
      ${mine && html`<${Period} of=${span.value} />`}
      <${Choices} />
    </div>
    <main class="steer" id="steer" tabindex="0" aria-labelledby="steer-title">
      <h1 id="steer-title"><span>${t(`reports.tab.${at.value}`)}</span> <span class="why">${t(`reports.why.${at.value}`)}</span></h1>
      ${view && html`<${Notes} view=${view} />`}
      ${!mine ? html`<p class="wrong" role="alert"><${Sign} name="lock" /> ${t("admin.not_yours")}</p>` : view?.shows ? html`<${View} view=${view} />` : html`<p class="empty" role="status">${!view || view.problem ? (failure.value ? "" : t("link.loading")) : t("reports.reading", { count: whole(view.count), whole: whole(view.whole) })}</p>`}
    </main>
    <footer class="keys" aria-label=${t("keys.title")}>
      ${SCREENS.map((s) => html`<span><kbd>${s.key}</kbd> ${t(`reports.tab.${s.name}`)}</span>`)}
      ${KEYS.map(([key, word]) => html`<span><kbd>${key}</kbd> ${t(`reports.key.${word}`)}</span>`)}
      <span><kbd>Esc</kbd> ${t("steering.key.back")}</span><span><kbd>Ctrl+P</kbd> ${t("steering.key.print")}</span>
    </footer>
  </div>`;
}

function Top() {
  const who = session.value;
  const old = shown.value ? now.value - shown.value.read : 0;
  return html`<header class="top">
    <strong>${t("screen.reports")}</strong>
    <nav class="link" aria-label=${t("screen.reports")}>${SCREENS.map((s) => html`<a href="/w/reports/${s.name}" aria-current=${s.name === at.value ? "page" : null} onClick=${(/** @type {MouseEvent} */ e) => { e.preventDefault(); go(s.name); }}>${t(`reports.tab.${s.name}`)}</a>`)}</nav>
    <span class="grow"></span>
    ${who.rights.includes("read") && html`<nav class="link" aria-label=${t("screen.operator")}><a href="/w/operator">${t("screen.operator")}</a></nav>`}
    ${who.rights.includes("steer") && html`<nav class="link" aria-label=${t("screen.steering")}><a href="/w/steering">${t("screen.steering")}</a></nav>`}
    <span>${who.name || who.person}</span>
    ${shown.value && html`<span class="link ${old > OLD ? "bad" : ""}">${old > OLD && html`<${Sign} name="warn" />`} ${t("steering.read", { time: clockTime(shown.value.read), age: age(old) })}</span>`}
    <button onClick=${leave}>${t("sign_out")}</button>
  </header>`;
}

/** The period, and its files. @param {{of: any}} props */
function Period({ of }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const name = period.value || of?.name || "";
  useEffect(() => {
    // An answer that comes while somebody types takes nothing away.
    if (field.current && document.activeElement !== field.current) field.current.value = name;
  }, [name]);
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    lookAt(String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("period")).trim());
    enter("#steer");
  }
  return html`<form class="period" onSubmit=${submit} role="search" aria-label=${t("reports.period")}>
    <button type="button" id="before" disabled=${!of} aria-label=${t("reports.key.before")} onClick=${() => step("before")}><${Sign} name="left" /></button>
    <label for="period">${t("reports.period")}</label><input id="period" name="period" autocomplete="off" spellcheck=${false} maxlength="24" ref=${field} onBlur=${(/** @type {any} */ e) => (e.target.value = period.value || of?.name || "")} aria-describedby="period-how" />
    <button type="button" id="after" disabled=${!of} aria-label=${t("reports.key.after")} onClick=${() => step("after")}><${Sign} name="right" /></button>
    <span id="period-days">${of && `${day(of.since)} – ${day(of.until - 1)}`}</span>
    <span class="sr" id="period-how">${t("reports.period_how")}</span>
    <button type="button" id="this-week" onClick=${() => lookAt("")}>${t("reports.this_week")}</button><button type="button" id="this-month" onClick=${() => lookAt(month(0))}>${t("reports.this_month")}</button><button type="button" id="last-month" onClick=${() => lookAt(month(-1))}>${t("reports.last_month")}</button>
    <span class="files">${t("reports.files")} ${FILES.map((kind) => html`<a key=${kind} id="file-${kind}" href="/reports/report.${kind}?${query()}" download>${kind.toUpperCase()}</a>`)}</span>
  </form>`;
}

/** The name of this month, or of one before it. @param {number} back */
function month(back) {
  const then = new Date();
  then.setDate(1);
  then.setMonth(then.getMonth() + back);
  return `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, "0")}`;
}

/** What stands above every screen: until when is counted, and what could not be read. @param {{view: any}} props */
function Notes({ view }) {
  if (!view.shows) return "";
  if (!view.covers) return html`<p class="note">${view.words.empty}</p>`;
  return html`<p class="note">${t("reports.covers", { since: moment(view.covers[0]), until: moment(view.until) })}</p>
    ${(view.gaps.length > 0 || view.unread > 0) && html`<p class="wrong"><${Sign} name="warn" /> ${view.words.gaps}: <span lang="en">${view.gaps.join("; ")}</span> ${view.unread > 0 && `${whole(view.unread)} ${view.words.unread}`}</p>`}`;
}

/** @param {string} selector */
const enter = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !session.value.rights.includes("reports")) return;
  const to = SCREENS.find((s) => s.key === event.key);
  if (to) {
    go(to.name);
    enter("#steer");
  } else if (event.key === "F8") {
    const field = /** @type {HTMLInputElement | null} */ (document.querySelector("#period"));
    field?.focus();
    field?.select();
  } else if (event.key === "F9") {
    enter("#steer");
    step("before");
  } else if (event.key === "F10") {
    enter("#steer");
    step("after");
  } else if (event.key === "Escape") {
    enter("#steer");
    return;
  } else {
    return;
  }
  event.preventDefault();
}
