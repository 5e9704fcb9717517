// What lies over the work for a while: it takes the focus, gives it back, and goes when something else is looked at.
import { useEffect, useRef } from "../../vendor/preact.js";
import { focus } from "../stores.js";

/** Where the focus goes meanwhile. @param {() => void} close @returns {{current: HTMLElement | null}} */
export function useOverWork(close) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    place.current?.focus();
    const at = focus.peek();
    // Whoever takes a call or looks at something else wants to see that.
    const stop = focus.subscribe((now) => {
      if (now !== at) close();
    });
    return () => {
      stop();
      if (document.activeElement === document.body) before?.focus();
    };
  }, []);
  return place;
}
