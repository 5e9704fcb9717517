// Conflicts to decide: what stands, what the other side wanted, by whom and when; a digit chooses, Enter decides.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { outcome } from "../commands.js";
import { CHOICES, about, deciding, resolve, standing, wanted } from "../conflicts.js";
import { Sign } from "../icons.js";
import { clockTime, t } from "../words.js";
import { ReasonField, useReason } from "./reason.js";

/** @typedef {{incident: any, conflict: any}} One */

const focus = (/** @type {string} */ where) => requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(where))?.focus());

/** The reason is written where the next key goes, at once. @param {HTMLElement | null} field */
const grab = (field) => field?.focus();

/** @param {{rows: One[], naming?: boolean}} props naming: say of which incident each is */
export function Conflicts({ rows, naming }) {
  const open = rows.filter((r) => !r.conflict.choice);
  const decided = rows.filter((r) => r.conflict.choice);
  const [cursor, setCursor] = useState("");
  const [choice, setChoice] = useState("");
  const at = Math.max(0, open.findIndex((r) => r.conflict.conflict === cursor));
  const one = open[at];
  const reason = useReason(one ? `conflict.${one.conflict.conflict}` : "");
  useEffect(() => {
    const asked = open.find((r) => r.incident.ref === deciding.value);
    if (!asked) return;
    deciding.value = "";
    setCursor(asked.conflict.conflict);
    focus("#conflicts");
  }, [deciding.value, open.length]);
  useEffect(() => setChoice(""), [one?.conflict.conflict]);
  if (!rows.length) return "";

  /** What was typed for another choice says nothing of this one. @param {string} c */
  function choose(c) {
    if (c !== choice) reason.leave();
    setChoice(c);
  }

  async function decide() {
    if (!choice || !one) return;
    if (!reason.text.trim()) {
      outcome.value = { text: t("room.reason_needed"), bad: true };
      return;
    }
    if (reason.unsure("#conflict-why") || !(await resolve(one.incident.ref, one.conflict.conflict, choice, reason.text.trim()))) return;
    setChoice("");
    reason.clear();
    focus("#conflicts");
  }
  /** @param {KeyboardEvent} event */
  function listed(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      setCursor(open[Math.max(0, Math.min(open.length - 1, at + (key === "ArrowDown" ? 1 : -1)))]?.conflict.conflict ?? "");
    } else if (key === "1" || key === "2" || key === "3") {
      event.preventDefault();
      choose(CHOICES[Number(key) - 1]);
    } else if (key === "Escape") choose("");
  }
  function away() {
    setChoice("");
    focus("#conflicts");
  }
  return html`<div class="conflicts"><h3 class="title"><${Sign} name="note" /> ${open.length ? `${t("conflict.title")} ${open.length}` : t("conflict.done")}<span class="grow"></span>${open.length > 0 && html`<span class="sort">${t("conflict.how")}</span>`}</h3>
    ${open.length > 0 && html`<div id="conflicts" tabindex="0" role="listbox" aria-label=${t("conflict.title")} onKeyDown=${listed}>
      ${open.map((r, n) => html`<${Open} key=${r.conflict.conflict} one=${r} naming=${naming} selected=${n === at} choice=${n === at ? choice : ""} onChoose=${(/** @type {string} */ c) => { setCursor(r.conflict.conflict); choose(c); }} />`)}</div>`}
    ${one && choice && html`<div class="head"><div class="line"><strong>${t(`conflict.choice.${choice}`)}</strong><label for="conflict-why">${t("room.reason")}</label><${ReasonField} id="conflict-why" reason=${reason} at=${grab} enter=${decide} escape=${away} /><button id="decide" onClick=${decide}>${t("conflict.decide")} <kbd>Enter</kbd></button></div></div>`}
    ${decided.map((r) => html`<div class="head decided" key=${r.conflict.conflict}><div>${naming ? `#${r.incident.number} ` : ""}${about(r.conflict)}: <strong>${t(`conflict.choice.${r.conflict.choice}`)}</strong> <span class="mono">${r.conflict.choice === "other" ? wanted(r.conflict) : standing(r.conflict)}</span></div>
      <div class="second">${t("conflict.decided", { by: r.conflict.by, time: clockTime(r.conflict.decided) })}${r.conflict.reason ? `: ${r.conflict.reason}` : ""}</div></div>`)}</div>`;
}

/** @param {{one: One, naming?: boolean, selected: boolean, choice: string, onChoose: (choice: string) => void}} props */
function Open({ one, naming, selected, choice, onChoose }) {
  const { incident, conflict } = one;
  const said = [[standing(conflict), conflict.kept_by], [wanted(conflict), conflict.other_by ?? { at: conflict.at }], ["", null]];
  return html`<div class="row conflict ${selected ? "selected" : ""}" role="option" aria-selected=${selected}>
    <strong class="wide">${naming ? html`<span class="mono">#${incident.number}</span> ` : ""}${about(conflict)}</strong>
    ${CHOICES.map((c, n) => html`<span class="box" onClick=${() => onChoose(c)}>${choice === c ? html`<${Sign} name="tick" />` : n + 1}</span><span class="cut" onClick=${() => onChoose(c)}>${t(`conflict.choice.${c}`)} <strong class="mono">${said[n][0]}</strong></span><span class="cut second">${hand(said[n][1])}</span>`)}
  </div>`;
}

/** By whose hand a value was given, in which room and when, as far as it is known. @param {any} of */
const hand = (of) => (of ? [of.by, of.room, clockTime(of.at)].filter(Boolean).join(" · ") : "");
