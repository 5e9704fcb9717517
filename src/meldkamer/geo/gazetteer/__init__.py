"""The gazetteer: from a name to a point, and from a point to what is there."""

from meldkamer.geo.gazetteer.from_pack import pack_part
from meldkamer.geo.gazetteer.hit import Here, Hit, Kind
from meldkamer.geo.gazetteer.part import GazetteerPart
from meldkamer.geo.gazetteer.part_file import NotAPart, open_part
from meldkamer.geo.gazetteer.search import Gazetteer

__all__ = ["Gazetteer", "GazetteerPart", "Here", "Hit", "Kind", "NotAPart", "open_part", "pack_part"]
