// What people drew, as a layer of its own below incidents and units: grey, with its word; danger alone is coloured too, and
// hatched, so that it is known without its colour.
import { Layer } from "../../vendor/ol.js";
import { codeOf } from "../attention_language.js";
import { chosen, counting, sketch, textOf } from "../drawings.js";
import { t } from "../words.js";
import { token } from "./map_marks.js";

const FONT = '"Atkinson Hyperlegible Next", sans-serif';
/** Characters of the words that stand on the map; the list has all. */
const SHOWN = 40;
/** Pixels a metre beyond which a drawing has no word: so many stand close together. */
const FAR = 150;
/** How the edge of each kind is broken. @type {Record<string, number[]>} */
const DASHES = { route: [], boom: [2, 6], hose: [14, 6], cordon: [10, 6], evacuation: [16, 4, 3, 4], danger: [] };

/** Metres of RD to pixels of the canvas. @typedef {(at: number[]) => [number, number]} To */

export function drawingLayer() {
  const canvas = document.createElement("canvas");
  canvas.className = "ol-unselectable";
  return new Layer({
    render(frame) {
      const [width, height] = frame.size;
      const ratio = frame.pixelRatio;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
        for (const [name, value] of [["position", "absolute"], ["width", "100%"], ["height", "100%"], ["pointer-events", "none"]]) canvas.style.setProperty(name, value);
      }
      const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      paint.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint.clearRect(0, 0, width, height);
      const { center, resolution } = frame.viewState;
      /** @type {To} */
      const to = ([x, y]) => [width / 2 + (x - center[0]) / resolution, height / 2 - (y - center[1]) / resolution];
      for (const d of counting.peek()) {
        if (d.ref === sketch.peek()?.ref) continue;
        drawShape(paint, d, to, resolution);
        if (resolution < FAR || d.ref === chosen.peek()) drawWord(paint, d, to, resolution);
      }
      if (sketch.peek()) drawSketch(paint, sketch.peek(), to, resolution, width, height);
      return canvas;
    },
  });
}

/** The way around or along a shape. @param {any} d @param {To} to @param {number} resolution */
function path(d, to, resolution) {
  const way = new Path2D();
  if (d.shape === "circle") {
    const [x, y] = to(d.points[0]);
    way.arc(x, y, Math.max(3, d.radius / resolution), 0, 2 * Math.PI);
  } else if (d.shape === "mark") {
    const [x, y] = to(d.points[0]);
    // A pin: no discipline, incident or message has that shape.
    way.moveTo(x, y);
    way.lineTo(x - 7, y - 12);
    way.arc(x, y - 15, 7.6, Math.PI * 0.85, Math.PI * 0.15);
    way.closePath();
  } else {
    for (const at of d.points) way.lineTo(...to(at));
    if (d.shape === "area") way.closePath();
  }
  return way;
}

/** @param {CanvasRenderingContext2D} paint @param {any} d @param {To} to @param {number} resolution */
function drawShape(paint, d, to, resolution) {
  const way = path(d, to, resolution);
  const danger = d.kind === "danger";
  const filled = d.shape === "area" || d.shape === "circle";
  paint.lineJoin = "round";
  if (d.ref && d.ref === chosen.peek()) {
    paint.setLineDash([]);
    paint.strokeStyle = token("focus");
    paint.lineWidth = 9;
    paint.stroke(way);
  }
  if (danger) hatch(paint, way, d, to, resolution);
  else if (filled || d.shape === "mark") {
    paint.fillStyle = d.shape === "mark" ? token("bg1") : "rgba(127, 127, 127, 0.14)";
    paint.fill(way);
  }
  paint.setLineDash([]);
  paint.strokeStyle = token("bg1");
  paint.lineWidth = 6;
  paint.stroke(way);
  paint.setLineDash(d.shape === "mark" ? [] : (DASHES[d.kind] ?? []));
  paint.strokeStyle = token(danger ? "warn" : "t1");
  paint.lineWidth = 3;
  paint.stroke(way);
  paint.setLineDash([]);
  if (d.kind !== "assembly") return;
  const [x, y] = to(d.points[0]);
  paint.fillStyle = token("t1");
  paint.fillRect(x - 3, y - 18, 6, 6);
}

