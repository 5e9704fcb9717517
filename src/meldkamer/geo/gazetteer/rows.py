"""What a source gives to the gazetteer, row by row; the same few shapes from every format. All points are RD metres."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from meldkamer.geo.gazetteer.hit import Kind


class Refused(msgspec.Struct, frozen=True):
    """A row that cannot be used: which file (and member or table), which row counted from 1, which field, and why."""

    file: str
    row: int
    field: str
    reason: str


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name. key: the source's own number, 0 for none. place_key: key of the place it lies in, instead
    of its name. x and y None: to be found from its addresses. weight: how often one asks for it (inhabitants,
    addresses along it)."""

    kind: Kind
    name: str
    key: int = 0
    place: str = ""
    place_key: int = 0
    detail: str = ""
    source_id: str = ""
    x: float | None = None
    y: float | None = None
    weight: int = 0


class Number(msgspec.Struct, frozen=True):
    """A house number of a BAG extract: key is the number designation, street the public space; no point of its own.
    place: key of the place when it is another than that of the public space, else 0."""

    key: int
    street: int
    number: int
    letter: str
    addition: str
    postcode: str
    place: int = 0


class Spot(msgspec.Struct, frozen=True):
    """Where the building, berth or pitch of a number designation is."""

    designation: int
    object: int
    x: float
    y: float


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A whole address in one row, as a table of addresses has it."""

    street: str
    place: str
    number: int
    letter: str = ""
    addition: str = ""
    postcode: str = ""
    designation: int = 0
    object: int = 0
    x: float
    y: float


class Post(msgspec.Struct, frozen=True):
    """A hectometre post. hm: hundreds of metres (224 is 22,4). side: R, L or empty. letter: of a link road."""

    road: str
    hm: int
    side: str
    letter: str
    x: float
    y: float


class Section(msgspec.Struct, frozen=True):
    """A piece of road as a line. road: its number (`A28`), name: of the street, either may be empty."""

    name: str
    road: str
    place: str
    line: tuple[tuple[float, float], ...]


RegisterKind = Literal["place", "street", "number", "object"]
"""Of what the register of addresses keeps: places, public spaces, number designations, and what stands there."""
Held: TypeAlias = Named | Number | Spot


class Later(msgspec.Struct, frozen=True):
    """What an object of the register will be from a day on (ISO date). occurrence: its number among those of the
    object. rows: what then takes the place of what there is; none when the object is no more then."""

    kind: RegisterKind
    key: int
    occurrence: int
    begins: str
    rows: tuple[Held, ...]


class Changed(msgspec.Struct, frozen=True):
    """An object of the register is something else now than it was: these rows, or nothing at all. over: an occurrence
    of it that does not count any more and changes nothing by itself; it may have been one for a later day."""

    kind: RegisterKind
    key: int
    occurrence: int
    rows: tuple[Held, ...] = ()
    over: bool = False


Row: TypeAlias = Named | Number | Spot | Address | Post | Section | Later | Changed
