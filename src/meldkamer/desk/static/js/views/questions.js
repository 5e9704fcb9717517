// The questions for a class, beside the form or in an incident: answered by single keys, never in the way of saving or alerting.
// What an answer suggests is offered for one key, and done by nobody but the person.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { answersAt, cameBack, draft, keepDraft } from "../drafts.js";
import { adviceFor, answerInWords, dayOf, fetchSets, inWords, setFor, sets, shown, suggested } from "../questions.js";
import { now, pack, session } from "../stores.js";
import { language, t } from "../words.js";
import { useInView } from "./operator.js";

/**
 * @param {{classCode: string, place: string, back: string, answersOf: (set: any) => Record<string, string>,
 *   answer: (set: any, question: any, value: string) => void, take: (s: import("../questions.js").Suggestion) => void,
 *   done: (s: import("../questions.js").Suggestion) => boolean, folded?: boolean}} props
 * place: under which name what is typed is kept. back: where Escape leads. done: whether it is so already. folded: show what was
 * answered alone until somebody comes to ask.
 */
export function Questions({ classCode, place, back, answersOf, answer, take, done, folded = false }) {
  const key = answersAt(place);
  const [active, setActive] = useState("");
  const [asking, setAsking] = useState(!folded);
  const [, drawAgain] = useState(0);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => void fetchSets(), []);
  // An answer in words that the room would not take came back here meanwhile.
  const kept = cameBack.value >= 0 ? draft(key) : {};
  const set = sets.value && setFor(sets.value, classCode, dayOf(now.value));
  if (!set) return null;
  const given = answersOf(set);
  const { questions, counted } = shown(set, given, session.value.compartments.includes("medical"));
  const open = questions.filter((q) => counted[q.id] === undefined);
  const at = questions.find((q) => q.id === active) ?? open[0] ?? questions[0];
  const offers = suggested(set, questions, counted).filter((s) => !done(s) && !(kept.aside ?? []).includes(`${set.id} ${s.key}`));
  const told = adviceFor(set, counted);

  /** Keep what belongs to the panel at this workplace. @param {any} changes */
  function keep(changes) {
    keepDraft(key, changes);
    drawAgain((n) => n + 1);
  }

  /** Answer, and go on to the next question that is open. @param {any} question @param {string} value */
  function say(question, value) {
    const { [typedKey(question)]: _, ...typed } = kept.typed ?? {};
    keep({ typed });
    answer(set, question, value);
    const after = { ...given };
    if (value) after[question.id] = value;
    else delete after[question.id];
    const then = shown(set, after, session.value.compartments.includes("medical"));
    const next = then.questions.slice(then.questions.findIndex((q) => q.id === question.id) + 1).find((q) => then.counted[q.id] === undefined);
    setActive(value && next ? next.id : question.id);
    box.current?.focus();
  }

  /** @param {any} question */
  const typedKey = (question) => `${set.id} ${question.id}`;

  /** @param {number} step */
  const move = (step) => setActive(questions[Math.max(0, Math.min(questions.length - 1, questions.indexOf(at) + step))].id);

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const field = /** @type {HTMLInputElement | null} */ (box.current?.querySelector("input.reply") ?? null);
    if (event.target === field) {
      if (event.key === "Escape") box.current?.focus();
      else if (event.key === "Enter" && fits(at, field?.value.trim() ?? "")) say(at, field?.value.trim() ?? "");
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") { box.current?.focus(); move(event.key === "ArrowDown" ? 1 : -1); }
      else if (event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (/** @type {HTMLElement} */ (event.target).tagName === "BUTTON" && /^(Enter| )$/.test(event.key)) return;
    const number = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Escape") /** @type {HTMLElement | null} */ (document.querySelector(back))?.focus();
    else if (event.key === "+") { if (offers[0]) take(offers[0]); }
    else if (event.key === "-") { if (offers[0]) keep({ aside: [...(kept.aside ?? []), `${set.id} ${offers[0].key}`] }); }
    else if (event.key === "Delete") { if (counted[at.id] !== undefined) say(at, ""); }
    else if (event.key === "?") say(at, "unknown");
    else if (field) {
      // The first letter or digit of an answer in words begins it, and the browser puts it in the field.
      if (event.key === "Enter") event.preventDefault();
      if (event.key === "Enter" || event.key.length === 1) field.focus();
      return;
    } else if (at.kind === "yes_no" && (event.key === "j" || event.key === "y")) say(at, "yes");
    else if (at.kind === "yes_no" && event.key === "n") say(at, "no");
    else if (at.kind === "choice" && number !== null) { if (at.options[number - 1]) say(at, at.options[number - 1].id); }
    else if (event.key === "Enter") { if (open[0]) setActive(open[0].id); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return html`<section class="questions" aria-labelledby="questions-title">
    <h3 class="title" id="questions-title"><span class="cut">${t("questions.title", { name: language.value === "en" ? set.name_en : set.name })}</span><span class="grow"></span><span class="sort">${t("questions.count", { n: questions.length - open.length, all: questions.length })}</span><kbd>F3</kbd></h3>
    ${asking && told.length > 0 && html`<div role="status"><ul class="advice" aria-label=${t("questions.advice")}>${told.map((a) => html`<li key=${a.say}>${language.value === "en" ? a.say_en : a.say}</li>`)}</ul></div>`}
    <div id="questions" class="asked ${asking ? "" : "folded"}" ref=${box} tabindex="0" role="group" aria-labelledby="questions-title" aria-describedby="questions-keys" aria-activedescendant=${asking ? rowId(at) : null} onFocus=${() => setAsking(true)} onKeyDown=${keys}>
      ${asking && offers.length > 0 && html`<div class="offers" role="group" aria-label=${t("questions.offers")}>${offers.map((s, n) => html`<button type="button" key=${s.key} class="offer" onClick=${() => take(s)}>${offered(s)}${n === 0 ? html` <kbd>+</kbd>` : ""}</button>`)}<button type="button" class="aside" onClick=${() => keep({ aside: [...(kept.aside ?? []), `${set.id} ${offers[0].key}`] })}>${t("questions.aside")} <kbd>-</kbd></button></div>`}
      ${!asking && open.length === questions.length && html`<p class="second none">${t("questions.none")}</p>`}
      ${questions.filter((q) => asking || counted[q.id] !== undefined).map((q) => html`<${Row} key=${`${set.id} ${q.id}`} question=${q} answer=${counted[q.id]} active=${asking && q === at} typed=${kept.typed?.[typedKey(q)]} go=${() => setActive(q.id)} say=${(/** @type {string} */ value) => say(q, value)}
        type=${(/** @type {string} */ text) => keep({ typed: { ...(kept.typed ?? {}), [typedKey(q)]: text } })} />`)}
    </div>
    <p class="sr" id="questions-keys">${t("questions.keys")}</p>
  </section>`;
}

/** @param {any} question */
const rowId = (question) => `question-${question.id}`;

/** Whether something typed can be the answer. @param {any} question @param {string} text */
const fits = (question, text) => (question.kind === "number" ? /^[0-9]{1,4}$/.test(text) : text.length > 0 && text.length <= 500);

/** What is suggested, in words. @param {import("../questions.js").Suggestion} s */
function offered(s) {
  if (s.characteristic) return t("questions.offer_characteristic", { name: s.characteristic, value: s.value });
  if (s.class) return t("questions.offer_class", { name: pack.value.classes.find((/** @type {any} */ c) => c.code === s.class)?.name ?? s.class });
  if (s.discipline) return t("questions.offer_discipline", { name: t(`discipline.${s.discipline}`) });
  return t("questions.offer_priority", { n: s.priority });
}

/** @param {{question: any, answer: string | undefined, active: boolean, typed: string | undefined, go: () => void, say: (value: string) => void, type: (text: string) => void}} props */
function Row({ question, answer, active, typed, go, say, type }) {
  // What becomes active beside somebody who types elsewhere does not move the screen under their hands.
  const place = useInView(active && document.activeElement?.closest("#questions") !== null);
  const words = inWords(question, language.value);
  const yes = language.value === "en" ? "y" : "j";
  const field = question.kind === "number" || question.kind === "text";
  return html`<div ref=${place} id=${rowId(question)} class="question ${active ? "active" : ""} ${answer === undefined ? "open" : ""}" role="group" aria-label=${words} onClick=${go}>
    <span class="ask">${words}${question.must && answer === undefined ? html` <strong class="chip first">${t("questions.must")}</strong>` : ""}${question.medical ? html` <span class="dim medical">${t("questions.medical")}</span>` : ""}</span>
    ${answer !== undefined && html`<strong class="said">${answerInWords(question, answer, language.value, t)}</strong>`}
    ${active && html`<div class="replies">
      ${question.kind === "yes_no" && html`<${Reply} k=${yes} text=${t("questions.yes")} chosen=${answer === "yes"} say=${() => say("yes")} /><${Reply} k="n" text=${t("questions.no")} chosen=${answer === "no"} say=${() => say("no")} />`}
      ${question.options.map((/** @type {any} */ o, /** @type {number} */ n) => html`<${Reply} key=${o.id} k=${String(n + 1)} text=${language.value === "en" ? o.text_en : o.text} chosen=${answer === o.id} say=${() => say(o.id)} />`)}
      ${field && html`<input class="reply" aria-label=${words} autocomplete="off" tabindex="-1" inputmode=${question.kind === "number" ? "numeric" : "text"} maxlength=${question.kind === "number" ? 4 : 500} value=${typed ?? (answer === "unknown" ? "" : (answer ?? ""))} onInput=${(/** @type {any} */ e) => type(e.target.value)} />`}
      <${Reply} k="?" text=${t("questions.unknown")} chosen=${answer === "unknown"} say=${() => say("unknown")} />
    </div>`}
  </div>`;
}

/** @param {{k: string, text: string, chosen: boolean, say: () => void}} props */
const Reply = ({ k, text, chosen, say }) => html`<button type="button" tabindex="-1" aria-pressed=${chosen} onClick=${(/** @type {Event} */ e) => { e.stopPropagation(); say(); }}><kbd>${k}</kbd> ${text}</button>`;
