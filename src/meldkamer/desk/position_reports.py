"""Positions that machines report, one form for HTTP and WebSocket: who may report which units, and what came of it."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from meldkamer.access import Session, need
from meldkamer.desk.commands_api import Occurred
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Ref
from meldkamer.domain.clock import Millis
from meldkamer.response import PositionReport

NEEDS = need("scope:positions", "scope:field")
MOST_POSITIONS = 5_000


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a unit was at that time: RD metres, or WGS84 degrees."""

    unit: Ref
    at: Occurred
    x: Annotated[float, msgspec.Meta(ge=-400_000, le=700_000)] | None = None
    y: Annotated[float, msgspec.Meta(ge=-100_000, le=1_100_000)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    heading: Annotated[float, msgspec.Meta(ge=0, le=360)] = 0.0


class ReportedMany(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many units at once."""

    positions: Annotated[tuple[Reported, ...], msgspec.Meta(max_length=MOST_POSITIONS)]


class Taken(msgspec.Struct, frozen=True):
    """How many were new, and how many were not taken: unknown unit, no point, or older than what is known.

    jumped: how many of the new ones cannot be, by the position before: they count, with a mark until the next agrees.
    """

    taken: int
    left: int
    jumped: int = 0


def take_reports(services: Services, session: Session, channel: str, body: ReportedMany, now: Millis) -> Taken:
    """Take over what this machine may report; newest wins, and nothing of it is stored in the record."""
    reports = []
    for told in body.positions:
        point = _point(services, told)
        if point is None or (session.regions and told.unit.partition("/")[0] not in session.regions):
            continue
        reports.append(PositionReport(told.unit, point[0], point[1], told.at, told.heading))
    heard = services.positions.hear(channel, reports, now)
    return Taken(heard.taken, len(body.positions) - heard.taken, heard.jumped)


def _point(services: Services, told: Reported) -> tuple[float, float] | None:
    if told.x is not None and told.y is not None:
        return told.x, told.y
    if told.lat is None or told.lon is None:
        return None
    x, y = services.where.rd.to_rd(told.lat, told.lon)
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None
