// The room's own map tiles: whether there are any, and whether they are still there. Small, as every desk fetches it; what
// draws them (`views/map_tiles`) is fetched only where there are tiles.
import { signal } from "../vendor/preact.js";
import { get } from "./api.js";

/** Milliseconds after which a file that is gone is asked for again. */
const AGAIN = 10000;

/** What the room says: `{state: "none" | "ready" | "gone", about}`; null until it was asked. @type {import("../vendor/preact.js").Signal<any>} */
export const tiles = signal(null);

let again = 0;

/** Ask the room, and ask again for as long as the file is gone. */
export async function askTiles() {
  clearTimeout(again);
  let found;
  try {
    found = await get("/api/tiles");
  } catch {
    return; // without a link, or signed out: what there was stays, and the frame says what is wrong
  }
  if (JSON.stringify(found) !== JSON.stringify(tiles.peek())) tiles.value = found;
  if (found.state === "gone") again = window.setTimeout(askTiles, AGAIN);
}

/** A tile could not be had: the file is gone, or is another one. Nothing more is asked of it until the room says so. */
export function tilesLost() {
  if (tiles.peek()?.state !== "ready") return;
  tiles.value = { state: "gone", about: null };
  clearTimeout(again);
  again = window.setTimeout(askTiles, AGAIN);
}
