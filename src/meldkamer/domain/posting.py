"""Relocation and stand-by: a free unit is sent to stand somewhere, without an incident, and stays free.

The order ends by arrival; then the unit stands there until it leaves, is sent back or has worked for an incident. An
incident's order comes before it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.domain.basics import Command, Event, Id, Location, Ref, Short
from meldkamer.domain.clock import Millis

Progress = Literal["ordered", "acknowledged", "en_route", "arrived"]


class UnitPosted(Event, frozen=True, kw_only=True, tag="unit.posted"):
    """The order: go and stand there. Alerting follows from it as from an incident's. told: see UnitAssigned."""

    assignment: Id
    place: Location
    by: Short
    told: bool = False


class PostingProgressed(Event, frozen=True, kw_only=True, tag="unit.posting_progressed"):
    """How far the unit is with it."""

    assignment: Id
    state: Progress


class PostingEnded(Event, frozen=True, kw_only=True, tag="unit.posting_ended"):
    """It is to stand there no more. why: recalled, replaced by another place, left."""

    assignment: Id
    why: Literal["recalled", "replaced", "left"]
    reason: Short = ""
    by: Short = ""


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit is to stand, or stands. assignment: the order's id. Times in milliseconds UTC."""

    assignment: str
    place: Location
    state: Progress
    ordered: Millis
    since: Millis
    by: str
    told: bool = False


class PostUnit(Command, frozen=True, kw_only=True, tag="post_unit"):
    """Send a free unit to stand somewhere. post: where other units have their base, which the room looks up; else
    `place`, with a point. alone, told: as of an incident's order."""

    unit: Ref
    assignment: Id
    post: Short = ""
    place: Location = Location()
    alone: bool = False
    told: bool = False
