"""The network of rooms as data: who exists, who serves what, who stands in for whom.

Coordinates are WGS84 degrees. Codes are the keys other files refer to.
"""

from __future__ import annotations

from typing import Literal

import msgspec

RoomKind = Literal["regional", "national"]
FunctionKind = Literal["112", "intake", "dispatch", "multi", "crisis", "steering"]


class Room(msgspec.Struct, frozen=True):
    """A site that owns functions: a control room, or a national site."""

    code: str
    name: str
    kind: RoomKind
    city: str
    lat: float
    lon: float
    region: str  # the region it serves; NL for a national site
    police_unit: str = ""  # empty where none belongs to the site


class Region(msgspec.Struct, frozen=True):
    """A room's home area, or NL for what is national. The unit of storage: one stream each."""

    code: str
    name: str
    home_room: str


class SafetyRegion(msgspec.Struct, frozen=True):
    """A veiligheidsregio; its prefix begins the call signs of fire service and ambulance."""

    code: str  # VR01 .. VR25
    number: int
    name: str
    region: str
    call_sign_prefix: str  # two digits, kept as text: the leading zero counts


class PoliceUnit(msgspec.Struct, frozen=True):
    """A regional police unit, or the brigade organisation of the KMar."""

    code: str
    name: str
    discipline: Literal["P", "K"]
    region: str


class Municipality(msgspec.Struct, frozen=True):
    """A gemeente with its CBS code (GM and four digits)."""

    code: str
    name: str
    safety_region: str


class Place(msgspec.Struct, frozen=True):
    """A populated place: a point, never a border. ``inhabitants`` may be 0 where unknown."""

    id: int
    name: str
    lat: float
    lon: float
    inhabitants: int
    municipality: str
    kind: Literal["place", "quarter"] = "place"


class Function(msgspec.Struct, frozen=True):
    """What is owned, handed over and taken over, such as ``LB.A.dispatch``."""

    code: str
    region: str
    discipline: str  # P, B, A, K; empty for what is not one discipline's
    kind: FunctionKind
    home_room: str
    seats: int  # desks at the home room in the demonstration, not a norm


class Buddy(msgspec.Struct, frozen=True):
    """``buddy`` is the room to turn to for ``room`` at place ``order`` (1 = first)."""

    room: str
    order: int
    buddy: str


class Distribution(msgspec.Struct, frozen=True):
    """When a waiting call of this kind of function goes on to another room. Load: waiting calls per seat."""

    kind: FunctionKind
    ring_seconds: float  # so long it rings at one place before the next is tried
    load_on: float  # more waiting calls per seat that can take them: overflow opens
    load_off: float  # so few or fewer: it closes, not before hold_seconds
    hold_seconds: float
    fallback: str = ""  # the kind whose people are asked when nobody qualified is signed in anywhere; empty: nobody


class Agreement(msgspec.Struct, frozen=True):
    """A standing agreement: ``lender`` sends units of these kinds into ``borrower``'s area.

    ``automatic`` means the owner's function answers a request at once, without a person.
    """

    lender: str  # safety region
    borrower: str  # safety region
    discipline: str
    kinds: tuple[str, ...]  # unit kinds
    automatic: bool
