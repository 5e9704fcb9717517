// Attention messages as a short list: whom for, what, how long still, and who was told. By keys; it never takes the focus.
import { computed, html, useMemo, useState } from "../../vendor/preact.js";
import { codeOf, forWhom, over } from "../attention_language.js";
import { mine, words } from "../attentions.js";
import { give } from "../commands.js";
import { past } from "../past.js";
import { now, session } from "../stores.js";
import { age, clockTime, t } from "../words.js";
import { beginCommand, wordOf } from "./command_bar.js";
import { listKeys, rowId, useInView } from "./operator.js";

/** How many of those who were told are named; the rest is a count. */
const NAMED = 6;

/** @param {{always?: boolean}} props always: also when there is nothing */
export function Attentions({ always = false }) {
  const [cursor, setCursor] = useState("");
  const rows = mine.value;
  if (!rows.length && !always) return null;
  const at = Math.max(0, rows.findIndex((a) => a.ref === cursor));

  /** @param {KeyboardEvent} event */
  function key(event) {
    const row = rows[at];
    if (event.ctrlKey || event.altKey || !row) return;
    if (event.key === "Enter") give({ type: "pass_on_attention", attention: row.ref });
    else if (event.key === "u") beginCommand(`${wordOf("told")} ${codeOf(row.ref)} ${row.unit}`);
    else if (event.key === "+") beginCommand(`${wordOf("prolong")} ${codeOf(row.ref)} `);
    else if (event.key === "-") beginCommand(`${wordOf("withdraw")} ${codeOf(row.ref)} `);
    else return listKeys(event, rows, at, (a) => setCursor(a.ref), () => {});
    event.preventDefault();
  }

  return html`<section class="pane attentions" aria-labelledby="attentions-title">
    <h2 class="title" id="attentions-title"><span role="status">${t("attention.title", { n: rows.length })}</span><span class="grow"></span><span class="sort">${t("attention.sort")}</span>${!past.value && html`<button id="new-attention" onClick=${() => beginCommand(`${wordOf("attention")} `)}>${t("attention.new")}</button>`}</h2>
    <div class="list" id="attentions" tabindex="0" role="listbox" aria-labelledby="attentions-title" aria-activedescendant=${rowId(rows[at]?.ref)} onKeyDown=${key}>
      ${rows.map((a, n) => html`<${AttentionLine} key=${a.ref} message=${a} selected=${n === at} onPick=${setCursor} />`)}
      ${!rows.length && html`<p class="empty" role="option" aria-selected="false">${t("attention.none")}</p>`}
    </div>
  </section>`;
}

/** One message; the ages count on without drawing it anew. @param {{message: any, selected: boolean, onPick: (ref: string) => void}} props */
function AttentionLine({ message: a, selected, onPick }) {
  const row = useInView(selected);
  const left = useMemo(() => computed(() => age(over(a) - now.value)), [a]);
  const since = useMemo(() => computed(() => age(now.value - a.at)), [a]);
  const said = words.value.get(a.ref);
  const place = a.location?.text || a.location?.place || "";
  const told = a.passed.filter((/** @type {any} */ p) => p.unit);
  const desk = (/** @type {any} */ p) => p.room === session.value?.room && (p.seat || p.by) === (session.value?.seat || session.value?.person);
  const here = a.passed.some((/** @type {any} */ p) => !p.unit && desk(p));
  const longer = said?.prolonged.at(-1);
  return html`<div ref=${row} id=${rowId(a.ref)} class="row attention ${selected ? "selected" : ""}" role="option" aria-selected=${selected} data-attention=${a.ref} onClick=${() => onPick(a.ref)}>
    <span class="box p${a.priority}" aria-label=${t("priority", { n: a.priority })}>${a.priority}</span>
    <span class="said"><span class="mono dim">${codeOf(a.ref)}</span> <strong>${said === undefined ? "…" : (said.text ?? t("note.closed"))}</strong><br />
      <span class="second">${[forWhom(a, t), said?.source, a.number && `#${a.number}`, place].filter(Boolean).join(" · ")} · ${t("attention.by", { by: a.by, room: a.room })} ${since}</span>
      ${longer && html`<br /><span class="second">${t("attention.longer", { by: longer.by, time: clockTime(longer.until), reason: longer.reason ?? t("note.closed") })}</span>`}
      ${told.length > 0 && html`<br /><span class="second">${t("attention.told", { who: told.slice(0, NAMED).map((/** @type {any} */ p) => `${p.unit} ${clockTime(p.at)} (${p.by})`).join(", ") })}${told.length > NAMED ? ` ${t("attention.more", { n: told.length - NAMED })}` : ""}</span>`}
    </span>
    <span class="right"><span class="mono">${t("attention.left")} ${left}</span><br /><span class="second">${a.scope === "unit" && !told.length ? html`<span class="late">${t("attention.untold")}</span>` : here ? t("attention.seen") : told.length ? t("attention.told_n", { n: told.length }) : t("attention.unseen")}</span></span>
  </div>`;
}
