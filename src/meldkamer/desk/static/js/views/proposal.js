// The proposal of an incident: what the run cards ask for, who is soonest there and why, and what is missing. Enter alerts it.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { proposal, proposing, sendUnits } from "../acts.js";
import { alone, doubted } from "../alone.js";
import { Problem } from "../api.js";
import { outcome } from "../commands.js";
import { DisciplineSign, Sign } from "../icons.js";
import { postingWords } from "../posting.js";
import { session, units } from "../stores.js";
import { age, decimal, sayProblem, t } from "../words.js";
import { Doubt, useOrder } from "./alone.js";
import { ReasonField, useReason } from "./reason.js";

const AGAIN_AFTER = 5000;

/** Space chooses otherwise, Enter alerts; who leaves out what is needed says why. @param {{incident: any}} props */
export function Proposal({ incident }) {
  const [advice, setAdvice] = useState(/** @type {any[] | null} */ (null));
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const [cursor, setCursor] = useState("");
  const reason = useReason(`proposal.${incident.ref}`);
  const [against, setAgainst] = useState(false);
  const order = useOrder();
  const shown = useRef(/** @type {string[]} */ ([]));
  const mine = !incident.closed && [...incident.disciplines].some((d) => session.value.qualified.includes(`${d}.dispatch`));
  const nobody = !incident.units.length && incident.location.x != null;
  const begun = useRef(0);
  const latest = useRef(0);
  /** @param {boolean} [together] */
  async function fetch(together) {
    const asked = ++begun.current;
    const found = await proposal(incident, shown.current, together);
    // A late answer takes the place of none that was asked for after it, and brings back none that was left.
    if (asked < latest.current) return;
    latest.current = asked;
    shown.current = found.flatMap((a) => a.proposal.filled.map((/** @type {any} */ f) => f.going.unit));
    setAdvice(found);
  }
  const focus = () => /** @type {HTMLElement|null} */ (document.querySelector("#proposal"))?.focus();
  async function show() {
    if (!mine) return;
    // Keys that are typed while it is fetched belong to the list; after that the focus stays where the hands are: who went on to
    // write somewhere meanwhile must not alert with the next Enter.
    focus();
    const stood = advice !== null;
    const from = document.activeElement;
    try {
      await fetch();
    } catch (error) {
      outcome.value = { text: error instanceof Problem ? sayProblem(error.body) : t("link.none"), bad: true };
    }
    if (!stood) requestAnimationFrame(() => {
      const at = /** @type {HTMLInputElement | null} */ (document.activeElement);
      if (!at || at === document.body || (at === from && !at.value)) focus();
    });
  }
  function hide() {
    setAdvice(null);
    setChosen([]);
    reason.leave();
    setAgainst(false);
    shown.current = [];
    latest.current = ++begun.current;
  }
  useEffect(hide, [incident.ref]);
  useEffect(() => {
    // While nobody goes yet, it stands there before somebody asks for it.
    if (mine && (nobody || advice)) fetch(true).catch(() => {});
  }, [incident.ref, incident.version, mine && nobody]);
  useEffect(() => {
    if (proposing.value !== incident.ref) return;
    proposing.value = "";
    show();
  }, [proposing.value]);
  useEffect(() => {
    if (!advice) return undefined;
    // Units move. What is shown stays, unless another is clearly sooner.
    const timer = setInterval(() => fetch().catch(() => {}), AGAIN_AFTER);
    return () => clearInterval(timer);
  }, [advice === null, incident.ref]);
  if (!mine) return null;
  if (!advice) return html`<div class="head"><div class="buttons"><button id="show-proposal" onClick=${show}>${t("proposal.show")} <kbd>v</kbd></button></div></div>`;

  const rows = advice.flatMap((a) => rowsOf(a.proposal));
  const rejected = advice.flatMap((a) => rejectedOf(a.proposal, rows));
  const proposed = rows.filter((r) => r.proposed);
  const needed = proposed.filter((r) => !r.optional).map((r) => r.unit);
  const going = chosen.length ? rows.filter((r) => chosen.includes(r.unit)) : proposed;
  const deviates = chosen.length > 0 && needed.some((u) => !chosen.includes(u));
  const doubts = doubted(going.map((r) => r.unit));
  // Nothing to propose is good news when all that is needed goes already, and bad news when nobody is free.
  const enough = incident.units.length > 0 && advice.every((a) => a.needs && !a.proposal.shortfall.length);
  // Where none is asked for, none is given: what was typed for another choice says nothing of this one.
  const asks = deviates || doubts.length > 0;
  const why = asks ? reason.text.trim() : "";
  const at = Math.max(0, rows.findIndex((r) => r.unit === cursor));
  /** @param {string} unit */
  const toggle = (unit) => setChosen(chosen.includes(unit) ? chosen.filter((u) => u !== unit) : [...chosen, unit]);
  async function send() {
    if (!going.length) return;
    if (deviates && !why) {
      outcome.value = { text: t("proposal.why_needed"), bad: true };
      /** @type {HTMLElement|null} */ (document.querySelector("#proposal-why"))?.focus();
      return;
    }
    if (asks && reason.unsure("#proposal-why")) return;
    if (!order.may(going.map((r) => r.unit), why, "#proposal-why")) return;
    if (await sendUnits(incident.ref, going, why, alone.value !== null)) {
      reason.clear();
      hide();
    }
    else await show();
  }
  /** @param {KeyboardEvent} e */
  function key(e) {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setCursor(rows[Math.max(0, Math.min(rows.length - 1, at + (e.key === "ArrowDown" ? 1 : -1)))]?.unit ?? "");
    } else if ((e.key === " " && !e.ctrlKey) || e.key === "+" || e.key === "-") {
      e.preventDefault();
      if (rows[at]) toggle(rows[at].unit);
    } else if (e.key === "Enter") {
      e.preventDefault();
      send();
    } else if (e.key === "r" && !e.ctrlKey) {
      e.preventDefault();
      setAgainst(!against);
    } else if (e.key === "Escape") hide();
  }
  return html`<div><h3 class="title"><button id="show-proposal" onClick=${show}>${t("proposal.show")} <kbd>v</kbd></button><span class="grow"></span><button id="send-proposal" disabled=${!going.length} onClick=${send}>${t(order.asking(going.map((r) => r.unit)) ? "order.again" : "proposal.send", { n: going.length })} <kbd>Enter</kbd></button></h3>
    <div class="head" id="proposal-need">${advice.map((a) => html`<${Need} advice=${a} />`)}
    ${asks && html`<div class="line"><label for="proposal-why">${t(doubts.length ? "order.why" : "proposal.why")}</label><${ReasonField} id="proposal-why" reason=${reason} enter=${send} /></div>`}</div>
    <div id="proposal" tabindex="0" role="listbox" aria-multiselectable="true" aria-label=${t("proposal.title")} onKeyDown=${key}>
    ${rows.map((u, n) => html`<div key=${u.unit} class="row proposal ${n === at ? "selected" : ""} ${chosen.includes(u.unit) ? "picked" : ""}" role="option" aria-selected=${chosen.length ? chosen.includes(u.unit) : u.proposed} onClick=${() => { setCursor(u.unit); toggle(u.unit); }}>
      <${DisciplineSign} d=${u.discipline} /><span>${(chosen.length ? chosen.includes(u.unit) : u.proposed) && html`<${Sign} name="tick" />`}</span><strong class="mono">${u.call_sign}</strong><span class="cut mono">${u.role || u.kind}</span><span class="mono right">${age(u.seconds * 1000)}</span><span class="cut second" title=${reasons(u)}><${Doubt} unit=${units.value.get(u.unit)} /> ${reasons(u)}</span></div>`)}
    ${!rows.length && html`<p class="empty" role="option" aria-selected="false">${t(enough ? "proposal.enough" : "proposal.none")}</p>`}</div>
    ${rejected.length > 0 && html`<details id="proposal-rejected" class="head" open=${against} onToggle=${(/** @type {any} */ e) => setAgainst(e.target.open)}><summary>${t("proposal.rejected", { n: rejected.length })} <kbd>r</kbd></summary>
    <div role="list">${rejected.map((u) => html`<div key=${u.unit} class="row proposal" role="listitem"><${DisciplineSign} d=${u.discipline} /><span></span><strong class="mono">${u.call_sign}</strong><span class="cut mono">${u.kind}</span><span class="mono right">${age(u.seconds * 1000)}</span><span class="second">${reasons(u)}</span></div>`)}</div></details>`}</div>`;
}

