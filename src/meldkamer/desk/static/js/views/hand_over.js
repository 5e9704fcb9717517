// The hand-over of the shift (F9): what somebody left, with what changed since on top, taken over by Enter; and one's own.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { Problem, get, newId } from "../api.js";
import { mine } from "../attentions.js";
import { shiftLog, waiting } from "../chat.js";
import { give, outcome } from "../commands.js";
import { asText, changed, compose } from "../hand_over.js";
import { Sign } from "../icons.js";
import { calls, functions, incidents, link, now, regions, rooms, session, talks, units } from "../stores.js";
import { clockTime, sayProblem, t } from "../words.js";
import { useTyped } from "./typed.js";

const LONG = 12 * 3600000;
const DRAFT = "hand_over";

/** When the own shift began: at the hand-over that one took, at the seat that one took, else half a day ago. */
function begun() {
  const who = session.value;
  const taken = talks.value.get(shiftLog())?.last_taken;
  const seat = rooms.value.find((r) => r.room === who.room)?.seats.find((/** @type {any} */ s) => s.person === who.person);
  return Math.max(now.value - LONG, taken?.taken_by === who.person ? taken.taken_at : 0, seat?.since ?? 0);
}

/** @param {number} since @returns {import("../hand_over.js").Work} */
const work = (since) => ({
  incidents: [...incidents.value.values()], calls: [...calls.value.values()], units: [...units.value.values()], functions: [...functions.value.values()], rooms: rooms.value, attentions: mine.value,
  room: session.value.room, disciplines: session.value.disciplines.length === 4 ? "" : session.value.disciplines, regions: regions.value, since, now: now.value,
});

export function HandOverPane() {
  // Who writes goes on writing: what comes meanwhile is told above the field, and shows when it is left.
  const [writing, setWriting] = useState(false);
  const comes = waiting.value[0];
  const left = writing ? undefined : comes;
  useEffect(() => {
    // Nobody who types elsewhere loses the field: the next Enter would take a shift over unread.
    if (location.hash === "#hand-over" && (document.activeElement ?? document.body) === document.body) /** @type {HTMLElement | null} */ (document.querySelector("#left, #hand-over"))?.focus();
  }, [Boolean(left)]);
  /** @param {FocusEvent} event */
  function leaves(event) {
    const pane = /** @type {HTMLElement} */ (event.currentTarget);
    if (document.hasFocus() && !pane.contains(/** @type {Node | null} */ (event.relatedTarget))) setWriting(false);
  }
  return html`<section class="pane hand-over" aria-labelledby="hand-over-title" onFocusOut=${leaves}>
    <h2 class="title" id="hand-over-title">${t("hand_over.title")}<span class="grow"></span><kbd>F9</kbd></h2>
    ${left ? html`<${Left} key=${left.hand_over} left=${left} more=${waiting.value.length - 1} />` : html`<${Own} comes=${comes} onWriting=${setWriting} />`}
  </section>`;
}

/** What somebody left. @param {{left: any, more: number}} props */
function Left({ left, more }) {
  const [text, setText] = useState("");
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    let wanted = true;
    get(`/api/talks/${shiftLog()}`).then(
      (found) => wanted && setText(found.lines.find((/** @type {any} */ l) => l.line === left.hand_over)?.text ?? t("note.closed")),
      (e) => wanted && setText(e instanceof Problem ? sayProblem(e.body) : t("link.none")),
    );
    return () => { wanted = false; };
  }, [left.hand_over]);
  const since = changed(work(left.at), t, clockTime);
  async function take() {
    if (await give({ type: "take_hand_over", talk: shiftLog(), hand_over: left.hand_over })) outcome.value = { text: t("hand_over.done", { by: left.by }), bad: false };
  }
  return html`<div class="head"><div class="line"><${Sign} name="note" /><strong>${t("hand_over.of", { by: left.by, seat: left.seat, time: clockTime(left.at) })}</strong>${more > 0 && html`<span class="chip">${t("hand_over.others", { n: more })}</span>`}</div></div>
    <div id="left" class="paper" tabindex="0" role="document" aria-label=${t("hand_over.of", { by: left.by, seat: left.seat, time: clockTime(left.at) })} ref=${place} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter") { e.preventDefault(); take(); } }}>
      <h3>${t("hand_over.since", { n: since.length })}</h3>
      <ul>${since.map((l) => html`<li>${l}</li>`)}${!since.length && html`<li>${t("hand_over.none")}</li>`}</ul>
      <div class="words">${text}</div>
    </div>
    <div class="write one"><button id="take-over" onClick=${take}>${t("hand_over.take")} <kbd>Enter</kbd></button></div>`;
}

/** One's own: composed as the work is now, completed by hand. @param {{comes: any, onWriting: (writes: boolean) => void}} props */
function Own({ comes, onWriting }) {
  const { text, type, post } = useTyped(DRAFT);
  const [wanted, setWanted] = useState(false);
  const parts = compose(work(begun()), t, clockTime);
  const mine = (talks.value.get(shiftLog())?.open ?? []).find((/** @type {any} */ h) => h.by === session.value.person);
  // What is not there yet is not left out of a hand-over: who hands over before that does so as soon as it is.
  const whole = !["off", "catching"].includes(link.value.state);
  function leave() {
    if (!whole) {
      setWanted(true);
      onWriting(true);
      outcome.value = { text: t("hand_over.waits"), bad: false };
      return;
    }
    post(async (words) => {
      const done = await give({ type: "leave_hand_over", talk: shiftLog(), hand_over: newId(), text: asText(parts, words, t), audience: session.value.disciplines.length === 4 ? "" : session.value.disciplines });
      if (done) outcome.value = { text: t("hand_over.left"), bad: false };
      return done;
    });
  }
  useEffect(() => {
    if (!wanted || !whole) return;
    setWanted(false);
    leave();
    onWriting(Boolean(text.trim()));
  }, [wanted, whole]);
  useEffect(() => { if (!text.trim()) onWriting(false); }, [text]);
  return html`${comes && html`<div class="head"><div class="line" role="status"><${Sign} name="note" /><span>${t("hand_over.of", { by: comes.by, seat: comes.seat, time: clockTime(comes.at) })}</span></div></div>`}${mine && html`<div class="head"><div class="line"><${Sign} name="tick" /><span>${t("hand_over.mine", { time: clockTime(mine.at) })}</span></div></div>`}
    <div class="paper" id="composed" tabindex="0" role="document" aria-label=${t("hand_over.composed")}>
      ${whole ? "" : html`<p class="second" role="status">${t("link.loading")}</p>`}${parts.map((p) => html`<h3>${p.title} <span class="second">${p.lines.length}</span></h3><ul>${p.lines.slice(0, 12).map((l) => html`<li>${l}</li>`)}${p.lines.length > 12 && html`<li>${t("hand_over.more", { n: p.lines.length - 12 })}</li>`}${!p.lines.length && html`<li class="second">${t("hand_over.none")}</li>`}</ul>`)}
    </div>
    <div class="write one"><textarea id="hand-over" aria-label=${t("hand_over.words")} placeholder=${t("hand_over.hint")} value=${text} onInput=${(/** @type {any} */ e) => { type(e.target.value); onWriting(Boolean(e.target.value.trim())); }} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && e.ctrlKey) { e.preventDefault(); leave(); } }}></textarea>
      <button id="leave" onClick=${leave}>${t("hand_over.leave")} <kbd>Ctrl+Enter</kbd></button></div>`;
}
