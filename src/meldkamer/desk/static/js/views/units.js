// The unit board: what needs attention first, then who works, then who can be sent. A digit sets the status.
import { computed, html, useEffect, useMemo, useState } from "../../vendor/preact.js";
import { alertUnits, hadContact, setStatus } from "../acts.js";
import { alone, doubted } from "../alone.js";
import { forUnits } from "../attentions.js";
import { outcome } from "../commands.js";
import { unheard, watched } from "../contact.js";
import { DisciplineSign, Sign } from "../icons.js";
import { board, digit, hand } from "../lists.js";
import { postingWords } from "../posting.js";
import { agingOf } from "../position_age.js";
import { fixes, focus, incidents, look, now, units } from "../stores.js";
import { age, t } from "../words.js";
import { Doubt, maybeElsewhere, useOrder } from "./alone.js";
import { Contact } from "./contact.js";
import { useLongList } from "./long_list.js";
import { listKeys, rest, rowId, useInView } from "./operator.js";
import { ReasonField, useReason } from "./reason.js";

/** A row's height in pixels, as the style has it. */
const ROW = 31;

export function UnitBoard() {
  const [filter, setFilter] = useState("");
  const [picked, setPicked] = useState(/** @type {string[]} */ ([]));
  // Whom they go to was seen when the first was chosen: another incident in hand, as from another window, asks once more.
  const [goal, setGoal] = useState("");
  const order = useOrder();
  const target = picked.length > 0 && hand.value?.kind === "incident" ? incidents.value.get(hand.value.ref) : null;
  const busy = picked.map((ref) => units.value.get(ref)).filter((u) => u?.assignment && u.assignment.incident !== target?.ref);
  // What is an order to nobody yet asks for nothing: which reason it needs follows from where they go.
  const asks = Boolean(target) && (doubted(picked).length > 0 || busy.length > 0);
  const reason = useReason(target ? `units.${target.ref}` : "");
  const why = asks ? reason.text.trim() : "";
  const wanted = filter.toLowerCase();
  const rows = board.value.filter((u) => !wanted || `${u.call_sign} ${u.kind} ${u.base}`.toLowerCase().includes(wanted));
  const [cursor, setCursor] = useState("");
  const asked = focus.value?.kind === "unit" ? focus.value.ref : "";
  useEffect(() => {
    // Somebody wants to see this unit: it must not be hidden by what is typed in the filter.
    if (asked) setFilter("");
    if (asked) setCursor(asked);
  }, [asked]);
  const here = rows.findIndex((r) => r.ref === cursor);
  const part = useLongList(rows.length, here, cursor, ROW);

  /** @param {KeyboardEvent} event */
  function key(event) {
    const row = rows[here];
    if (event.key === " " && row && !event.ctrlKey) {
      event.preventDefault();
      if (!picked.length) setGoal(hand.value?.kind === "incident" ? hand.value.ref : "");
      const left = picked.includes(row.ref) ? picked.filter((r) => r !== row.ref) : [...picked, row.ref];
      if (!left.length && target) reason.clear();
      setPicked(left);
    } else if (/^[0-9]$/.test(event.key) && row && !event.ctrlKey) {
      event.preventDefault();
      setStatus(row.ref, event.key);
    } else if (event.key === "c" && row && !event.ctrlKey) {
      event.preventDefault();
      hadContact(row.ref);
    } else if (event.key === "Enter" && picked.length) {
      event.preventDefault();
      send();
    } else listKeys(event, rows, here, (r) => setCursor(r.ref), (r) => look({ kind: "unit", ref: r.ref }));
  }

  async function send() {
    if (!target) return void (outcome.value = { text: t("say.no_incident"), bad: true });
    if (target.ref !== goal) {
      setGoal(target.ref);
      return void (outcome.value = { text: t("units.other_goal", { number: target.number, place: target.location.text }), bad: true });
    }
    if (busy.length && !why) {
      outcome.value = { text: t("units.busy", { busy: busy.map((u) => u.call_sign).join(" + "), from: [...new Set(busy.map((u) => u.assignment.number))].join(", #") }), bad: true };
      return void requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector("#units-why"))?.focus());
    }
    if (asks && reason.unsure("#units-why")) return;
    const insisted = { ...(alone.value ? { alone: true } : {}), ...(why ? { override: why } : {}), ...(busy.length ? { divert: true, reason: why } : {}) };
    if (order.may(picked, why, "#units-why") && (await alertUnits(target.ref, picked, {}, insisted))) {
      setPicked([]);
      reason.clear();
    }
  }

  return html`<section class="pane" aria-labelledby="units-title">
    <h2 class="title" id="units-title">${t("units.title")} ${board.value.filter((u) => u.free).length}/${board.value.length}<span class="grow"></span>
      <span class="sort">${t("units.sort")}</span><kbd>F7</kbd></h2>
    <div class="title"><label class="sr" for="unit-filter">${t("units.filter")}</label><input id="unit-filter" placeholder=${t("units.filter")} value=${filter} onInput=${(/** @type {any} */ e) => setFilter(e.target.value)} />${picked.length > 0 && html`<button id="send-picked" onClick=${send}>${t(order.asking(picked) ? "order.again" : "proposal.send", { n: picked.length })}${target ? ` → #${target.number}` : ""} <kbd>Enter</kbd></button>`}</div>
    ${asks && html`<div class="title reason"><label for="units-why">${t(busy.length ? "units.why" : "order.why")}</label><${ReasonField} id="units-why" reason=${reason} enter=${send} /></div>`}
    <div class="heads unit" aria-hidden="true"><span class="sign">${t("units.unit")}</span><span class="status">${t("units.status")}</span><span class="what">${t("units.what")}</span><span class="right">${t("units.position")}</span></div>
    <div class="list" id="units" ref=${part.list} onScroll=${part.scrolled} tabindex="0" role="listbox" aria-multiselectable="true" aria-labelledby="units-title" aria-activedescendant=${part.drawn ? rowId(rows[here]?.ref) : null} onKeyDown=${key}>
      ${rest(part.above)}
      ${rows.slice(part.from, part.to).map((u, n) => html`<${UnitRow} key=${u.ref} unit=${u} selected=${u.ref === cursor} picked=${picked.includes(u.ref)} onPick=${setCursor} follows=${!part.long} place=${part.long ? part.from + n + 1 : 0} of=${part.long ? rows.length : 0} />`)}
      ${rest(part.below)}
      ${!rows.length && html`<p class="empty" role="option" aria-selected="false">${t("units.empty")}</p>`}
    </div>
  </section>`;
}

