// Playbooks (draaiboeken): what is worked through in any room, what an alarm asks for, all there are; and one with its
// steps, its clocks and whom to tell. Space ticks, a note closes it, another room's is taken over with a reason.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { trueTime } from "../afterwards.js";
import { outcome } from "../commands.js";
import { Sign } from "../icons.js";
import { offers } from "../playbook_offers.js";
import { bookOf, closeRun, coordinates, entering, inForce, itemsOf, nameOf, openBook, openRuns, runName, runs, shown, takeRun, tick, ticked } from "../playbooks.js";
import { incidents, now, rooms, session } from "../stores.js";
import { age, clockTime, language, t } from "../words.js";

/**
 * @typedef {import("../playbooks.js").Run} Run
 * @typedef {import("../playbooks.js").Book} Book
 * @typedef {import("../playbook_offers.js").Offer} Offer
 * @typedef {{key: string, run?: Run, offer?: Offer, book?: Book}} Line
 */

/** The next key goes there. @param {string} where */
const enter = (where) => /** @type {HTMLElement | null} */ (document.querySelector(where))?.focus();
/** The same, once it is drawn. @param {string} where */
const focus = (where) => requestAnimationFrame(() => enter(where));

/** @returns {{title: string, lines: Line[]}[]} */
function groups() {
  const closed = runs.value.filter((r) => r.closed).sort((a, b) => b.closed - a.closed);
  return [
    { title: t("playbook.open"), lines: openRuns.value.map((run) => ({ key: `run ${run.run}`, run })) },
    { title: t("playbook.offered"), lines: offers.value.map((offer) => ({ key: offer.key, offer })) },
    { title: t("playbook.all"), lines: inForce.value.map((book) => ({ key: `book ${book.id}`, book })) },
    { title: t("playbook.closed_lately"), lines: closed.map((run) => ({ key: `run ${run.run}`, run })) },
  ].filter((group) => group.lines.length);
}

export function Playbooks() {
  useEffect(() => {
    const asked = new URLSearchParams(`key=${location.hash.slice(1)}`).get("key");
    if (asked) shown.value = asked;
    if (!entering.peek()) focus("#playbooks");
  }, []);
  if (!coordinates.value) return html`<section class="pane"><p class="empty">${t("playbook.not_yours")}</p></section>`;
  const parts = groups();
  const lines = parts.flatMap((part) => part.lines);
  // What was just opened is not in the list yet; until it is, no other one is taken for it.
  const at = shown.value ? lines.findIndex((l) => l.key === shown.value) : 0;
  const line = lines[at];
  /** @param {KeyboardEvent} event */
  function listed(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      shown.value = lines[Math.max(0, Math.min(lines.length - 1, at + (key === "ArrowDown" ? 1 : -1)))]?.key ?? "";
      requestAnimationFrame(() => document.querySelector("#playbooks .selected")?.scrollIntoView({ block: "nearest" }));
    } else if (key === "Enter" && line) {
      event.preventDefault();
      enter(line.run ? "#steps" : "#playbook-about, #open-playbook");
    }
  }
  return html`<section class="pane" aria-labelledby="playbooks-title">
      <h2 class="title" id="playbooks-title">${t("playbook.title")}<span class="grow"></span><span class="sort">${t("playbook.order")}</span></h2>
      <div class="list" id="playbooks" tabindex="0" role="listbox" aria-labelledby="playbooks-title" aria-activedescendant=${line ? `playbook-line-${at}` : null} onKeyDown=${listed}>
        ${parts.map((part) => html`<div role="group" aria-label=${part.title} key=${part.title}><div class="group" aria-hidden="true">${part.title} ${part.lines.length}</div>
          ${part.lines.map((l) => html`<${Row} key=${l.key} line=${l} id="playbook-line-${lines.indexOf(l)}" selected=${l === line} />`)}</div>`)}
      </div>
      ${!lines.length && html`<p class="empty">${t("playbook.none")}</p>`}
    </section>
    <section class="pane" aria-label=${t("playbook.one")}>${line?.run ? html`<${Running} key=${line.run.run} run=${line.run} />` : line ? html`<${Unopened} key=${line.key} book=${/** @type {Book} */ (line.offer?.book ?? line.book)} offer=${line.offer} />` : ""}</section>`;
}

