// What the screens of access share: moments, lists by keys, a form that asks for a reason, an act that asks twice.
import { html, useState } from "../../vendor/preact.js";
import { language, known, t } from "../words.js";
import { send } from "./store.js";

/** Day and time of day. @param {number | null} at */
export const moment = (at) => (at === null ? html`<span class="absent">${t("admin.never")}</span>` : new Intl.DateTimeFormat(language.value, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at));

/** Compartments in words. @param {{of: string[]}} props */
export const Compartments = ({ of }) => html`${of.map((c) => t(`admin.compartment.${c}`)).join(", ") || "–"}`;

/** An act on the list of changes, in words where it is one of ours. @param {{what: string}} props */
export function What({ what }) {
  const [head, ...rest] = what.split(": ");
  const key = `admin.what.${head.replaceAll(/[ -]/g, "_")}`;
  return known(key) ? html`${t(key)} <span class="mono second">${rest.join(": ")}</span>` : html`<span lang="en">${what}</span>`;
}

/** Up and down through the rows of a table. @param {KeyboardEvent} event */
export function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("tbody button.plain")];
  const n = rows.indexOf(/** @type {Element} */ (document.activeElement));
  event.preventDefault();
  /** @type {HTMLElement | undefined} */ (rows[Math.max(0, Math.min(rows.length - 1, n + step))])?.focus();
}

/** Send, and say how it went. @returns {[string, boolean, (path: string, body: any) => Promise<any>, (said: string) => void]} */
export function useSending() {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {string} path @param {any} body */
  async function go(path, body) {
    setBusy(true);
    try {
      const came = await send(path, body);
      setSaid(came.said);
      return came.answer;
    } finally {
      setBusy(false);
    }
  }
  return [said, busy, go, setSaid];
}

/** A button for what cannot be taken back: it asks once more. @param {{id: string, disabled: boolean, act: () => void, children?: any}} props */
export function Twice({ id, disabled, act, children }) {
  const [sure, setSure] = useState(false);
  return html`<button type="button" id=${id} disabled=${disabled} onBlur=${() => setSure(false)} onClick=${() => { if (sure) act(); setSure(!sure); }}>${children} ${sure && html`<strong>${t("admin.sure")}</strong>`}</button>`;
}
