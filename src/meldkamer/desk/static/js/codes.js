// Codes that can be chosen now: one that ended is shown where it stands and offered nowhere. Pure.

/** The day in the Netherlands, as the files of the pack write theirs. @param {number} ms */
export const dayOf = (ms) => new Date(ms).toLocaleDateString("sv-SE", { timeZone: "Europe/Amsterdam" });

/** Those that did not end yet. @param {any[]} codes @param {number} [at] milliseconds @returns {any[]} */
export function chosenNow(codes, at = Date.now()) {
  const day = dayOf(at);
  return codes.filter((c) => !c.until || day < c.until);
}
