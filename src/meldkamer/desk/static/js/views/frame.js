// The frame: top line, band, command bar, the screen's panes, alarm strip, key line; and the keys that work everywhere.
import { html } from "../../vendor/preact.js";
import { unjudged } from "../admin/glass_watch.js";
import { acknowledge, flood, next, otherKey, pressAlarm, shelved, strip } from "../alarm_strip.js";
import { acknowledged, band } from "../alarms.js";
import { answerNext, pressedOther } from "../answering.js";
import { news } from "../chat.js";
import { kept, keptOfOthers, undo } from "../commands.js";
import { decideOn } from "../conflicts.js";
import { Sign } from "../icons.js";
import { keyLineHidden, toggleKeyLine } from "../key_line.js";
import { EVERYWHERE, keyOf, useScreenKeys } from "../keys.js";
import { queue } from "../lists.js";
import { LOUDNESS, loudness, setLoudness, sounding } from "../sound.js";
import { here, past } from "../past.js";
import { offerFor } from "../playbook_offers.js";
import { coordinates, goToPlaybook } from "../playbooks.js";
import { leftOf, shiftEnds } from "../shift.js";
import { clockOff, ends, leave, link, linked, look, now, pack, rooms, session, taken, units } from "../stores.js";
import { helping } from "../acts.js";
import { waiting } from "../warnings.js";
import { reading, unread } from "../takeovers.js";
import { watches } from "../watching.js";
import { age, clockTime, language, t } from "../words.js";
import { openWorkplace } from "../workplace.js";
import { AloneBand } from "./alone.js";
import { PastBand } from "./past.js";
import { CommandBar, beginCommand, wordOf } from "./command_bar.js";
import { KeyLine } from "./key_line.js";
import { later } from "./later.js";
import { Manual } from "./manual.js";
import { MapScreen } from "./map.js";
import { Operator } from "./operator.js";
import { TakenOver } from "./taken_over.js";
import { WorkplaceChip } from "./workplace_chip.js";

const SCREENS = {
  operator: Operator,
  caco: later(() => import("./caco.js").then((m) => m.Caco)),
  playbooks: later(() => import("./playbooks.js").then((m) => m.Playbooks)),
  map: MapScreen,
  comms: later(() => import("./comms.js").then((m) => m.Comms)),
  warnings: later(() => import("./warnings.js").then((m) => m.Warnings)),
  watch: later(() => import("./watch.js").then((m) => m.Watch)),
};
/** So long before a session ends at the latest that is told (milliseconds). */
const SOON = 30 * 60000;
/** A clock that is off by more than this is told (milliseconds). */
const CLOCK = 1000;
/** One of these opens the screens of access. */
const ACCESS = ["administer", "read_log", "break_glass"];

/** @param {{screen: string}} props */
export function Frame({ screen }) {
  useScreenKeys(everywhere);
  const Screen = SCREENS[/** @type {"map"} */ (screen)] ?? Operator;
  const gone = link.value.state === "lost" ? "lost" : "";
  return html`<div class="frame ${keyLineHidden.value ? "no-keys" : ""}">
    <${TopLine} screen=${screen} />
    ${past.value && link.value.state !== "lost" ? html`<${PastBand} />` : html`<${Band} />`}
    <${CommandBar} />
    <main class="work ${screen} ${gone}" inert=${helping.value || reading.value}><${Screen} /></main>
    ${helping.value && html`<${Manual} />`}
    ${reading.value && !helping.value && html`<${TakenOver} />`}
    <${Strip} />
    ${!keyLineHidden.value && html`<${KeyLine} />`}
  </div>`;
}

