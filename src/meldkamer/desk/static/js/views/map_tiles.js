// The room's own tiles in the colours of the theme, so that units and incidents stay what is seen first. Fetched only where
// a room has tiles. What is in RD New is drawn as it is; OpenLayers reprojects what is in Web Mercator.
import { Fill, Stroke, Style } from "../../vendor/ol.js";
import { MVT, TileGrid, TileImage, TileLayer, VectorTileLayer, VectorTileSource, proj4, registerProj4, transformExtent } from "../../vendor/ol_tiles.js";
import { RD } from "./map.js";
import { token } from "./map_marks.js";

proj4.defs("EPSG:28992", "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel +towgs84=565.417,50.3319,465.552,-0.398957,0.343988,-1.8774,4.0725 +units=m +no_defs");
registerProj4(proj4);

const HALF_EARTH = 20037508.342789244;
/** By grid: its projection, the left and the top of its only tile at zoom 0, and that tile's width (NetherlandsRDNewQuad, WebMercatorQuad). @type {Record<string, any>} */
const GRIDS = {
  rd: { projection: RD, corner: [-285401.92, 903401.92], width: 880803.84 },
  mercator: { projection: "EPSG:3857", corner: [-HALF_EARTH, HALF_EARTH], width: 2 * HALF_EARTH },
};
/** Web Mercator stretches the Netherlands by this much. */
const STRETCH = 1.63;
const LOADING = 1;
const ERROR = 3;
const EMPTY = 4;
/** Milliseconds after which tiles that a broken link kept away are asked for again. */
const AGAIN = 5000;

/**
 * A layer of what the room's file holds.
 * @param {any} about as `/api/tiles` says it
 * @param {() => void} lost called once, when the file is not there any more
 */
export function tileGround(about, lost) {
  const { projection, corner, width } = GRIDS[about.grid];
  const vector = about.kind === "vector";
  // A vector tile is drawn at twice the size of a picture: it has the detail for it.
  const tileSize = vector ? 512 : about.tile_size;
  const resolutions = Array.from({ length: about.max_zoom + 1 }, (_, z) => width / tileSize / 2 ** z);
  const whole = [corner[0], corner[1] - width, corner[0] + width, corner[1]];
  const tileGrid = new TileGrid({ origin: corner, extent: about.grid === "mercator" && about.bounds ? within(about.bounds, whole) : whole, minZoom: about.min_zoom, resolutions, tileSize });
  const ending = new AbortController();
  let again = 0;

  /** @param {string} path @returns {Promise<Response | null>} null: the file has no tile there */
  async function ask(path) {
    let answer;
    try {
      answer = await fetch(path, { signal: ending.signal });
    } catch (error) {
      if (!ending.signal.aborted && !again) again = window.setTimeout(() => ((again = 0), source.refresh()), AGAIN);
      throw error;
    }
    if (answer.status === 204) return null;
    if (answer.ok) return answer;
    // 401 is another matter: the frame asks whoever sits there to sign in.
    if ((answer.status === 404 || answer.status >= 500) && !ending.signal.aborted) {
      ending.abort();
      lost();
    }
    throw new Error(`${answer.status}`);
  }

  /** @param {any} tile @param {number} state */
  const settle = (tile, state) => void (tile.getState() === LOADING && tile.setState(state));
  const shared = { projection, tileGrid, url: `/tiles/${about.version}/{z}/{x}/{y}`, wrapX: false, transition: 0 };
  /** @type {any} */
  const source = vector
    ? new VectorTileSource({
        ...shared,
        format: new MVT(),
        tileLoadFunction: (/** @type {any} */ tile, path) =>
          tile.setLoader(async (/** @type {any} */ extent, /** @type {any} */ _, /** @type {any} */ into) => {
            try {
              const answer = await ask(path);
              const features = answer ? tile.getFormat().readFeatures(await answer.arrayBuffer(), { extent, featureProjection: into }) : [];
              if (tile.getState() === LOADING) tile.setFeatures(features);
            } catch {
              settle(tile, ERROR);
            }
          }),
      })
    : new TileImage({
        ...shared,
        tileLoadFunction: async (/** @type {any} */ tile, path) => {
          try {
            const answer = await ask(path);
            if (!answer) return settle(tile, EMPTY);
            const picture = await createImageBitmap(await answer.blob());
            if (tile.getState() === LOADING) tile.setImage(recoloured(picture, about.format === "jpg"));
          } catch {
            settle(tile, ERROR);
          }
        },
      });
  // Further out than twice its coarsest tiles a file would be asked for hundreds at once.
  const maxResolution = (2 * resolutions[about.min_zoom]) / (about.grid === "mercator" ? STRETCH : 1);
  const look = { className: "ground", source, maxResolution };
  const layer = vector ? new VectorTileLayer({ ...look, style: styleOf }) : new TileLayer(look);
  // Pictures are coloured as they come in; what is vector is drawn anew by the map itself.
  const repaint = new MutationObserver(() => vector || source.refresh());
  repaint.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return {
    layer,
    end() {
      ending.abort();
      clearTimeout(again);
      repaint.disconnect();
      source.clear?.();
    },
  };
}

