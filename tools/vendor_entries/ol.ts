// What the map in RD New (EPSG:28992) uses of OpenLayers and proj4, as one module.
// Only re-exports: the same text serves as the bundle's entry and as its type declaration.
export { default as Feature } from "ol/Feature.js";
export { default as OlMap } from "ol/Map.js";
export { default as Overlay } from "ol/Overlay.js";
export { default as View } from "ol/View.js";
export { unByKey } from "ol/Observable.js";

export { default as Layer } from "ol/layer/Layer.js";
export { default as ImageLayer } from "ol/layer/Image.js";
export { default as LayerGroup } from "ol/layer/Group.js";
export { default as TileLayer } from "ol/layer/Tile.js";
export { default as VectorLayer } from "ol/layer/Vector.js";
export { default as VectorImageLayer } from "ol/layer/VectorImage.js";

export { default as VectorSource } from "ol/source/Vector.js";
export { default as WmtsSource } from "ol/source/WMTS.js";
export { default as XyzSource } from "ol/source/XYZ.js";
export { default as GeoJSON } from "ol/format/GeoJSON.js";
export { default as WmtsTileGrid } from "ol/tilegrid/WMTS.js";
export { default as TileGrid } from "ol/tilegrid/TileGrid.js";

export { default as Circle } from "ol/geom/Circle.js";
export { default as LineString } from "ol/geom/LineString.js";
export { default as MultiLineString } from "ol/geom/MultiLineString.js";
export { default as MultiPolygon } from "ol/geom/MultiPolygon.js";
export { default as Point } from "ol/geom/Point.js";
export { default as Polygon, fromExtent as polygonFromExtent } from "ol/geom/Polygon.js";

export { CircleStyle, Fill, Icon, RegularShape, Stroke, Style, Text } from "ol/style.js";

export { Projection, addProjection, fromLonLat, get as getProjection, toLonLat, transform, transformExtent } from "ol/proj.js";
export { register as registerProj4 } from "ol/proj/proj4.js";
export { default as proj4 } from "proj4";

export { defaults as defaultControls } from "ol/control/defaults.js";
export { default as ScaleLine } from "ol/control/ScaleLine.js";
export { defaults as defaultInteractions } from "ol/interaction/defaults.js";
export { default as Draw } from "ol/interaction/Draw.js";
export { default as Select } from "ol/interaction/Select.js";
export { default as KeyboardPan } from "ol/interaction/KeyboardPan.js";
export { default as KeyboardZoom } from "ol/interaction/KeyboardZoom.js";

export {
  boundingExtent,
  buffer as bufferExtent,
  containsCoordinate,
  createEmpty as createEmptyExtent,
  extend as extendExtent,
  getCenter as getExtentCenter,
  getHeight as getExtentHeight,
  getWidth as getExtentWidth,
  intersects as extentsIntersect,
  isEmpty as isEmptyExtent,
} from "ol/extent.js";
export { getLength, getArea } from "ol/sphere.js";
export type { Coordinate } from "ol/coordinate.js";
export type { Extent } from "ol/extent.js";
export type { FrameState } from "ol/Map.js";
export type { default as MapBrowserEvent } from "ol/MapBrowserEvent.js";
export type { FeatureLike } from "ol/Feature.js";
