// A list that may be long: all its rows are in the page up to some hundreds, beyond that those in sight and some beside them.
import { useLayoutEffect, useRef, useState } from "../../vendor/preact.js";
import { behindKeys } from "../turns.js";

/** Up to so many rows are all in the page. */
const WHOLE = 300;
/** Rows above and below those in sight. */
const BESIDE = 6;
/** Who has moved on by so many rows gets the next ones drawn, long before these are in sight. */
const STEP = 3;

/**
 * Which rows of a list are drawn: `from` to before `to`, and the room (pixels) that those above and below them take. `list`
 * belongs on the list as ref, `scrolled` as its handler. A long list also brings the cursor's row into sight when the cursor
 * moves to another thing, wherever in the list that stands; in a short one the row does so itself. `drawn`: whether the cursor's
 * row is in the page, for whoever names it.
 *
 * A key that moves the cursor waits for none of this: where the list stands and how high it is are known from its events, and
 * the rows that come nearer are drawn behind the key.
 * @param {number} count @param {number} cursor where the cursor's row stands, -1 when nowhere @param {string | undefined} ref what the cursor is on @param {number} rowHeight pixels, as the style has it; measured once there are rows
 */
export function useLongList(count, cursor, ref, rowHeight) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const known = useRef({ top: 0, height: 40 * rowHeight, row: rowHeight, drawn: 0, cursor, ref: /** @type {string | undefined} */ (undefined) });
  const [, again] = useState(0);
  const long = count > WHOLE;
  known.current.cursor = cursor;
  const { row, height } = known.current;
  const rows = Math.ceil(height / row) + 1;
  const top = long && cursor >= 0 && ref !== known.current.ref ? Math.min(cursor * row, Math.max(known.current.top, (cursor + 1) * row - height)) : known.current.top;
  const first = Math.floor(top / row);
  if (Math.abs(first - known.current.drawn) > BESIDE) known.current.drawn = first;
  const from = long ? Math.max(0, Math.min(known.current.drawn, count - rows) - BESIDE) : 0;
  const to = long ? Math.min(count, from + rows + 2 * BESIDE) : count;

  function scrolled() {
    const shown = list.current;
    if (!shown || !long || !shown.clientHeight) return;
    const before = known.current;
    const now = { ...before, top: shown.scrollTop, height: shown.clientHeight, row: /** @type {HTMLElement | null} */ (shown.querySelector(".row"))?.offsetHeight || before.row };
    known.current = now;
    const at = now.cursor * before.row;
    // The cursor's row that was in sight stays so, also where the height was only guessed.
    if (now.height < before.height && at >= before.top && at + before.row <= before.top + before.height) now.ref = undefined;
    if (now.height !== before.height || now.row !== before.row) again((n) => n + 1);
    const moved = Math.abs(Math.floor(now.top / now.row) - now.drawn);
    if (moved > BESIDE) draw();
    else if (moved >= STEP) behindKeys(draw);
  }

  function draw() {
    known.current.drawn = Math.floor(known.current.top / known.current.row);
    again((n) => n + 1);
  }

  useLayoutEffect(() => {
    const shown = list.current;
    known.current.ref = ref;
    if (!shown || !long || top === known.current.top) return;
    known.current.top = top;
    shown.scrollTop = top;
  }, [ref, long, top]);
  useLayoutEffect(() => {
    const shown = list.current;
    if (!shown || !long) return undefined;
    scrolled();
    // Not only the window changes it: what comes above or below it takes of its height.
    const sized = new ResizeObserver(scrolled);
    sized.observe(shown);
    return () => sized.disconnect();
  }, [long]);
  const drawn = cursor >= from && cursor < to;
  return { list, scrolled, long, from, to, drawn, above: from * row, below: (count - to) * row };
}
