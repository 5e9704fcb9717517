// A list that may be long: all its rows are in the page up to some hundreds, beyond that those in sight and some beside them.
import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact.js";

/** Up to so many rows are all in the page. */
const WHOLE = 300;
/** Rows above and below those in sight. */
const BESIDE = 6;
/** The part that is drawn moves by so many rows, so that scrolling does not draw anew for each of them. */
const STEP = 5;

/**
 * Which rows of a list are drawn: `from` to before `to`, and the room (pixels) that those above and below them take. `list`
 * belongs on the list as ref, `scrolled` as its handler. A long list also brings the cursor's row into sight when the cursor
 * moves to another thing, wherever in the list that stands; in a short one the row does so itself.
 * @param {number} count @param {number} cursor where the cursor's row stands, -1 when nowhere @param {string | undefined} ref what the cursor is on @param {number} rowHeight pixels, as the style has it; measured once there are rows
 */
export function useLongList(count, cursor, ref, rowHeight) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const row = useRef(rowHeight);
  const [sight, setSight] = useState({ top: 0, rows: 40 });
  const long = count > WHOLE;
  const from = long ? Math.max(0, Math.min(sight.top, count - sight.rows) - BESIDE) : 0;
  const to = long ? Math.min(count, from + sight.rows + 2 * BESIDE) : count;

  function scrolled() {
    const shown = list.current;
    if (!shown || !long) return;
    const first = Math.floor(shown.scrollTop / row.current);
    const top = first - (first % STEP);
    const rows = Math.ceil(shown.clientHeight / row.current) + STEP;
    setSight((before) => (before.top === top && before.rows === rows ? before : { top, rows }));
  }

  useLayoutEffect(() => {
    const shown = list.current;
    if (!shown || !long) return;
    row.current = /** @type {HTMLElement | null} */ (shown.querySelector(".row"))?.offsetHeight || row.current;
    const at = cursor * row.current;
    if (cursor >= 0 && at < shown.scrollTop) shown.scrollTop = at;
    else if (cursor >= 0 && at + row.current > shown.scrollTop + shown.clientHeight) shown.scrollTop = at + row.current - shown.clientHeight;
    scrolled();
  }, [ref, long]);
  useEffect(() => {
    addEventListener("resize", scrolled);
    return () => removeEventListener("resize", scrolled);
  }, [long]);
  return { list, scrolled, long, from, to, above: from * row.current, below: (count - to) * row.current };
}
