"""The rows that lists show, as they go over the wire. No personal field is in any row: those are read one by one.

Times are milliseconds UTC, coordinates RD New in metres.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.domain.attention import Passed, Scope
from meldkamer.domain.basics import Location
from meldkamer.domain.call import Figures
from meldkamer.domain.clock import Millis
from meldkamer.domain.drawing import Kind, Shape
from meldkamer.domain.unit import Meaning
from meldkamer.intake import Service

RowKind = Literal["call", "incident", "unit", "function", "talk", "attention", "drawing"]


class CallRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A contact from outside. location: the newest statement with a point, else the newest in words.

    rule, owner, figures: why it rings where it rings. call_back_by: who is calling back, since call_back_at.
    language_noted, ways_noted: since when there is something to know of how to speak with the caller; 0 while not.
    possible_duplicates: open incidents that it may be about, likeliest first; a person decides.
    """

    ref: str
    state: Literal["queued", "offered", "answered", "ended", "abandoned"]
    function: str
    channel: str
    received: Millis
    waiting_since: Millis
    disciplines: str
    class_hint: str
    priority_hint: int | None
    location: Location | None
    room: str
    seat: str
    rule: str
    owner: str
    figures: Figures | None
    answered: Millis | None
    answered_by: str
    ended: Millis | None
    call_back: Literal["", "due", "done"]
    call_backs: int
    call_back_by: str
    call_back_at: Millis
    call_back_result: str
    language_noted: Millis
    ways_noted: Millis
    incidents: tuple[str, ...]
    test: bool
    possible_duplicates: tuple[str, ...]


class TrackRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One discipline's part in an incident."""

    priority: int
    class_code: str
    class_text: str
    started: Millis
    closed: Millis | None
    close_code: str


class UnitAtIncident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A unit with an open order for the incident, and how far it is."""

    unit: str
    call_sign: str
    state: str
    since: Millis


class RequestRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A unit asked of another room; granted is null while nobody has answered."""

    request: str
    unit: str
    function: str
    room: str
    granted: bool | None


class LinkRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another incident that this one has to do with."""

    kind: str
    other: str


class ConflictRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two values that cannot both stand, in words. at: when the other was wanted. choice, by, decided, reason: of the
    person who decided; empty while nobody has."""

    conflict: str
    about: str
    kept: str
    other: str
    at: Millis
    choice: str
    by: str
    decided: Millis
    reason: str


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event in the world. calls, notes: counts; conflicts: those still open; closed: when the last track closed.
    conflict_rows: all of them, also the decided ones."""

    ref: str
    number: str
    opened: Millis
    location: Location
    class_code: str
    class_text: str
    priority: int
    disciplines: str
    tracks: dict[str, TrackRow]
    units: tuple[UnitAtIncident, ...]
    calls: int
    notes: int
    conflicts: int
    requests: tuple[RequestRow, ...]
    links: tuple[LinkRow, ...]
    characteristics: dict[str, str]
    scale: dict[str, str]
    closed: Millis | None
    version: int
    conflict_rows: tuple[ConflictRow, ...] = ()


class AssignmentRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A unit's open order."""

    assignment: str
    incident: str
    number: str
    priority: int
    state: str
    ordered: Millis
    since: Millis


class AlertRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How far the alert of the open order is."""

    ref: str
    state: str


class ContactRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A running timer without contact. since: when it was set; due: when the unit must have been heard of again."""

    minutes: int
    since: Millis
    by: str
    due: Millis


class PostingRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a unit is to stand, or stands (state arrived). x, y: RD metres."""

    assignment: str
    place: str
    x: float | None
    y: float | None
    state: str
    ordered: Millis
    since: Millis
    by: str


class UnitRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What can be sent. key: the unit's number in position frames; x, y: last known, else the base.

    beside: orders of a room that was cut off, beside the one that stands. maybe_used_by: a room that cannot be reached
    and may be using it, so that ordering it asks a reason; empty when there is none. heard: when its crew was heard
    of last, 0 when it never was; contact: its timer, null while none runs. posting: where it is to stand without an
    incident.
    """

    ref: str
    key: int
    call_sign: str
    discipline: str
    kind: str
    function: str
    safety_region: int
    status: str
    meaning: Meaning
    status_since: Millis
    status_source: str
    manual: bool
    free: bool
    emergency: bool
    speech: bool
    base: str
    x: float | None
    y: float | None
    position_at: Millis | None
    assignment: AssignmentRow | None
    alert: AlertRow | None
    beside: tuple[AssignmentRow, ...] = ()
    maybe_used_by: str = ""
    heard: Millis = 0
    contact: ContactRow | None = None
    posting: PostingRow | None = None


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An open proposal to move a function."""

    to: str
    by: str
    room: str
    at: Millis
    reason: str


class FunctionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who serves what. owner: empty when nobody does; read: who there read what came with it."""

    name: str
    region: str
    what: str
    home: str
    owner: str
    epoch: int
    since: Millis
    ground: str
    previous: str
    reason: str
    rule: str
    acknowledged: bool
    proposal: ProposalRow | None
    read: tuple[str, ...] = ()


class SeatRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who sits where."""

    seat: str
    person: str
    simulated: bool
    qualified: tuple[str, ...]
    since: Millis


class PeakRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A peak that a person declared."""

    by: str
    reason: str
    since: Millis


class OverflowRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Calls of a kind that go on to other rooms by load, and the figures that opened it. limit: calls per seat."""

    kind: str
    since: Millis
    waiting: int
    seats: int
    limit: float


class RejoinedRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a room came back from being alone, the last time. events: brought; conflicts: found in them."""

    began: Millis
    at: Millis
    events: int
    conflicts: int


class ShelvedRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An alarm that somebody set aside until then."""

    cause: str
    key: str
    text: str
    by: str
    at: Millis
    until: Millis


class TickRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who ticked something, in which room and when."""

    by: str
    room: str
    at: Millis


class PlaybookRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A playbook in use. holder: the room that goes on with it; since: when the loss began, from which its clocks run;
    at: when it was opened. done: ticks by the id of the step or of whom to tell. closed: 0 while it is open."""

    run: str
    playbook: str
    version: str
    about: str
    why: str
    since: Millis
    by: str
    at: Millis
    holder: str
    steps: tuple[str, ...]
    tell: tuple[str, ...]
    done: dict[str, TickRow]
    taken_by: str
    taken_at: Millis
    reason: str
    closed: Millis
    closed_by: str
    note: str


class RoomRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a room is doing.

    heartbeat_age: seconds, null when it was never heard ("could not check"). longest_wait: seconds.
    service: its state in the words of NG112. peak, overflows: why its calls go on to other rooms. away: by rule, how
    many do now. stuck: calls here that wait and that nobody who is signed in anywhere may answer.
    call_backs: callers who hung up and are not called back yet.
    owns, foreign: functions served, and those of them that live elsewhere. load: waiting calls per taken seat.
    age: seconds since this room's figures were last true for certain. version, pack, settings, geography: what it says
    it runs (digests; empty when it does not say). health, bad: how it says that it is, and its checks not fine.
    alone: since when it is cut off, as it says of itself; others learn of it afterwards. kept: events that are stored
    there alone, as only the room itself knows. rejoined: how it came back the last time. shelved: alarms set aside.
    playbooks: what is worked through about it, and the last few that were closed.
    """

    room: str
    name: str
    kind: str
    state: Literal["up", "down", "silent"]
    since: Millis
    reason: str
    heartbeat_age: float | None
    calls_waiting: int
    longest_wait: float
    incidents_open: int
    incidents_p1: int
    seats_taken: int
    seats: tuple[SeatRow, ...]
    owns: tuple[str, ...]
    foreign: tuple[str, ...]
    service: Service
    peak: PeakRow | None
    overflows: tuple[OverflowRow, ...]
    away: dict[str, int]
    stuck: int
    call_backs: int
    load: float
    age: float | None
    version: str = ""
    pack: str = ""
    settings: str = ""
    geography: str = ""
    health: str = ""
    bad: tuple[str, ...] = ()
    shelved: tuple[ShelvedRow, ...] = ()
    playbooks: tuple[PlaybookRow, ...] = ()
    alone: Millis = 0
    kept: int = 0
    rejoined: RejoinedRow | None = None


class HandOverRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A shift that was handed over. taken_by: empty while nobody has taken it."""

    hand_over: str
    by: str
    seat: str
    at: Millis
    audience: str
    taken_by: str
    taken_at: Millis


class TalkRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What people of the rooms say to each other, without what was said. lines: how many there are; at, by, room, to:
    of the newest. open: hand-overs that nobody has taken; last_taken: the newest that somebody has."""

    ref: str
    rooms: tuple[str, ...]
    lines: int
    at: Millis
    by: str
    room: str
    to: str
    open: tuple[HandOverRow, ...]
    last_taken: HandOverRow | None


class AttentionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An attention message without its words. unit: a call sign; to_room: a room; audience: the disciplines whose
    people it is for; until: when it ends; number: of its incident. prolonged: how often; withdrawn: when, or null."""

    ref: str
    at: Millis
    by: str
    room: str
    seat: str
    scope: Scope
    unit: str
    to_room: str
    audience: str
    priority: int
    until: Millis
    incident: str | None
    number: str
    location: Location | None
    passed: tuple[Passed, ...]
    prolonged: int
    withdrawn: Millis | None


class DrawingRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody drew on the map, in RD metres, without its words. until: its own end, 0 when it has none; over:
    when it was taken away or its incident was closed, or null. words: when its words were said last, 0 when there are
    none. changed, changed_by, changed_room: the last change; 0 when there was none."""

    ref: str
    at: Millis
    by: str
    room: str
    shape: Shape
    kind: Kind
    points: tuple[tuple[float, float], ...]
    radius: float
    until: Millis
    incident: str | None
    number: str
    words: Millis
    changed: Millis
    changed_by: str
    changed_room: str
    over: Millis | None


Row = CallRow | IncidentRow | UnitRow | FunctionRow | TalkRow | AttentionRow | DrawingRow


class RowChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row as it is now; null means that it is gone from the lists."""

    kind: RowKind
    ref: str
    row: Row | None
