"""Roads: how long the way is by a map, with straight lines where none is loaded."""

from meldkamer.geo.roads.closure_book import ClosureBook, KeptClosure
from meldkamer.geo.roads.closures import Closure
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.reach import Driven, Ring
from meldkamer.geo.roads.roads import ROADS, Roads, open_roads
from meldkamer.geo.roads.ways import NO_WAY, Reach, RoadTimes, Route, Travel, Ways, or_rough

__all__ = [
    "NO_WAY",
    "ROADS",
    "Closure",
    "ClosureBook",
    "Driven",
    "KeptClosure",
    "Reach",
    "Ring",
    "RoadTimes",
    "Roads",
    "RoadsError",
    "Route",
    "Travel",
    "Ways",
    "open_roads",
    "or_rough",
]
