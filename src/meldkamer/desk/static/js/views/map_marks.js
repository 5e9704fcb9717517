// What moves on the map: incidents and units, thousands of them, and the colours of the theme in which they are drawn.
import { Feature, Layer, Point, Style, VectorSource } from "../../vendor/ol.js";
import { codeOf } from "../attention_language.js";
import { agingOf } from "../position_age.js";
import { fixes, focus, units } from "../stores.js";
import { t } from "../words.js";

/** Metres a pixel beyond which an incident is a small square: many stand close together. */
const FAR = 150;

/** @type {Map<string, string>} */
const tokens = new Map();

/** A colour of the theme. Asking the page for it costs more than drawing a symbol, so each is asked for once. @param {string} name */
export function token(name) {
  const key = `${document.documentElement.dataset.theme} ${name}`;
  const known = tokens.get(key);
  if (known !== undefined) return known;
  const colour = getComputedStyle(document.documentElement).getPropertyValue(`--mk-${name}`).trim();
  tokens.set(key, colour);
  return colour;
}

/** What the source holds: the row of each mark, so that only what changed is touched. @type {WeakMap<VectorSource, Map<string, {row: any, mark: Feature}>>} */
const marked = new WeakMap();

/** Let the open incidents that have a place stand on the map, and no others. @param {Map<string, any>} all @param {VectorSource} source */
export function markIncidents(all, source) {
  const held = marked.get(source) ?? new Map();
  marked.set(source, held);
  const fresh = [];
  for (const [ref, { mark }] of held) {
    const i = all.get(ref);
    if (i && !i.closed && i.location.x != null) continue;
    source.removeFeature(mark);
    held.delete(ref);
  }
  for (const i of all.values()) {
    const before = held.get(i.ref);
    if (before?.row === i || i.closed || i.location.x == null) continue;
    const same = before && before.row.location.x === i.location.x && before.row.location.y === i.location.y && before.row.priority === i.priority;
    if (same) {
      before.row = i;
      continue;
    }
    if (before) source.removeFeature(before.mark);
    const mark = new Feature(new Point([i.location.x, i.location.y]));
    mark.setProperties({ ref: i.ref, priority: i.priority, number: i.number });
    held.set(i.ref, { row: i, mark });
    fresh.push(mark);
  }
  if (fresh.length) source.addFeatures(fresh);
}

/** One style for all incidents: it draws each by what its mark says. */
export const INCIDENT = new Style({
  renderer(at, state) {
    const [x, y] = /** @type {[number, number]} */ (at);
    const mark = state.feature;
    const urgent = mark.get("priority") === 1;
    const paint = state.context;
    const chosen = focus.peek()?.ref === mark.get("ref");
    const far = state.resolution > FAR && !chosen;
    const size = (far ? 5 : 9) * state.pixelRatio;
    paint.fillStyle = urgent ? token("t1") : token("bg1");
    paint.strokeStyle = token("t1");
    paint.lineWidth = 2 * state.pixelRatio;
    paint.beginPath();
    paint.rect(x - size, y - size, 2 * size, 2 * size);
    paint.fill();
    paint.stroke();
    if (far) return;
    paint.fillStyle = urgent ? token("bg1") : token("t1");
    paint.font = `700 ${13 * state.pixelRatio}px "Atkinson Hyperlegible Mono", monospace`;
    paint.textAlign = "center";
    paint.textBaseline = "middle";
    paint.fillText(String(mark.get("priority")), x, y + 1);
    if (!chosen) return;
    paint.strokeStyle = token("focus");
    paint.lineWidth = 3 * state.pixelRatio;
    paint.strokeRect(x - size - 4, y - size - 4, 2 * size + 8, 2 * size + 8);
    paint.fillStyle = token("t1");
    paint.textAlign = "left";
    paint.fillText(`#${mark.get("number")}`, x + size + 10, y + 1);
  },
});