/** @param {{screen: string}} props */
function TopLine({ screen }) {
  const who = session.value;
  const { state, since } = link.value;
  // Without a link nobody here knows how the others are.
  const up = state === "lost" ? -1 : rooms.value.filter((r) => r.state === "up" && (r.heartbeat_age ?? 99) < 13).length;
  const good = state === "live";
  const role = who.roles.map(roleName).join(", ");
  // Nobody is put out in the middle of a call without having been told.
  const left = now.value && ends.value !== null ? Math.max(0, ends.value - performance.now()) : SOON;
  const shift = past.value ? null : shiftEnds(pack.value?.shifts ?? [], now.value);
  // Whoever signed in at another workplace as well, or left it without signing out, is seen there too.
  const elsewhere = (rooms.value.find((r) => r.room === who.room)?.seats ?? []).filter((/** @type {any} */ s) => s.person === who.person && s.seat !== who.seat).map((/** @type {any} */ s) => s.seat);
  return html`<header class="top">
    <strong>${rooms.value.find((r) => r.room === who.room)?.name ?? who.room}</strong><span class="role" title=${role}>${role}</span><span>${who.seat || ""}</span><nav class="link" aria-label=${t("account.title")}><a href="/w/account">${who.name || who.person}</a></nav>${shift && html`<span class="shift" title=${t("shift.until", { time: clockTime(shift).slice(0, 5) })}>${t("shift.left", { left: leftOf(shift - now.value) })}</span>`}
    <nav class="link" aria-label=${t("screen.all")}>${Object.keys(SCREENS).filter((name) => (name !== "watch" || watches.value) && (name !== "playbooks" || coordinates.value)).map((name) => html`<a href=${here(name)} aria-current=${name === screen ? "page" : null}>${t(`screen.${name}`)}${name === "comms" && news.value ? html` <strong>${news.value}</strong>` : ""}${name === "warnings" && waiting.value ? html` <strong>${waiting.value}</strong>` : ""}</a>`)}${who.rights.includes("steer") && html`<a href="/w/steering">${t("screen.steering")}</a>`}${who.rights.includes("reports") && html`<a href="/w/reports">${t("screen.reports")}</a>`}${ACCESS.some((right) => who.rights.includes(right)) && html`<a href="/w/admin">${t("screen.admin")}</a>`}</nav>
    <span class="grow"></span>
    <span class="link ${good ? "" : "bad"}" data-state=${state}><${Sign} name=${good ? "dot" : "warn"} /> ${t("link.room")} ${good ? "" : age(now.value - since)}</span>
    ${!past.value && html`<span class="link ${rooms.value.length && up < rooms.value.length ? "bad" : ""}"><${Sign} name=${up < rooms.value.length ? "warn" : "dot"} /> ${t("link.net")} ${state === "lost" ? "?" : up}/${rooms.value.length}</span>`}
    <span>112 ${queue.value.length}</span>
    ${!linked.value && html`<span class="chip">${t("focus.loose")}</span>`}
    <${WorkplaceChip} />
    <span class="link ${sounding.value ? "" : "bad"}">${sounding.value ? "" : html`<${Sign} name="warn" />`} ${t(sounding.value ? "sound.on" : "sound.off")} <select id="loudness" aria-label=${t("sound.loudness")} value=${String(loudness.value)} onChange=${(/** @type {any} */ e) => setLoudness(Number(e.target.value))}>${LOUDNESS.map((n) => html`<option value=${String(n)}>${n} %</option>`)}</select></span>
    ${shelved.value.length > 0 && html`<span class="chip">${t("shelved.chip", { n: shelved.value.length })}</span>`}
    ${keptOfOthers.value.length > 0 && html`<span class="chip warn" role="status"><${Sign} name="warn" /> ${t("kept.others", { n: keptOfOthers.value.length, by: [...new Set(keptOfOthers.value.map((one) => one.by))].join(", ") })}</span>`}
    ${unjudged.value > 0 && html`<span role="alert"><a class="chip warn" href="/w/admin/glass"><${Sign} name="warn" /> ${t("admin.glass.chip", { count: unjudged.value })}</a></span>`}
    ${elsewhere.length > 0 && !past.value && html`<span class="chip warn" role="status"><${Sign} name="warn" /> ${t("session.elsewhere", { seats: elsewhere.join(", ") })}</span>`}
    ${left < SOON && !past.value && html`<span class="chip warn" role="status"><${Sign} name="warn" /> ${t("session.ends", { time: clockTime(now.value + left).slice(0, 5) })}</span>`}
    ${keyLineHidden.value && html`<button id="show-keys" onClick=${toggleKeyLine}>${t("keys.title")}</button>`}
    <button onClick=${leave}>${t("sign_out")}</button>
    ${Math.abs(clockOff.value) > CLOCK && html`<span class="chip warn" role="status"><${Sign} name="warn" /> ${t(clockOff.value > 0 ? "clock.behind" : "clock.ahead", { age: age(Math.round(Math.abs(clockOff.value) / 1000) * 1000) })}</span>`}
    <time class="clock mono">${clockTime(now.value)}</time>
  </header>`;
}

/** A role as it is called here. @param {string} code */
function roleName(code) {
  const role = pack.value?.roles.find((/** @type {any} */ r) => r.code === code);
  return role ? (language.value === "en" ? role.name_en : role.name) : code;
}

function Band() {
  const b = band.value;
  if (b?.kind === "lost") {
    return html`<div class="band lost" role="alert"><${Sign} name="alarm" /> ${t("band.lost", { time: clockTime(b.since ?? 0) })} <span class="more">${t("band.lost_more", { kept: kept.value.length })}</span></div>`;
  }
  if (b?.kind === "alone") return html`<${AloneBand} />`;
  if (b?.kind === "catching") return html`<div class="band catching" role="status"><${Sign} name="warn" /> ${b.missed ? t("band.catching", { n: b.missed }) : t("band.catching_begins")}</div>`;
  if (b?.kind === "back") return html`<div class="band back" role="status"><${Sign} name="tick" /> ${t("band.back")}</div>`;
  if (b?.kind === "foreign") {
    const lent = b.lent ?? [];
    const owners = [...new Set(lent.map((f) => f.owner))].join(", ");
    return html`<div class="band foreign" role="status"><${Sign} name="lock" /> ${t("band.lent", { room: session.value.room, owners, time: clockTime(lent[0].since) })} <span class="more">${lent[0].reason}</span></div>`;
  }
  if (flood.value) return html`<div class="band flood" role="status"><${Sign} name="warn" /> ${t("band.flood", { n: flood.value.n, time: clockTime(flood.value.since) })} <span class="more">${t("band.flood_more", { n: strip.value.length })}</span></div>`;
  if (taken.value.length) {
    const homes = [...new Set(taken.value.map((f) => f.home))].join(", ");
    return html`<div class="band foreign" role="status"><${Sign} name="foreign" /> ${t("band.taken", { homes, time: clockTime(taken.value[0].since), count: taken.value.length })} <span class="more">${taken.value[0].reason}</span> ${unread.value.length > 0 && html`<button id="read-takeover" onClick=${() => (reading.value = true)}>${t("taken.read_first")} <kbd>F9</kbd></button>`}</div>`;
  }
  return html`<div></div>`;
}

