// What the map in RD New (EPSG:28992) uses of OpenLayers and proj4, as one module. All of it is fetched before a desk is
// there, so that nothing stands here that no page uses.
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

export { Projection, transform } from "ol/proj.js";
export { register as registerProj4 } from "ol/proj/proj4.js";
export { default as proj4 } from "proj4";

export { defaults as defaultControls } from "ol/control/defaults.js";
export { default as ScaleLine } from "ol/control/ScaleLine.js";
