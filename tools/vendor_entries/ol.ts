// What the map in RD New (EPSG:28992) uses of OpenLayers, as one module. All of it is fetched before a desk is
// there, so that nothing stands here that no page uses; what only a map with tiles needs is in `ol_tiles.ts`.
// Only re-exports: the same text serves as the bundle's entry and as its type declaration.
export { default as Feature } from "ol/Feature.js";
export { default as OlMap } from "ol/Map.js";
export { default as View } from "ol/View.js";

export { default as Layer } from "ol/layer/Layer.js";
export { default as VectorLayer } from "ol/layer/Vector.js";

export { default as VectorSource } from "ol/source/Vector.js";
export { default as GeoJSON } from "ol/format/GeoJSON.js";

export { default as Point } from "ol/geom/Point.js";

export { Fill, Stroke, Style, Text } from "ol/style.js";

export { Projection } from "ol/proj.js";

export { defaults as defaultControls } from "ol/control/defaults.js";
export { default as ScaleLine } from "ol/control/ScaleLine.js";
