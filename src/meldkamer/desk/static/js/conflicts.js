// Conflicts: two values that cannot both stand, and the person who decides.
import { computed, signal } from "../vendor/preact.js";
import { give } from "./commands.js";
import { incidents, look } from "./stores.js";
import { t } from "./words.js";

export const CHOICES = /** @type {const} */ (["kept", "other", "neither"]);

/** The incident whose conflicts somebody wants to decide now. @type {import("../vendor/preact.js").Signal<string>} */
export const deciding = signal("");

/** Go to the conflicts of an incident. @param {string} ref */
export function decideOn(ref) {
  look({ kind: "incident", ref });
  deciding.value = ref;
}

/** @param {string} incident @param {string} conflict @param {string} choice @param {string} reason */
export const resolve = (incident, conflict, choice, reason) => give({ type: "resolve_conflict", incident, conflict, choice, reason });

/** What waits for a decision in all incidents that are followed here, the oldest first. @type {import("../vendor/preact.js").ReadonlySignal<{incident: any, conflict: any}[]>} */
export const undecided = computed(() =>
  [...incidents.value.values()]
    .flatMap((incident) => incident.conflict_rows.filter((/** @type {any} */ c) => !c.choice).map((/** @type {any} */ conflict) => ({ incident, conflict })))
    .sort((a, b) => a.conflict.at - b.conflict.at));

const NAME = /^(closing_alone|scale_alone|island_(?:class|priority|location|characteristic|state|scale|request|conflict))(?:_(\w+))?$/;

/** What a conflict is about, in words. @param {any} conflict */
export function about(conflict) {
  const [, name, of] = NAME.exec(conflict.about) ?? [null, conflict.about, ""];
  const whose = !of ? "" : of.length === 1 ? t(`discipline.${of}`) : of;
  return t(`conflict.about.${name}`, { of: whose }).trim();
}

/** What stands, in words; where nothing was said that is a value too. @param {any} conflict */
export const standing = (conflict) => (conflict.about.startsWith("closing_alone") ? t("conflict.open") : plain(conflict, conflict.kept) || t("conflict.nothing"));

/** What the other side wanted, in words. @param {any} conflict */
export const wanted = (conflict) => (conflict.about.startsWith("closing_alone") ? t("conflict.closed", { code: plain(conflict, conflict.other) }) : plain(conflict, conflict.other));

/** A value without whose it is, which the title says already. @param {any} conflict @param {string} value */
const plain = (conflict, value) => (conflict.about.endsWith(`_${value[0]}`) && value[1] === " " ? value.slice(2) : value.replace(/^multi /, ""));
