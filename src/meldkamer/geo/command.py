"""What ``meldkamer where LAT LON --json`` prints."""

from __future__ import annotations

from typing import Any

import msgspec

from meldkamer.geo.borders import Circle, Territory
from meldkamer.geo.errors import BadCoordinate, OutsideArea
from meldkamer.geo.where import Where
from meldkamer.pack import Pack


def where_command(
    pack: Pack,
    lat: float,
    lon: float,
    where: Where | None = None,
    territory: Territory | None = None,
    radius: float = 0.0,
) -> dict[str, Any]:
    """The answer for a WGS84 point as plain data, ready for JSON; with a radius (metres) also how the circle divides
    over the safety regions.

    A refusal is an answer too: ``ok`` is false and ``error`` says why. Building ``Where``
    costs tens of milliseconds; who asks often hands in its own, or a territory with official borders.
    """
    if territory is None:
        territory = Territory(where if where is not None else Where(pack))
    try:
        answer = territory.where.at(lat, lon)
    except BadCoordinate as error:
        return {"ok": False, "error": str(error), "mistake": error.mistake}
    except OutsideArea as error:
        return {"ok": False, "error": str(error), "outside": error.where, "distance_m": error.distance_m}
    found: dict[str, Any] = {"ok": True, "lat": lat, "lon": lon, **msgspec.structs.asdict(answer)}
    if radius > 0:
        divided = territory.divide(Circle(lat, lon, radius))
        found["shares"] = [msgspec.structs.asdict(share) for share in divided.shares]
        found["shares_in_words"] = divided.in_words()
    found["room_name"] = pack.room[answer.room].name
    found["pack"] = {"name": pack.manifest.name, "version": pack.manifest.version, "hash": pack.hash}
    return found
