// The keys of the desk: what the key line shows, what the frame listens to, and what the manual says, in one table.
import { useLayoutEffect } from "../vendor/preact.js";

/** Keys that work on every screen, and the word for what each does. */
export const EVERYWHERE = /** @type {const} */ ([
  ["F1", "help"], ["Ctrl+Space", "command"], ["F2", "new"], ["F3", "questions"], ["F4", "where"], ["F5", "answer"], ["Ctrl+F5", "queue"], ["F6", "incidents"], ["F7", "units"],
  ["F8", "alarm"], ["F9", "handover"], ["F10", "takeover"], ["Ctrl+H", "history"], ["Ctrl+Z", "undo"], ["Ctrl+B", "link"], ["Ctrl+O", "workplace"], ["Ctrl+F1", "keyline"], ["Esc", "back"],
]);

/** Keys of one place of a screen: the view that listens, and the word for what each does there. */
export const PLACES = [
  { place: "list", view: "operator", keys: [["ArrowUp ArrowDown", "move"], ["PageUp PageDown", "ten"], ["Home End", "ends"], ["Enter", "take"], ["v", "proposal"], ["=", "join"]] },
  { place: "form", view: "call", keys: [["Enter", "next"], ["ArrowDown", "tree"], ["Ctrl+Enter", "save"]] },
  { place: "earlier", view: "earlier_calls", keys: [["Enter", "open"], ["Escape", "away"]] },
  { place: "questions", view: "questions", keys: [["ArrowUp ArrowDown", "move"], ["j y n ?", "say"], ["0-9", "choose"], ["Enter", "next"], ["+", "take"], ["-", "aside"], ["Delete", "withdraw"], ["Escape", "away"]] },
  { place: "tree", view: "class_tree", keys: [["ArrowUp ArrowDown", "move"], ["ArrowRight ArrowLeft", "level"], ["Enter", "take"], ["Escape", "away"]] },
  { place: "proposal", view: "proposal", keys: [["ArrowUp ArrowDown", "move"], ["Space + -", "choose"], ["r", "rejected"], ["Enter", "alert"], ["Escape", "away"]] },
  { place: "units", view: "units", keys: [["Space", "pick"], ["0-9", "status"], ["c", "contact"], ["Enter", "alert"]] },
  { place: "conflict", view: "conflicts", keys: [["ArrowUp ArrowDown", "move"], ["1", "kept"], ["2", "other"], ["3", "neither"], ["Escape", "away"]] },
  { place: "reason", view: "reason", keys: [["Enter", "holds"], ["Escape", "away"]] },
  { place: "choice", view: "choice", keys: [["Enter", "take"], ["Escape", "back"]] },
  { place: "log", view: "incident", keys: [["Ctrl+Enter", "post"]] },
  { place: "command", view: "command_bar", keys: [["Enter", "do"], ["ArrowUp ArrowDown", "again"], ["Escape", "away"]] },
  { place: "caco", view: "caco", keys: [["p", "peak"], ["d", "books"]] },
  { place: "playbook", view: "playbooks", keys: [["ArrowUp ArrowDown", "move"], ["Enter", "take"], ["Space", "tick"], ["n", "note"], ["o", "over"], ["Escape", "away"]] },
  { place: "attention", view: "attentions", keys: [["Enter", "seen"], ["u", "told"], ["+", "prolong"], ["-", "withdraw"]] },
  { place: "warning", view: "warnings", keys: [["Enter", "read"], ["c", "confirm"], ["x", "refuse"], ["+", "longer"], ["-", "withdraw"], ["n", "new"]] },
  { place: "talk", view: "comms", keys: [["Enter", "send"]] },
  { place: "handover", view: "hand_over", keys: [["Enter", "take"], ["Ctrl+Enter", "leave"]] },
  { place: "taken", view: "taken_over", keys: [["Enter", "read"], ["Escape", "away"]] },
  { place: "past", view: "past", keys: [["ArrowLeft ArrowRight", "minute"], ["PageUp PageDown", "ten"], [", .", "event"], ["Space", "play"], ["+ -", "speed"], ["Escape", "leave"]] },
  { place: "map", view: "map", keys: [["0", "home"], ["r", "reach"], ["w", "ways"], ["Escape", "away"], ["Enter", "point"], ["Backspace", "back"]] },
  { place: "marked", view: "map_warnings", keys: [["a", "next"], ["Enter", "read"], ["Escape", "away"]] },
  { place: "drawing", view: "drawings", keys: [["Enter", "show"], ["e", "change"], ["+", "redraw"], ["-", "away"]] },
  { place: "help", view: "manual", keys: [["Escape", "away"]] },
];

/** @type {Record<string, string>} */
const SHOWN = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

/** A key as it stands on a keyboard of this language. @param {string} key @param {(word: string) => string} t */
export const keyName = (key, t) => key.split(" ").map((k) => SHOWN[k] ?? k.replace("Space", t("key.space"))).join(" ");

/** The name in the table of the key that is pressed. @param {KeyboardEvent} event */
export const keyOf = (event) => `${event.ctrlKey ? "Ctrl+" : ""}${event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key}`;

/** Keys that move: holding one goes on. */
const MOVES = /^(Arrow\w+|Page\w+|Home|End|Tab|Backspace|Delete|[,.])$/;

/**
 * Whether a key only says again what it said, because it is held down. What moves or writes may repeat; what acts may not:
 * nobody takes three calls, or confirms what asks for a second Enter, by a finger that stays too long.
 * @param {KeyboardEvent} event
 */
export function isHeld(event) {
  if (!event.repeat) return false;
  const field = /** @type {Element} */ (event.target).closest?.("textarea, input:not([type=checkbox], [type=radio])");
  if (/^F\d+$/.test(event.key) || (event.key === "Enter" && (event.ctrlKey || field?.tagName !== "TEXTAREA"))) return true;
  if (event.ctrlKey) return !/** @type {any} */ (field)?.value;
  return !field && !MOVES.test(event.key);
}

/**
 * The keys of a screen, wherever the focus is. They count from its first frame on: who presses one as soon as the screen is there
 * is not a moment too early. @param {(event: KeyboardEvent) => void} on
 */
export function useScreenKeys(on) {
  useLayoutEffect(() => {
    addEventListener("keydown", on, true);
    return () => removeEventListener("keydown", on, true);
  }, []);
}
