"""Borders as a service: whose is a point, and how a shape divides over the areas."""

from meldkamer.geo.borders.area_file import Area, AreaFault, AreaFileError, read_areas
from meldkamer.geo.borders.border_file import LEVELS, AreaVersion, NotBorders, read_borders
from meldkamer.geo.borders.borders import Borders, Share
from meldkamer.geo.borders.check import Misfit, misfits
from meldkamer.geo.borders.shapes import ArcBand, BadShape, Circle, Ellipse, Point, Polygon, Shape
from meldkamer.geo.borders.territory import Divided, RegionShare, Territory

__all__ = [
    "LEVELS",
    "ArcBand",
    "Area",
    "AreaFault",
    "AreaFileError",
    "AreaVersion",
    "BadShape",
    "Borders",
    "Circle",
    "Divided",
    "Ellipse",
    "Misfit",
    "NotBorders",
    "Point",
    "Polygon",
    "RegionShare",
    "Shape",
    "Share",
    "Territory",
    "misfits",
    "read_areas",
    "read_borders",
]
