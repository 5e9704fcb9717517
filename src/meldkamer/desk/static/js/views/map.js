// The map in RD New: areas, closed roads, ways, and above them what moves (`map_marks`).
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { GeoJSON, OlMap, Projection, ScaleLine, Stroke, Style, Fill, Text, VectorLayer, VectorSource, View, defaultControls } from "../../vendor/ol.js";
import { get } from "../api.js";
import { mine } from "../attentions.js";
import { chosen, counting, dropPoint, middle, sketch, sketchPoint, view, words } from "../drawings.js";
import { addPoint, drawing, eachDrawing } from "../closures.js";
import { clearWays, drawnWays, followWays, wayText } from "../reach.js";
import { fixes, focus, incidents, look, regions, units } from "../stores.js";
import { DisciplineSign } from "../icons.js";
import { past } from "../past.js";
import { language, t } from "../words.js";
import { Closures } from "./closures.js";
import { Drawings } from "./drawings.js";
import { drawingLayer } from "./map_drawings.js";
import { ATTENTION, INCIDENT, markAttentions, markIncidents, token, unitLayer } from "./map_marks.js";
import { GroundNote, layGround } from "./map_ground.js";
import { WarningLegend, WarningOnMap, warningMarks } from "./map_warnings.js";
import { Ways, reachFrom, waysHere } from "./reach.js";

export const RD = new Projection({ code: "EPSG:28992", units: "m", extent: [-285401, 22598, 595401, 903401] });
const NEDERLAND = [10000, 306000, 280000, 622000];

export function MapScreen() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const centre = useRef(() => /** @type {number[]} */ ([155000, 463000]));
  useEffect(() => {
    const area = new VectorSource();
    const calls = new VectorSource();
    const closed = new VectorSource();
    const ways = new VectorSource();
    const asks = new VectorSource();
    /** @type {any} */
    let shown = null;
    const areas = new VectorLayer({ source: area, style: areaStyle });
    const marks = unitLayer();
    const warned = warningMarks();
    const sketches = drawingLayer();
    const map = new OlMap({
      target: /** @type {HTMLElement} */ (place.current),
      controls: defaultControls({ attribution: false }).extend([new ScaleLine()]),
      view: new View({ projection: RD, center: [155000, 463000], resolution: 400, maxResolution: 1200, minResolution: 0.5, enableRotation: false }),
      layers: [areas, new VectorLayer({ source: ways, style: wayStyle }), new VectorLayer({ source: closed, style: closureStyle }), sketches, marks, warned.layer, new VectorLayer({ source: calls, style: INCIDENT }), new VectorLayer({ source: asks, style: ATTENTION })],
    });
    map.getView().fit(NEDERLAND, { padding: [10, 10, 10, 10] });
    centre.current = () => /** @type {number[]} */ (map.getView().getCenter());
    middle.value = centre.current;
    view.show = (d) => {
      const xs = d.points.map((/** @type {number[]} */ p) => p[0]);
      const ys = d.points.map((/** @type {number[]} */ p) => p[1]);
      map.getView().fit([Math.min(...xs) - d.radius, Math.min(...ys) - d.radius, Math.max(...xs) + d.radius, Math.max(...ys) + d.radius], { padding: [80, 80, 80, 80], minResolution: 2 });
    };
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
      if (event.key === "Backspace" && sketch.peek()) dropPoint();
      if (event.key === "Enter" && sketch.peek()) sketchPoint(centre.current());
      else if (event.key === "Enter" && drawing.peek()) addPoint(/** @type {number[]} */ (map.getView().getCenter()));
    });
    map.on("click", (event) => sketch.peek() ? sketchPoint(event.coordinate) : drawing.peek() ? addPoint(event.coordinate) : map.forEachFeatureAtPixel(event.pixel, (f) => { const ref = f.get("ref"); if (ref) look({ kind: "incident", ref }); }, { layerFilter: (layer) => layer.getClassName() !== "ground" }));
    // Two clicks soon after each other are two points, and do not zoom.
    map.on("dblclick", () => !sketch.peek() && !drawing.peek());
    // A map is drawn in the colours of the theme: another theme, another drawing.
    const repaint = new MutationObserver(() => map.getLayers().forEach((layer) => layer.changed()));
    repaint.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const stop = [
      layGround(map, area, areaStyle),
      warned.follow(map, /** @type {HTMLElement} */ (place.current)),
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
      regions.subscribe(() => areas.changed()),
      incidents.subscribe((all) => markIncidents(all, calls)),
      mine.subscribe((all) => markAttentions(all, asks)),
      ...[counting, sketch, chosen, words, language].map((what) => what.subscribe(() => sketches.changed())),
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
      repaint.disconnect();
      map.setTarget(undefined);
      middle.value = null;
    };
  }, []);
  return html`<section class="pane" aria-label=${t("screen.map")}><div class="tools"><h2 class="title">${t("screen.map")} ${regions.value.join(" ")}</h2>
    <${Closures} />
    <${Drawings} />
    <${Ways} centre=${() => centre.current()} /></div>
    <div class="map-pane"><div class="map-canvas" ref=${place} tabindex="0" aria-label=${t("map.label")}></div><${WarningOnMap} /><p class="map-note">${[..."PBAK"].map((d) => html`<span><${DisciplineSign} d=${d} /> ${t(`discipline.${d}`)}</span>`)}<span>${t("map.legend")}</span><${WarningLegend} /><span>${t(past.value ? "map.past" : "map.approximate")}</span><${GroundNote} /></p></div></section>`;
}

/** One style for each look that an area can have: a theme, and whose it is. @type {Map<string, Style>} */
const areaStyles = new Map();

/** Those that this workplace serves stand out by their border; the others say whose they are. @param {any} area */
export function areaStyle(area) {
  const room = String(area.get("room") ?? "");
  const own = regions.peek().includes(room);
  const key = `${document.documentElement.dataset.theme} ${own} ${room}`;
  const known = areaStyles.get(key);
  if (known) return known;
  const style = new Style({
    fill: new Fill({ color: token("map-land") }),
    stroke: new Stroke({ color: token(own ? "line-strong" : "map-line"), width: own ? 2 : 1 }),
    text: own ? undefined : new Text({ text: room, font: '16px "Atkinson Hyperlegible Next", sans-serif', fill: new Fill({ color: token("t3") }), overflow: true }),
    zIndex: own ? 1 : 0,
  });
  areaStyles.set(key, style);
  return style;
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
