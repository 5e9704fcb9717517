// How long the own shift still lasts, by when one takes over from the one before. Pure.

/**
 * When the shift of now ends (milliseconds); null when the country says nothing of shifts. A night on which the clock is set
 * is as long as it is.
 * @param {readonly string[]} changes hours and minutes by the clock, as 07:00 @param {number} now milliseconds
 */
export function shiftEnds(changes, now) {
  const ends = changes.flatMap((change) => {
    const [hours, minutes] = change.split(":").map(Number);
    return [0, 1].map((days) => {
      const at = new Date(now);
      at.setDate(at.getDate() + days);
      return at.setHours(hours, minutes, 0, 0);
    });
  });
  const ahead = ends.filter((at) => at > now);
  return ahead.length ? Math.min(...ahead) : null;
}

/** Hours and minutes that are left, begun minutes counted whole. @param {number} ms */
export function leftOf(ms) {
  const minutes = Math.ceil(ms / 60_000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