/** What a file covers in metres of Web Mercator. @param {number[]} degrees @param {number[]} whole */
function within(degrees, whole) {
  const [west, south, east, north] = degrees;
  const extent = transformExtent([west, Math.max(south, -85), east, Math.min(north, 85)], "EPSG:4326", "EPSG:3857");
  return extent.map((edge, n) => (n < 2 ? Math.max(edge, whole[n]) : Math.min(edge, whole[n])));
}

/** Red, green and blue of a colour of the theme. @param {string} name */
const channels = (name) => [1, 3, 5].map((at) => parseInt(token(name).slice(at, at + 2), 16));

/** How much of its own colour a map keeps: as much as tells water from woods. */
const KEEPS = 0.3;
/** What is left of a photograph's light by theme. @type {Record<string, number>} */
const LIGHT = { night: 0.35, dusk: 0.55, day: 0.8 };

/**
 * A tile in the colours of the theme: white paper becomes its land, black ink its lines. A photograph only gets less light,
 * as one whose light and dark were exchanged shows nothing.
 * @param {ImageBitmap} picture @param {boolean} photograph
 */
function recoloured(picture, photograph) {
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  paint.drawImage(picture, 0, 0);
  picture.close();
  const pixels = paint.getImageData(0, 0, canvas.width, canvas.height);
  const data = pixels.data;
  const land = channels("map-land");
  const ink = channels("map-line");
  const light = LIGHT[document.documentElement.dataset.theme ?? "night"] ?? LIGHT.night;
  for (let at = 0; at < data.length; at += 4) {
    const grey = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    const dark = 1 - grey / 255;
    for (let n = 0; n < 3; n++) {
      const own = data[at + n];
      data[at + n] = photograph ? own * light : land[n] + (ink[n] - land[n]) * dark + KEEPS * (own - grey);
    }
  }
  paint.putImageData(pixels, 0, 0);
  return canvas;
}

/** What a layer of vector tiles holds, by the names that Dutch and common schemes give it; the first that fits counts. @type {[string, RegExp][]} */
const KINDS = [
  ["water", /water|ocean|sea/i],
  ["road", /road|street|highway|transport|weg|spoor|rail/i],
  ["built", /build|built|pand|bebouw|gebouw|residential/i],
  ["border", /bound|border|admin|grens|gemeente|provincie/i],
];
const LARGE = /motorway|trunk|primary|major|highway|autosnelweg|hoofdweg|rail/i;
/** Metres a pixel beyond which only large roads are drawn. */
const SMALL_ROADS = 60;
/** @type {Map<string, string>} */
const kinds = new Map();

/** @param {string} layer */
function kindOf(layer) {
  const known = kinds.get(layer);
  if (known !== undefined) return known;
  const kind = KINDS.find(([, fits]) => fits.test(layer))?.[0] ?? "";
  kinds.set(layer, kind);
  return kind;
}

/** One style for each look: a theme, what it is, and how wide. @type {Map<string, Style>} */
const styles = new Map();

/** Water, roads, built-up and borders; all else, names too, is left to what the desk itself draws. @param {any} feature @param {number} resolution */
function styleOf(feature, resolution) {
  const kind = kindOf(String(feature.get("layer") ?? ""));
  const type = feature.getType();
  if (!kind || type.endsWith("Point")) return undefined;
  const area = type.endsWith("Polygon");
  const large = kind === "road" && LARGE.test(`${feature.get("class") ?? ""} ${feature.get("kind") ?? ""} ${feature.get("highway") ?? ""}`);
  if (kind === "road" && !area && !large && resolution > SMALL_ROADS) return undefined;
  const width = kind === "road" ? Math.round(Math.min(8, Math.max(large ? 2 : 1, (large ? 20 : 8) / resolution))) : 1;
  const key = `${document.documentElement.dataset.theme} ${kind} ${area} ${width}`;
  const known = styles.get(key);
  if (known) return known;
  const color = token(kind === "border" ? "map-line" : `map-${kind}`);
  const filled = area && kind !== "border";
  const style = new Style({
    fill: filled ? new Fill({ color }) : undefined,
    stroke: filled ? undefined : new Stroke({ color, width, lineDash: kind === "border" ? [6, 4] : undefined }),
    zIndex: ["water", "built", "road", "border"].indexOf(kind),
  });
  styles.set(key, style);
  return style;
}