/** Let the attention messages that have a place stand on the map, and no others. @param {any[]} all @param {VectorSource} source */
export function markAttentions(all, source) {
  source.clear();
  for (const a of all) {
    if (a.location?.x == null) continue;
    const mark = new Feature(new Point([a.location.x, a.location.y]));
    mark.set("code", codeOf(a.ref));
    source.addFeature(mark);
  }
}

/** A diamond with the letters by which the message is called; beside the incident that may stand there. */
export const ATTENTION = new Style({
  renderer(at, state) {
    const [x, y] = /** @type {[number, number]} */ (at);
    const ratio = state.pixelRatio;
    const half = 9 * ratio;
    const middle = y - 22 * ratio;
    const paint = state.context;
    paint.fillStyle = token("note");
    paint.strokeStyle = token("bg1");
    paint.lineWidth = 2 * ratio;
    paint.beginPath();
    paint.moveTo(x, middle - half);
    paint.lineTo(x + half, middle);
    paint.lineTo(x, middle + half);
    paint.lineTo(x - half, middle);
    paint.closePath();
    paint.stroke();
    paint.fill();
    paint.font = `700 ${13 * ratio}px "Atkinson Hyperlegible Mono", monospace`;
    paint.textAlign = "left";
    paint.textBaseline = "middle";
    paint.lineWidth = 4 * ratio;
    paint.strokeText(String(state.feature.get("code")), x + half + 4 * ratio, middle);
    paint.fillStyle = token("t1");
    paint.fillText(String(state.feature.get("code")), x + half + 4 * ratio, middle);
  },
});

/** Half the side of a unit's picture, in pixels of the page. */
const HALF = 9;

/** All units in one layer: a pass over a canvas in which each is a picture that was drawn once. */
export function unitLayer() {
  const canvas = document.createElement("canvas");
  canvas.className = "ol-unselectable";
  /** @type {Map<string, HTMLCanvasElement>} */
  const pictures = new Map();
  let theme = "";

  /** @param {any} u @param {boolean} old @param {number} ratio */
  function pictureOf(u, old, ratio) {
    const key = `${u.discipline}${u.assignment ? 1 : 0}${old ? 1 : 0}${ratio}`;
    let picture = pictures.get(key);
    if (!picture) {
      picture = document.createElement("canvas");
      picture.width = picture.height = Math.ceil(2 * HALF * ratio);
      const paint = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
      paint.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawUnit(paint, u, HALF, HALF, u.assignment ? 6 : 3.5, token(String(u.discipline).toLowerCase()), old);
      pictures.set(key, picture);
    }
    return picture;
  }

  return new Layer({
    render(frame) {
      const [width, height] = frame.size;
      const ratio = frame.pixelRatio;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
        canvas.style.setProperty("position", "absolute");
        canvas.style.setProperty("width", "100%");
        canvas.style.setProperty("height", "100%");
        canvas.style.setProperty("pointer-events", "none");
      }
      const wears = document.documentElement.dataset.theme ?? "";
      if (wears !== theme) pictures.clear();
      theme = wears;
      const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      paint.setTransform(1, 0, 0, 1, 0, 0);
      paint.clearRect(0, 0, canvas.width, canvas.height);
      const { center, resolution } = frame.viewState;
      const where = fixes.peek();
      /** Whoever pressed the emergency button stands above all others. @type {[any, number, number][]} */
      const last = [];
      /** Who goes to stand somewhere, from where to where. @type {[any, number, number, number, number][]} */
      const going = [];
      for (const u of units.peek().values()) {
        const fix = where.get(u.key);
        const x = fix ? fix.x : u.x;
        const y = fix ? fix.y : u.y;
        if (x == null || y == null) continue;
        const px = width / 2 + (x - center[0]) / resolution;
        const py = height / 2 - (y - center[1]) / resolution;
        const to = u.assignment ? null : u.posting;
        if (to && to.state !== "arrived" && to.x != null) going.push([u, px, py, width / 2 + (to.x - center[0]) / resolution, height / 2 - (to.y - center[1]) / resolution]);
        if (px < -HALF || py < -HALF || px > width + HALF || py > height + HALF) continue;
        const old = agingOf(u, fix?.age ?? 0) === "old" || (fix?.jumped ?? false);
        if (u.emergency) last.push([u, px, py]);
        else paint.drawImage(pictureOf(u, old, ratio), Math.round((px - HALF) * ratio), Math.round((py - HALF) * ratio));
      }
      paint.setTransform(ratio, 0, 0, ratio, 0, 0);
      for (const one of going) drawGoing(paint, ...one);
      for (const [u, px, py] of last) drawEmergency(paint, u, px, py);
      return canvas;
    },
  });
}

