"""Units that a room which cannot be reached may be using: it lost their function, and did not hand it over."""

from __future__ import annotations

from meldkamer.domain.function import Function
from meldkamer.domain.unit import Unit
from meldkamer.network.picture import Picture


def lost_by(f: Function, picture: Picture) -> str:
    """The room that lost a function without handing it over, as long as it may be working somewhere; '' for none."""
    if f.ground not in ("lapsed", "declared") or not f.previous or f.owner == f.previous:
        return ""
    return "" if picture.desk(f.previous).state == "up" else f.previous


def maybe_used_by(of: Unit, picture: Picture) -> str:
    """The room that may be using a unit: the one that lost its function, until the unit has reported since; '' when
    there is none."""
    f = picture.function(of.function)
    if of.status_source == "unit" and of.status_since > f.since:
        return ""
    return lost_by(f, picture)
