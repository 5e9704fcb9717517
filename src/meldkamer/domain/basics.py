"""The few notions that every aggregate shares: disciplines, references, places, who acts, and refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from meldkamer.domain.clock import Millis

DISCIPLINES = "PBAK"
"""Police (politie), fire (brandweer), ambulance, Koninklijke Marechaussee; always written in this order."""

COMPARTMENTS = ("caller", "medical", "police", "staff")
"""Compartments in which personal fields are sealed."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$(?!\n)")]
Ref = Annotated[str, msgspec.Meta(min_length=3, max_length=80, pattern=r"^[A-Z][A-Z0-9]*/[0-9A-Za-z_-]+$(?!\n)")]
"""`<region>/<id>`: names an aggregate across regions; its kind follows from the field that holds it."""
Region = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]
FunctionName = Annotated[
    str, msgspec.Meta(min_length=4, max_length=24, pattern=r"^[A-Z][A-Z0-9]*\.[0-9A-Za-z.]+$(?!\n)")
]
"""`LB.A.dispatch`, `RT.112`, `NL.steering`: always `<region>.<what>`."""
Mask = Annotated[str, msgspec.Meta(max_length=4, pattern=r"^P?B?A?K?$(?!\n)")]
Discipline = Annotated[str, msgspec.Meta(pattern=r"^[PBAK]$(?!\n)")]
Priority = Annotated[int, msgspec.Meta(ge=1, le=5)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=8_000)]

SealedCaller = Annotated[str | None, msgspec.Meta(extra={"seal": "caller"})]
SealedStaff = Annotated[str | None, msgspec.Meta(extra={"seal": "staff"})]
SealedByField = Annotated[str | None, msgspec.Meta(extra={"seal": "@compartment"})]
"""Sealed in the compartment that the event's own field `compartment` names."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Something that happened; its tag is the name it is stored under."""


class Command(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", forbid_unknown_fields=True
):
    """Something that a person or a rule wants to happen."""


class Location(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where. x, y: RD New (EPSG:28992), metres; None when only words are known.

    radius: metres around the point in which it lies (None = a point).
    source: operator, caller, aml, cell, ecall, map, import.
    """

    text: Short = ""
    x: Annotated[float, msgspec.Meta(ge=-400_000, le=700_000)] | None = None
    y: Annotated[float, msgspec.Meta(ge=-100_000, le=1_100_000)] | None = None
    place: Short = ""
    municipality: Short = ""
    safety_region: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    radius: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    source: Annotated[str, msgspec.Meta(max_length=24)] = "operator"

    @property
    def known(self) -> bool:
        """Whether there is a point to send somebody to."""
        return self.x is not None and self.y is not None


LATER: Millis = 60_000
"""What is recorded so long after it happened was entered afterwards, or came late: newer facts may stand already."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides, where and when. `assigned`: call signs that work for the incident at hand, by the picture.

    occurred: when it truly happened, where that is not now. expected: of a unit that reports under way, its way.
    """

    now: Millis
    actor: str
    room: str
    seat: str = ""
    assigned: tuple[str, ...] = ()
    occurred: Millis | None = None
    expected: Expected | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a way was reckoned to take when a unit departed, before any learned correction.

    millis: milliseconds; basis: by which map and speeds, or by which straight line; profile: kind of vehicle; area:
    safety region of the incident.
    """

    millis: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)]
    basis: Short
    profile: Short
    area: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0


class Refused(Exception):
    """A command that the rules do not allow. `code` names the sentence in the word lists; params fill it."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code + (f" {params}" if params else ""))
        self.code, self.params = code, params


def mask(letters: Iterable[str]) -> str:
    """The discipline mask of these letters in the fixed order. Raises Refused for anything but P, B, A, K."""
    chosen = set(letters)
    if unknown := chosen - set(DISCIPLINES):
        raise Refused("discipline.unknown", letters="".join(sorted(unknown)))
    return "".join(d for d in DISCIPLINES if d in chosen)


def split_ref(ref: str) -> tuple[str, str]:
    """Region and id of a reference. Raises Refused when it is not one."""
    region, slash, id = ref.partition("/")
    if not slash or not region or not id:
        raise Refused("ref.malformed", ref=ref)
    return region, id


def region_of(function: str) -> str:
    """The region in whose stream a function's ownership stands."""
    return function.partition(".")[0]


def working_in(region: str, disciplines: str) -> tuple[str, ...]:
    """Functions whose holder works in a region for one of these disciplines, or coordinates there."""
    served = (f"{region}.{d}.{kind}" for d in disciplines for kind in ("dispatch", "intake"))
    return (*served, f"{region}.multi")
