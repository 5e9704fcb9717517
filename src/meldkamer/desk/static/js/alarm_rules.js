// How alarms are kept few: set aside for a while, joined by cause in a flood, and sounding only when there is news. Pure.

/** @typedef {import("./alarms.js").Alarm} Alarm */

/** Cause of the alarm that nothing sets aside, joins or quiets. */
export const NEVER = "emergency";
/** More new alarms than this within the time are a flood (EEMUA 191: what a person can still follow). */
export const MOST = 10;
export const WITHIN = 10 * 60000;

/** The first word of a key says what kind of alarm it is. */
const CAUSES = /** @type {Record<string, string>} */ ({ noodknop: NEVER, ongezien: "unseen", stilte: "contact", wacht: "waiting", zonder: "unowned_call", niemand: "unowned", overname: "takeover", conflict: "conflict", wees: "orphan", onbemand: "unmanned", piek: "peak", beheer: "watch", draaiboek: "playbook", draaiboekzonder: "playbook" });

/** @param {Alarm} alarm */
export const causeOf = (alarm) => (alarm.key.startsWith("niemand mag") ? "stuck" : (CAUSES[alarm.key.split(" ")[0]] ?? "other"));

/** Without those that are set aside; an emergency button always stays. @param {Alarm[]} alarms @param {{key: string, cause: string, until: number}[]} shelved @param {number} now @returns {Alarm[]} */
export function unshelved(alarms, shelved, now) {
  const quiet = new Set(shelved.filter((s) => s.until > now).map((s) => s.key));
  return alarms.filter((a) => causeOf(a) === NEVER || !(quiet.has(a.key) || quiet.has(causeOf(a))));
}

/**
 * One line for each cause: of the worst and oldest, with a count. Nothing leaves the screen: every alarm is in a line.
 * @param {Alarm[]} alarms the worst and oldest first @param {(n: number, first: Alarm) => string} say @returns {(Alarm & {keys: string[]})[]}
 */
export function joined(alarms, say) {
  /** @type {Map<string, Alarm[]>} */
  const causes = new Map();
  for (const a of alarms) {
    const cause = causeOf(a) === NEVER ? a.key : `${causeOf(a)} ${a.level}`;
    causes.set(cause, [...(causes.get(cause) ?? []), a]);
  }
  return [...causes.values()].map((all) => {
    const first = all[0];
    if (all.length === 1) return { ...first, keys: [first.key] };
    return { ...first, key: `samen ${causeOf(first)}`, text: say(all.length, first), since: Math.min(...all.map((a) => a.since)), keys: all.map((a) => a.key) };
  });
}

/** Which new alarms came when, without what is too long ago. @param {{key: string, at: number}[]} came @param {Alarm[]} alarms @param {Set<string>} known @param {number} now */
export function arrivals(came, alarms, known, now) {
  const fresh = alarms.filter((a) => a.level !== "note" && !known.has(a.key)).map((a) => ({ key: a.key, at: now }));
  return [...came.filter((c) => now - c.at < WITHIN), ...fresh];
}

/**
 * What sounds for these alarms: life at risk always; a warning once, and of one cause no more than once in ten minutes;
 * in a flood only a cause that was not there.
 * @param {Alarm[]} alarms @param {Set<string>} known keys that were there before @param {Map<string, number>} sounded cause -> when a warning of it sounded last @param {boolean} flood @param {number} now
 * @returns {("alarm" | "warn")[]}
 */
export function sounds(alarms, known, sounded, flood, now) {
  const there = new Set(alarms.filter((a) => known.has(a.key)).map(causeOf));
  /** @type {Set<"alarm" | "warn">} */
  const found = new Set();
  for (const a of alarms) {
    if (a.level === "note" || known.has(a.key)) continue;
    const cause = causeOf(a);
    if (cause === NEVER) found.add("alarm");
    else if (flood && there.has(cause)) continue;
    else if (a.level === "alarm") found.add("alarm");
    else if (now - (sounded.get(cause) ?? -Infinity) >= WITHIN) {
      sounded.set(cause, now);
      found.add("warn");
    }
  }
  return [...found];
}
