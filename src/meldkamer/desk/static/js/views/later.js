// Screens that not every workplace opens: fetched when they are, so that the first load stays small.
import { html, signal, useEffect } from "../../vendor/preact.js";
import { t } from "../words.js";

/** A screen that is fetched when it is shown for the first time. @param {() => Promise<any>} load */
export function later(load) {
  const found = signal(/** @type {any} */ (null));
  const failed = signal(false);
  return function Later() {
    useEffect(() => {
      if (!found.peek()) load().then((view) => { found.value = view; }, () => { failed.value = true; });
    }, []);
    const View = found.value;
    return View ? html`<${View} />` : html`<p class="empty" role="status">${t(failed.value ? "link.none" : "link.loading")}</p>`;
  };
}
