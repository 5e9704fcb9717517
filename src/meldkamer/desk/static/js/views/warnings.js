// Address warnings as a list: what waits for a second person, what ends soon and has to be reviewed, what stands, what is over.
// Words are read with Enter, which is recorded; all that is said of one goes through the command line.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem } from "../api.js";
import { codeOf } from "../attention_language.js";
import { VERBS } from "../command_language.js";
import { outcome } from "../commands.js";
import { past } from "../past.js";
import { now } from "../stores.js";
import { dayOf, placeOf, waitingAt } from "../warning_language.js";
import { looking, readWords, rows, words } from "../warnings.js";
import { language, sayProblem, t } from "../words.js";
import { called } from "./at_place_warnings.js";
import { beginCommand } from "./command_bar.js";
import { listKeys, rowId, useInView } from "./operator.js";

/** What ends within so long has to be reviewed (milliseconds). */
const SOON = 30 * 86_400_000;

/** The word that begins a command in the language of the screen. @param {string} verb */
const wordOf = (verb) => Object.entries(language.value === "en" ? VERBS.en : VERBS.nl).find(([, v]) => v === verb)?.[0] ?? "";

/** @returns {{title: string, lines: any[]}[]} */
function groups() {
  const all = rows.value ?? [];
  const open = all.filter((w) => w.over > now.value);
  const waits = open.filter((w) => waitingAt(w));
  const rest = open.filter((w) => !waitingAt(w));
  return [
    { title: t("warning.waits"), lines: waits },
    { title: t("warning.soon"), lines: rest.filter((w) => w.until - now.value <= SOON) },
    { title: t("warning.standing_now"), lines: rest.filter((w) => w.until - now.value > SOON) },
    { title: t("warning.lately"), lines: all.filter((w) => w.over <= now.value).sort((a, b) => b.over - a.over) },
  ].filter((group) => group.lines.length);
}

export function Warnings() {
  const [cursor, setCursor] = useState("");
  useEffect(() => {
    looking.value = true;
    /** @type {HTMLElement | null} */ (document.querySelector("#warnings"))?.focus();
    return () => { looking.value = false; };
  }, []);
  const parts = groups();
  const lines = parts.flatMap((part) => part.lines);
  const at = Math.max(0, lines.findIndex((w) => w.ref === cursor));

  /** @param {any} w */
  const read = (w) => readWords(w.ref).catch((e) => { outcome.value = { text: e instanceof Problem ? sayProblem(e.body) : t("link.none"), bad: true }; });

  /** @param {KeyboardEvent} event */
  function key(event) {
    const w = lines[at];
    if (event.ctrlKey || event.altKey) return;
    if (event.key === "n") beginCommand(`${wordOf("warn")} `);
    else if (!w) return;
    else if (event.key === "Enter") read(w);
    else if (event.key === "c") confirm(w);
    else if (event.key === "x") beginCommand(`${wordOf("deny")} ${codeOf(w.ref)} `);
    else if (event.key === "+") beginCommand(`${wordOf("extend")} ${codeOf(w.ref)} `);
    else if (event.key === "-") beginCommand(`${wordOf("revoke")} ${codeOf(w.ref)} `);
    else return listKeys(event, lines, at, (to) => setCursor(to.ref), () => {});
    event.preventDefault();
  }

  /** Nobody agrees to what he has not read. @param {any} w */
  function confirm(w) {
    if (words.value.has(w.ref)) beginCommand(`${wordOf("vouch")} ${codeOf(w.ref)}`);
    else {
      read(w);
      outcome.value = { text: t("warning.read_first"), bad: true };
    }
  }

  return html`<section class="pane" aria-labelledby="warnings-title">
    <h2 class="title" id="warnings-title"><span role="status">${t("warning.title", { n: lines.filter((w) => w.standing === "stands").length })}</span><span class="grow"></span><span class="sort">${t("warning.sort")}</span>${!past.value && html`<button id="new-warning" onClick=${() => beginCommand(`${wordOf("warn")} `)}>${t("warning.new")} <kbd>n</kbd></button>`}</h2>
    <div class="list" id="warnings" tabindex="0" role="listbox" aria-labelledby="warnings-title" aria-activedescendant=${rowId(lines[at]?.ref)} onKeyDown=${key}>
      ${parts.map((part) => html`<div role="group" aria-label=${part.title} key=${part.title}><div class="group" aria-hidden="true">${part.title} ${part.lines.length}</div>
        ${part.lines.map((w) => html`<${Line} key=${w.ref} warning=${w} selected=${w === lines[at]} onPick=${setCursor} />`)}</div>`)}
      ${!lines.length && html`<p class="empty" role="option" aria-selected="false">${t(rows.value ? "warning.none" : "link.loading")}</p>`}
    </div>
  </section>`;
}

/** @param {{warning: any, selected: boolean, onPick: (ref: string) => void}} props */
function Line({ warning: w, selected, onPick }) {
  const row = useInView(selected);
  const said = words.value.get(w.ref);
  const date = (/** @type {number} */ ms) => dayOf(ms, language.value);
  const longer = w.longer && said?.prolongations.find((/** @type {any} */ p) => p.prolongation === w.longer.prolongation);
  const why = said?.withdrawn ?? (w.standing === "refused" ? said?.refused[0] : null);
  return html`<div ref=${row} id=${rowId(w.ref)} class="row warning ${selected ? "selected" : ""}" role="option" aria-selected=${selected} data-warning=${w.ref} onClick=${() => onPick(w.ref)}>
    <span class="mono dim">${codeOf(w.ref)}</span>
    <span class="said"><strong>${placeOf(w)}</strong> ${[...w.audience].join(" ")}<br />
      ${said ? html`<span>${called("warning_natures", said.nature)} <strong>${said.text ?? t("note.closed")}</strong></span><br /><span class="second">${[said.source, called("legal_bases", said.basis)].filter(Boolean).join(" · ")}</span><br />` : ""}
      <span class="second">${[t("warning.asked_by", { by: w.by, room: w.room, date: date(w.at) }), w.confirmed && t("warning.confirmed_by", { by: w.confirmed.by, room: w.confirmed.room })].filter(Boolean).join(" · ")}</span>
      ${w.longer && html`<br /><span class="second">${t("warning.longer", { by: w.longer.by, date: date(w.longer.until), reason: said ? (longer?.reason ?? t("note.closed")) : "…" })}</span>`}
      ${why && html`<br /><span class="second">${t("warning.ended_by", { by: why.by, reason: why.reason ?? t("note.closed") })}</span>`}
    </span>
    <span class="right"><span>${w.longer ? t("warning.longer_asked") : t(`warning.standing.${w.standing}`)}</span><br /><span class="second">${t("warning.until", { date: date(w.until) })}</span></span>
  </div>`;
}
