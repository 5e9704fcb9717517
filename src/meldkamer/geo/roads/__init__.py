"""Roads: how long the way is by a map, with straight lines where none is loaded."""

from meldkamer.geo.roads.ways import NO_WAY, RoadTimes, Travel, Ways

__all__ = ["NO_WAY", "RoadTimes", "Travel", "Ways"]
