// Leeslog: who read what of whom, and why. Looking here is itself a reading, so nothing is shown before somebody asks.
import { html, useState } from "../../vendor/preact.js";
import { Lost, Problem, get } from "../api.js";
import { Sign } from "../icons.js";
import { Panel, Table } from "../steering/marks.js";
import { known, sayProblem, t } from "../words.js";
import { Compartments, moment } from "./parts.js";
import { PAGE } from "./store.js";

const WHY = ["supervision", "complaint", "investigation"];
const DAY = 86_400_000;

/** Why it was read, in words. @param {string} purpose */
const purposeWord = (purpose) => (known(`past.why.${purpose}`) ? t(`past.why.${purpose}`) : t(`admin.purpose.${purpose}`));

/** What was asked for, without the page. @param {FormData} given */
function queryOf(given) {
  const query = new URLSearchParams({ newest: "true", limit: String(PAGE), why: String(given.get("why")) });
  for (const field of ["person", "ref"]) if (String(given.get(field)).trim()) query.set(field, String(given.get(field)).trim());
  const day = String(given.get("day"));
  if (day) {
    const [from, next] = [new Date(`${day}T00:00:00`), new Date(`${day}T00:00:00`)];
    // A day has 23 or 25 hours twice a year: the next one begins when the calendar says so.
    next.setDate(next.getDate() + 1);
    query.set("since", String(from.getTime()));
    query.set("until", String(next.getTime()));
  }
  return query;
}

export function ReadLog() {
  const [page, setPage] = useState(/** @type {{readings: any[], next: number, query: URLSearchParams, at: number, first: boolean} | null} */ (null));
  const [wrong, setWrong] = useState("");
  /** @param {URLSearchParams} query @param {number} [before] */
  async function ask(query, before) {
    const whole = new URLSearchParams(query);
    if (before) whole.set("before", String(before));
    try {
      const found = await get(`/api/read-log?${whole}`);
      setPage({ ...found, query, at: Date.now(), first: !before });
      setWrong("");
    } catch (error) {
      if (error instanceof Problem) setWrong(sayProblem(error.body));
      else if (error instanceof Lost) setWrong(t("steering.lost"));
      else throw error;
    }
  }
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    return ask(queryOf(new FormData(/** @type {HTMLFormElement} */ (e.target))));
  }
  return html`<div class="sheets">
    <${Panel} id="log-asked" title=${t("admin.log.asked")} note=${t("admin.log.note")}><form id="log" class="filters" role="search" onSubmit=${submit}>
      <label for="why">${t("admin.log.why")}</label><select id="why" name="why">${WHY.map((w) => html`<option value=${w}>${purposeWord(w)}</option>`)}</select>
      <label for="person">${t("admin.log.person")} <kbd>F7</kbd></label><input id="person" name="person" maxlength="64" autocomplete="off" placeholder=${t("admin.log.everybody")} />
      <label for="ref">${t("admin.log.ref")}</label><input id="ref" name="ref" maxlength="120" autocomplete="off" placeholder=${t("admin.log.everything")} />
      <label for="day">${t("admin.log.day")}</label><input id="day" name="day" type="date" max=${new Date(Date.now() + DAY).toISOString().slice(0, 10)} />
      <button type="submit">${t("admin.log.look")} <kbd>Enter</kbd></button>
    </form>${wrong && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${wrong}</p>`}<//>
    ${page && html`<${Panel} id="readings" title=${t("admin.log.readings")} note=${moment(page.at)}>
      ${page.readings.length ? html`<${Lines} rows=${page.readings} />` : html`<p class="note" role="status">${t("admin.log.none")}</p>`}
      <p class="pages"><button id="newest" disabled=${page.first} onClick=${() => ask(page.query)}>${t("admin.log.newest")}</button> <button id="older" disabled=${page.readings.length < PAGE} onClick=${() => ask(page.query, page.next)}>${t("admin.log.older")}</button></p><//>`}
  </div>`;
}

/** @param {{rows: any[]}} props */
function Lines({ rows }) {
  return html`<${Table} label=${t("admin.log.readings")}>
    <thead><tr><th scope="col" class="n">${t("admin.log.number")}</th><th scope="col">${t("admin.log.when")}</th><th scope="col">${t("admin.log.person")}</th><th scope="col">${t("admin.sessions.seat")}</th><th scope="col">${t("admin.log.what")}</th><th scope="col">${t("admin.log.ref")}</th><th scope="col">${t("admin.people.opens")}</th><th scope="col">${t("admin.log.refused")}</th><th scope="col">${t("admin.log.why")}</th><th scope="col">${t("admin.log.origin")}</th></tr></thead>
    <tbody>${rows.map(({ n, reading: r }) => html`<tr key=${n}><td class="n mono">${n}</td><td class="nobr">${moment(r.at)}</td><th scope="row">${r.person}</th><td class="mono">${r.room} ${r.seat || "–"}</td><td>${t(`admin.kind.${r.kind}`)}</td><td class="mono cut-off">${r.ref}</td>
      <td><${Compartments} of=${r.compartments} /></td><td>${r.refused.length > 0 && html`<${Sign} name="lock" /> `}<${Compartments} of=${r.refused} /></td><td>${purposeWord(r.purpose)}</td><td class="mono">${r.origin || "–"}</td></tr>`)}</tbody><//>`;
}
