"""The shared picture: the newest state of every live aggregate, folded from the record in order.

It holds no personal field: those stay sealed and are opened per read (see `reading`). So the picture, its snapshot and
everything pushed to screens obey a destroyed key without having to know of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from meldkamer.domain import (
    alert,
    attention,
    call,
    desk,
    drawing,
    function,
    incident,
    pack_change,
    road,
    unit,
    warning,
)
from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Millis
from meldkamer.record import Entry, UnknownEvent

State = Any
"""What `evolve` gives: Call, Incident, Unit, Alert, Function, Desk, Road, Attention, AddressWarning, Drawing,
PackFiles."""

SNAPSHOT_VERSION = 8
SHOWN_AFTER: Millis = 30 * 24 * 60 * 60 * 1000
"""Who reviews address warnings sees for so long what is over, milliseconds."""


class Change(msgspec.Struct, frozen=True):
    """One stored event and what it did. `before` is None for the first event of an aggregate."""

    entry: Entry
    event: Event
    kind: str
    ref: str
    before: State | None
    after: State


class NotFolded(Exception):
    """An entry that this program cannot fold. Says which, and why."""


class Picture:
    """Folds entries and tells listeners, in order. Not thread-safe: it lives on the loop."""

    def __init__(self, decode: Callable[[Entry], Event]) -> None:
        self._decode = decode
        self.calls: dict[str, call.Call] = {}
        self.incidents: dict[str, incident.Incident] = {}
        self.units: dict[str, unit.Unit] = {}
        self.alerts: dict[str, alert.Alert] = {}
        self.functions: dict[str, function.Function] = {}
        self.desks: dict[str, desk.Desk] = {}
        self.roads: dict[str, road.Road] = {}
        self.attentions: dict[str, attention.Attention] = {}
        self.warnings: dict[str, warning.AddressWarning] = {}
        self.drawings: dict[str, drawing.Drawing] = {}
        self.packs: dict[str, pack_change.PackFiles] = {}
        self.versions: dict[str, int] = {}
        self.positions: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.at_incident: dict[str, set[str]] = {}
        self.alert_of: dict[str, str] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._waiting: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}

    def become(self, other: Picture) -> None:
        """Hold what another picture holds; listeners stay, and are told nothing: whoever keeps something of what was
        here reads it again. Who waited for a position of before is not kept waiting."""
        for name in (
            *(
                "calls",
                "incidents",
                "units",
                "alerts",
                "functions",
                "desks",
                "roads",
                "attentions",
                "warnings",
                "drawings",
                "packs",
            ),
            *("versions", "positions", "numbers", "at_incident", "alert_of"),
        ):
            mine, theirs = getattr(self, name), getattr(other, name)
            mine.clear()
            mine.update(theirs)
        waiting, self._waiting = self._waiting, {}
        for _, future in (one for some in waiting.values() for one in some):
            if not future.done():
                future.set_result(None)

    # --- following the record ---------------------------------------------------------------------------------------

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call `listener` after each event, in order. It must not block; slow work belongs in a task of its own."""
        self._listeners.append(listener)

    def apply(self, entry: Entry) -> Change:
        """Fold one entry. Entries of a region must come in sequence order; one already seen is folded only once.

        Raises NotFolded for one that cannot be; `pass_over` then goes on without it.
        """
        kind, ref = kind_and_ref(entry.subject)
        try:
            before = self.state(kind, ref)
            event = self._decode(entry)
            after = evolve(kind, ref, before, event, entry.event.occurred, entry.seq)
        except (UnknownEvent, ValueError) as error:
            raise NotFolded(f"{entry.region} {entry.seq}, {entry.event.type} by {entry.event.room}: {error}") from error
        self._keep(kind, ref, after)
        self._index(before, after, event)
        self.versions[entry.subject] = entry.version
        self.positions[entry.region] = entry.seq
        change = Change(entry, event, kind, ref, before, after)
        for listener in self._listeners:
            listener(change)
        if entry.region in self._waiting:
            self._wake(entry.region, entry.seq)
        return change

    def pass_over(self, entry: Entry) -> None:
        """Go on without an entry: this program does not know it, or what came before it is shown to nobody."""
        self.versions[entry.subject] = entry.version
        self.positions[entry.region] = entry.seq
        if entry.region in self._waiting:
            self._wake(entry.region, entry.seq)

    def missing(self, entry: Entry) -> bool:
        """Whether the aggregate of this entry is known to the record but not (any more) to this picture."""
        return entry.version > 1 and entry.subject not in self.versions

    def recall(self, kind: str, ref: str, state: State, subject: str, version: int) -> None:
        """Put back a forgotten aggregate as the record has it. Harmless when it is there already."""
        if subject not in self.versions:
            self._keep(kind, ref, state)
            self.versions[subject] = version

    async def reached(self, region: str, seq: int) -> None:
        """Wait until this position is folded, so that a writer reads its own write."""
        if self.positions.get(region, 0) >= seq:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(region, []).append((seq, future))
        await future

    def _wake(self, region: str, seq: int) -> None:
        still = []
        for wanted, future in self._waiting[region]:
            if wanted > seq:
                still.append((wanted, future))
            elif not future.done():
                future.set_result(None)
        if still:
            self._waiting[region] = still
        else:
            del self._waiting[region]

    # --- looking ----------------------------------------------------------------------------------------------------

    def state(self, kind: str, ref: str) -> State | None:
        """The state of an aggregate, or None when it is unknown (or forgotten: then the record still has it)."""
        return self._shelf(kind).get(ref)

    def function(self, name: str) -> function.Function:
        """A function's state; one that nobody ever owned has epoch 0 and no owner."""
        return self.functions.get(name) or function.Function(name=name)

    def desk(self, room: str) -> desk.Desk:
        """A room's people and state."""
        return self.desks.get(room) or desk.Desk(room=room)

    def pack_files(self) -> pack_change.PackFiles:
        """Every change of the country's data."""
        return self.packs.get(pack_change.FILES) or pack_change.PackFiles()

    def owned_by(self, room: str) -> set[str]:
        """The functions this room owns now, as far as this picture knows."""
        return {f.name for f in self.functions.values() if f.owner == room}

    def units_at(self, incident_ref: str) -> Iterator[unit.Unit]:
        """Units with an open order for this incident, by call sign."""
        for ref in sorted(self.at_incident.get(incident_ref, ())):
            yield self.units[ref]

    def drawings_of(self, incident_ref: str) -> list[drawing.Drawing]:
        """What was drawn for this incident, also what is over."""
        return [one for one in self.drawings.values() if one.incident == incident_ref]

    def drawing_over(self, one: drawing.Drawing) -> Millis | None:
        """When somebody took a drawing away or its incident was closed, the first of these; None while neither is so.

        One whose incident is forgotten is over since it was drawn, as far as this picture can say.
        """
        ends = [] if one.removed is None else [one.removed.at]
        if one.incident is not None:
            there = self.incidents.get(one.incident)
            if there is None:
                ends.append(one.at)
            elif there.closed:
                ends.append(max(track.closed or 0 for track in there.tracks.values()))
        return min(ends, default=None)

    # --- keeping ----------------------------------------------------------------------------------------------------

    def forget(self, before: Millis) -> int:
        """Drop what was over before this time; the record keeps it, `Handler` loads it when it is asked for."""
        calls = [r for r, c in self.calls.items() if c.ended and c.ended < before and c.call_back != "due"]
        over = [
            r
            for r, i in self.incidents.items()
            if i.closed and not self.at_incident.get(r) and all((t.closed or 0) < before for t in i.tracks.values())
        ]
        alerts = [
            r
            for r, a in self.alerts.items()
            if a.ordered < before and self.alert_of.get(a.assignment) == r and not self._open(a)
        ]
        roads = [ref for ref, closure in self.roads.items() if closure.over < before]
        attentions = [ref for ref, message in self.attentions.items() if message.over < before]
        warnings = [ref for ref, one in self.warnings.items() if one.over < before - SHOWN_AFTER]
        gone = set(over)
        drawings = [
            ref
            for ref, one in self.drawings.items()
            if one.incident in gone or (one.over is not None and one.over < before)
        ]
        for ref in calls:
            del self.calls[ref]
            self.versions.pop(subject_of("call", ref), None)
        for ref in over:
            del self.incidents[ref]
            self.versions.pop(subject_of("incident", ref), None)
        for ref in alerts:
            self.alert_of.pop(self.alerts.pop(ref).assignment, None)
            self.versions.pop(subject_of("alert", ref), None)
        for ref in roads:
            del self.roads[ref]
            self.versions.pop(subject_of("road", ref), None)
        for ref in attentions:
            del self.attentions[ref]
            self.versions.pop(subject_of("attention", ref), None)
        for ref in warnings:
            del self.warnings[ref]
            self.versions.pop(subject_of("warning", ref), None)
        for ref in drawings:
            del self.drawings[ref]
            self.versions.pop(subject_of("drawing", ref), None)
        return sum(map(len, (calls, over, alerts, roads, attentions, warnings, drawings)))

    def _open(self, a: alert.Alert) -> bool:
        of = self.units.get(a.unit)
        return of is not None and of.order is not None and of.order.assignment == a.assignment

    def _shelf(self, kind: str) -> dict[str, Any]:
        match kind:
            case "call":
                return self.calls
            case "incident":
                return self.incidents
            case "unit":
                return self.units
            case "alert":
                return self.alerts
            case "function":
                return self.functions
            case "desk":
                return self.desks
            case "road":
                return self.roads
            case "warning":
                return self.warnings
            case "drawing":
                return self.drawings
            case "attention":
                return self.attentions
            case "pack":
                return self.packs
        raise ValueError(f"no such kind of aggregate: {kind}")

    def _keep(self, kind: str, ref: str, state: State) -> None:
        self._shelf(kind)[ref] = state

    def _index(self, before: State | None, after: State, event: Event) -> None:
        if isinstance(after, unit.Unit):
            was = before.assignment.incident if before is not None and before.assignment else None
            now = after.assignment.incident if after.assignment else None
            if was != now:
                if was is not None:
                    self.at_incident.get(was, set()).discard(after.ref)
                if now is not None:
                    self.at_incident.setdefault(now, set()).add(after.ref)
        elif isinstance(after, alert.Alert):
            self.alert_of[after.assignment] = after.ref
        elif isinstance(event, incident.IncidentOpened):
            room, number = split_number(event.number)
            self.numbers[room] = max(self.numbers.get(room, 0), number)

    # --- snapshot (a cache) -----------------------------------------------------------------------------------------

    def to_snapshot(self) -> bytes:
        """The whole picture as bytes; only for `Snapshots`, keyed by SNAPSHOT_VERSION."""
        return _encoder.encode(
            _Snapshot(
                calls=list(self.calls.values()),
                incidents=list(self.incidents.values()),
                units=list(self.units.values()),
                alerts=list(self.alerts.values()),
                functions=list(self.functions.values()),
                desks=list(self.desks.values()),
                roads=list(self.roads.values()),
                attentions=list(self.attentions.values()),
                warnings=list(self.warnings.values()),
                drawings=list(self.drawings.values()),
                packs=self.packs,
                versions=self.versions,
                numbers=self.numbers,
            )
        )

    def from_snapshot(self, positions: dict[str, int], blob: bytes) -> None:
        """Start from a snapshot. Raises msgspec.DecodeError when it is not one of this version."""
        kept = _decoder.decode(blob)
        self.calls = {c.ref: c for c in kept.calls}
        self.incidents = {i.ref: i for i in kept.incidents}
        self.units = {u.ref: u for u in kept.units}
        self.alerts = {a.ref: a for a in kept.alerts}
        self.functions = {f.name: f for f in kept.functions}
        self.desks = {d.room: d for d in kept.desks}
        self.roads = {r.ref: r for r in kept.roads}
        self.attentions = {a.ref: a for a in kept.attentions}
        self.warnings = {w.ref: w for w in kept.warnings}
        self.drawings = {d.ref: d for d in kept.drawings}
        self.packs = kept.packs
        self.versions, self.numbers, self.positions = kept.versions, kept.numbers, dict(positions)
        self.alert_of = {a.assignment: a.ref for a in kept.alerts}
        for u in kept.units:
            if u.assignment is not None:
                self.at_incident.setdefault(u.assignment.incident, set()).add(u.ref)


