// A reason that somebody types for what they are about to do. It is never lost by Esc, another choice or a reload; but one from
// before comes back marked, and counts only after a key said that it still holds: no old reason is stored unread.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { moment } from "../afterwards.js";
import { outcome } from "../commands.js";
import { draft, dropDraft, keepDraft } from "../drafts.js";
import { Sign } from "../icons.js";
import { now } from "../stores.js";
import { language, t } from "../words.js";

/**
 * @typedef {{text: string, old: boolean, at: number, type: (next: string) => void, holds: () => void, leave: () => void, clear: () => void, unsure: (field: string) => boolean}} Reason
 *   old: it is from before and nobody said yet that it holds; at: when it was typed, milliseconds; leave: the form is left;
 *   unsure: whether it must be confirmed first; then it says so and goes to its field
 */

/** @param {string} key @returns {{key: string, text: string, at: number, old: boolean}} */
function kept(key) {
  const { text = "", at = 0 } = key ? draft(key) : {};
  return { key, text, at, old: Boolean(text) };
}

/** The reason for one thing. @param {string} about what it is for, so that it comes back with that and with nothing else; empty: nothing is asked now @returns {Reason} */
export function useReason(about) {
  const key = about && `reason.${about}`;
  const [given, setGiven] = useState(() => kept(key));
  const stands = given.key === key ? given : kept(key);
  useEffect(() => setGiven(kept(key)), [key]);
  return {
    text: stands.text,
    old: stands.old,
    at: stands.at,
    type(next) {
      const at = Math.round(now.value);
      if (next) keepDraft(key, { text: next, at });
      else dropDraft(key);
      setGiven({ key, text: next, at, old: false });
    },
    holds: () => setGiven((g) => ({ ...(g.key === key ? g : kept(key)), old: false })),
    leave: () => setGiven((g) => (g.key === key ? { ...g, old: Boolean(g.text) } : kept(key))),
    clear() {
      dropDraft(key);
      setGiven({ key, text: "", at: 0, old: false });
    },
    unsure(field) {
      if (!stands.old) return false;
      outcome.value = { text: t("reason.confirm"), bad: true };
      requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(field))?.focus());
      return true;
    },
  };
}

/** Its field: Enter says of an old one that it holds, else it is the Enter of the form. @param {{id: string, reason: Reason, enter: () => void, escape?: () => void, at?: (field: HTMLElement | null) => void}} props */
export function ReasonField({ id, reason, enter, escape, at }) {
  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (reason.old) reason.holds();
      else enter();
    } else if (event.key === "Escape") {
      reason.leave();
      escape?.();
    }
  }
  return html`<input id=${id} ref=${at} class="grow" value=${reason.text} maxlength="200" aria-describedby=${reason.old ? `${id}-old` : null} onInput=${(/** @type {any} */ e) => reason.type(e.target.value)} onKeyDown=${key} />
    ${reason.old && html`<span class="chip note wide" id="${id}-old"><${Sign} name="back" /> ${t("reason.before", { time: moment(reason.at, now.value, language.value) })} <kbd>Enter</kbd></span>`}`;
}
