"""What the record says about times, folded from its events: calls, incidents, orders, owners. Nothing personal.

Events may come region by region, so that a call's incident is known before the call, or after: nothing is joined here.
Moments are milliseconds UTC, as they occurred.
"""

from __future__ import annotations

from typing import Any

import msgspec

from meldkamer.domain import alert, call, desk, function, gap, incident, unit
from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Millis
from meldkamer.insight.norm_changes import NormChanges
from meldkamer.network import kind_and_ref
from meldkamer.record import Entry

LATER: Millis = 60_000
"""An order recorded so long after it was given was entered afterwards: no alert of ours went out for it then."""


class Leg(msgspec.Struct):
    """A call waiting at one function, from its arrival there until a person answered or the caller hung up."""

    function: str
    since: Millis
    answered: Millis | None = None
    abandoned: Millis | None = None
    room: str = ""


class CallFacts(msgspec.Struct):
    """A call. incidents: those it belongs to."""

    ref: str
    test: bool = False
    municipality: str = ""
    legs: list[Leg] = []
    incidents: set[str] = set()
    settled: bool = False

    @property
    def began(self) -> Millis:
        """When it arrived."""
        return self.legs[0].since


class TrackFacts(msgspec.Struct):
    """A discipline's part. first: whether it took part from the opening on."""

    priority: int
    first: bool


class IncidentFacts(msgspec.Struct):
    """An incident. cause: the command that opened it."""

    ref: str
    opened: Millis
    cause: str
    municipality: str = ""
    tracks: dict[str, TrackFacts] = {}
    calls: set[str] = set()
    settled: bool = False

    @property
    def began(self) -> Millis:
        """When it was opened."""
        return self.opened


class OrderFacts(msgspec.Struct):
    """An order to a unit and how far it came. afterwards: it was entered long after it was given."""

    assignment: str
    unit: str
    incident: str
    given: Millis
    room: str
    priority: int
    afterwards: bool
    sent: Millis | None = None
    en_route: Millis | None = None
    on_scene: Millis | None = None
    recalled: bool = False
    settled: bool = False

    @property
    def began(self) -> Millis:
        """When the order was given."""
        return self.given

    @property
    def alerted(self) -> Millis | None:
        """When the alert left the house; for what was entered afterwards, when the order was given."""
        return self.given if self.afterwards else self.sent


class Owned(msgspec.Struct, frozen=True):
    """From here on this room owned the function."""

    function: str
    owner: str
    previous: str
    ground: str
    at: Millis


class Down(msgspec.Struct, frozen=True):
    """A room that could not work. silent: seconds without a sign when that was noted; None when a person said so."""

    room: str
    at: Millis
    silent: float | None


