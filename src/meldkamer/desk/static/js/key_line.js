// Who hid the key line on this workplace. At a shared desk the next one does not miss it.
import { computed, signal } from "../vendor/preact.js";
import { session } from "./stores.js";

const HIDDEN = "mk.keys.hidden";
/** So many people are remembered, the last ones. */
const MOST = 200;

/** @returns {string[]} */
const stored = () => JSON.parse(localStorage.getItem(HIDDEN) ?? "[]");
const hidden = signal(stored());
addEventListener("storage", (event) => { if (event.key === HIDDEN) hidden.value = stored(); });

export const keyLineHidden = computed(() => hidden.value.includes(session.value?.person));

/** Hide it, or show it again, in all windows of this workplace. */
export function toggleKeyLine() {
  const { person } = session.value;
  const others = stored().filter((one) => one !== person);
  hidden.value = keyLineHidden.peek() ? others : [...others, person].slice(-MOST);
  localStorage.setItem(HIDDEN, JSON.stringify(hidden.value));
}
