// The map in RD New: areas, incidents and units. Units are drawn from typed rows on a canvas layer of our own.
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { Feature, GeoJSON, Layer, OlMap, Point, Projection, ScaleLine, Stroke, Style, Fill, Text, VectorLayer, VectorSource, View, defaultControls } from "../../vendor/ol.js";
import { get } from "../api.js";
import { addPoint, drawing, eachDrawing } from "../closures.js";
import { clearWays, drawnWays, followWays, wayText } from "../reach.js";
import { fixes, focus, incidents, look, regions, units } from "../stores.js";
import { past } from "../past.js";
import { t } from "../words.js";
import { Closures } from "./closures.js";
import { Ways, reachFrom, waysHere } from "./reach.js";

const RD = new Projection({ code: "EPSG:28992", units: "m", extent: [-285401, 22598, 595401, 903401] });
/** Metres a pixel beyond which an incident is a small square: many stand close together. */
const FAR = 150;
const NEDERLAND = [10000, 306000, 280000, 622000];

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--mk-${name}`).trim();

export function MapScreen() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const centre = useRef(() => /** @type {number[]} */ ([155000, 463000]));
  useEffect(() => {
    const area = new VectorSource();
    const calls = new VectorSource();
    const closed = new VectorSource();
    const ways = new VectorSource();
    /** @type {any} */
    let shown = null;
    const marks = unitLayer();
    const map = new OlMap({
      target: /** @type {HTMLElement} */ (place.current),
      controls: defaultControls({ attribution: false }).extend([new ScaleLine()]),
      view: new View({ projection: RD, center: [155000, 463000], resolution: 400, maxResolution: 1200, minResolution: 0.5, enableRotation: false }),
      layers: [new VectorLayer({ source: area, style: new Style({ fill: new Fill({ color: token("map-land") }), stroke: new Stroke({ color: token("map-line"), width: 1 }) }) }), new VectorLayer({ source: ways, style: wayStyle }), new VectorLayer({ source: closed, style: closureStyle }), marks, new VectorLayer({ source: calls, style: incidentStyle })],
    });
    map.getView().fit(NEDERLAND, { padding: [10, 10, 10, 10] });
    centre.current = () => /** @type {number[]} */ (map.getView().getCenter());
    /** Back to the regions that this workplace serves. */
    function home() {
      const own = area.getFeatures().filter((f) => regions.value.includes(f.get("room")));
      map.getView().fit((own.length && new VectorSource({ features: own }).getExtent()) || NEDERLAND, { padding: [40, 40, 40, 40] });
    }
    get("/api/areas").then((shapes) => {
      area.addFeatures(new GeoJSON().readFeatures(shapes));
      if (focus.peek()?.kind !== "incident") home();
    });
    place.current?.addEventListener("keydown", (event) => {
      if (event.key === "0") home();
      if (event.ctrlKey || event.altKey) return;
      if (event.key === "r") reachFrom(centre.current());
      if (event.key === "w") waysHere();
      if (event.key === "Escape") clearWays();
      if (event.key === "Enter" && drawing.peek()) addPoint(/** @type {number[]} */ (map.getView().getCenter()));
    });
    map.on("click", (event) => drawing.peek() ? addPoint(event.coordinate) : map.forEachFeatureAtPixel(event.pixel, (f) => { const ref = f.get("ref"); if (ref) look({ kind: "incident", ref }); }));
    const stop = [
      followWays(),
      drawnWays.subscribe((drawn) => {
        ways.clear();
        if (!drawn) return;
        ways.addFeatures(new GeoJSON().readFeatures({ type: "FeatureCollection", features: wayShapes(drawn) }));
        const extent = ways.getExtent();
        // What is drawn again because units move leaves the map where the operator put it.
        if (drawn.asked !== shown && extent && ways.getFeatures().length) map.getView().fit(extent, { padding: [60, 60, 60, 60], minResolution: 2 });
        shown = drawn.asked;
      }),
      eachDrawing((shapes) => {
        closed.clear();
        closed.addFeatures(new GeoJSON().readFeatures(shapes));
      }),
      incidents.subscribe((all) => {
        calls.clear();
        for (const i of all.values()) {
          if (i.closed || i.location.x == null) continue;
          const mark = new Feature(new Point([i.location.x, i.location.y]));
          mark.setProperties({ ref: i.ref, priority: i.priority, number: i.number });
          calls.addFeature(mark);
        }
      }),
      units.subscribe(() => marks.changed()),
      fixes.subscribe(() => marks.changed()),
      focus.subscribe((at) => {
        calls.changed();
        const i = at?.kind === "incident" ? incidents.value.get(at.ref) : null;
        if (i?.location.x != null) map.getView().animate({ center: [i.location.x, i.location.y], resolution: Math.min(map.getView().getResolution() ?? 20, 20), duration: 0 });
      }),
    ];
    return () => {
      for (const s of stop) s();
      map.setTarget(undefined);
    };
  }, []);
  return html`<section class="pane" aria-label=${t("screen.map")}><h2 class="title">${t("screen.map")} ${regions.value.join(" ")}</h2>
    <${Closures} />
    <${Ways} centre=${() => centre.current()} />
    <div class="map-pane"><div class="map-canvas" ref=${place} tabindex="0" aria-label=${t("map.label")}></div><p class="map-note">${t(past.value ? "map.past" : "map.approximate")}</p></div></section>`;
}

/** Areas, the largest first, and lines, as GeoJSON in RD. @param {any} drawn */
function wayShapes(drawn) {
  const shape = (/** @type {string} */ type, /** @type {any} */ coordinates, /** @type {any} */ properties) => ({ type: "Feature", properties, geometry: { type, coordinates } });
  if (drawn.routes) return drawn.routes.map((/** @type {any} */ way) => shape("LineString", way.line, { said: wayText(way), rough: way.source !== "road", discipline: way.discipline }));
  // A ring says its time at its northernmost point, which is another one for every ring.
  const north = (/** @type {any} */ ring) => ring.areas.flatMap((/** @type {any} */ area) => area[0]).reduce((/** @type {any} */ a, /** @type {any} */ b) => (b[1] > a[1] ? b : a));
  const rings = [...drawn.rings].reverse().filter((r) => r.areas.length);
  return [...rings.map((r) => shape("MultiPolygon", r.areas, { rough: drawn.source !== "road" })), ...rings.map((r) => shape("Point", north(r), { said: `${r.minutes} min` }))];
}

/** A way has its discipline's colour; what was only estimated is dashed, and every shape says its time. @param {any} shape */
function wayStyle(shape) {
  const type = shape.getGeometry()?.getType();
  const area = type === "MultiPolygon";
  const colour = type === "LineString" ? token(String(shape.get("discipline")).toLowerCase()) : token("t1");
  return new Style({
    stroke: type === "Point" ? undefined : new Stroke({ color: colour, width: area ? 2 : 4, lineDash: shape.get("rough") ? [10, 8] : undefined }),
    fill: area ? new Fill({ color: "rgba(127, 127, 127, 0.14)" }) : undefined,
    text: new Text({
      text: shape.get("said"),
      placement: type === "LineString" ? "line" : "point",
      offsetY: -4,
      font: '700 15px "Atkinson Hyperlegible Next", sans-serif',
      fill: new Fill({ color: token("t1") }),
      stroke: new Stroke({ color: token("bg1"), width: 4 }),
      overflow: true,
      textBaseline: "bottom",
    }),
  });
}

/** Closed is a whole line, slow a dashed one, what is being drawn a thin one. @param {any} shape */
function closureStyle(shape) {
  const kind = shape.get("kind");
  const width = kind === "drawing" ? 2 : 5;
  const stroke = new Stroke({ color: token("warn"), width, lineDash: kind === "slow" ? [8, 6] : undefined });
  if (shape.getGeometry()?.getType() !== "Point") return new Style({ stroke });
  return new Style({
    renderer(at, state) {
      const [x, y] = /** @type {[number, number]} */ (at);
      state.context.strokeStyle = token("warn");
      state.context.lineWidth = 3 * state.pixelRatio;
      state.context.beginPath();
      state.context.arc(x, y, 8 * state.pixelRatio, 0, 2 * Math.PI);
      state.context.stroke();
    },
  });
}

/** @param {any} mark */
function incidentStyle(mark) {
  const urgent = mark.get("priority") === 1;
  return new Style({
    renderer(at, state) {
      const [x, y] = /** @type {[number, number]} */ (at);
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
}

/** All units in one layer; thousands of them are one pass over a canvas. */
function unitLayer() {
  const canvas = document.createElement("canvas");
  canvas.className = "ol-unselectable";
  return new Layer({
    render(frame) {
      const [width, height] = frame.size;
      const ratio = frame.pixelRatio;
      if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
        canvas.width = width * ratio;
        canvas.height = height * ratio;
        canvas.style.setProperty("position", "absolute");
        canvas.style.setProperty("width", "100%");
        canvas.style.setProperty("height", "100%");
        canvas.style.setProperty("pointer-events", "none");
      }
      const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      paint.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint.clearRect(0, 0, width, height);
      const { center, resolution } = frame.viewState;
      const colours = { P: token("p"), B: token("b"), A: token("a"), K: token("k") };
      for (const u of units.value.values()) {
        const fix = fixes.value.get(u.key);
        const x = fix ? fix.x : u.x;
        const y = fix ? fix.y : u.y;
        if (x == null || y == null) continue;
        const px = width / 2 + (x - center[0]) / resolution;
        const py = height / 2 - (y - center[1]) / resolution;
        if (px < -9 || py < -9 || px > width + 9 || py > height + 9) continue;
        drawUnit(paint, u, px, py, u.assignment ? 6 : 3.5, colours[/** @type {"P"} */ (u.discipline)], (fix?.age ?? 0) > 120 || (fix?.jumped ?? false));
      }
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
  paint.strokeStyle = u.emergency ? token("alarm") : colour;
  paint.fillStyle = colour;
  paint.lineWidth = 1.5;
  paint.setLineDash(old ? [2, 2] : []);
  if (u.assignment && !old) paint.fill();
  paint.stroke();
}
