// The command line with its preview: the sentence that will be carried out. Nothing happens before Enter.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { shelvable } from "../alarm_strip.js";
import { carryOut } from "../acts.js";
import { alone } from "../alone.js";
import { moment } from "../afterwards.js";
import { mine } from "../attentions.js";
import { chosenNow } from "../codes.js";
import { VERBS, understand } from "../command_language.js";
import { outcome } from "../commands.js";
import { draft } from "../drafts.js";
import { counting, middle } from "../drawings.js";
import { rows as earlier } from "../earlier.js";
import { follows, keyOf, lookAhead } from "../follows.js";
import { hand, openIncidents, talking } from "../lists.js";
import { past } from "../past.js";
import { coordinates, inForce } from "../playbooks.js";
import { speakingNow } from "../speaking.js";
import { functions, incidents, now, pack, rooms, serverOffset, session, units } from "../stores.js";
import { summaryOf } from "../transfer.js";
import { rows as warnings } from "../warnings.js";
import { age, language, t } from "../words.js";
import { FollowsList } from "./follows.js";
import { windows, workplace } from "../workplace.js";

/** What this window keeps of its command line: through a reload and a crash, for who typed it and for nobody else. */
const KEPT = "mk.command";
/** A longer text is not kept (characters): it can be no command. */
const LONGEST = 100_000;
const REMEMBERED = 200;
/** Nothing is looked up while somebody types on (milliseconds). */
const TYPING = 150;

/** @returns {{by: string, text: string, before: string[]}} before: what was carried out, the newest last */
function kept() {
  const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const by = session.peek()?.person ?? "";
  return found?.by === by ? found : { by, text: "", before: [] };
}

/** @param {{text?: string, before?: string[]}} changes */
function keep(changes) {
  const next = { ...kept(), ...changes };
  if (next.text.length <= LONGEST) sessionStorage.setItem(KEPT, JSON.stringify(next));
}

/** The word that begins a command in the language of the screen. @param {string} verb */
export const wordOf = (verb) => Object.entries(language.value === "en" ? VERBS.en : VERBS.nl).find(([, v]) => v === verb)?.[0] ?? "";

/** The region of the own room (national when it has none), and all that there are. */
function ownRegion() {
  const all = (pack.value?.regions ?? []).map((/** @type {any} */ r) => r.code);
  const own = pack.value?.rooms?.find((/** @type {any} */ r) => r.code === session.value?.room)?.region;
  return { region: own ?? "NL", regions: all };
}

/** What was begun for somebody last. */
let begun = "";

