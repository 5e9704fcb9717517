"""What stands on a room's status sheets: every open incident and unit, for when screens are gone.

One sheet for everybody (`all`) without anything personal, one for whoever answers first (`112`), and one per discipline
with what that discipline's own people may read, because paper has no walls: a medical line stands on the ambulance
sheet alone. Whoever prints from a desk gets no more than their own session may open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from meldkamer.access import Roles, Viewer, redact_attention, redact_call, redact_incident
from meldkamer.domain.attention import Attention
from meldkamer.domain.basics import DISCIPLINES
from meldkamer.domain.call import Call
from meldkamer.domain.clock import Clock, Millis
from meldkamer.domain.incident import Incident, Note
from meldkamer.domain.question import Answer, counting
from meldkamer.domain.unit import Unit
from meldkamer.network import Picture, read_whole, subject_of
from meldkamer.pack import Pack
from meldkamer.record import Record, Sealer

SheetKind = Literal["all", "112", "P", "B", "A", "K"]
SHEETS: tuple[SheetKind, ...] = ("all", "112", "P", "B", "A", "K")
NOBODY = Viewer()


class CallPart(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who waits, must be called back, or belongs to an incident. number, name: None where they stay away."""

    function: str
    since: Millis
    place: str
    state: str
    number: str | None = None
    name: str | None = None


class IncidentPart(msgspec.Struct, frozen=True, kw_only=True):
    """An open incident as far as the sheet may show it. closed_to: compartments with something that it leaves out."""

    incident: Incident
    units: tuple[Unit, ...]
    notes: tuple[Note, ...] = ()
    answers: tuple[Answer, ...] = ()
    calls: tuple[CallPart, ...] = ()
    closed_to: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


class AttentionPart(msgspec.Struct, frozen=True, kw_only=True):
    """An attention message that counts, as far as the sheet may show it. closed_to: why its words are left out;
    opened: of which compartment they stand there."""

    message: Attention
    closed_to: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet. made: when, milliseconds UTC. alone: since when the room is cut off; 0: it is not."""

    room: str
    kind: SheetKind
    made: Millis
    alone: Millis
    incidents: tuple[IncidentPart, ...]
    waiting: tuple[CallPart, ...]
    call_backs: tuple[CallPart, ...]
    units: tuple[Unit, ...]
    attentions: tuple[AttentionPart, ...] = ()


class Papers:
    """Composes sheets from the picture, and opens from the record what a sheet's readers may open."""

    def __init__(self, picture: Picture, record: Record, sealer: Sealer, pack: Pack, clock: Clock) -> None:
        self._picture, self._record, self._sealer, self._clock = picture, record, sealer, clock
        self._home = {f.code: f.home_room for f in pack.functions}
        self._viewers = viewers(Roles.of(pack.roles))

    def viewer(self, kind: SheetKind) -> Viewer:
        """What a sheet of this kind may show: no more than each of its readers may open."""
        return self._viewers.get(kind, NOBODY)

    def kinds(self, room: str) -> list[SheetKind]:
        """The sheets that a room has: those of what it serves now or at home."""
        served = {name.partition(".")[2] for name in self._served(room)}
        return [kind for kind in SHEETS if kind == "all" or kind in served or f"{kind}.dispatch" in served]

    async def compose(self, room: str, kind: SheetKind) -> Sheet:
        """The sheet as things are now. Who reads it is for the caller to record. Raises RecordError."""
        served, made = self._served(room), self._clock.now()
        viewer = self.viewer(kind)
        incidents = [i for i in list(self._picture.incidents.values()) if _on(i, kind, served)]
        incidents.sort(key=lambda i: (i.priority, i.opened))
        asked = [a for a in list(self._picture.attentions.values()) if a.counts(made) and _for(a, room, kind, served)]
        asked.sort(key=lambda a: (a.priority, a.until, a.ref))
        calls = [c for c in list(self._picture.calls.values()) if not c.test and _asks(c, kind, served)]
        calls.sort(key=lambda c: c.waiting_since or c.received)
        return Sheet(
            room=room,
            kind=kind,
            made=made,
            alone=self._picture.desk(room).alone,
            incidents=tuple([await self._incident(i, viewer) for i in incidents]),
            waiting=tuple([await self._call(c, viewer) for c in calls if c.waiting]),
            call_backs=tuple([await self._call(c, viewer) for c in calls if c.call_back == "due"]),
            units=tuple(sorted(self._units(kind, served), key=lambda u: (u.discipline, u.call_sign))),
            attentions=tuple([await self._attention(a, viewer) for a in asked]),
        )

    def _served(self, room: str) -> set[str]:
        """What the room serves, and what lives there: after a lost link nobody knows which of the two it will be."""
        return self._picture.owned_by(room) | {name for name, home in self._home.items() if home == room}

    def _units(self, kind: SheetKind, served: set[str]) -> Iterable[Unit]:
        if kind == "112":
            return ()
        return [u for u in self._picture.units.values() if u.function in served and kind in ("all", u.discipline)]

    async def _incident(self, of: Incident, viewer: Viewer) -> IncidentPart:
        units = tuple(self._picture.units_at(of.ref))
        if not viewer.compartments:
            return IncidentPart(incident=of, units=units)
        whole = await read_whole(self._record, self._sealer, subject_of("incident", of.ref), viewer.compartments)
        if whole is None:
            return IncidentPart(incident=of, units=units)
        shown, closed = redact_incident(whole.state, viewer)
        answers = tuple(a for a in counting(shown.answers).values() if a.answer is not None)
        opened = {note.compartment for note in shown.notes if note.text is not None}
        opened |= {answer.compartment for answer in answers}
        calls = [await self._call(known, viewer) for ref in shown.calls if (known := self._picture.calls.get(ref))]
        if any(c.number or c.name for c in calls):
            opened.add("caller")
        return IncidentPart(
            incident=of,
            units=units,
            notes=shown.notes,
            answers=answers,
            calls=tuple(calls),
            closed_to=closed,
            opened=tuple(sorted(opened)),
        )

    async def _attention(self, of: Attention, viewer: Viewer) -> AttentionPart:
        if not viewer.compartments:
            return AttentionPart(message=of)
        whole = await read_whole(self._record, self._sealer, subject_of("attention", of.ref), viewer.compartments)
        if whole is None:
            return AttentionPart(message=of)
        shown, closed = redact_attention(whole.state, viewer)
        return AttentionPart(message=shown, closed_to=closed, opened=() if closed else (shown.compartment,))

    async def _call(self, of: Call, viewer: Viewer) -> CallPart:
        place = of.locations[-1] if of.locations else None
        part = CallPart(
            function=of.function,
            since=of.waiting_since or of.received,
            place=(place.text or place.place) if place is not None else "",
            state="due" if of.call_back == "due" else of.state.value,
        )
        if "caller" not in viewer.compartments:
            return part
        whole = await read_whole(self._record, self._sealer, subject_of("call", of.ref), viewer.compartments)
        if whole is None:
            return part
        shown, _ = redact_call(whole.state, viewer)
        return msgspec.structs.replace(part, number=shown.number, name=shown.name)