/** Slanted lines inside a shape. @param {CanvasRenderingContext2D} paint @param {Path2D} way @param {any} d @param {To} to @param {number} resolution */
function hatch(paint, way, d, to, resolution) {
  const at = d.points.map(to);
  const wide = d.shape === "circle" ? d.radius / resolution : 0;
  const left = Math.max(0, Math.min(...at.map((/** @type {number[]} */ p) => p[0])) - wide);
  const top = Math.max(0, Math.min(...at.map((/** @type {number[]} */ p) => p[1])) - wide);
  const right = Math.min(paint.canvas.width, Math.max(...at.map((/** @type {number[]} */ p) => p[0])) + wide);
  const bottom = Math.min(paint.canvas.height, Math.max(...at.map((/** @type {number[]} */ p) => p[1])) + wide);
  if (right <= left || bottom <= top) return;
  paint.save();
  paint.clip(way);
  paint.setLineDash([]);
  paint.strokeStyle = token("warn");
  paint.lineWidth = 1.5;
  paint.beginPath();
  for (let x = left - (bottom - top); x < right; x += 14) {
    paint.moveTo(x, bottom);
    paint.lineTo(x + bottom - top, top);
  }
  paint.stroke();
  paint.restore();
}

/** What it is, how it is called and what is written with it. @param {CanvasRenderingContext2D} paint @param {any} d @param {To} to @param {number} resolution */
function drawWord(paint, d, to, resolution) {
  const text = textOf(d);
  const cut = [...text].length > SHOWN ? `${[...text].slice(0, SHOWN).join("")}…` : text;
  const said = `${codeOf(d.ref)} ${t(`drawing.kind.${d.kind}`)}${cut ? `: ${cut}` : ""}`;
  const [x, y] = wordAt(d, to, resolution);
  paint.font = `700 15px ${FONT}`;
  paint.textAlign = "center";
  paint.textBaseline = "top";
  paint.lineWidth = 4;
  paint.strokeStyle = token("bg1");
  paint.strokeText(said, x, y);
  paint.fillStyle = token("t1");
  paint.fillText(said, x, y);
}

/** Below a shape; on the middle of a line. @param {any} d @param {To} to @param {number} resolution @returns {[number, number]} */
function wordAt(d, to, resolution) {
  const at = d.points.map(to);
  if (d.shape === "line") {
    const [a, b] = at.slice(Math.floor((at.length - 1) / 2));
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 6];
  }
  const xs = at.map((/** @type {number[]} */ p) => p[0]);
  const ys = at.map((/** @type {number[]} */ p) => p[1]);
  const below = d.shape === "circle" ? d.radius / resolution : 0;
  return [(Math.min(...xs) + Math.max(...xs)) / 2, Math.max(...ys) + below + 6];
}

/** What is being drawn, its points, and where Enter puts the next one. @param {CanvasRenderingContext2D} paint @param {any} s @param {To} to @param {number} resolution @param {number} width @param {number} height */
function drawSketch(paint, s, to, resolution, width, height) {
  if (s.points.length) {
    paint.setLineDash([6, 4]);
    paint.strokeStyle = token("focus");
    paint.lineWidth = 3;
    paint.stroke(path(s, to, resolution));
    paint.setLineDash([]);
    paint.fillStyle = token("focus");
    for (const at of s.points) {
      const [x, y] = to(at);
      paint.fillRect(x - 4, y - 4, 8, 8);
    }
  }
  paint.strokeStyle = token("t1");
  paint.lineWidth = 1.5;
  paint.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    paint.moveTo(width / 2 + 6 * dx, height / 2 + 6 * dy);
    paint.lineTo(width / 2 + 18 * dx, height / 2 + 18 * dy);
  }
  paint.stroke();
}
