"""Where things are: coordinates, places, addresses, borders, and how long the way is."""

from meldkamer.geo.areas import Areas, Level, read_outline
from meldkamer.geo.borders import (
    ArcBand,
    AreaFileError,
    BadShape,
    Borders,
    Circle,
    Divided,
    Ellipse,
    Point,
    Polygon,
    RegionShare,
    Shape,
    Territory,
    read_areas,
)
from meldkamer.geo.command import where_command
from meldkamer.geo.commands import open_geography
from meldkamer.geo.distance import TravelEstimate, TravelTimes
from meldkamer.geo.errors import BadCoordinate, OutsideArea
from meldkamer.geo.gazetteer import Gazetteer, Here, Hit
from meldkamer.geo.geography import Geography, GeographyNow
from meldkamer.geo.learned import Case, Correction, Corrections, read_tables
from meldkamer.geo.lost import LIMITS as LOST_LIMITS
from meldkamer.geo.lost import MEDIA as LOST_MEDIA
from meldkamer.geo.lost import LostServer, LostSettings
from meldkamer.geo.polygons import Polygons
from meldkamer.geo.rd import RdTransform, looks_like_rd
from meldkamer.geo.release import Part, Release, ReleaseError, Releases
from meldkamer.geo.roads import (
    NO_WAY,
    ROADS,
    Closure,
    ClosureBook,
    KeptClosure,
    Reach,
    Ring,
    Roads,
    RoadsError,
    RoadTimes,
    Route,
    Travel,
    Ways,
    open_roads,
    or_rough,
)
from meldkamer.geo.safe_xml import Element, Limits, XmlRefused, read_xml, stream_xml
from meldkamer.geo.schedule import Schedule
from meldkamer.geo.where import Answer, Certainty, Where

__all__ = [
    "LOST_LIMITS",
    "LOST_MEDIA",
    "NO_WAY",
    "ROADS",
    "Answer",
    "ArcBand",
    "AreaFileError",
    "Areas",
    "BadCoordinate",
    "BadShape",
    "Borders",
    "Case",
    "Certainty",
    "Circle",
    "Closure",
    "ClosureBook",
    "Correction",
    "Corrections",
    "Divided",
    "Element",
    "Ellipse",
    "Gazetteer",
    "Geography",
    "GeographyNow",
    "Here",
    "Hit",
    "KeptClosure",
    "Level",
    "Limits",
    "LostServer",
    "LostSettings",
    "OutsideArea",
    "Part",
    "Point",
    "Polygon",
    "Polygons",
    "RdTransform",
    "Reach",
    "RegionShare",
    "Release",
    "ReleaseError",
    "Releases",
    "Ring",
    "RoadTimes",
    "Roads",
    "RoadsError",
    "Route",
    "Schedule",
    "Shape",
    "Territory",
    "Travel",
    "TravelEstimate",
    "TravelTimes",
    "Ways",
    "Where",
    "XmlRefused",
    "looks_like_rd",
    "open_geography",
    "open_roads",
    "or_rough",
    "read_areas",
    "read_outline",
    "read_tables",
    "read_xml",
    "stream_xml",
    "where_command",
]
