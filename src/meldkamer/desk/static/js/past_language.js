// When somebody means on the command line: `03:12`, `gisteren 23:50`, `26-11 3:12:40`, `-10`; of which room, and why.

/** Why somebody looks back, as the codes of the register of processing. */
export const PURPOSES = /** @type {const} */ (["emergency_response", "evaluation", "complaint", "investigation", "training"]);

const DAYS = { nl: { vandaag: 0, gisteren: -1, eergisteren: -2 }, en: { today: 0, yesterday: -1 } };
const NOW = { nl: "nu", en: "now" };
/** The word for each purpose, in the order of the codes; cut short while it says which. */
const WHY = {
  nl: ["inzet", "evaluatie", "klacht", "onderzoek", "opleiding"],
  en: ["response", "evaluation", "complaint", "investigation", "training"],
};

/**
 * @param {string[]} words
 * @param {{lang: string, now: number, rooms: string[], past: {at: number, why: string, room: string} | null}} around now: of the room, not of what is shown
 * @returns {import("./command_language.js").Meaning}
 */
export function readPast(words, { lang, now, rooms, past }) {
  const nl = lang !== "en";
  const whys = nl ? WHY.nl : WHY.en;
  if (words.length === 1 && words[0].toLowerCase() === (nl ? NOW.nl : NOW.en)) return { ok: true, say: "say.history_now", params: {}, act: { do: "now" } };
  const base = new Date(past ? past.at : now);
  let at = NaN;
  let dated = false;
  let [why, room] = [past?.why ?? "", past?.room ?? ""];
  const day = new Date(past ? past.at : now);
  for (const word of words) {
    const small = word.toLowerCase();
    const days = /** @type {Record<string, number>} */ (nl ? DAYS.nl : DAYS.en)[small];
    const time = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(word);
    const date = /^(\d{1,2})-(\d{1,2})(?:-(\d{4}))?$/.exec(word);
    const ago = /^-(\d{1,4})$/.exec(word);
    if (time) {
      if (Number(time[1]) > 23 || Number(time[2]) > 59 || Number(time[3] ?? 0) > 59) return { ok: false, say: "say.history_how", params: {} };
      base.setHours(Number(time[1]), Number(time[2]), Number(time[3] ?? 0), 0);
      at = 0;
    } else if (date) {
      day.setFullYear(Number(date[3] ?? day.getFullYear()), Number(date[2]) - 1, Number(date[1]));
      dated = true;
    } else if (days !== undefined) {
      day.setTime(now);
      day.setDate(day.getDate() + days);
      dated = true;
    } else if (ago) at = (past ? past.at : now) - Number(ago[1]) * 60000;
    else if (rooms.includes(word.toUpperCase())) room = word.toUpperCase();
    else {
      const hits = PURPOSES.filter((_, n) => whys[n].startsWith(small));
      if (hits.length !== 1) return { ok: false, say: hits.length ? "say.which" : "say.no_such_word", params: { word }, list: hits.length ? hits.map((p) => whys[PURPOSES.indexOf(p)]) : [...whys, ...rooms] };
      why = hits[0];
    }
  }
  if (Number.isNaN(at)) return { ok: false, say: "say.history_how", params: {} };
  if (at === 0) {
    base.setFullYear(day.getFullYear(), day.getMonth(), day.getDate());
    // Just after midnight 23:50 is that of yesterday.
    if (!dated && base.getTime() > now) base.setDate(base.getDate() - 1);
    at = base.getTime();
  }
  if (at > now) return { ok: false, say: "say.history_future", params: {} };
  if (!why) return { ok: false, say: "say.history_why", params: {}, list: whys };
  return { ok: true, say: room ? "say.history_room" : "say.history", params: { when: new Date(at).toLocaleString(lang, { dateStyle: "medium", timeStyle: "medium" }), why: whys[PURPOSES.indexOf(/** @type {any} */ (why))], room }, act: { do: "history", at, why, room } };
}
