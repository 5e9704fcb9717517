// Codes that can be chosen now: one that ended is shown where it stands and offered nowhere. Pure but for the country's zone.

/** By which the country's days are meant; this computer's own until the country is here. @type {string | undefined} */
let zone;

/** The country came: its days count. @param {string} named in the IANA database */
export const daysBy = (named) => void (zone = named);

/** The day in the country, as the files of the pack write theirs. @param {number} ms */
export const dayOf = (ms) => new Date(ms).toLocaleDateString("sv-SE", { timeZone: zone });

/** Those that did not end yet. @param {any[]} codes @param {number} [at] milliseconds @returns {any[]} */
export function chosenNow(codes, at = Date.now()) {
  const day = dayOf(at);
  return codes.filter((c) => !c.until || day < c.until);
}