/** A discipline's shape; open and dashed when its position is old or cannot be. @param {CanvasRenderingContext2D} paint @param {any} u @param {number} x @param {number} y @param {number} r @param {string} colour @param {boolean} old */
function drawUnit(paint, u, x, y, r, colour, old) {
  paint.beginPath();
  if (u.discipline === "B") paint.rect(x - r, y - r, 2 * r, 2 * r);
  else if (u.discipline === "A") {
    paint.arc(x, y, r, Math.PI, 0);
    paint.lineTo(x + r, y + r);
    paint.lineTo(x - r, y + r);
    paint.closePath();
  } else if (u.discipline === "K") paint.ellipse(x, y, r * 0.7, r, 0, 0, 2 * Math.PI);
  else paint.arc(x, y, r, 0, 2 * Math.PI);
  paint.strokeStyle = colour;
  paint.fillStyle = colour;
  paint.lineWidth = 1.5;
  paint.setLineDash(old ? [2, 2] : []);
  if (u.assignment && !old) paint.fill();
  paint.stroke();
}

/** Where a unit goes to stand: a dashed line, and the place with its name. @param {CanvasRenderingContext2D} paint @param {any} u @param {number} x @param {number} y @param {number} toX @param {number} toY */
function drawGoing(paint, u, x, y, toX, toY) {
  paint.strokeStyle = token(String(u.discipline).toLowerCase());
  paint.lineWidth = 2;
  paint.setLineDash([6, 5]);
  paint.beginPath();
  paint.moveTo(x, y);
  paint.lineTo(toX, toY);
  paint.stroke();
  paint.setLineDash([]);
  paint.strokeRect(toX - 5, toY - 5, 10, 10);
  paint.font = '700 14px "Atkinson Hyperlegible Next", sans-serif';
  paint.textBaseline = "middle";
  paint.lineWidth = 4;
  paint.strokeStyle = token("bg1");
  paint.fillStyle = token("t1");
  const said = `${u.call_sign} → ${u.posting.place}`;
  paint.strokeText(said, toX + 10, toY);
  paint.fillText(said, toX + 10, toY);
}

/** Whoever pressed the emergency button: larger than all others, with the word and who it is. @param {CanvasRenderingContext2D} paint @param {any} u @param {number} x @param {number} y */
function drawEmergency(paint, u, x, y) {
  paint.setLineDash([]);
  paint.lineWidth = 2;
  paint.strokeStyle = token("on-alarm");
  paint.fillStyle = token("alarm-bg");
  paint.beginPath();
  for (const [dx, dy] of [[-5, -10], [5, -10], [10, 0], [5, 10], [-5, 10], [-10, 0]]) paint.lineTo(x + dx, y + dy);
  paint.closePath();
  paint.fill();
  paint.stroke();
  const said = `${t("unit.emergency")} ${u.call_sign}`;
  paint.font = '700 15px "Atkinson Hyperlegible Next", sans-serif';
  paint.fillRect(x + 14, y - 12, paint.measureText(said).width + 12, 24);
  paint.fillStyle = token("on-alarm");
  paint.textBaseline = "middle";
  paint.fillText(said, x + 20, y + 1);
}