/** How old a unit's position is, and how that counts: counted without drawing the row anew each second. @param {any} unit */
function positionAge(unit) {
  const seconds = computed(() => {
    const fix = fixes.value.get(unit.key);
    if (fix) return fix.age;
    return unit.position_at ? (now.value - unit.position_at) / 1000 : null;
  });
  return {
    words: computed(() => (seconds.value === null ? "–" : age(seconds.value * 1000))),
    aging: computed(() => agingOf(unit, seconds.value)),
  };
}

/**
 * Draws anew only when its unit or its place in the list changes, so that what it is given must stay the same.
 * @param {{unit: any, selected: boolean, picked: boolean, onPick: (ref: string) => void, follows: boolean, place: number, of: number}} props follows: comes into sight by itself; place, of: where it stands in a list that is not drawn whole
 */
function UnitRow({ unit, selected, picked, onPick, follows, place, of }) {
  const row = useInView(selected && follows);
  const position = useMemo(() => positionAge(unit), [unit]);
  // An order beside the one that stands shows until somebody decided which counts.
  const twice = unit.beside.length > 0 && incidents.value.get(unit.assignment?.incident)?.conflicts !== 0;
  // Who was not heard of in time comes before whatever else there is to say of it.
  const late = useMemo(() => computed(() => unheard(unit, now.value)), [unit]).value;
  const aging = position.aging.value;
  const asked = forUnits.value.get(unit.ref);
  return html`<div ref=${row} id=${rowId(unit.ref)} class="row unit ${selected ? "selected" : ""} ${picked ? "picked" : ""} ${unit.emergency ? "emergency" : ""} ${aging === "old" ? "old" : ""}" role="option" aria-selected=${picked} aria-posinset=${place || null} aria-setsize=${of || null} data-unit=${unit.ref} onClick=${() => onPick(unit.ref)}>
    <${DisciplineSign} d=${unit.discipline} />
    <span class="cut sign"><strong class="mono">${picked && html`<${Sign} name="tick" />`}${unit.call_sign}</strong>${asked !== undefined && html`<span class="asks ${asked ? "open" : "second"}" title=${t(asked ? "attention.untold" : "attention.unit")}><${Sign} name="note" /><span class="sr">${t(asked ? "attention.untold" : "attention.unit")}</span></span>`}</span>
    <span class="box ${unit.meaning}">${unit.emergency ? "!" : digit(unit).slice(0, 2)}</span>
    <span class="cut status">${unit.emergency ? t("unit.emergency") : t(`meaning.${unit.meaning}`)}</span>
    <span class="cut mono">${unit.assignment ? `#${unit.assignment.number}` : unit.kind}</span>
    <span class="cut second" title=${unit.assignment ? t(`progress.${unit.assignment.state}`) : unit.base}>${late ? html`<${Contact} unit=${unit} />` : maybeElsewhere(unit) ? html`<${Doubt} unit=${unit} calm=${!picked} />` : twice ? html`<span class="chip warn"><${Sign} name="warn" /> ${t("unit.beside", { number: unit.beside[0].number })}</span>` : unit.posting && !unit.assignment ? html`${postingWords(unit.posting, t)}${unit.contact ? html` · <${Contact} unit=${unit} />` : ""}` : watched(unit) ? html`<${Contact} unit=${unit} />` : unit.assignment ? t(`progress.${unit.assignment.state}`) : unit.base}</span>
    <span class="right mono ${aging === "old" ? "late" : aging === "note" ? "aging" : "dim"}" title=${aging ? t(`position.${aging}`) : null}>${aging === "note" && html`<${Sign} name="note" />`}${position.words}${aging && html`<span class="sr"> ${t(`position.${aging}`)}</span>`}</span>
  </div>`;
}
