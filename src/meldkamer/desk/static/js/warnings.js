// Address warnings for whoever sits here: which there are, read again when anybody says something of one; words one at a time.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { get, inOrder, newId } from "./api.js";
import { give, outcome } from "./commands.js";
import { past } from "./past.js";
import { link, now, pack, regions, session, warned } from "./stores.js";
import { t } from "./words.js";
import { waitingAt } from "./warning_language.js";

/** The rows without words, null until they are read. @type {import("../vendor/preact.js").Signal<any[] | null>} */
export const rows = signal(null);
/** Whether the list is on this screen. */
export const looking = signal(false);
/** The words that were read here, by the name of the warning. @type {import("../vendor/preact.js").Signal<Map<string, any>>} */
export const words = signal(new Map());

/** Whether whoever sits here can be the second person. */
export const vouches = computed(() => Boolean(session.value?.rights?.includes("vouch")));
/** How many wait for a second person who is not whoever sits here. */
export const waiting = computed(() => (vouches.value ? (rows.value ?? []).filter((w) => w.over > now.value && (waitingAt(w)?.by ?? session.value.person) !== session.value.person).length : 0));

/** The past moment at which this window stands still; 0 while it plays, or shows what is now. */
export const still = computed(() => (past.value && !past.value.speed ? past.value.at : 0));

const ask = inOrder(() => get(`/api/warnings?regions=${regions.peek().join(",")}`));

// Who can be the second person is told that something waits on every screen; others read them when they look.
effect(() => {
  warned.value;
  still.value;
  const wanted = (vouches.value || looking.value) && regions.value.length > 0 && link.value.state === "live";
  if (!session.value) {
    rows.value = null;
    words.value = new Map();
  } else if (wanted) untracked(read);
});

async function read() {
  try {
    const found = await ask();
    if (found) rows.value = found;
  } catch {
    // What was read before stays; the link says for itself that it is gone, and brings this anew when it is back.
  }
}

/** The words of one, which is recorded; what was read before is read again, for it may have been changed. @param {string} ref */
export async function readWords(ref) {
  const found = await get(`/api/warnings/${ref}`);
  words.value = new Map(words.value).set(ref, found);
}

/** The region in which a place is worked for. @param {any} location */
function regionOf(location) {
  const known = (pack.value?.safety_regions ?? []).find((/** @type {any} */ s) => Number(s.code) === location.safety_region)?.region;
  return known ?? pack.value?.rooms?.find((/** @type {any} */ r) => r.code === session.value.room)?.region ?? "NL";
}

/** Ask a warning at a place. @param {any} act @param {any} location */
export async function askWarning(act, location) {
  if (location?.x == null) {
    outcome.value = { text: t("warning.no_point", { place: act.place }), bad: true };
    return null;
  }
  const { nature, audience, until, basis, source, text } = act;
  return give({ type: "ask_warning", region: regionOf(location), warning: newId(), location, nature, audience, until: Math.round(until), basis, source, text });
}

/** Agree to what somebody else asked, or refuse it. @param {any} act */
export function answerWarning({ warning, prolongation, agrees, reason }) {
  return give({ type: agrees ? "confirm_warning" : "refuse_warning", warning, prolongation, ...(agrees ? {} : { reason }) });
}