/** Begin a command: what somebody types is never replaced, and then it is said; what was only begun for them is. @param {string} text */
export function beginCommand(text) {
  const field = /** @type {HTMLInputElement} */ (document.querySelector("#command"));
  field.focus();
  if (field.value === text) return;
  if (field.value && field.value !== begun) {
    outcome.value = { text: t("command.taken", { line: text }), bad: true };
    return;
  }
  begun = text;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function CommandBar() {
  const [text, setText] = useState(() => kept().text);
  // What was asked to be carried out: another thing, as when another incident came in hand, asks anew.
  const [asked, setAsked] = useState("");
  const [back, setBack] = useState(0);
  // What the last act had come to when this was typed: only what came after it is still to be read.
  const [read, setRead] = useState(outcome.peek());
  // What was being typed when somebody went back to earlier commands: it comes back after the newest.
  const [stood, setStood] = useState("");
  const focused = hand.value?.kind === "incident" ? incidents.value.get(hand.value.ref) : null;
  // Of several calls on the line the one in hand is meant; never one by guess.
  const spoken = talking.value.find((c) => c.ref === hand.value?.ref) ?? (talking.value.length === 1 ? talking.value[0] : null);
  const meaning = text
    ? understand(text, { lang: language.value, units: [...units.value.values()], incidents: openIncidents.value, focused, alone: alone.value !== null, classes: chosenNow(pack.value?.classes ?? []), functions: [...functions.value.values()], call: spoken, unsaved: spoken !== null && Object.keys(draft(spoken.ref)).length > 0, summary: spoken && summaryOf(spoken.ref), closing: chosenNow(pack.value?.closing_codes ?? []), country: pack.value, disciplines: session.value?.disciplines ?? "", now: past.value ? Date.now() : Date.now() + serverOffset.value, rooms: rooms.value.map((r) => r.room), alarm: shelvable.value, seats: rooms.value.find((r) => r.room === session.value?.room)?.seats.map((/** @type {any} */ s) => s.seat) ?? [], past: past.value, books: coordinates.value ? inForce.value : null, attentions: mine.value, drawings: counting.value, middle: middle.value !== null, warnings: warnings.value ?? [], person: session.value?.person, windows: workplace.value && windows.value, earlier: earlier.value.map((one) => one.incidents.at(-1) ?? null), speaking: speakingNow.value, ...ownRegion() })
    : null;
  const would = meaning?.ok ? JSON.stringify(meaning.act) : "";
  const sure = asked !== "" && asked === would;
  // What scales an incident up carries along more than its own value: that is read before it is done.
  const ahead = meaning?.ok && meaning.act.do === "characteristic" && (pack.value?.scale_ups ?? []).includes(meaning.act.name) ? meaning.act : null;
  const state = ahead ? keyOf(ahead) : "";
  const unread = ahead !== null && follows.value?.key !== state;
  useEffect(() => {
    if (!ahead) return void lookAhead(null);
    const timer = setTimeout(() => lookAhead(ahead), TYPING);
    return () => clearTimeout(timer);
  }, [state]);

  /** @param {string} typed */
  function type(typed) {
    setText(typed);
    setAsked("");
    setRead(outcome.peek());
    keep({ text: typed });
  }

  /** @param {KeyboardEvent} event */
  async function key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      if (sure) setAsked("");
      else /** @type {HTMLElement} */ (event.target).blur();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const { before } = kept();
      const to = Math.max(0, Math.min(back + (event.key === "ArrowUp" ? 1 : -1), before.length));
      if (to === back) return undefined;
      if (back === 0) setStood(text);
      setBack(to);
      type(to ? before[before.length - to] : stood);
    } else if (event.key === "Enter" && meaning?.ok) {
      event.preventDefault();
      if (unread) lookAhead(ahead);
      if ((meaning.twice || unread) && !sure) return setAsked(would);
      keep({ before: [...kept().before, text].slice(-REMEMBERED) });
      type("");
      setBack(0);
      await carryOut(meaning.act);
    }
  }

  const said = outcome.value;
  return html`<div class="bar">
    <label for="command">${t("command.title")} <kbd>Ctrl+${t("key.space")}</kbd></label>
    <input id="command" value=${text} autocomplete="off" spellcheck=${false} onInput=${(/** @type {any} */ e) => type(e.target.value)} onKeyDown=${key} />
    <div class="told" role="status">
      <div class="preview ${sure || (!meaning && said.asks) ? "twice" : (meaning ? !meaning.ok : said.bad) ? "wrong" : ""}">${preview(meaning, sure, unread)}</div>
      ${meaning && said !== read && (said.bad || said.asks) && html`<div class="came">${said.text}</div>`}
    </div>
    ${ahead && html`<${FollowsList} act=${ahead} number=${meaning?.params.number} />`}
  </div>`;
}

/** @param {import("../command_language.js").Meaning | null} meaning @param {boolean} sure @param {boolean} unread what follows is still looked up */
function preview(meaning, sure, unread) {
  if (!meaning) return outcome.value.text;
  const said = `${meaning.ok && meaning.at ? `${t("say.at", { time: moment(meaning.at, now.value, language.value), age: age(now.value - meaning.at) })} ` : ""}${t(meaning.say, meaning.params)}`;
  if (!meaning.ok) return meaning.list ? `${said} ${meaning.list.join(" · ")}` : said;
  if (sure && meaning.warn) return `${t(meaning.warn)}: ${said}`;
  if (sure && unread) return t("follows.unread", { said });
  return sure ? t("command.again", { said }) : html`${said} <kbd>Enter</kbd>`;
}
