// Whose turn it is on the screen. A key is painted first: what came meanwhile from elsewhere follows right behind it, in the time before
// the next key can come. A frame that was made a moment before a key would hold that key up until the next frame may be made.

import { options } from "../vendor/preact.js";

/** Whoever pressed no key for so long is not typing (milliseconds); so much later at most shows what comes while somebody types. */
const TYPING = 250;
/** From a key's frame until what waits may follow (milliseconds): the frame is on the glass by then, and the next one not begun. */
const BEHIND = 10;
/** What waits so long follows in any case (milliseconds): a key may be held down where no frame is made, as on a screen that sleeps. */
const OVERDUE = 500;

/** @type {Set<() => void>} */
const waiting = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let overdue;

/** Run this at once when nobody types here, and behind the key that comes next otherwise; what waits already waits once. @param {() => void} run */
export function behindKeys(run) {
  if (typing === undefined) return void run();
  waiting.add(run);
  overdue ??= setTimeout(follow, OVERDUE);
}

/**
 * What this changes is known at once and drawn in the next frame: of windows that hear the same thing at the same time none
 * takes the processor before all of them know. @param {() => void} change
 */
export function drawnNext(change) {
  const usual = options.debounceRendering;
  options.debounceRendering = (draw) => void (document.hidden ? setTimeout(draw) : requestAnimationFrame(draw));
  try {
    change();
  } finally {
    options.debounceRendering = usual;
  }
}

function follow() {
  clearTimeout(overdue);
  overdue = undefined;
  const all = [...waiting];
  waiting.clear();
  for (const run of all) {
    try {
      run();
    } catch (error) {
      // One that fails takes nothing along: what waits behind it may be an alarm.
      reportError(error);
    }
  }
}

if (typeof document !== "undefined")
  addEventListener("keydown", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      typing = undefined;
      follow();
    }, TYPING);
    if (!waiting.size) return;
    // What comes sooner takes the processor from the key's own frame, and shows no sooner: frames come one after the other.
    requestAnimationFrame(() => setTimeout(follow, BEHIND));
  }, true);