def viewers(roles: Roles) -> Mapping[SheetKind, Viewer]:
    """Per sheet what all of its readers may open: those whose work it is, and nobody who does more than that."""
    found: dict[SheetKind, Viewer] = {}
    for kind in SHEETS[1:]:
        work = kind if kind == "112" else f"{kind}.dispatch"
        grants = [grant for code in roles if work in (grant := roles.combined([code])).qualified]
        if not grants:
            continue
        compartments = frozenset.intersection(*(frozenset(g.compartments) for g in grants)) - {"staff"}
        audiences = DISCIPLINES if kind == "112" else kind
        found[kind] = Viewer(audiences=audiences, compartments=compartments)
    return found


def _on(of: Incident, kind: SheetKind, served: set[str]) -> bool:
    """Whether the room works on it, or will when everything is at home."""
    region = of.ref.partition("/")[0]
    tracks = [d for d, track in of.tracks.items() if track.closed is None]
    if of.closed:
        return False
    if kind in DISCIPLINES:
        return kind in tracks and f"{region}.{kind}.dispatch" in served
    return any(f"{region}.{d}.dispatch" in served for d in tracks) or f"{region}.112" in served


def _for(of: Attention, room: str, kind: SheetKind, served: set[str]) -> bool:
    """Whether it is for people whose work this sheet carries."""
    if of.scope == "room" and room not in (of.room, of.to_room):
        return False
    region = of.ref.partition("/")[0]
    if of.scope in ("unit", "units") and not any(f"{region}.{d}.dispatch" in served for d in of.audience):
        return False
    return kind in ("all", "112") or kind in of.audience


def _asks(of: Call, kind: SheetKind, served: set[str]) -> bool:
    """Whether somebody waits there for this room's people of that kind."""
    if of.function not in served or not (of.waiting or of.call_back == "due"):
        return False
    what = of.function.partition(".")[2]
    return kind == "all" or what == kind or what.partition(".")[0] == kind
