// What lasts between rooms, and what is done about it: an item with an owner, an action and a day, until its result is in.
import { html, useState } from "../../vendor/preact.js";
import { Lost, Problem, newId, post } from "../api.js";
import { Sign } from "../icons.js";
import { Panel, Table, day } from "../steering/marks.js";
import { sayProblem, t } from "../words.js";
import { called, moment, percent, points, time } from "./parts.js";
import { read } from "./store.js";

const REACHED = ["gone", "smaller", "unchanged"];
/** When an item is looked at again, unless somebody says otherwise. */
const DAYS = 90;

/** @param {{view: any}} props */
export function Gaps({ view }) {
  const { words: w, names, shows, may } = view;
  const { lasting, items } = shows;
  const [open, setOpen] = useState("");
  const measure = (/** @type {any} */ of) => shows.measures[`${of.measure}.${of.discipline}`];
  const key = (/** @type {any} */ of) => `${of.room}-${of.measure}${of.discipline ? `-${of.discipline}` : ""}`;
  const known = new Map(items.filter((/** @type {any} */ i) => !i.closed).map((/** @type {any} */ i) => [key(i), i]));
  const rule = w.lasting_rule.replace("{worse}", lasting.rule.worse).replace("{weeks}", lasting.rule.weeks);
  const left = items.filter((/** @type {any} */ i) => !i.closed);
  const done = items.filter((/** @type {any} */ i) => i.closed);
  return html`<div class="sheets">
    <${Panel} id="lasting" of="measured" title=${w.lasting} note=${`${lasting.weeks[0].name} – ${lasting.weeks.at(-1).name}`}>
      <p>${rule}</p>
      ${!lasting.lags.length ? html`<p class="note">${w.no_lasting}</p>` : html`<${Table} label=${w.lasting}><thead><tr>${["room", "measure"].map((k) => html`<th scope="col">${w[k]}</th>`)}<th scope="col" class="n">${w.share_own}</th><th scope="col" class="n">${w.share_rest}</th><th scope="col" class="n">${t("reports.difference")}</th><th scope="col">${t("reports.weeks")}</th><th scope="col">${t("reports.item")}</th></tr></thead>
      <tbody>${lasting.lags.map((/** @type {any} */ l) => html`<tr id="lag-${key(l)}" class=${known.has(key(l)) ? "" : "act"}><th scope="row">${called(l.room, names)}</th><td>${measure(l)}<br /><span class="second">≤ ${time(l.found.seconds)}</span></td><td class="n">${percent(l.found.share)}</td><td class="n">${percent(l.found.others)}</td>
        <td class="n">${points(l.found.difference)}<br /><span class="second">${points(l.found.low)} – ${points(l.found.high)}</span></td>
        <td><ol class="weeks">${l.standings.map((/** @type {string} */ s, /** @type {number} */ n) => html`<li><span class="mono">${lasting.weeks[n].name.slice(5)}</span> ${s === "worse" && html`<${Sign} name="warn" />`}<span class="second">${w[s]}</span></li>`)}</ol></td>
        <td>${known.has(key(l)) ? html`<a href="#item-${key(l)}">${t("reports.item_open")}</a>` : may ? html`<button aria-expanded=${open === key(l)} onClick=${() => setOpen(open === key(l) ? "" : key(l))}>${t("reports.open")}</button>` : t("reports.none_yet")}</td></tr>
        ${open === key(l) && !known.has(key(l)) && html`<tr><td colspan="7"><${Form} id="new-gap" shows=${shows} names=${names} of=${{ room: l.room, measure: l.measure, discipline: l.discipline, owner: "HMK", owner_room: l.room, action: "", due: later() }} done=${() => setOpen("")} /></td></tr>`}`)}</tbody><//>`}<//>
    <${Panel} id="items" of="judged" title=${t("reports.items")}>
      ${!left.length && html`<p class="note">${t("reports.no_items")}</p>`}
      ${left.map((/** @type {any} */ i) => html`<${Item} key=${i.item} i=${i} id=${key(i)} measure=${measure(i)} view=${view} />`)}<//>
    ${done.length > 0 && html`<${Panel} id="done" of="judged" title=${t("reports.closed")}>${done.map((/** @type {any} */ i) => html`<${Item} key=${i.item} i=${i} id="${key(i)}-${i.item.slice(0, 6)}" measure=${measure(i)} view=${view} />`)}<//>`}
  </div>`;
}

/** A day in some months, as a field of a date holds it. */
const later = () => new Date(Date.now() + DAYS * 86_400_000).toISOString().slice(0, 10);

/** @param {{i: any, id: string, measure: string, view: any}} props */
function Item({ i, id, measure, view }) {
  const { words: w, names, shows, may } = view;
  const [open, setOpen] = useState("");
  const toggle = (/** @type {string} */ what) => () => setOpen(open === what ? "" : what);
  const late = !i.closed && i.due < new Date().toISOString().slice(0, 10);
  return html`<article class="item" id="item-${id}"><h3>${late && html`<${Sign} name="warn" />`} ${i.room} · ${measure}</h3>
    <dl class="facts"><dt>${w.owner}</dt><dd>${shows.roles[i.owner] ?? i.owner}, ${names[i.owner_room] ?? i.owner_room}</dd><dt>${w.action}</dt><dd>${i.action}</dd><dt>${w.due}</dt><dd>${day(i.due)}${late && html` <strong>${t("reports.late")}</strong>`}</dd>
    <dt>${t("reports.then")}</dt><dd>${percent(i.found.share)}, ${w.share_rest.toLowerCase()} ${percent(i.found.others)} (${points(i.found.low)} – ${points(i.found.high)})</dd>
    <dt>${t("reports.opened")}</dt><dd>${moment(i.opened)}, ${i.by}</dd>
    ${i.changed > 0 && html`<dt>${t("reports.changed")}</dt><dd>${moment(i.changed)}, ${i.changed_by}: ${i.reason}</dd>`}
    ${i.closed > 0 && html`<dt>${t("reports.result")}</dt><dd>${w[`reached_${i.reached}`]}: ${i.result} <span class="second">${moment(i.closed)}, ${i.closed_by}</span></dd>`}</dl>
    ${may && !i.closed && html`<p class="buttons"><button aria-expanded=${open === "change"} onClick=${toggle("change")}>${t("reports.change")}</button><button aria-expanded=${open === "close"} onClick=${toggle("close")}>${t("reports.close")}</button></p>`}
    ${open === "change" && html`<${Form} id="change-${id}" shows=${shows} names=${names} of=${i} change done=${() => setOpen("")} />`}
    ${open === "close" && html`<${Close} id="close-${id}" i=${i} w=${w} done=${() => setOpen("")} />`}
  </article>`;
}

/** Send, read anew, and say how it went. @param {() => void} done @returns {[string, boolean, (path: string, body: any) => Promise<void>]} */
function useSending(done) {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {string} path @param {any} body */
  async function send(path, body) {
    setBusy(true);
    try {
      await post(path, body);
      await read();
      done();
    } catch (error) {
      if (error instanceof Problem) setSaid(sayProblem(error.body));
      else if (error instanceof Lost) setSaid(t("steering.form.unknown"));
      else throw error;
    } finally {
      setBusy(false);
    }
  }
  return [said, busy, send];
}

/** @param {HTMLElement | null} field */
const first = (field) => field?.focus();

/** A new item, or another owner, action or day for one. @param {{id: string, shows: any, names: any, of: any, change?: boolean, done: () => void}} props */
function Form({ id, shows, names, of, change = false, done }) {
  const [said, busy, send] = useSending(done);
  const [act] = useState(newId);
  const rooms = Object.entries(names).filter(([code]) => shows.rooms.includes(code));
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    const given = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (e.target)));
    const about = { room: of.room, measure: of.measure, discipline: of.discipline, ...given };
    return change ? send("/api/commands", { command_id: newId(), command: { type: "change_gap", ...about } }) : send("/api/reports/gaps", { id: act, ...about });
  }
  return html`<form id=${id} class="form" onSubmit=${submit}>
    <label for="${id}-owner">${t("reports.owner")}</label><select id="${id}-owner" name="owner" defaultValue=${of.owner} ref=${first}>${Object.entries(shows.roles).map(([code, name]) => html`<option value=${code} selected=${code === of.owner}>${name}</option>`)}</select>
    <label for="${id}-room">${t("reports.owner_room")}</label><select id="${id}-room" name="owner_room">${rooms.map(([code, name]) => html`<option value=${code} selected=${code === of.owner_room}>${name}</option>`)}</select>
    <label for="${id}-action">${t("reports.action")}</label><input id="${id}-action" name="action" required maxlength="1000" autocomplete="off" defaultValue=${of.action} aria-describedby="${id}-nobody" />
    <label for="${id}-due">${t("reports.due")}</label><input id="${id}-due" name="due" type="date" required defaultValue=${of.due} />
    ${change && html`<label for="${id}-reason">${t("reports.reason")}</label><input id="${id}-reason" name="reason" required maxlength="1000" autocomplete="off" />`}
    <p class="wide note" id="${id}-nobody">${t("reports.nobody")}</p>
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t(change ? "reports.change" : "reports.open")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}

/** @param {{id: string, i: any, w: any, done: () => void}} props */
function Close({ id, i, w, done }) {
  const [said, busy, send] = useSending(done);
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    const given = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (e.target)));
    return send("/api/commands", { command_id: newId(), command: { type: "close_gap", room: i.room, measure: i.measure, discipline: i.discipline, ...given } });
  }
  return html`<form id=${id} class="form" onSubmit=${submit}>
    <label for="${id}-reached">${t("reports.reached")}</label><select id="${id}-reached" name="reached" ref=${first}>${REACHED.map((r) => html`<option value=${r}>${w[`reached_${r}`]}</option>`)}</select>
    <label for="${id}-result">${t("reports.result")}</label><input id="${id}-result" name="result" required maxlength="1000" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("reports.close")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}
