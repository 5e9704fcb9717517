// What is being typed survives Esc, a reload and a crash: kept per thing, until it is posted.

/** @param {string} ref @returns {any} */
export const draft = (ref) => JSON.parse(localStorage.getItem(`mk.draft.${ref}`) ?? "{}");

/** @param {string} ref @param {any} changes */
export function keepDraft(ref, changes) {
  localStorage.setItem(`mk.draft.${ref}`, JSON.stringify({ ...draft(ref), ...changes }));
}

/** @param {string} ref */
export const dropDraft = (ref) => localStorage.removeItem(`mk.draft.${ref}`);
