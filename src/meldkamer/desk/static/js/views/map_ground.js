// What lies under the map: nothing but areas, or the room's own tiles with the borders over them.
import { html, useEffect } from "../../vendor/preact.js";
import { VectorLayer } from "../../vendor/ol.js";
import { askTiles, tiles, tilesLost } from "../tiles.js";
import { t } from "../words.js";

/**
 * Lay the room's own tiles between the land and all else, if it has any. The land stays under them, for where the file ends.
 * @param {import("../../vendor/ol.js").OlMap} map
 * @param {import("../../vendor/ol.js").VectorSource} area
 * @param {(area: any) => import("../../vendor/ol.js").Style} style of an area, with its land
 * @returns {() => void} what ends it
 */
export function layGround(map, area, style) {
  /** @type {{layer: any, end: () => void} | null} */
  let ground = null;
  let turn = 0;
  /** @type {Map<any, any>} */
  const bare = new Map();
  const borders = new VectorLayer({
    source: area,
    style: (one) => {
      const whole = style(one);
      if (!bare.has(whole)) {
        const edge = whole.clone();
        edge.setFill(null);
        bare.set(whole, edge);
      }
      return bare.get(whole);
    },
  });
  const stop = tiles.subscribe(async (now) => {
    const mine = ++turn;
    if (ground) {
      map.removeLayer(ground.layer);
      map.removeLayer(borders);
      ground.end();
      ground = null;
    }
    if (now?.state !== "ready") return;
    let drawing;
    try {
      drawing = await import("./map_tiles.js");
    } catch {
      return void (mine === turn && tilesLost()); // the link is away: what draws them is asked for again
    }
    if (mine !== turn) return;
    ground = drawing.tileGround(now.about, tilesLost);
    map.getLayers().insertAt(1, ground.layer);
    map.getLayers().insertAt(2, borders);
  });
  return () => {
    turn++;
    stop();
    ground?.end();
  };
}

/** Whom the tiles are from, or that they are gone. */
export function GroundNote() {
  useEffect(() => void askTiles(), []);
  const now = tiles.value;
  return html`<span class="ground-note" role="status">${now?.state === "gone" ? t("map.tiles_gone") : now?.about?.attribution ?? ""}</span>`;
}
