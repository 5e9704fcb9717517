// The list of what follows, under the command line, before Enter: units asked anew, the playbook with its clocks, who is told.
import { html } from "../../vendor/preact.js";
import { follows } from "../follows.js";
import { DisciplineSign } from "../icons.js";
import { t } from "../words.js";

/** @param {{act: any, number: string}} props act: what sets the characteristic; number: of its incident */
export function FollowsList({ act, number }) {
  const found = follows.value;
  const title = t("follows.title", { number, name: act.name, value: act.value });
  return html`<section id="follows" class="follows" role="status" aria-label=${title}>
    <h2>${title}</h2>
    ${!found ? html`<p class="second">${t("follows.looking")}</p>` : html`<ul>
      ${found.problem && html`<li>${t("follows.no_units", { why: found.problem })}</li>`}
      ${found.asked.map((a) => html`<li><${DisciplineSign} d=${a.discipline} /> ${t("follows.asks", { before: a.before || "–", after: a.after || "–" })}${a.units.length > 0 && html` · ${t("follows.proposes", { units: a.units.join(" ") })}`}${a.short.map((s) => html` <span class="chip warn">${s}</span>`)}</li>`)}
      ${!found.problem && !found.asked.length && html`<li>${t("follows.same_units")}</li>`}
      ${found.books.map((b) => html`<li>${t(b.open ? "follows.book_open" : "follows.book", { name: b.name })}
        ${!b.open && html`<div class="second"><strong>${t("follows.steps")}</strong> ${b.steps.join(" · ")}</div><div class="second"><strong>${t("follows.tell")}</strong> ${b.tell.join(" · ")}</div>`}</li>`)}
      ${!found.books.length && html`<li>${t("follows.no_book")}</li>`}
      <li>${t("follows.nobody_goes")}</li></ul>`}
  </section>`;
}