/** @param {{line: Line, id: string, selected: boolean}} props */
function Row({ line, id, selected }) {
  const { run, offer, book } = line;
  const late = run && !run.closed ? itemsOf(run, now.value).filter((i) => !i.tick && i.late > 0).length : 0;
  return html`<div class="row playbook ${selected ? "selected" : ""} ${run && !run.closed && run.holder !== session.value.room ? "foreign" : ""}" id=${id} role="option" aria-selected=${selected} onClick=${() => (shown.value = line.key)}>
    <span>${offer ? html`<${Sign} name="warn" />` : run?.closed ? html`<${Sign} name="tick" />` : late ? html`<${Sign} name="warn" />` : ""}</span>
    <span class="cut"><strong>${run ? runName(run) : nameOf(/** @type {Book} */ (offer?.book ?? book))}</strong>${run?.about ? ` · ${run.about}` : offer?.about ? ` · ${offer.about}` : ""}
      ${offer ? html`<br /><span class="second">${offer.text}</span>` : run ? html`<br /><span class="second">${t("playbook.progress", { done: ticked(run), all: run.steps.length + run.tell.length, room: run.holder })}${late ? ` · ${t("playbook.late_count", { n: late })}` : ""}</span>` : ""}</span>
    <span class="mono right">${run ? (run.closed ? clockTime(run.closed) : age(now.value - run.since)) : offer?.since ? age(now.value - offer.since) : ""}</span></div>`;
}

/** A playbook that is not open: what it says, and how to open it. @param {{book: Book, offer?: Offer}} props */
function Unopened({ book, offer }) {
  const en = language.value === "en";
  const choices = book.about === "room" ? rooms.value.map((r) => r.room) : book.about === "discipline" ? [..."PBAK"] : book.about === "incident" ? [...incidents.value.values()].filter((i) => !i.closed).map((i) => i.number) : [];
  const [about, setAbout] = useState(offer?.about ?? "");
  const [since, setSince] = useState(offer?.since ? clockTime(offer.since) : "");
  async function open() {
    const began = offer?.since && since === clockTime(offer.since) ? offer.since : since.trim() ? trueTime(since.trim(), now.value) : null;
    if (book.about && !about) outcome.value = { text: t("playbook.choose_about"), bad: true };
    else if (since.trim() && began === null) outcome.value = { text: t("say.at_how"), bad: true };
    else await openBook(book, { room: offer?.room ?? (book.about === "room" ? about : session.value.room), about, why: offer?.text ?? "", since: began });
  }
  /** @param {KeyboardEvent} event */
  function typed(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      open();
    } else if (event.key === "Escape") focus("#playbooks");
  }
  return html`<h2 class="title">${nameOf(book)}<span class="grow"></span><span class="sort">${t("playbook.version", { version: book.version })}</span></h2>
    <div class="form" onKeyDown=${typed}>
      ${offer && html`<p class="wide"><${Sign} name="warn" /> ${offer.text}</p>`}
      <p class="wide">${en ? book.when_en : book.when}</p>
      ${book.about && html`<label for="playbook-about">${t("playbook.about")}</label><select id="playbook-about" value=${about} onChange=${(/** @type {any} */ e) => setAbout(e.target.value)}><option value="">–</option>${(choices.includes(about) || !about ? choices : [about, ...choices]).map((c) => html`<option value=${c}>${book.about === "discipline" ? t(`discipline.${c}`) : c}</option>`)}</select>`}
      <label for="playbook-since">${t("playbook.since")}</label><input id="playbook-since" class="mono" placeholder=${t("playbook.since_now")} value=${since} onInput=${(/** @type {any} */ e) => setSince(e.target.value)} />
      <div class="wide buttons"><button id="open-playbook" onClick=${open}>${t("playbook.do_open")} <kbd>Enter</kbd></button></div>
    </div>
    <div class="paper" tabindex="0" role="document" aria-label=${nameOf(book)}>
      <ol>${book.steps.map((s) => html`<li>${en ? s.text_en : s.text}${s.within ? html` <span class="second">${t(s.after ? "playbook.within_after" : "playbook.within", { n: s.within })}</span>` : ""}</li>`)}</ol>
      <h3>${t("playbook.tell")}</h3><ul>${book.tell.map((s) => html`<li>${en ? s.text_en : s.text}${s.within ? html` <span class="second">${t("playbook.within", { n: s.within })}</span>` : ""}</li>`)}</ul>
      <p class="second">${t("playbook.done_when")} ${en ? book.done_en : book.done}</p>
    </div>`;
}

