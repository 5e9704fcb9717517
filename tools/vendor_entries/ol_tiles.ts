// What tiles under the map use of OpenLayers and proj4, beside `ol.ts`: fetched only by a desk whose room has a map of its own.
// Only re-exports: the same text serves as the bundle's entry and as its type declaration.
export { default as TileLayer } from "ol/layer/Tile.js";
export { default as VectorTileLayer } from "ol/layer/VectorTile.js";

export { default as TileImage } from "ol/source/TileImage.js";
export { default as VectorTileSource } from "ol/source/VectorTile.js";
export { default as MVT } from "ol/format/MVT.js";
export { default as TileGrid } from "ol/tilegrid/TileGrid.js";

export { transform, transformExtent } from "ol/proj.js";
export { register as registerProj4 } from "ol/proj/proj4.js";
export { default as proj4 } from "proj4";
