"""Parts of a map between which no road leads: real islands, and what a mistake of the map cut off."""

from __future__ import annotations

import msgspec
import numpy as np

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import ACCESS, Ints, RoadGraph

DRIVEN = ACCESS["motor"] | ACCESS["emergency"]


class Island(msgspec.Struct, frozen=True, kw_only=True):
    """A part that hangs together, but not with the largest. metres: of road; lat, lon: one of its junctions; way: one
    of its roads, by the number in the source."""

    junctions: int
    metres: int
    lat: float
    lon: float
    way: int


def part_of_edges(graph: RoadGraph, access: int) -> Ints:
    """Per edge the number of its part for vehicles with these bits of ACCESS, whichever way they drive; -1 for an edge
    that they may not use. Raises RoadsError where scipy is missing."""
    try:
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components
    except ImportError as error:
        raise RoadsError("searching roads needs the package scipy: install meldkamer[roads]") from error
    open_ = (graph.allowed & access) != 0
    # By junction: a copy for who comes from a forbidden turn is the same place.
    tail, head = graph.junction[graph.tail[open_]], graph.junction[graph.head[open_]]
    count = len(graph.junction_x)
    links = csr_matrix((np.ones(len(tail)), (tail, head)), shape=(count, count))
    _, part = connected_components(links, directed=False)
    found = np.full(len(graph.metres), -1, dtype=np.int64)
    found[graph.edge[open_]] = part[tail]
    return found


def islands(graph: RoadGraph, lat: Floats, lon: Floats, access: int = DRIVEN) -> tuple[Island, ...]:
    """All parts but the one with most junctions, the largest first. lat, lon: of the junctions. Raises RoadsError where
    scipy is missing."""
    part = part_of_edges(graph, access)
    edges = np.flatnonzero(part >= 0)
    if not len(edges):
        return ()
    ends = _ends(graph)
    metres = np.bincount(part[edges], weights=graph.metres[edges])
    touched = np.unique(np.column_stack((np.repeat(part[edges], 2), ends[edges].ravel())), axis=0)
    junctions = np.bincount(touched[:, 0], minlength=len(metres))
    order = np.lexsort((np.arange(len(metres)), -metres, -junctions))
    first = np.full(len(metres), -1, dtype=np.int64)
    first[part[edges][::-1]] = edges[::-1]
    found = []
    for number in order[1:].tolist():
        if junctions[number]:
            edge = int(first[number])
            at = int(ends[edge, 0])
            found.append(
                Island(
                    junctions=int(junctions[number]),
                    metres=round(float(metres[number])),
                    lat=round(float(lat[at]), 5),
                    lon=round(float(lon[at]), 5),
                    way=int(graph.way[edge]),
                )
            )
    return tuple(found)


def _ends(graph: RoadGraph) -> Ints:
    """The two junctions of each edge."""
    found = np.zeros((len(graph.metres), 2), dtype=np.int64)
    found[graph.edge, 0] = graph.junction[graph.tail]
    found[graph.edge, 1] = graph.junction[graph.head]
    return found