/** A playbook that is worked through, or was. @param {{run: Run}} props */
function Running({ run }) {
  const [cursor, setCursor] = useState(0);
  const [note, setNote] = useState("");
  const [reason, setReason] = useState("");
  const [sure, setSure] = useState(false);
  useEffect(() => {
    if (entering.peek() !== run.run) return;
    entering.value = "";
    // Whoever has begun something else keeps the focus.
    if (document.activeElement === document.body) focus("#steps");
  }, []);
  const items = itemsOf(run, now.value);
  const book = bookOf(run);
  const mine = run.holder === session.value.room && !run.closed;
  const open = items.filter((i) => !i.tick);
  const at = Math.min(cursor, items.length - 1);
  async function close() {
    if (!note.trim()) outcome.value = { text: t("refused.playbook.say_why"), bad: true };
    else if (open.length && !sure) setSure(true);
    else {
      setSure(false);
      if (!(await closeRun(run, note.trim()))) return;
      setNote("");
      focus("#playbooks");
    }
  }
  async function take() {
    if (!reason.trim()) outcome.value = { text: t("refused.playbook.say_why"), bad: true };
    else if (await takeRun(run, reason.trim())) focus("#steps");
  }
  /** @param {KeyboardEvent} event */
  function stepped(event) {
    const { key } = event;
    if (event.ctrlKey || event.altKey) return;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      setCursor(Math.max(0, Math.min(items.length - 1, at + (key === "ArrowDown" ? 1 : -1))));
      requestAnimationFrame(() => document.querySelector("#steps .selected")?.scrollIntoView({ block: "nearest" }));
    } else if (key === " " && items[at]) {
      event.preventDefault();
      tick(run, items[at]);
    } else if (key === "n" && mine) {
      event.preventDefault();
      enter("#playbook-note");
    } else if (key === "o" && !mine && !run.closed) {
      event.preventDefault();
      enter("#playbook-reason");
    } else if (key === "Escape") focus("#playbooks");
  }
  /** @param {() => void} act */
  const typed = (act) => (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      act();
    } else if (event.key === "Escape") {
      setSure(false);
      focus("#steps");
    }
  };
  const option = (/** @type {import("../playbooks.js").Item} */ item, /** @type {number} */ n) => html`<${StepRow} key=${item.id} item=${item} names=${items} id="step-${item.id}" selected=${n === at} still=${!mine} onChoose=${() => setCursor(n)} onTick=${() => tick(run, item)} />`;
  return html`<h2 class="title"><span class="cut">${runName(run)}${run.about ? ` · ${run.about}` : ""}</span><span class="grow"></span><span class="sort">${t("playbook.version", { version: run.version })}</span></h2>
    <div class="head"><div class="line"><span>${t("playbook.runs", { time: clockTime(run.since), age: age((run.closed || now.value) - run.since), by: run.by })}</span><span class="chip ${run.holder === session.value.room ? "" : "foreign"}">${run.holder === session.value.room ? "" : html`<${Sign} name="foreign" /> `}${t("playbook.held_by", { room: run.holder })}</span></div>
      ${run.why && html`<div class="second">${run.why}</div>`}
      ${run.taken_by && html`<div class="second">${t("playbook.taken", { by: run.taken_by, time: clockTime(run.taken_at), reason: run.reason })}</div>`}
      ${!book && html`<div class="line"><${Sign} name="warn" /> ${t("playbook.not_in_pack", { version: run.version })}</div>`}
      ${run.closed ? html`<div class="line"><${Sign} name="tick" /><strong>${t("playbook.was_closed", { by: run.closed_by, time: clockTime(run.closed) })}</strong> ${run.note}</div>` : book && html`<div class="second">${t("playbook.done_when")} ${language.value === "en" ? book.done_en : book.done}</div>`}</div>
    <div class="list" id="steps" tabindex="0" role="listbox" aria-label=${t("playbook.steps")} aria-activedescendant=${items[at] ? `step-${items[at].id}` : null} onKeyDown=${stepped}>
      <div role="group" aria-label=${t("playbook.steps")}><div class="group" aria-hidden="true">${t("playbook.steps")}</div>${items.map((i, n) => (i.told ? "" : option(i, n)))}</div>
      <div role="group" aria-label=${t("playbook.tell")}><div class="group" aria-hidden="true">${t("playbook.tell")}</div>${items.map((i, n) => (i.told ? option(i, n) : ""))}</div>
    </div>
    ${mine && html`<div class="write one"><label class="sr" for="playbook-note">${t("playbook.note")}</label><input id="playbook-note" maxlength="200" placeholder=${t("playbook.note_hint")} value=${note} onInput=${(/** @type {any} */ e) => { setNote(e.target.value); setSure(false); }} onKeyDown=${typed(close)} />
      <button id="close-playbook" onClick=${close}>${t(sure ? "playbook.close_sure" : "playbook.do_close", { n: open.length })} <kbd>Enter</kbd></button></div>`}
    ${!mine && !run.closed && html`<div class="write one"><label class="sr" for="playbook-reason">${t("room.reason")}</label><input id="playbook-reason" maxlength="200" placeholder=${t("playbook.take_hint", { room: run.holder })} value=${reason} onInput=${(/** @type {any} */ e) => setReason(e.target.value)} onKeyDown=${typed(take)} />
      <button id="take-playbook" onClick=${take}>${t("playbook.do_take")} <kbd>Enter</kbd></button></div>`}`;
}

