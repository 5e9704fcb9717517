// Attention messages at this workplace: those that count and are for whoever sits here, with their words, and one soft
// tone for a new one. They never take the focus.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { get } from "./api.js";
import { over } from "./attention_language.js";
import { tone } from "./sound.js";
import { attentions, link, now, session } from "./stores.js";

/** Whether it is for whoever sits here, or theirs. @param {any} a @param {any} who */
function concerns(a, who) {
  if (a.scope === "room") return [a.to_room, a.room].includes(who.room);
  return !who.disciplines || a.by === who.person || [...a.audience].some((d) => who.disciplines.includes(d));
}

/** The last list, given again while the same messages count: it is asked for every second. @type {any[]} */
let before = [];
/** What counts at the time that is shown and is for whoever sits here: first the most urgent, of these what ends first. */
export const mine = computed(() => {
  const who = session.value;
  const at = now.value;
  const found = who ? [...attentions.value.values()].filter((a) => over(a) > at && concerns(a, who)) : [];
  found.sort((a, b) => a.priority - b.priority || a.until - b.until || a.ref.localeCompare(b.ref));
  if (found.length !== before.length || found.some((a, n) => a !== before[n])) before = found;
  return before;
});

/** The words of each that this workplace has read, by its name; null where they stay closed. @type {import("../vendor/preact.js").Signal<Map<string, any>>} */
export const words = signal(new Map());

/** @type {Set<string>} */
const asked = new Set();
effect(() => {
  const rows = mine.value;
  if (!session.value) {
    // Who sits here next reads for themselves.
    asked.clear();
    words.value = new Map();
  } else if (link.value.state === "live") for (const a of rows) untracked(() => read(a));
});

/** Every message is read once, and again when somebody prolonged it: the reason is sealed too. @param {any} a */
async function read(a) {
  const key = `${a.ref} ${a.prolonged}`;
  if (asked.has(key)) return;
  asked.add(key);
  try {
    const found = await get(`/api/attentions/${a.ref}`);
    if (asked.has(key)) words.value = new Map(words.value).set(a.ref, found);
  } catch {
    asked.delete(key);
  }
}

/** What is for one unit, by the unit: whether it still has to be told. The same map while nothing changed. @type {Map<string, boolean>} */
let marks = new Map();
export const forUnits = computed(() => {
  /** @type {Map<string, boolean>} */
  const found = new Map();
  for (const a of mine.value) {
    if (a.scope !== "unit") continue;
    const ref = `${a.ref.split("/")[0]}/${a.unit}`;
    found.set(ref, Boolean(found.get(ref)) || !a.passed.some((/** @type {any} */ p) => p.unit === a.unit));
  }
  if (found.size !== marks.size || [...found].some(([ref, open]) => marks.get(ref) !== open)) marks = found;
  return marks;
});

/** @type {Set<string> | null} null until the first picture: what was there before makes no sound */
let heard = null;
effect(() => {
  const rows = mine.value;
  if (!session.value || link.value.state !== "live") return;
  if (heard && rows.some((a) => !heard?.has(a.ref) && a.by !== session.value.person)) tone("message");
  heard = new Set(rows.map((a) => a.ref));
});
