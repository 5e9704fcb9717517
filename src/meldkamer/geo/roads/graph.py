"""Junctions and the roads between them, as arrays, with turn restrictions, and as one file.

An edge is a piece of road between two junctions, with its shape. An arc is an edge in one direction. Where a turn is
forbidden, the junction stands in the graph once more for who comes from there: that copy has all ways on but the
forbidden one, so that any shortest-path search obeys without knowing of turns.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.errors import RoadsError

Ints = npt.NDArray[np.int64]
Weights = npt.NDArray[np.int64]
"""Milliseconds per arc."""

ACCESS = {"motor": 1, "emergency": 2, "foot": 4, "water": 8}
CLOSED = 2_147_483_647
"""The weight of an arc that may not be used."""
MAX_MILLIS = 24 * 3_600_000
FORMAT = 1


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of road between two junctions. way: of the source. road: class; speed: permitted km/h, 0 = not stated;
    fixed: milliseconds that it takes whatever the vehicle (ferries), 0 = by speed. ahead, back: who may go which way,
    as bits of ACCESS. x, y: its shape in metres, the junctions included."""

    start: int
    end: int
    way: int
    road: str
    metres: float
    speed: int
    fixed: int
    ahead: int
    back: int
    x: Sequence[float]
    y: Sequence[float]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction at a junction from one way to another. only: this turn is the only one, else it is forbidden."""

    junction: int
    start_way: int
    end_way: int
    only: bool


class RoadGraph(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays. Per node (copies included): junction. Per arc: tail, head (nodes), edge, ahead (direction), allowed (bits
    of ACCESS). Per edge: metres, road (class by number), speed, fixed, way, shape_at (its first point, and the end at
    last). Per point of a shape: shape_x, shape_y in metres of the plane. hash: of all of it.
    """

    classes: tuple[str, ...]
    junction_x: Floats
    junction_y: Floats
    junction: Ints
    tail: Ints
    head: Ints
    edge: Ints
    ahead: npt.NDArray[np.bool_]
    allowed: Ints
    metres: Floats
    road: Ints
    speed: Ints
    fixed: Ints
    way: Ints
    shape_at: Ints
    shape_x: Floats
    shape_y: Floats
    hash: str = ""

    @property
    def nodes(self) -> int:
        """Junctions with their copies."""
        return len(self.junction)

    @property
    def arcs(self) -> int:
        """Directed pieces of road."""
        return len(self.tail)


def make_graph(x: Floats, y: Floats, edges: Sequence[Edge], turns: Iterable[Turn] = ()) -> RoadGraph:
    """Junctions at x, y (metres) with these edges and restrictions."""
    classes = tuple(sorted({e.road for e in edges}))
    number = {c: n for n, c in enumerate(classes)}
    tail: list[int] = []
    head: list[int] = []
    edge: list[int] = []
    ahead: list[bool] = []
    allowed: list[int] = []
    leaving: dict[int, list[int]] = {}
    for n, e in enumerate(edges):
        for a, b, way_ahead, who in ((e.start, e.end, True, e.ahead), (e.end, e.start, False, e.back)):
            if who:
                leaving.setdefault(a, []).append(len(tail))
                tail.append(a)
                head.append(b)
                edge.append(n)
                ahead.append(way_ahead)
                allowed.append(who)
    junction = list(range(len(x)))
    forbidden = _forbidden(edges, turns, tail, head, edge, leaving)
    for arc in forbidden:
        junction.append(head[arc])
        head[arc] = len(junction) - 1
    # Ways on are copied when every arc has its final head, for they may lead to a copy themselves.
    for arc, not_to in forbidden.items():
        at = head[arc]
        for other in leaving.get(junction[at], ()):
            if other not in not_to:
                tail.append(at)
                head.append(head[other])
                edge.append(edge[other])
                ahead.append(ahead[other])
                allowed.append(allowed[other])
    shape_at = np.cumsum([0, *(len(e.x) for e in edges)])
    graph = RoadGraph(
        classes=classes,
        junction_x=np.asarray(x, dtype=np.float64),
        junction_y=np.asarray(y, dtype=np.float64),
        junction=np.array(junction, dtype=np.int64),
        tail=np.array(tail, dtype=np.int64),
        head=np.array(head, dtype=np.int64),
        edge=np.array(edge, dtype=np.int64),
        ahead=np.array(ahead, dtype=bool),
        allowed=np.array(allowed, dtype=np.int64),
        metres=np.array([e.metres for e in edges], dtype=np.float64),
        road=np.array([number[e.road] for e in edges], dtype=np.int64),
        speed=np.array([e.speed for e in edges], dtype=np.int64),
        fixed=np.array([e.fixed for e in edges], dtype=np.int64),
        way=np.array([e.way for e in edges], dtype=np.int64),
        shape_at=np.asarray(shape_at, dtype=np.int64),
        shape_x=np.array([v for e in edges for v in e.x], dtype=np.float64),
        shape_y=np.array([v for e in edges for v in e.y], dtype=np.float64),
    )
    return msgspec.structs.replace(graph, hash=_hash(graph))


def _forbidden(
    edges: Sequence[Edge],
    turns: Iterable[Turn],
    tail: Sequence[int],
    head: Sequence[int],
    edge: Sequence[int],
    leaving: dict[int, list[int]],
) -> dict[int, set[int]]:
    """Arriving arc -> the leaving arcs that may not follow it."""
    arriving: dict[tuple[int, int], list[int]] = {}
    for arc, at in enumerate(head):
        arriving.setdefault((at, edges[edge[arc]].way), []).append(arc)
    found: dict[int, set[int]] = {}
    for turn in turns:
        to = {a for a in leaving.get(turn.junction, ()) if edges[edge[a]].way == turn.end_way}
        if not to:
            continue
        for arc in arriving.get((turn.junction, turn.start_way), ()):
            others = set(leaving[turn.junction]) - to
            found.setdefault(arc, set()).update(others if turn.only else to)
    return found


def _hash(graph: RoadGraph) -> str:
    digest = hashlib.sha256("\0".join(graph.classes).encode())
    for name in _arrays():
        digest.update(np.ascontiguousarray(getattr(graph, name)).tobytes())
    return digest.hexdigest()


def _arrays() -> list[str]:
    return [f for f in RoadGraph.__struct_fields__ if f not in ("classes", "hash")]


def save_graph(graph: RoadGraph, path: Path, order: Ints | None = None) -> None:
    """Write it whole, or leave what stood there. order: of the nodes, for the fast search."""
    arrays = {name: getattr(graph, name) for name in _arrays()}
    if order is not None:
        arrays["order"] = order
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        np.savez_compressed(
            file, format=np.array(FORMAT), classes=np.array(graph.classes), hash=np.array(graph.hash), **arrays
        )
    beside.replace(path)


def load_graph(path: Path) -> tuple[RoadGraph, Ints | None]:
    """The graph and the order of its nodes. Raises RoadsError for a file that is missing, cut off, changed or newer."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if int(file["format"]) != FORMAT:
                raise RoadsError(f"{path}: made by another version of the program; import it again")
            arrays = {name: file[name] for name in _arrays()}
            classes = tuple(str(c) for c in file["classes"])
            stated = str(file["hash"])
            order = file["order"] if "order" in file.files else None
    except FileNotFoundError:
        raise RoadsError(f"{path}: no such file") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise RoadsError(f"{path}: not a file of roads: {error}") from error
    graph = RoadGraph(classes=classes, hash=stated, **arrays)
    if _hash(graph) != stated:
        raise RoadsError(f"{path}: damaged, its contents do not fit its hash")
    return graph, order
