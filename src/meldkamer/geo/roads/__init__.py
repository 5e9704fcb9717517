"""Roads: how long the way is by a map, with straight lines where none is loaded."""

from meldkamer.geo.roads.closure_book import ClosureBook, KeptClosure
from meldkamer.geo.roads.closures import Closure
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.roads import ROADS, Roads, open_roads
from meldkamer.geo.roads.ways import NO_WAY, RoadTimes, Travel, Ways

__all__ = [
    "NO_WAY",
    "ROADS",
    "Closure",
    "ClosureBook",
    "KeptClosure",
    "RoadTimes",
    "Roads",
    "RoadsError",
    "Travel",
    "Ways",
    "open_roads",
]