/** What is asked for, what is missing, and whether the norm is met. @param {{advice: any}} props */
function Need({ advice }) {
  const p = advice.proposal;
  const later = Math.max(0, ...p.filled.map((/** @type {any} */ f) => f.costs));
  return html`<div class="line"><${DisciplineSign} d=${p.discipline} /><strong>${p.urgency}</strong><span class="mono">${advice.needs || t("proposal.to_judge")}</span>
    ${p.shortfall.map((/** @type {any} */ s) => html`<span class="chip ${s.optional ? "" : "warn"}">${t(s.optional ? "proposal.wished" : "proposal.short", { n: s.count, role: s.role })}</span>`)}
    ${p.cut_off.length > 0 && html`<span class="chip">${t("proposal.cut_off", { units: p.cut_off.join(", ") })}</span>`}
    ${p.spares && html`<span class="chip">${later > 0 ? t("proposal.spares_by", { age: age(later * 1000) }) : t("proposal.spares")}</span>`}
    ${p.norm && p.norm_seconds > 0 && html`<span class="chip ${p.met ? "" : "warn"}">${t(p.met ? "proposal.in_time" : "proposal.late", { age: age(p.norm_seconds * 1000) })}</span>`}</div>`;
}

/** The proposed units, then those that could go instead, each once. @param {any} proposal @returns {any[]} */
function rowsOf(proposal) {
  const filled = proposal.filled.map((/** @type {any} */ f) => ({ ...f.going, role: f.role, optional: f.optional, proposed: true, bares: f.bares }));
  const seen = new Set(filled.map((/** @type {any} */ r) => r.unit));
  const others = [];
  for (const f of proposal.filled) {
    for (const other of f.others) {
      if (seen.has(other.unit)) continue;
      seen.add(other.unit);
      others.push({ ...other, role: "", optional: true, proposed: false, bares: undefined });
    }
  }
  return [...filled, ...others.slice(0, 6)];
}

