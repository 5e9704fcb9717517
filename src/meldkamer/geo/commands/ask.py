"""`meldkamer geo search` and `geo reverse`: ask the geography of a data folder what the desk asks it."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

import msgspec

from meldkamer.domain.clock import SystemClock
from meldkamer.geo.commands.terminal import line, out
from meldkamer.geo.geography import Geography
from meldkamer.geo.rd import RdTransform
from meldkamer.geo.release import ReleaseError
from meldkamer.pack import load_pack


def search_command(args: argparse.Namespace) -> int:
    with _geography(args) as geography:
        near = None
        if args.near:
            lat, _, lon = args.near.partition(",")
            near = geography.where.rd.to_rd(float(lat), float(lon))
        hits = geography.gazetteer.search(" ".join(args.text), near)
        if args.json:
            out({"ok": True, "release": geography.now.release, "hits": [msgspec.structs.asdict(hit) for hit in hits]})
            return 0
    for hit in hits:
        away = f"{hit.distance_m / 1000:7.1f} km" if hit.distance_m is not None else ""
        where = ", ".join(filter(None, (hit.name, hit.postcode, hit.place)))
        line(f"{hit.kind:<9} {where:<60} {hit.lat:.5f}, {hit.lon:.5f} {away}")
    return 0 if hits else 1


def reverse_command(args: argparse.Namespace) -> int:
    with _geography(args) as geography:
        answer = geography.where.at(args.lat, args.lon)
        here = geography.gazetteer.here(answer.x, answer.y)
    found = msgspec.to_builtins(here) | {"safety_region": answer.safety_region_name, "room": answer.room}
    if args.json:
        out({"ok": True, **found})
        return 0
    for name in ("address", "road", "post", "street", "place"):
        hit = getattr(here, name)
        if hit is not None:
            line(f"{name:<9} {', '.join(filter(None, (hit.name, hit.postcode, hit.place)))} ({hit.distance_m:.0f} m)")
    for hit in here.objects:
        line(f"{hit.kind:<9} {hit.name} ({hit.distance_m:.0f} m)")
    line(f"region    {answer.safety_region_name}, room {answer.room}")
    return 0


def _geography(args: argparse.Namespace) -> contextlib.closing[Geography]:
    return contextlib.closing(open_geography(args.data, args.pack))


def open_geography(data: Path | None, pack: Path | None = None, *, roads: bool = False) -> Geography:
    """The geography of a data folder as it is now, for one command; with its roads when they are asked for. Raises
    ReleaseError when what should be in force cannot be used: a command must not answer from something else."""
    profiles: tuple[str, ...] | None = () if roads else None
    geography = Geography(load_pack(pack), RdTransform(), data, SystemClock(), profiles=profiles)
    if geography.now.problem:
        raise ReleaseError(geography.now.problem)
    return geography
