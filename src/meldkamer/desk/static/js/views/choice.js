// A choice that acts: by mouse at once, by keys at Enter. The arrows of a closed list change its value at every step, and a
// step on the way to what somebody means must not be carried out.
import { html, useRef, useState } from "../../vendor/preact.js";

/**
 * @param {{id?: string, label: string, value: string, options: [string, string][], take: (value: string) => void, disabled?: boolean}} props
 *   value: what stands; options: values with their words; take: carries out what was chosen
 */
export function Choice({ id, label, value, options, take, disabled }) {
  const keyed = useRef(false);
  // What the keys have come to so far; null while nobody chooses.
  const [at, setAt] = useState(/** @type {string | null} */ (null));

  /** What stands shows again, until something else stands. @param {HTMLSelectElement} list */
  function put(list) {
    keyed.current = false;
    setAt(null);
    list.value = value;
  }

  /** @param {HTMLSelectElement} list */
  function done(list) {
    const chosen = list.value;
    put(list);
    if (chosen !== value) take(chosen);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const list = /** @type {HTMLSelectElement} */ (event.currentTarget);
    if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      done(list);
    } else if (event.key === "Escape") put(list);
    else if (event.key !== "Tab") keyed.current = true;
  }

  return html`<select id=${id} aria-label=${label} disabled=${disabled} value=${at ?? value} onKeyDown=${key} onMouseDown=${() => (keyed.current = false)} onBlur=${(/** @type {any} */ e) => put(e.target)}
    onChange=${(/** @type {any} */ e) => (keyed.current ? setAt(e.target.value) : done(e.target))}>${options.map(([code, words]) => html`<option value=${code}>${words}</option>`)}</select>`;
}