function Strip() {
  const slots = strip.value.slice(0, 3);
  // What comes in is said aloud once; the ages that count on beside it are not.
  return html`<section class="strip" aria-label=${t("alarm.title")} aria-live="assertive" aria-relevant="additions">
    ${[0, 1, 2].map((n) => {
      const a = slots[n];
      if (!a) return html`<div class="slot" key=${n}>${!slots.length && n === 0 && link.value.state !== "lost" ? html`<span class="second" aria-live="off">${t("strip.none")}</span>` : ""}</div>`;
      const fresh = a.keys.some((k) => !acknowledged.value.has(k));
      return html`<button class="slot ${a.level} ${fresh ? "fresh" : ""}" key=${a.key} onClick=${() => { acknowledge(a); goTo(a); }}>
        <${Sign} name=${a.level} /><span class="grow">${a.text}</span><span class="mono">${a.since ? age(now.value - a.since) : ""}</span>${next.value.line?.key === a.key && html`<kbd>F8${next.value.opens ? ` ${t("strip.opens")}` : ""}</kbd>`}</button>`;
    })}
  </section>`;
}

/** @param {KeyboardEvent} event */
function everywhere(event) {
  if (event.key !== "F8") otherKey();
  if (keyOf(event) !== "F5") pressedOther();
  // With Alt a key is the system's own: Alt+F4 closes the window, and with AltGr letters are typed.
  if (event.altKey || event.metaKey) return;
  const word = WORDS.get(keyOf(event));
  if (!word || word === "back") return;
  // In a field that holds text undoing is the field's own.
  if (word === "undo" && /** @type {any} */ (event.target).closest("input:not([type=checkbox]), textarea")?.value) return;
  event.preventDefault();
  if (word !== "help" && word !== "command" && (helping.value || (reading.value && word !== "handover"))) {
    helping.value = false;
    reading.value = false;
    // The next key may follow before the screen is drawn again, and must find the list that this one asked for.
    /** @type {HTMLElement} */ (document.querySelector(".work")).inert = false;
  }
  ACTS[word]();
}

const WORDS = new Map(EVERYWHERE.map(([key, word]) => [/** @type {string} */ (key), word]));

/** Look at what an alarm is about; at its conflicts or its playbook when these are. @param {import("../alarms.js").Alarm & {keys?: string[]} | undefined} a */
function goTo(a) {
  const offer = a && coordinates.value && offerFor(a.keys ?? [a.key]);
  if (a?.focus && a.decide) decideOn(a.focus.ref);
  else if (a?.read) reading.value = true;
  else if (a?.go) goToPlaybook(a.go);
  else if (a?.focus) look(a.focus);
  else if (offer) goToPlaybook(offer.key);
}

/** @param {string} selector */
const enter = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();

/** A new incident, and the cursor in its first field: no list may take for its keys what is typed now. */
function begin() {
  /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
  look({ kind: "new", ref: "new" });
  requestAnimationFrame(() => enter("#where"));
}

/** Undo; of an alert that went out what is left is to call the units back, which the command line then offers. */
async function takeBack() {
  const unit = units.value.get((await undo()).at(-1) ?? "");
  if (unit) beginCommand(`${wordOf("recall")} ${unit.call_sign}`);
}

/** @type {Record<Exclude<typeof EVERYWHERE[number][1], "back">, () => void>} */
const ACTS = {
  help: () => (helping.value = !helping.value),
  command: () => enter("#command"),
  new: begin,
  questions: () => enter("#questions"),
  where: () => enter("#where"),
  answer: answerNext,
  queue: () => (document.querySelector("#queue") ? enter("#queue") : location.assign(`${here("operator")}#queue`)),
  incidents: () => enter("#incidents"),
  units: () => enter("#units"),
  alarm: () => goTo(pressAlarm()),
  takeover: () => (location.pathname === "/w/caco" ? enter("#rooms button") : location.assign(here("caco"))),
  handover: () => (unread.value.length && !past.value ? (reading.value = true) : location.pathname === "/w/comms" ? enter("#left, #hand-over") : location.assign(`${here("comms")}#hand-over`)),
  history: () => (past.value ? enter("#past") : beginCommand("h ")),
  undo: takeBack,
  link: () => (linked.value = !linked.value),
  workplace: () => openWorkplace(),
  keyline: toggleKeyLine,
};