class _Snapshot(msgspec.Struct, frozen=True):
    calls: list[call.Call]
    incidents: list[incident.Incident]
    units: list[unit.Unit]
    alerts: list[alert.Alert]
    functions: list[function.Function]
    desks: list[desk.Desk]
    roads: list[road.Road]
    attentions: list[attention.Attention]
    warnings: list[warning.AddressWarning]
    drawings: list[drawing.Drawing]
    packs: dict[str, pack_change.PackFiles]
    versions: dict[str, int]
    numbers: dict[str, int]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


def evolve(kind: str, ref: str, before: State | None, event: Event, occurred: Millis, seq: int) -> State:
    """One kind's fold, with the arguments that it needs."""
    match kind:
        case "call":
            return call.evolve(before, event, ref, occurred)
        case "incident":
            return incident.evolve(before, event, ref, occurred)
        case "unit":
            return unit.evolve(before, event, ref, occurred)
        case "alert":
            return alert.evolve(before, event, ref, occurred)
        case "function":
            return function.evolve(before or function.Function(name=ref), event, occurred, seq)
        case "desk":
            return desk.evolve(before or desk.Desk(room=ref), event, occurred)
        case "road":
            return road.evolve(before, event, ref, occurred)
        case "attention":
            return attention.evolve(before, event, ref, occurred)
        case "warning":
            return warning.evolve(before, event, ref, occurred)
        case "drawing":
            return drawing.evolve(before, event, ref, occurred)
        case "pack":
            return pack_change.evolve(before or pack_change.PackFiles(), event, occurred)
    raise ValueError(f"no such kind of aggregate: {kind}")


def kind_and_ref(subject: str) -> tuple[str, str]:
    """`ev.RT.call.5f` -> (call, RT/5f); functions and desks are named by their own name; a fence is its function's."""
    head, region, rest = subject.split(".", 2)
    if head == "fence":
        return "function", rest
    kind, _, id = rest.partition(".")
    return kind, id if kind in ("function", "desk") else f"{region}/{id}"


def subject_of(kind: str, ref: str) -> str:
    """The subject of a call, incident, unit, alert, road, attention message, warning, drawing or of pack files."""
    region, _, id = ref.partition("/")
    return f"ev.{region}.{kind}.{id}"


def split_number(number: str) -> tuple[str, int]:
    """`RT-4312` -> (RT, 4312): the room that gave the number, and the number; ("", 0) when it is none of ours."""
    room, dash, digits = number.rpartition("-")
    return (room, int(digits)) if dash and digits.isdecimal() else ("", 0)
