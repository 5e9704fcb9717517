// The command line: from what is typed to what would be done. Pure: reads what it is given, does nothing.
// Words may be cut short while unambiguous, call signs without blanks or region; an ambiguous one gives a list, never a guess.

/**
 * @typedef {{ok: true, say: string, params: Record<string, any>, act: any, twice?: boolean, warn?: string, at?: number}
 *   | {ok: false, say: string, params: Record<string, any>, list?: string[]}} Meaning
 * @typedef {{lang: string, units: any[], incidents: any[], focused: any, classes: any[], functions: any[], now?: number, rooms?: string[], seats?: string[], alarm?: any, alone?: boolean, call?: any, unsaved?: boolean, summary?: string | null, past?: any, closing?: any[], disciplines?: string, country?: any, books?: any[] | null, attentions?: any[], drawings?: any[], middle?: boolean, warnings?: any[], person?: string, earlier?: any[], windows?: any[] | null, region?: string, regions?: string[], speaking?: any}} Around windows: those of the workplace, with whether they are there, null while that is not known; call: the one that this person speaks with; summary: what goes along when it is handed on; earlier: the incident that came of each earlier call, null where none did; speaking: how to speak with the caller of the call in hand, null where that was not read; attentions: those that count here; drawings: those that count; middle: whether this window shows a map; warnings: the rows that were read; person: who sits here; region: the own one, regions: all; books: playbooks that count today, null for whoever does not work with them; now: the time of the room; past: the moment that is shown, when it is not now
 */

import { ENTERED, longAgo, trueTime } from "./afterwards.js";
import { readAttention, readProlong, readTold, readWithdraw } from "./attention_language.js";
import { termsFor } from "./characteristics.js";
import { readContact } from "./contact.js";
import { readDraw, readRedraw, readUndraw } from "./drawing_language.js";
import { readPast } from "./past_language.js";
import { readPost } from "./posting.js";
import { readLanguage, readVia } from "./speaking_language.js";
import { readTransfer } from "./transfer_language.js";
import { readAnswer, readLonger, readTakeAway, readWarning } from "./warning_language.js";

/** What can be done where nothing is done. */
const PAST = new Set(["look", "earlier", "find", "history", "help"]);

/** The first word of a command, and what it stands for. */
export const VERBS = {
  nl: { d: "alert", v: "proposal", s: "status", n: "note", p: "priority", k: "class", w: "where", i: "open", o: "look", z: "find", t: "recall", b: "link", eer: "earlier", ovn: "takeover", piek: "peak", piekaf: "calm", db: "playbook", geluid: "loudness", bes: "decide", c: "chat", att: "attention", attd: "told", attv: "prolong", atti: "withdraw", adw: "warn", adwj: "vouch", adwn: "deny", adwv: "extend", adwi: "revoke", stil: "shelve", h: "history", af: "close", rij: "reach", weg: "way", bl: "paper", teken: "draw", tekenv: "redraw", tekenw: "undraw", wp: "workplace", contact: "contact", verplaats: "post", taal: "language", via: "via", door: "transfer", e: "end", "=": "join", "?": "help" },
  en: { d: "alert", u: "proposal", s: "status", n: "note", p: "priority", c: "class", w: "where", i: "open", o: "look", f: "find", r: "recall", l: "link", prev: "earlier", tko: "takeover", peak: "peak", peakoff: "calm", pb: "playbook", vol: "loudness", dec: "decide", m: "chat", att: "attention", attp: "told", attx: "prolong", attw: "withdraw", adw: "warn", adwy: "vouch", adwn: "deny", adwx: "extend", adww: "revoke", quiet: "shelve", h: "history", cl: "close", reach: "reach", way: "way", sh: "paper", draw: "draw", drawc: "redraw", drawx: "undraw", wp: "workplace", contact: "contact", post: "post", lang: "language", via: "via", tr: "transfer", e: "end", "=": "join", "?": "help" },
};

/** What a call was that needs nobody: the words that the desk has for it (`call.ended.…`), and the reason in the record. @type {{nl: Record<string, string>, en: Record<string, string>}} */
export const ENDS = { nl: { stil: "silent", broekzak: "pocket", misbruik: "misuse", "geen spoed": "not_urgent", "verkeerd verbonden": "wrong_number", "verbinding weg": "dropped", proef: "test" }, en: { silent: "silent", "pocket call": "pocket", misuse: "misuse", "not urgent": "not_urgent", "wrong number": "wrong_number", "line lost": "dropped", test: "test" } };

