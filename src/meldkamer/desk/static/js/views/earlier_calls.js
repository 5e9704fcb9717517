// Earlier calls by the number of the call in hand and from its place, and what came of each. Asked once when a call is taken, and again
// when its number or place changes. It never takes the focus by itself.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { moment } from "../afterwards.js";
import { outcome } from "../commands.js";
import { about, answer, ask, besides, pointOf, rows, spotOf, view, wanted } from "../earlier.js";
import { className } from "../lists.js";
import { look, now, session } from "../stores.js";
import { known, language, t } from "../words.js";
import { listKeys, rowId, useInView } from "./operator.js";

/** @param {{call: any, detail: any, place?: any, back?: string}} props call: in hand, none in a form without one; detail: who calls, once it was read; place: found by what was typed; back: where Escape leads */
export function EarlierCalls({ call, detail, place, back = "" }) {
  const [cursor, setCursor] = useState("");
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const typed = pointOf(place);
  const spot = typed ?? spotOf(call?.location);
  const where = spot ? `${spot.x} ${spot.y}` : "";
  const number = detail?.caller?.number ?? "";
  useEffect(() => {
    about.value = { ref: call?.ref, spot };
  }, [call?.ref, where]);
  useEffect(() => () => void (about.value = null), []);
  useEffect(() => {
    if (call && detail?.caller) ask(call.ref, typed, `${session.value?.person} ${number} ${where}`);
  }, [call?.ref, Boolean(detail?.caller), number, where]);
  const found = rows.value;
  useEffect(() => {
    if (!list.current || !wanted.value) return;
    wanted.value = false;
    list.current.focus();
  }, [found.length > 0, wanted.value]);

  const at = Math.max(0, found.findIndex((one) => one.call.ref === cursor));

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.ctrlKey || event.altKey) return undefined;
    if (event.key === "Enter") open(found[at]);
    else if (event.key === "Escape" && back) /** @type {HTMLElement | null} */ (document.querySelector(back))?.focus();
    else return listKeys(event, found, at, (one) => setCursor(one.call.ref), () => {});
    event.preventDefault();
    return undefined;
  }

  const problem = answer.value && answer.value.ref === call?.ref ? answer.value.problem : "";
  if (!found.length && !view.value && !problem) return null;
  return html`<div class="earlier-calls">
    <div role="status" id="earlier"><strong id="earlier-title">${t("earlier.title")}</strong> <span class="second">${problem || said(found.length)}</span></div>
    ${found.length > 0 && html`<div class="earlier-list" id="earlier-list" ref=${list} tabindex="0" role="listbox" aria-labelledby="earlier-title" aria-activedescendant=${rowId(found[at] && `earlier ${found[at].call.ref}`)} onKeyDown=${key}>
      ${found.map((one, n) => html`<${Line} key=${one.call.ref} one=${one} n=${n + 1} selected=${n === at} pick=${() => setCursor(one.call.ref)} />`)}
    </div>`}
  </div>`;
}

/** How often, and how often it was nothing. @param {number} shown */
function said(shown) {
  const found = view.value;
  if (!found) return shown ? t("earlier.place", { n: shown }) : "";
  const times = (/** @type {any} */ tally, /** @type {number} */ more = 0) => `${tally.count + more}${tally.more ? "+" : ""}`;
  const parts = [];
  if (found.by_number?.count) parts.push([t("earlier.number", { n: times(found.by_number) }), ...endings(found.by_number.ended)].join(", "));
  const there = (found.by_place?.count ?? 0) + besides.value;
  if (there) parts.push(t("earlier.place", { n: times(found.by_place ?? { count: 0 }, besides.value) }));
  const all = parts.length ? `${parts.join(" · ")} ${t("earlier.days", { days: found.days })}` : t("earlier.none", { days: found.days });
  return [all, found.by_number || !found.unreadable.includes("caller") ? "" : t("earlier.sealed"), found.whole ? "" : t("earlier.reading")].filter(Boolean).join(" · ");
}

/** How many ended as anything else than help, the most first. @param {Record<string, number>} ended */
const endings = (ended) => Object.entries(ended).sort((a, b) => b[1] - a[1]).map(([reason, n]) => `${n} ${ending(reason)}`);

/** @param {string} reason */
const ending = (reason) => (reason === "done" ? t("earlier.done") : reason === "abandoned" ? t("call.state.abandoned") : known(`call.ended.${reason}`) ? t(`call.ended.${reason}`) : reason);

/** What came of an earlier call, in hand as it stands now. @param {import("../earlier.js").Earlier | undefined} one */
export function open(one) {
  const last = one?.incidents.at(-1);
  if (last) look({ kind: "incident", ref: last.ref });
  else outcome.value = { text: t("earlier.no_incident"), bad: false };
}

/** One earlier call. @param {{one: import("../earlier.js").Earlier, n: number, selected: boolean, pick: () => void}} props */
function Line({ one, n, selected, pick }) {
  const row = useInView(selected);
  const { call } = one;
  const over = call.state === "ended" ? ending(one.end_reason || "done") : t(`call.state.${call.state}`);
  return html`<div ref=${row} id=${rowId(`earlier ${call.ref}`)} class="row earlier ${selected ? "selected" : ""}" role="option" aria-selected=${selected} data-call=${call.ref} onClick=${() => { pick(); open(one); }}>
    <span class="mono dim">${n}</span>
    <span class="said"><span class="mono">${moment(call.received, now.value, language.value)}</span> ${one.number && html`<span class="chip">${t("earlier.same_number")}</span> `}${one.place && html`<span class="chip">${t("earlier.same_place")}</span> `}<span class="second">${call.function} · ${call.channel}${call.room ? ` · ${call.room}` : ""} · </span><strong>${over}</strong>
      ${one.incidents.map((i) => html`<br key=${i.ref} /><span class="box p${priority(i)}" role="img" aria-label=${t("priority", { n: priority(i) })}>${priority(i)}</span> <span class="mono">#${i.number}</span> ${className(i) || t("incident.no_class")} <span class="second">${[...i.disciplines].join(" ")} · ${i.closed ? t("earlier.closed", { time: moment(i.closed, now.value, language.value), codes: codes(i) }) : t("earlier.open")}</span>`)}</span>
  </div>`;
}

/** How urgent it was: of a closed incident nothing is any more. @param {any} incident */
const priority = (incident) => Math.min(5, ...Object.values(incident.tracks).map((/** @type {any} */ track) => track.priority));

/** With which codes the tracks were closed. @param {any} incident */
const codes = (incident) => [...new Set([...incident.disciplines].map((d) => incident.tracks[d]?.close_code).filter(Boolean))].join(", ");
