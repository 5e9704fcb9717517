// The windows of this workplace: which there should be, which there are, and opening those that are not. What there should be says
// the room; what there is says the browser, by a lock that each window holds for as long as it lives, also when it crashes.
import { computed, effect, signal } from "../vendor/preact.js";
import { get } from "./api.js";
import { outcome } from "./commands.js";
import { past } from "./past.js";
import { linked, session } from "./stores.js";
import { t } from "./words.js";

/** @typedef {{name: string, screen: string, display: number, part: "whole" | "left" | "right" | "top" | "bottom", loose: boolean}} Planned */
/** @typedef {{left: number, top: number, width: number, height: number}} Area */

const HELD = "mk.window ";
/** How often is looked whether a window was closed (milliseconds). */
const LOOK = 2000;

/** name: of the layout; empty where no file says anything. @type {import("../vendor/preact.js").Signal<{name: string, windows: Planned[]} | null>} */
export const workplace = signal(/** @type {any} */ (null));
/** Names of the windows that there are. @type {import("../vendor/preact.js").Signal<Set<string>>} */
const there = signal(new Set());
/** Which of the windows this one is; empty when it is none of them. */
const own = signal(past.peek() ? "" : (new URLSearchParams(location.search).get("window") ?? ""));

/** The windows with whether they are there, in the order of the file. */
export const windows = computed(() => (workplace.value?.windows ?? []).map((w) => ({ ...w, there: there.value.has(w.name) || w.name === own.value })));
/** Whether a file of the room asks for windows of which some are not there. */
export const lacking = computed(() => Boolean(workplace.value?.name) && windows.value.some((w) => !w.there));

/** The address of a window. @param {Planned} w */
const address = (w) => `/w/${w.screen}?window=${encodeURIComponent(w.name)}`;

const screenHere = () => location.pathname.split("/")[2] || "operator";

/** What a window is called among those of the browser, so that opening it again goes to it. @param {string} name */
const called = (name) => `mk-window-${name}`;
// A window that went to another screen is none of them any more: opening that one again must not take this one away.
if (!own.peek() && window.name.startsWith(called(""))) window.name = "";

// Its title begins with its name: among windows of a browser, and for a script that puts them in their place.
effect(() => {
  if (own.value) document.title = `${own.value} · ${document.title.split(" · ").pop()}`;
});

/** Say to the others that this window is there, for as long as it lives. */
effect(() => {
  if (own.value) navigator.locks?.request(HELD + own.value, { mode: "shared" }, () => new Promise(() => {})).catch(() => {});
});

async function look() {
  // Over plain HTTP under a name there are no locks: then none is known to be there, and opening one that is goes to it.
  const held = (await navigator.locks?.query())?.held ?? [];
  const names = held.map((lock) => lock.name ?? "").filter((name) => name.startsWith(HELD)).map((name) => name.slice(HELD.length));
  if (names.length !== there.peek().size || names.some((name) => !there.peek().has(name))) there.value = new Set(names);
}

const reads = computed(() => (!past.value && session.value && !session.value.lacking && session.value.rights.includes("read") ? `${session.value.person} ${session.value.room} ${session.value.seat}` : ""));

effect(() => {
  if (!reads.value) return undefined;
  get("/api/workplace").then((found) => {
    workplace.value = found;
    const me = found.windows.find((/** @type {Planned} */ w) => w.name === own.peek());
    // The file says whether this one follows the others; whoever sits here may say otherwise, until it is opened again.
    if (me?.loose) linked.value = false;
  }, () => {
    // The desk works without: opening says that nothing is known.
  });
  look();
  const looking = setInterval(look, LOOK);
  addEventListener("focus", look);
  return () => {
    clearInterval(looking);
    removeEventListener("focus", look);
    workplace.value = null;
  };
});

/** Where the displays stand, from the left and then from the top; one where the browser says nothing of others. @returns {Promise<Area[]>} */
async function displays() {
  const of = (/** @type {any} */ s) => ({ left: s.availLeft ?? 0, top: s.availTop ?? 0, width: s.availWidth, height: s.availHeight });
  const { getScreenDetails } = /** @type {any} */ (window);
  if (getScreenDetails && /** @type {any} */ (screen).isExtended) {
    try {
      const { screens } = await getScreenDetails.call(window);
      return screens.map(of).sort((/** @type {Area} */ a, /** @type {Area} */ b) => a.left - b.left || a.top - b.top);
    } catch {
      // Whoever sits here does not let the page know: the windows come where the browser puts them.
    }
  }
  return [of(screen)];
}

/** Where a window comes: of displays that are not there it comes on the last. @param {Planned} w @param {Area[]} areas @returns {Area} */
export function placeOf(w, areas) {
  const { left, top, width, height } = areas[Math.min(w.display, areas.length) - 1];
  const wide = Math.floor(width / 2);
  const high = Math.floor(height / 2);
  switch (w.part) {
    case "left": return { left, top, width: wide, height };
    case "right": return { left: left + wide, top, width: width - wide, height };
    case "top": return { left, top, width, height: high };
    case "bottom": return { left, top: top + high, width, height: height - high };
    default: return { left, top, width, height };
  }
}

/** A window that is none of them yet, and shows what one of them should, is that one from now on: nothing comes twice. */
function adopt() {
  if (own.peek() || past.peek()) return;
  const me = windows.peek().find((w) => !w.there && w.screen === screenHere());
  if (!me) return;
  history.replaceState(null, "", `${location.pathname}?window=${encodeURIComponent(me.name)}${location.hash}`);
  own.value = me.name;
  if (me.loose) linked.value = false;
}

/** Open the windows that are not there, or one of them. A browser that lets only one come says so: the next press opens the next. @param {string} [name] */
export async function openWorkplace(name = "") {
  if (past.value) return void (outcome.value = { text: t("refused.looking_back"), bad: true });
  if (!workplace.value) return void (outcome.value = { text: t("workplace.unknown"), bad: true });
  await look();
  adopt();
  const wanted = windows.value.filter((w) => !w.there && (!name || w.name === name));
  if (!wanted.length) return void (outcome.value = { text: name ? t("workplace.one_there", { name }) : t("workplace.all_there", { n: windows.value.length }), bad: false });
  const areas = await displays();
  /** @type {string[]} */
  const opened = [];
  for (const w of wanted) {
    const { left, top, width, height } = placeOf(w, areas);
    if (!open(address(w), called(w.name), `popup,left=${left},top=${top},width=${width},height=${height}`)) break;
    opened.push(w.name);
  }
  there.value = new Set([...there.value, ...opened]);
  const more = wanted.length - opened.length;
  outcome.value = more ? { text: t("workplace.more", { n: more, names: opened.join(", ") || "–" }), bad: true } : { text: t("workplace.opened", { names: opened.join(", ") }), bad: false };
  return undefined;
}
