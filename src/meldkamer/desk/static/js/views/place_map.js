// A small map around a place: how sure it is, what goes on beside it and who is near. To look at; the map itself is a screen.
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { Feature, GeoJSON, OlMap, Point, ScaleLine, Style, VectorLayer, VectorSource, View } from "../../vendor/ol.js";
import { get } from "../api.js";
import { fixes, incidents, units } from "../stores.js";
import { t } from "../words.js";
import { RD, areaStyle } from "./map.js";
import { GroundNote, layGround } from "./map_ground.js";
import { INCIDENT, markIncidents, token, unitLayer } from "./map_marks.js";

/** Metres a pixel: the least, and so many that a place that is not sure still fits. */
const CLOSE = 12;
const FITS = 80;

/** A ring as wide as the place may be off, and a cross in its middle. */
const HERE = new Style({
  renderer(at, state) {
    const [x, y] = /** @type {[number, number]} */ (at);
    const paint = state.context;
    const off = Number(state.feature.get("radius") ?? 0) / state.resolution;
    paint.strokeStyle = token("focus");
    paint.lineWidth = 3 * state.pixelRatio;
    paint.beginPath();
    paint.arc(x, y, Math.max(10, off) * state.pixelRatio, 0, 2 * Math.PI);
    for (const [dx, dy] of [[5, 0], [0, 5]]) {
      paint.moveTo(x - dx * state.pixelRatio, y - dy * state.pixelRatio);
      paint.lineTo(x + dx * state.pixelRatio, y + dy * state.pixelRatio);
    }
    paint.stroke();
  },
});

/** @param {{x: number, y: number, radius: number}} props in RD, and how far it may be off (metres) */
export function PlaceMap({ x, y, radius }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const show = useRef(/** @type {(x: number, y: number, radius: number) => void} */ (() => {}));
  useEffect(() => {
    const area = new VectorSource();
    const calls = new VectorSource();
    const here = new VectorSource();
    const marks = unitLayer();
    const map = new OlMap({
      target: /** @type {HTMLElement} */ (place.current),
      controls: [new ScaleLine()],
      interactions: [],
      view: new View({ projection: RD, center: [x, y], resolution: CLOSE }),
      layers: [new VectorLayer({ source: area, style: areaStyle }), marks, new VectorLayer({ source: calls, style: INCIDENT }), new VectorLayer({ source: here, style: HERE })],
    });
    // Without the borders it is still a map of who is near.
    get("/api/areas").then((shapes) => area.addFeatures(new GeoJSON().readFeatures(shapes)), () => {});
    show.current = (east, north, off) => {
      const mark = new Feature(new Point([east, north]));
      mark.set("radius", off);
      here.clear();
      here.addFeature(mark);
      map.getView().setCenter([east, north]);
      map.getView().setResolution(Math.max(CLOSE, off / FITS));
    };
    const repaint = new MutationObserver(() => map.getLayers().forEach((layer) => layer.changed()));
    repaint.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const stop = [layGround(map, area, areaStyle), incidents.subscribe((all) => markIncidents(all, calls)), units.subscribe(() => marks.changed()), fixes.subscribe(() => marks.changed())];
    return () => {
      for (const s of stop) s();
      repaint.disconnect();
      map.setTarget(undefined);
    };
  }, []);
  useEffect(() => show.current(x, y, radius), [x, y, radius]);
  return html`<h3 class="title">${t("call.around")}</h3><div class="around map-pane" ref=${place} role="img" aria-label=${t("call.around_label")}></div><${GroundNote} />`;
}