/** What a person may decide in a conflict: what stands stays, the other, or neither. @type {{nl: Record<string, string>, en: Record<string, string>}} */
const CHOICES = { nl: { blijft: "kept", ander: "other", geen: "neither" }, en: { keep: "kept", other: "other", neither: "neither" } };
/** @type {Record<string, string>} */
const DECIDED = { kept: "say.decide_kept", other: "say.decide_other", neither: "say.decide_neither" };

/** @param {string} text @param {Around} around @returns {Meaning} */
export function understand(text, around) {
  // `=4312` is `= 4312`.
  const trimmed = text.trim().replace(/^=(?=\S)/, "= ");
  if (!trimmed) return { ok: false, say: "say.empty", params: {} };
  if (trimmed.startsWith("@")) return afterwards(trimmed, around);
  if (trimmed.startsWith("-")) return term(trimmed, around);
  const [first, ...rest] = trimmed.split(/\s+/);
  const verbs = /** @type {Record<string, string>} */ (around.lang === "en" ? VERBS.en : VERBS.nl);
  const verb = verbs[first.toLowerCase()];
  if (!verb) return { ok: false, say: "say.no_such_word", params: { word: first }, list: Object.keys(verbs) };
  if (around.past && !PAST.has(verb)) return { ok: false, say: "refused.looking_back", params: {} };
  return READ[verb](rest, around, trimmed.slice(first.length).trim());
}