/** @param {{item: import("../playbooks.js").Item, names: import("../playbooks.js").Item[], id: string, selected: boolean, still: boolean, onChoose: () => void, onTick: () => void}} props still: it cannot be ticked here */
function StepRow({ item, names, id, selected, still, onChoose, onTick }) {
  const { tick: done, end, late } = item;
  const clock = done
    ? late ? t("playbook.was_late", { age: age(late) }) : ""
    : item.waits ? html`<span class="second">${t("playbook.after", { step: (names.findIndex((n) => n.id === item.after) + 1) || item.after })}</span>`
    : end === null ? "" : late ? html`<${Sign} name="warn" /> ${t("playbook.late", { age: age(late) })}` : t("playbook.still", { age: age(end - now.value) });
  return html`<div class="row step ${selected ? "selected" : ""}" id=${id} role="option" aria-selected=${selected} onClick=${onChoose}>
    <span class="box ${done ? "on_scene" : ""}" title=${still ? null : t("playbook.toggle")} onClick=${still ? null : onTick}>${done ? html`<${Sign} name="tick" />` : item.told ? "" : names.indexOf(item) + 1}</span>
    <span class=${done ? "second" : ""}>${item.text}</span>
    <span class="mono ${done ? "second" : late ? "late" : ""}">${clock}</span>
    <span class="second">${done ? t("playbook.ticked", { by: `${done.by} ${done.room}`, time: clockTime(done.at) }) : html`<span class="sr">${t("playbook.unticked")}</span>`}</span></div>`;
}
