// When a unit's position is too old: of one that drives to or for an incident sooner than of one that stands at its post. Pure.

/** Seconds: of whoever drives for an incident from when on it is worth a note, and from when on it says nothing any more. */
const NOTE = 30;
const OLD = 120;
/** Of whoever has nothing to do: it stands at its post. */
const OLD_AT_POST = 600;
const DRIVES = new Set(["en_route", "transporting"]);

/**
 * How a position of so many seconds counts: empty, worth a note, or old. null: it has none.
 * @param {any} unit @param {number | null} seconds @returns {"" | "note" | "old"}
 */
export function agingOf(unit, seconds) {
  if (seconds === null) return "";
  if (!unit.assignment) return seconds > OLD_AT_POST ? "old" : "";
  if (seconds > OLD) return "old";
  return seconds > NOTE && DRIVES.has(unit.meaning) ? "note" : "";
}