/** @type {Record<string, (words: string[], around: Around, tail: string) => Meaning>} */
const READ = {
  alert(_, around, tail) {
    // What stands after a colon is why a unit goes that is not free, or perhaps in use elsewhere.
    const [before, ...after] = tail.split(":");
    const reason = after.join(":").trim();
    const { incident, others, bad } = incidentOf(before.split(/\s+/).filter(Boolean), around);
    if (bad) return bad;
    if (!others.length) return { ok: false, say: "say.which_unit", params: {} };
    const found = [];
    for (const word of others) {
      const hit = unitOf(word, around);
      if (!("unit" in hit)) return hit;
      found.push(hit.unit);
    }
    const doubted = found.filter((u) => u.maybe_used_by);
    if (doubted.length && !reason) return { ok: false, say: "say.maybe_in_use", params: { unit: doubted.map((u) => u.call_sign).join(" + "), room: doubted[0].maybe_used_by } };
    // A unit that works elsewhere goes only from there, and only with a reason: what happens to both stands in the preview.
    const busy = found.filter((u) => u.assignment && u.assignment.incident !== incident.ref);
    const away = { busy: busy.map((u) => u.call_sign).join(" + "), from: [...new Set(busy.map((u) => u.assignment.number))].join(", #") };
    if (busy.length && !reason) return { ok: false, say: "say.busy", params: away };
    const order = { ...(around.alone ? { alone: true } : {}), ...(reason ? { override: reason } : {}), ...(busy.length ? { divert: true, reason } : {}) };
    const act = { do: "alert", incident: incident.ref, units: found.map((u) => u.ref), ...(Object.keys(order).length ? { order } : {}) };
    const params = { units: found.map((u) => u.call_sign).join(" + "), number: incident.number, place: incident.location.text, reason, ...away };
    return { ok: true, say: busy.length ? "say.alert_divert" : reason ? "say.alert_why" : "say.alert", params, act, ...(around.alone ? { twice: true, warn: "order.alone" } : {}) };
  },
  proposal(words, around) {
    const { incident, bad } = incidentOf(words, around);
    if (bad) return bad;
    return { ok: true, say: "say.proposal", params: { number: incident.number }, act: { do: "proposal", incident: incident.ref } };
  },
  status(words, around) {
    const [sign, code] = words;
    if (!sign || !code) return { ok: false, say: "say.status_how", params: {} };
    const hit = unitOf(sign, around);
    if (!("unit" in hit)) return hit;
    return { ok: true, say: "say.status", params: { unit: hit.unit.call_sign, code }, act: { do: "status", unit: hit.unit.ref, key: code } };
  },
  note(words, around, tail) {
    const named = words[0]?.startsWith("#") ? words[0] : "";
    const { incident, bad } = incidentOf(named ? [named] : [], around);
    if (bad) return bad;
    const text = tail.slice(named.length).trim();
    if (!text) return { ok: false, say: "say.note_how", params: {} };
    return { ok: true, say: "say.note", params: { number: incident.number, text }, act: { do: "note", incident: incident.ref, text } };
  },
  priority(words, around) {
    const { incident, others, bad } = incidentOf(words, around);
    if (bad) return bad;
    const value = Number(others[0]);
    if (!(Number.isInteger(value) && value >= 1 && value <= 5)) return { ok: false, say: "say.priority_how", params: {} };
    return { ok: true, say: "say.priority", params: { number: incident.number, priority: value }, act: { do: "priority", incident: incident.ref, priority: value } };
  },
  class(words, around) {
    const { incident, others, bad } = incidentOf(words, around);
    if (bad) return bad;
    const hits = classesFor(others.join(" "), around.classes);
    if (!hits.length) return { ok: false, say: "say.no_class", params: { text: others.join(" ") } };
    if (hits.length > 1) return { ok: false, say: "say.which", params: {}, list: hits.slice(0, 9).map((c) => `${c.code} ${c.name}`) };
    return { ok: true, say: "say.class", params: { number: incident.number, name: hits[0].name }, act: { do: "class", incident: incident.ref, code: hits[0].code, text: hits[0].name } };
  },
  where(_, around, tail) {
    if (!around.focused) return { ok: false, say: "say.no_incident", params: {} };
    if (!tail) return { ok: false, say: "say.where_how", params: {} };
    return { ok: true, say: "say.where", params: { number: around.focused.number, text: tail }, act: { do: "where", incident: around.focused.ref, text: tail } };
  },
  open(_, around, tail) {
    return { ok: true, say: "say.open", params: { text: tail }, act: { do: "open", text: tail } };
  },
  look(words, around) {
    const { incident, bad } = incidentOf(words.map((w) => (w.startsWith("#") ? w : `#${w}`)), around);
    if (bad) return bad;
    return { ok: true, say: "say.look", params: { number: incident.number }, act: { do: "look", kind: "incident", ref: incident.ref } };
  },
  find(words, around) {
    const hit = unitOf(words[0] ?? "", around);
    if (!("unit" in hit)) return hit;
    return { ok: true, say: "say.find", params: { unit: hit.unit.call_sign }, act: { do: "look", kind: "unit", ref: hit.unit.ref } };
  },
  recall(words, around) {
    const hit = unitOf(words[0] ?? "", around);
    if (!("unit" in hit)) return hit;
    return { ok: true, say: "say.recall", params: { unit: hit.unit.call_sign }, act: { do: "recall", unit: hit.unit.ref, reason: words.slice(1).join(" ") }, twice: true };
  },
  link(words, around) {
    const found = words.map((w) => incidentOf([w.startsWith("#") ? w : `#${w}`], around));
    const bad = found.find((f) => f.bad);
    if (bad?.bad) return bad.bad;
    if (found.length !== 2) return { ok: false, say: "say.link_how", params: {} };
    const [a, b] = found.map((f) => f.incident);
    return { ok: true, say: "say.link", params: { a: a.number, b: b.number }, act: { do: "link", incident: a.ref, other: b.ref } };
  },
  earlier(words, around) {
    if (!words.length) return { ok: true, say: "say.earlier", params: {}, act: { do: "earlier" } };
    const came = around.earlier ?? [];
    const one = came[Number(words[0]) - 1];
    if (!one) return { ok: false, say: "say.earlier_which", params: {}, list: came.flatMap((i, n) => (i ? [`${n + 1} #${i.number}`] : [])) };
    return { ok: true, say: "say.look", params: { number: one.number }, act: { do: "look", kind: "incident", ref: one.ref } };
  },
  join(words, around) {
    const { call } = around;
    if (!call) return { ok: false, say: "say.join_no_call", params: {} };
    if (!words.length) {
      const likely = (call.possible_duplicates ?? []).map((/** @type {string} */ ref) => around.incidents.find((i) => i.ref === ref)).filter(Boolean);
      return { ok: false, say: "say.join_which", params: {}, list: likely.map((/** @type {any} */ i) => `${i.number} ${i.location.text}`) };
    }
    const { incident, bad } = incidentOf(words.map((w) => (w.startsWith("#") ? w : `#${w}`)), around);
    if (bad) return bad;
    return { ok: true, say: "say.join", params: { number: incident.number, place: incident.location.text }, act: { do: "join", call: call.ref, incident: incident.ref }, twice: true };
  },
  end(words, around) {
    const { call } = around;
    if (!call) return { ok: false, say: "say.join_no_call", params: {} };
    const typed = words.join(" ").toLowerCase();
    const known = Object.entries(around.lang === "en" ? ENDS.en : ENDS.nl);
    const hits = known.filter(([word]) => typed && word.startsWith(typed));
    if (typed && hits.length !== 1) return { ok: false, say: "say.end_how", params: {}, list: (hits.length ? hits : known).map(([word]) => word) };
    const [how, reason] = hits[0] ?? ["", "done"];
    // What was typed and made no incident would be out of sight: that asks once more.
    return { ok: true, say: how ? "say.end_as" : "say.end", params: { function: call.function, how }, act: { do: "end", call: call.ref, reason }, ...(around.unsaved ? { twice: true, warn: "call.unsaved" } : {}) };
  },
  takeover(words, around) {
    const [what, ...reason] = words;
    const asked = what?.toLowerCase();
    const meant = around.functions.filter((f) => f.name.toLowerCase() === asked || f.region.toLowerCase() === asked);
    if (!meant.length || !reason.length) return { ok: false, say: "say.takeover_how", params: {} };
    const names = meant.filter((f) => !f.proposal).map((f) => f.name);
    if (!names.length) return { ok: false, say: "say.takeover_asked", params: { what } };
    return { ok: true, say: "say.takeover", params: { what, count: names.length }, act: { do: "takeover", functions: names, reason: reason.join(" ") }, twice: true };
  },
  chat(words, around, tail) {
    const [who, ...rest] = words;
    const text = tail.slice((who ?? "").length).trim();
    const wanted = (who ?? "").toUpperCase();
    const all = around.lang === "en" ? "ALL" : "ALLEN";
    const seat = (around.seats ?? []).find((s) => s.toUpperCase() === wanted);
    const room = (around.rooms ?? []).find((r) => r === wanted);
    if (!seat && !room && wanted !== all) return { ok: false, say: "say.chat_who", params: {}, list: [...(around.rooms ?? []), ...(around.seats ?? []), all.toLowerCase()] };
    if (!text) return { ok: false, say: "say.chat_how", params: {} };
    return { ok: true, say: "say.chat", params: { who: seat ?? room ?? all.toLowerCase(), text }, act: { do: "chat", room: room ?? "", seat: seat ?? "", text } };
  },
  attention: (_, around, tail) => readAttention(tail, around, unitOf, incidentOf),
  language: (_, around, tail) => readLanguage(tail, around),
  via: (words, around) => readVia(words, around),
  transfer: (words, around) => readTransfer(words, around),
  told: (words, around) => readTold(words, around, unitOf),
  prolong: (words, around) => readProlong(words, around),
  withdraw: (words, around) => readWithdraw(words, around),
  warn: (_, around, tail) => readWarning(tail, around, incidentOf),
  vouch: (words, around) => readAnswer(words, around, true),
  deny: (words, around) => readAnswer(words, around, false),
  extend: (words, around) => readLonger(words, around),
  revoke: (words, around) => readTakeAway(words, around),
  contact: (words, around) => readContact(words, around, unitOf),
  draw: (_, around, tail) => readDraw(tail, around, incidentOf),
  redraw: (_, around, tail) => readRedraw(tail, around),
  undraw: (words, around) => readUndraw(words, around),
  post: (_, around, tail) => readPost(tail, around, unitOf),
  shelve(words, around) {
    const minutes = words.length ? Number(words[0]) : 10;
    if (!(Number.isInteger(minutes) && minutes >= 1 && minutes <= 30)) return { ok: false, say: "say.shelve_how", params: {} };
    if (!around.alarm) return { ok: false, say: "say.shelve_none", params: {} };
    return { ok: true, say: "say.shelve", params: { text: around.alarm.text, minutes }, act: { do: "shelve", alarm: around.alarm, minutes } };
  },
  history(words, around) {
    return readPast(words, { lang: around.lang, now: around.now ?? Date.now(), rooms: around.rooms ?? [], past: around.past ?? null });
  },
  peak(_, around, tail) {
    if (!tail) return { ok: false, say: "say.peak_how", params: {} };
    return { ok: true, say: "say.peak", params: { reason: tail }, act: { do: "peak", reason: tail } };
  },
  calm() {
    return { ok: true, say: "say.calm", params: {}, act: { do: "calm" } };
  },
  loudness(words) {
    const percent = Number((words[0] ?? "").replace(/%$/, ""));
    if (!(Number.isInteger(percent / 10) && percent >= 10 && percent <= 100)) return { ok: false, say: "say.loudness_how", params: {} };
    return { ok: true, say: "say.loudness", params: { percent }, act: { do: "loudness", percent } };
  },
  playbook(words, around) {
    if (!around.books) return { ok: false, say: "playbook.not_yours", params: {} };
    if (!words.length) return { ok: true, say: "say.playbooks", params: {}, act: { do: "playbooks", key: "" } };
    const name = (/** @type {any} */ b) => (around.lang === "en" ? b.name_en : b.name);
    const { book, rest, hits } = bookFor(words, around.books, name);
    if (!book) return { ok: false, say: hits.length ? "say.which" : "say.no_playbook", params: { text: words.join(" ") }, list: (hits.length ? hits : around.books).map(name) };
    const about = (rest[0] ?? "").toUpperCase().replace(/^#/, "");
    const known = book.about === "room" ? (around.rooms ?? []).includes(about) : book.about === "discipline" ? /^[PBAK]$/.test(about) : false;
    if (book.about === "incident") {
      const { incident, bad } = incidentOf(rest, around);
      if (bad) return bad;
      return { ok: true, say: "say.playbook", params: { name: name(book), about: incident.number }, act: { do: "playbook", book: book.id, about: incident.number } };
    }
    if ((book.about && !known) || (!book.about && about)) return { ok: false, say: "say.playbook_about", params: { name: name(book) }, list: book.about === "room" ? (around.rooms ?? []) : book.about ? [..."PBAK"] : undefined };
    return { ok: true, say: "say.playbook", params: { name: name(book), about }, act: { do: "playbook", book: book.id, about } };
  },
  close(words, around) {
    const { incident, others, bad } = incidentOf(words, around);
    if (bad) return bad;
    const open = [..."PBAK"].filter((d) => incident.tracks[d] && !incident.tracks[d].closed && (around.disciplines ?? "").includes(d));
    if (!open.length) return { ok: false, say: "say.close_none", params: { number: incident.number } };
    const codes = (around.closing ?? []).filter((c) => open.includes(c.discipline));
    const disciplines = open.filter((d) => codes.some((c) => c.discipline === d && c.code === others[0]));
    if (!disciplines.length) return { ok: false, say: "say.close_how", params: {}, list: [...new Set(codes.map((c) => `${c.code} ${around.lang === "en" ? c.name_en : c.name}`))] };
    return { ok: true, say: "say.close", params: { number: incident.number, code: others[0], disciplines: disciplines.join(" + ") }, act: { do: "close", incident: incident.ref, code: others[0], disciplines }, twice: incident.priority === 1 };
  },
  reach(words, around) {
    const last = words[words.length - 1] ?? "";
    const timed = /^\d{1,2}(,\d{1,2})*$/.test(last);
    const minutes = timed ? [...new Set(last.split(",").map(Number))].sort((a, b) => a - b) : [5, 10, 15];
    const [about, ...rest] = timed ? words.slice(0, -1) : words;
    if (rest.length || minutes.length > 4 || minutes.some((m) => m < 1 || m > 60)) return { ok: false, say: "say.reach_how", params: {} };
    if (about && !about.startsWith("#")) {
      const hit = unitOf(about, around);
      if (!("unit" in hit)) return hit;
      return { ok: true, say: "say.reach", params: { about: hit.unit.call_sign, minutes: minutes.join(", ") }, act: { do: "reach", unit: hit.unit.ref, minutes } };
    }
    const { incident, bad } = incidentOf(about ? [about] : [], around);
    if (bad) return bad;
    return { ok: true, say: "say.reach", params: { about: `#${incident.number}`, minutes: minutes.join(", ") }, act: { do: "reach", incident: incident.ref, minutes } };
  },
  way(words, around) {
    const { incident, others, bad } = incidentOf(words, around);
    if (bad) return bad;
    const found = [];
    for (const word of others) {
      const hit = unitOf(word, around);
      if (!("unit" in hit)) return hit;
      found.push(hit.unit);
    }
    if (!found.length) return { ok: true, say: "say.ways", params: { number: incident.number }, act: { do: "way", incident: incident.ref } };
    return { ok: true, say: "say.way", params: { units: found.map((u) => u.call_sign).join(" + "), number: incident.number }, act: { do: "way", incident: incident.ref, units: found.map((u) => u.ref) } };
  },
  paper(words) {
    const sheet = (words[0] ?? "all").toUpperCase();
    if (!SHEETS.has(sheet)) return { ok: false, say: "say.paper_how", params: {} };
    return { ok: true, say: "say.paper", params: { sheet: words[0]?.toUpperCase() ?? "" }, act: { do: "paper", sheet: sheet === "ALL" ? "all" : sheet } };
  },
  decide(words, around) {
    const { incident, others, bad } = incidentOf(words, around);
    if (bad) return bad;
    const open = (incident.conflict_rows ?? []).filter((/** @type {any} */ c) => !c.choice);
    if (!open.length) return { ok: false, say: "say.no_conflict", params: { number: incident.number } };
    if (!others.length) return { ok: true, say: "say.decide_look", params: { number: incident.number, n: open.length }, act: { do: "decide", incident: incident.ref } };
    const which = /^\d+$/.test(others[0]) ? Number(others.shift()) : open.length === 1 ? 1 : 0;
    const conflict = open[which - 1];
    const word = others.shift()?.toLowerCase() ?? "";
    const choice = word && Object.entries(around.lang === "en" ? CHOICES.en : CHOICES.nl).find(([known]) => known.startsWith(word))?.[1];
    const reason = others.join(" ");
    if (!conflict || !choice || !reason) return { ok: false, say: "say.decide_how", params: { n: open.length } };
    return { ok: true, say: DECIDED[choice], params: { number: incident.number, value: (choice === "other" ? conflict.other : conflict.kept) || "–", reason }, act: { do: "decide", incident: incident.ref, conflict: conflict.conflict, choice, reason } };
  },
  workplace(words, around) {
    if (!around.windows) return { ok: false, say: "workplace.unknown", params: {} };
    const [name] = words;
    const gone = around.windows.filter((w) => !w.there).map((w) => w.name);
    if (!name) return { ok: true, say: gone.length ? "say.workplace" : "say.workplace_all", params: { names: gone.join(", ") }, act: { do: "workplace", name: "" } };
    const hits = around.windows.filter((w) => w.name.startsWith(name.toLowerCase()));
    const hit = hits.find((w) => w.name === name.toLowerCase()) ?? (hits.length === 1 ? hits[0] : null);
    if (!hit) return { ok: false, say: hits.length ? "say.which" : "say.no_window", params: { name }, list: (hits.length ? hits : around.windows).map((w) => w.name) };
    return { ok: true, say: "say.workplace", params: { names: hit.name }, act: { do: "workplace", name: hit.name } };
  },
  help() {
    return { ok: true, say: "say.help", params: {}, act: { do: "help" } };
  },
};

/** `-grip 2`, or `-gew 3`: sets a characteristic; an ambiguous beginning gives a list. @param {string} typed @param {Around} around @returns {Meaning} */
function term(typed, around) {
  if (around.past) return { ok: false, say: "refused.looking_back", params: {} };
  const [first] = typed.split(/\s+/).filter((w) => w.startsWith("#"));
  const { incident, bad } = incidentOf(first ? [first] : [], around);
  if (bad) return bad;
  const found = termsFor(typed.split(/\s+/).filter((w) => !w.startsWith("#")).join(" "), around.country);
  if (!found.length) return { ok: false, say: "say.no_term", params: { text: typed } };
  if (found.length > 1) return { ok: false, say: "say.which", params: {}, list: found.slice(0, 9).map((one) => one.term) };
  const [{ name, value }] = found;
  return { ok: true, say: "say.characteristic", params: { number: incident.number, name, value }, act: { do: "characteristic", incident: incident.ref, name, value } };
}

const SHEETS = new Set(["ALL", "112", "P", "B", "A", "K"]);

/** `@14:32` and then a command: what stood on paper, at its true time. @param {string} typed @param {Around} around @returns {Meaning} */
function afterwards(typed, around) {
  const word = typed.split(/\s+/)[0];
  const now = around.now ?? Date.now();
  const at = trueTime(word.slice(1), now);
  if (at === null) return { ok: false, say: "say.at_how", params: {} };
  const meaning = understand(typed.slice(word.length), around);
  if (!meaning.ok) return meaning;
  if (!ENTERED.has(meaning.act.do)) return { ok: false, say: "say.at_not", params: {} };
  return { ...meaning, at, twice: meaning.twice || longAgo(at, now), act: { ...meaning.act, occurred: at } };
}

/** The incident that is meant: `#4312` (the end of its number will do), or the focused one. @param {string[]} words @param {Around} around */
function incidentOf(words, around) {
  const others = words.filter((w) => !w.startsWith("#"));
  const named = words.find((w) => w.startsWith("#"))?.slice(1).toUpperCase();
  if (named === undefined) {
    if (around.focused) return { incident: around.focused, others };
    return { incident: null, others, bad: /** @type {Meaning} */ ({ ok: false, say: "say.no_incident", params: {} }) };
  }
  const exact = around.incidents.filter((i) => i.number === named || i.number.split("-")[1] === named);
  if (exact.length === 1) return { incident: exact[0], others };
  const bad = /** @type {Meaning} */ (exact.length
    ? { ok: false, say: "say.which", params: {}, list: exact.map((i) => `${i.number} ${i.location.text}`) }
    : { ok: false, say: "say.no_such_incident", params: { number: named } });
  return { incident: null, others, bad };
}

/**
 * The playbook that is meant by the first words: every one begins a word of its name, as long as that leaves one; the rest says about what.
 * @param {string[]} words @param {any[]} books @param {(book: any) => string} name
 */
function bookFor(words, books, name) {
  let hits = books;
  let used = 0;
  for (const word of words) {
    const left = hits.filter((b) => name(b).toLowerCase().split(/[^a-z0-9]+/).some((/** @type {string} */ w) => w.startsWith(word.toLowerCase())));
    if (!left.length) break;
    hits = left;
    used += 1;
    if (hits.length === 1) break;
  }
  return { book: used && hits.length === 1 ? hits[0] : null, hits: used ? hits : [], rest: words.slice(used) };
}

/** The unit that is meant: its call sign with or without region and dash, or the end of it. @param {string} word @param {Around} around @returns {{unit: any} | Meaning} */
function unitOf(word, around) {
  const plain = (/** @type {string} */ s) => s.toUpperCase().replaceAll(/[^0-9A-Z]/g, "");
  const wanted = plain(word);
  if (!wanted) return { ok: false, say: "say.which_unit", params: {} };
  const exact = around.units.filter((u) => plain(u.call_sign) === wanted);
  const hits = exact.length ? exact : around.units.filter((u) => plain(u.call_sign).endsWith(wanted) || plain(u.kind) === wanted);
  if (hits.length === 1) return { unit: hits[0] };
  if (!hits.length) return { ok: false, say: "say.no_such_unit", params: { unit: word } };
  return { ok: false, say: "say.which", params: {}, list: hits.slice(0, 9).map((u) => `${u.call_sign} ${u.kind} ${u.base}`) };
}

/** Classes whose code begins so, or whose words all begin like the typed ones; one that fits exactly stands alone. @param {string} text @param {any[]} classes */
export function classesFor(text, classes) {
  const wanted = text.toLowerCase().trim();
  if (!wanted) return [];
  const exact = classes.filter((c) => c.code === wanted || c.name.toLowerCase() === wanted);
  if (exact.length) return exact;
  const parts = wanted.split(/\s+/);
  return classes.filter((c) => {
    if (c.code.startsWith(wanted)) return true;
    const words = c.name.toLowerCase().split(/[^a-z0-9]+/);
    return parts.every((p) => words.some((/** @type {string} */ w) => w.startsWith(p)));
  });
}
