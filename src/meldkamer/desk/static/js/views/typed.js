// A text that somebody types and posts: kept until it is posted, posted once, and what is typed meanwhile stays.
import { useRef, useState } from "../../vendor/preact.js";
import { draft, keepDraft } from "../drafts.js";

/** @typedef {(text: string) => Promise<any>} Send answers whether the text was taken */

/** What was typed after a text that is posted now. @param {string} whole @param {string} posted */
const after = (whole, posted) => (whole.startsWith(posted) ? whole.slice(posted.length).trimStart() : whole);

/**
 * @param {string} key under which it is kept
 * @returns {{text: string, type: (next: string) => void, post: (send: Send) => Promise<void>}}
 *   post: send what stands there. While one is under way the same press again does nothing, and one after more was typed
 *   sends that as well, in its turn.
 */
export function useTyped(key) {
  const [text, setText] = useState(draft(key).text ?? "");
  const stands = useRef(text);
  const under = useRef(/** @type {string | null} */ (null));
  const waits = useRef(/** @type {{send: Send, text: string} | null} */ (null));
  /** @param {string} next */
  function type(next) {
    stands.current = next;
    setText(next);
    keepDraft(key, { text: next });
  }
  /** @param {Send} send */
  async function post(send) {
    if (under.current !== null) {
      if (stands.current !== under.current) waits.current = { send, text: stands.current };
      return;
    }
    /** @type {{send: Send, text: string} | null} */
    let next = { send, text: stands.current };
    try {
      while (next) {
        /** @type {string} */
        const posted = next.text;
        under.current = posted;
        waits.current = null;
        if (!(await next.send(posted))) return;
        type(after(stands.current, posted));
        const more = /** @type {{send: Send, text: string} | null} */ (waits.current);
        next = more && { ...more, text: after(more.text, posted) };
      }
    } finally {
      under.current = null;
    }
  }
  return { text, type, post };
}
