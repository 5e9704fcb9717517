"""Where things are: coordinates, places, areas, and how long the way is."""

from meldkamer.geo.areas import Areas, Level, import_areas, read_outline
from meldkamer.geo.command import where_command
from meldkamer.geo.distance import TravelEstimate, TravelTimes
from meldkamer.geo.errors import BadCoordinate, OutsideArea
from meldkamer.geo.polygons import Polygons
from meldkamer.geo.rd import RdTransform, looks_like_rd
from meldkamer.geo.roads import NO_WAY, RoadTimes, Travel, Ways
from meldkamer.geo.where import Answer, Certainty, Where

__all__ = [
    "NO_WAY",
    "Answer",
    "Areas",
    "BadCoordinate",
    "Certainty",
    "Level",
    "OutsideArea",
    "Polygons",
    "RdTransform",
    "RoadTimes",
    "Travel",
    "TravelEstimate",
    "TravelTimes",
    "Ways",
    "Where",
    "import_areas",
    "looks_like_rd",
    "read_outline",
    "where_command",
]