class Facts:
    """Folds decoded events, in the order of each region, into what can be measured."""

    def __init__(self) -> None:
        self.calls: dict[str, CallFacts] = {}
        self.incidents: dict[str, IncidentFacts] = {}
        self.orders: dict[str, OrderFacts] = {}
        self.disciplines: dict[str, str] = {}
        self.owned: list[Owned] = []
        self.downs: list[Down] = []
        self.gaps: dict[str, tuple[gap.Gap, ...]] = {}
        self.norms = NormChanges()
        self.since: Millis | None = None
        self.until: Millis = 0
        self.entries = 0
        self._alerts: dict[str, tuple[str, Millis]] = {}
        self._sent: dict[str, Millis] = {}

    def apply(self, entry: Entry, event: Event) -> None:
        """Take one event in. An event about something that was never begun is left out, as nothing follows from it."""
        at = entry.event.occurred
        self.entries += 1
        self.since = at if self.since is None else min(self.since, at)
        self.until = max(self.until, at)
        kind, ref = kind_and_ref(entry.subject)
        match kind:
            case "call":
                self._call(ref, event, at)
            case "incident":
                self._incident(ref, event, entry)
            case "unit":
                self._unit(ref, event, entry)
            case "alert":
                self._alert(ref, event, at)
            case "function" if isinstance(event, function.FunctionOwned):
                self.owned.append(Owned(event.function, event.owner, event.previous, event.ground, at))
            case "desk" if isinstance(event, desk.RoomDeclaredDown):
                self.downs.append(Down(ref, at, None))
            case "desk" if isinstance(event, desk.RoomFellSilent):
                self.downs.append(Down(ref, at, event.silent))
            case "desk" if isinstance(event, gap.GapOpened | gap.GapChanged | gap.GapClosed):
                self.gaps[ref] = gap.gaps_after(self.gaps.get(ref, ()), event, at)
            case "pack":
                self.norms.apply(event, at)

    def settle(self, before: Millis, forget: Millis) -> None:
        """What began before a moment is settled. What began before `forget` is dropped, so that memory does not grow
        with the record; between the two it is still there for what is joined to it."""
        for known in (self.calls, self.incidents, self.orders):
            _settle(known, before, forget)
        self._sent = {id: at for id, at in self._sent.items() if at >= forget}
        self._alerts = {ref: kept for ref, kept in self._alerts.items() if kept[1] >= forget}

    def _call(self, ref: str, event: Event, at: Millis) -> None:
        if isinstance(event, call.CallReceived):
            town = event.location.municipality if event.location is not None else ""
            self.calls[ref] = CallFacts(ref, event.test, town, [Leg(event.function, at)])
            return
        if (of := self.calls.get(ref)) is None:
            return
        leg = of.legs[-1]
        match event:
            case call.CallAnswered():
                leg.answered, leg.room = at, event.room
            case call.CallAbandoned():
                leg.abandoned = at
            case call.CallTransferred():
                of.legs.append(Leg(event.function, at))
            case call.CallLocated() if event.location.municipality:
                of.municipality = event.location.municipality
            case call.CallLinked():
                of.incidents.add(event.incident)

    def _incident(self, ref: str, event: Event, entry: Entry) -> None:
        if isinstance(event, incident.IncidentOpened):
            of = IncidentFacts(ref, entry.event.occurred, entry.event.cause, event.location.municipality)
            self.incidents[ref] = of
            return
        if (known := self.incidents.get(ref)) is None:
            return
        match event:
            case incident.TrackStarted(discipline=d) if d not in known.tracks:
                known.tracks[d] = TrackFacts(event.priority, entry.event.cause == known.cause)
            case incident.Prioritised(discipline=d) if d in known.tracks:
                known.tracks[d].priority = event.priority
            case incident.Relocated() if event.location.municipality:
                known.municipality = event.location.municipality
            case incident.CallJoined():
                known.calls.add(event.call)

    def _unit(self, ref: str, event: Event, entry: Entry) -> None:
        at = entry.event.occurred
        match event:
            case unit.UnitRegistered():
                self.disciplines[ref] = event.discipline
            case unit.UnitAssigned(assignment=id):
                afterwards = event.told or entry.event.recorded - at > LATER
                room = entry.event.room
                order = OrderFacts(id, ref, event.incident, at, room, event.priority, afterwards)
                order.sent = self._sent.get(id)
                self.orders[id] = order
            case unit.AssignmentProgressed(assignment=id, state="en_route") if id in self.orders:
                self.orders[id].en_route = _earlier(self.orders[id].en_route, at)
            case unit.AssignmentProgressed(assignment=id, state="on_scene") if id in self.orders:
                self.orders[id].on_scene = _earlier(self.orders[id].on_scene, at)
            case unit.AssignmentEnded(assignment=id) if id in self.orders and event.why != "done":
                self.orders[id].recalled = True

    def _alert(self, ref: str, event: Event, at: Millis) -> None:
        match event:
            case alert.AlertOrdered():
                self._alerts[ref] = event.assignment, at
            case alert.AlertSent() if ref in self._alerts:
                id = self._alerts[ref][0]
                self._sent[id] = _earlier(self._sent.get(id), at)
                if id in self.orders:
                    self.orders[id].sent = self._sent[id]


def _earlier(known: Millis | None, at: Millis) -> Millis:
    return at if known is None else min(known, at)


def _settle(known: Any, before: Millis, forget: Millis) -> None:
    for ref in [ref for ref, one in known.items() if one.began < before]:
        known[ref].settled = True
        if known[ref].began < forget:
            del known[ref]