/** Who is as near or as able and does not go, and who could do what is missing but cannot be sent: each once, and not among the rows above. @param {any} proposal @param {any[]} rows @returns {any[]} */
function rejectedOf(proposal, rows) {
  const seen = new Set(rows.map((r) => r.unit));
  const soonest = proposal.shortfall.map((/** @type {any} */ s) => s.soonest).filter(Boolean);
  return [...proposal.rejected, ...soonest].filter((u) => !seen.has(u.unit) && seen.add(u.unit));
}

/** @param {any} u */
function reasons(u) {
  const said = u.reasons.map((/** @type {any} */ r) => t(`why.${r.code}`, { about: r.about, age: age(r.seconds * 1000) }));
  const left = u.bares === undefined ? [] : [u.bares === null ? t("proposal.bares_all") : t("proposal.bares", { km: decimal(u.bares / 1000) })];
  const learned = u.correction ? [t("proposal.learned", { percent: Math.round((u.correction.permille - 1000) / 10), n: u.correction.samples + u.correction.held })] : [];
  const posting = units.value.get(u.unit)?.posting;
  return [...(posting ? [postingWords(posting, t)] : []), ...said, t(u.source === "road" ? "proposal.by_road" : "proposal.straight", { km: decimal(u.metres / 1000) }), ...learned, ...left].join(" · ");
}
