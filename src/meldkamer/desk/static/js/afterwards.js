// Entering afterwards what stood on paper: the true time before a command, and what was entered so. Pure.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const OLDEST = 31 * DAY;

/** What can be entered afterwards; looking and proposing cannot. */
export const ENTERED = new Set(["open", "note", "status", "alert", "close", "priority", "class", "where", "recall", "characteristic", "playbook", "told", "contact", "post"]);

/** What happened, by the last word of the event's type; others are named as they are stored. */
const SAID = /** @type {Record<string, string>} */ ({
  opened: "afterwards.opened", track_started: "afterwards.started", track_closed: "afterwards.closed", track_reopened: "afterwards.reopened",
  classified: "afterwards.classified", prioritised: "afterwards.prioritised", relocated: "afterwards.relocated", scaled_up: "afterwards.scaled",
  assigned: "afterwards.alerted",
});

/** The sentence for what was entered afterwards. @param {string} type */
export const said = (type) => SAID[type.split(".")[1]] ?? type;

/**
 * The moment that is meant by `14:32`, `14.32`, `14:32:10` or `26-11/14:32`: the last one that was. null when it is none, or over a month ago.
 * @param {string} typed @param {number} now @returns {number | null}
 */
export function trueTime(typed, now) {
  const found = /^(?:(\d{1,2})-(\d{1,2})\/)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?$/.exec(typed);
  if (!found) return null;
  const [day, month, hour, minute, second] = found.slice(1).map((part) => (part === undefined ? null : Number(part)));
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  const at = new Date(now);
  at.setHours(Number(hour), Number(minute), second ?? 0, 0);
  if (day !== null && month !== null) {
    at.setMonth(month - 1, day);
    if (at.getDate() !== day || at.getMonth() !== month - 1) return null;
    if (at.getTime() > now) at.setFullYear(at.getFullYear() - 1);
  } else if (at.getTime() > now) {
    at.setDate(at.getDate() - 1);
  }
  return now - at.getTime() > OLDEST ? null : at.getTime();
}

/** Whether it is so long ago that it asks for a second Enter. @param {number} at @param {number} now */
export const longAgo = (at, now) => now - at > DAY;

/** A moment as it is shown: its time, with the day when that is another one. @param {number} at @param {number} now @param {string} lang */
export function moment(at, now, lang) {
  const same = new Date(at).toDateString() === new Date(now).toDateString();
  const date = same ? {} : /** @type {const} */ ({ day: "2-digit", month: "2-digit" });
  return new Intl.DateTimeFormat(lang, { ...date, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at);
}
