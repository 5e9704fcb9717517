// What follows when an incident is scaled up, for whoever is about to: the same proposal and the same playbooks that carry it out.
import { signal } from "../vendor/preact.js";
import { Problem, get } from "./api.js";
import { fetchBooks, inForceOf, levelFor, nameOf, openRuns } from "./playbooks.js";
import { caughtUp, incidents, pack, session } from "./stores.js";
import { language, sayProblem, t } from "./words.js";

/**
 * @typedef {{discipline: string, before: string, after: string, units: string[], short: string[]}} Asked units: who would be proposed; short: what nobody can be proposed for
 * @typedef {{name: string, open: boolean, steps: string[], tell: string[]}} Laid open: it is worked through already
 * @typedef {{key: string, asked: Asked[], books: Laid[], problem: string}} Follows problem: why no units could be looked up
 */

/** For what stands in the command line. @type {import("../vendor/preact.js").Signal<Follows | null>} */
export const follows = signal(null);
let wanted = "";

/** What is asked, by whom, in which words, by which pack, since which loss of the link, and of which state: a list of an incident as it was says nothing of it as it is. @param {any} act */
export const keyOf = (act) => JSON.stringify([act.incident, incidents.value.get(act.incident)?.version, act.name, act.value, session.value?.person, language.value, pack.value?.hash, caughtUp.value]);

/** Look up what follows on setting a characteristic; null: nothing of the kind stands in the command line. @param {any} act */
export async function lookAhead(act) {
  const key = act ? keyOf(act) : "";
  if (key === wanted) return;
  wanted = key;
  follows.value = null;
  if (!act) return;
  try {
    const found = await all(act);
    if (wanted === key) follows.value = { key, ...found };
  } catch (error) {
    // The next Enter asks again; without a link nothing is carried out either.
    if (wanted === key) wanted = "";
    if (!(error instanceof Problem) && !(error instanceof Error)) throw error;
  }
}

/** @param {any} act */
async function all(act) {
  const { incident, name, value } = act;
  const row = incidents.value.get(incident);
  const books = await fetchBooks();
  const { asked, problem } = await units(incident, name, value);
  const before = row?.characteristics ?? {};
  const laid = inForceOf(books).filter((b) => b.characteristic === name && levelFor(b, { ...before, [name]: value })).map((book) => ({
    name: nameOf(book),
    open: openRuns.value.some((r) => r.playbook === book.id && r.about === row?.number),
    steps: book.steps.map(inTime),
    tell: book.tell.map(inTime),
  }));
  return { asked, problem, books: laid };
}

/** What the run cards ask now and would ask then, of each discipline where that differs. @param {string} incident @param {string} name @param {string} value @returns {Promise<{asked: Asked[], problem: string}>} */
async function units(incident, name, value) {
  const at = `/api/incidents/${incident}/proposal`;
  const row = incidents.value.get(incident);
  // Without a place there is no proposal to ask for.
  if (row?.location.x == null) return { asked: [], problem: sayProblem({ code: "incident.no_place", params: { number: row?.number } }) };
  try {
    const [now, then] = await Promise.all([get(at), get(`${at}?name=${encodeURIComponent(name)}&value=${encodeURIComponent(value)}`)]);
    const before = new Map(now.advice.map((/** @type {any} */ a) => [a.proposal.discipline, a.needs]));
    const asked = then.advice.filter((/** @type {any} */ a) => before.get(a.proposal.discipline) !== a.needs).map((/** @type {any} */ a) => ({
      discipline: a.proposal.discipline,
      before: before.get(a.proposal.discipline) ?? "",
      after: a.needs,
      units: a.proposal.filled.map((/** @type {any} */ f) => f.going.call_sign),
      short: a.proposal.shortfall.filter((/** @type {any} */ s) => !s.optional).map((/** @type {any} */ s) => t("proposal.short", { n: s.count, role: s.role })),
    }));
    return { asked, problem: "" };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { asked: [], problem: sayProblem(error.body) };
  }
}

/** A step with its clock. @param {import("./playbooks.js").Step} step */
function inTime(step) {
  const said = language.value === "en" ? step.text_en : step.text;
  return step.within ? `${step.within} min: ${said}` : said;
}
