"""The rows of a room's lists, as far as the simulator looks. Times in milliseconds UTC, x and y in RD metres."""

from __future__ import annotations

import msgspec

from meldkamer.domain.clock import Millis


class Spot(msgspec.Struct, frozen=True):
    """Where something is, as a row tells it."""

    text: str = ""
    x: float | None = None
    y: float | None = None
    place: str = ""
    municipality: str = ""
    safety_region: int = 0
    radius: float | None = None
    source: str = ""


class CallRow(msgspec.Struct, frozen=True):
    """A call."""

    ref: str
    state: str = ""
    function: str = ""
    received: Millis = 0
    waiting_since: Millis = 0
    disciplines: str = ""
    class_hint: str = ""
    priority_hint: int | None = None
    location: Spot | None = None
    room: str = ""
    seat: str = ""
    answered: Millis | None = None
    answered_by: str = ""
    call_back: str = ""
    incidents: list[str] = []
    test: bool = False
    possible_duplicates: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def waiting(self) -> bool:
        """Whether a caller waits for a person."""
        return self.state in ("queued", "offered")


class TrackRow(msgspec.Struct, frozen=True):
    """One discipline's part of an incident."""

    priority: int = 3
    class_code: str = ""
    class_text: str = ""
    started: Millis = 0
    closed: Millis | None = None
    close_code: str = ""


class UnitOn(msgspec.Struct, frozen=True):
    """A unit that works for an incident."""

    unit: str
    call_sign: str = ""
    state: str = ""
    since: Millis = 0


class IncidentRow(msgspec.Struct, frozen=True):
    """An incident."""

    ref: str
    number: str = ""
    opened: Millis = 0
    location: Spot | None = None
    class_code: str = ""
    class_text: str = ""
    priority: int = 5
    disciplines: str = ""
    tracks: dict[str, TrackRow] = {}
    units: list[UnitOn] = []
    closed: bool | Millis | None = None


class AssignmentRow(msgspec.Struct, frozen=True):
    """A unit's open order."""

    assignment: str
    incident: str = ""
    number: str = ""
    priority: int = 3
    state: str = ""
    ordered: Millis = 0


class UnitRow(msgspec.Struct, frozen=True):
    """A unit."""

    ref: str
    key: int = 0
    call_sign: str = ""
    discipline: str = ""
    kind: str = ""
    function: str = ""
    status: str = ""
    meaning: str = ""
    free: bool = False
    base: str = ""
    x: float | None = None
    y: float | None = None
    assignment: AssignmentRow | None = None


class ProposalRow(msgspec.Struct, frozen=True):
    """An open proposal to move a function."""

    to: str = ""
    by: str = ""
    room: str = ""
    at: Millis = 0


class FunctionRow(msgspec.Struct, frozen=True):
    """A function and its owner."""

    name: str
    region: str = ""
    what: str = ""
    home: str = ""
    owner: str = ""
    epoch: int = 0
    ground: str = ""
    acknowledged: bool = True
    proposal: ProposalRow | None = None


class SeatRow(msgspec.Struct, frozen=True):
    """Who sits where."""

    seat: str
    person: str = ""
    simulated: bool = False
    qualified: list[str] = []


class RoomRow(msgspec.Struct, frozen=True):
    """A room."""

    room: str
    kind: str = ""
    state: str = "up"
    seats: list[SeatRow] = []


class Suggestion(msgspec.Struct, frozen=True):
    """One line of the answer of `/api/nearest`."""

    unit: str
    seconds: float | None = None


ROW_TYPES: dict[str, type[msgspec.Struct]] = {
    "call": CallRow,
    "incident": IncidentRow,
    "unit": UnitRow,
    "function": FunctionRow,
    "room": RoomRow,
}
