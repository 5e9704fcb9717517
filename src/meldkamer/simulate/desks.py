"""Colleagues at their desks: they answer, ask, make incidents, send units, close, and leave people's work alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from meldkamer.client import Ack, Client
from meldkamer.simulate.agenda import Agenda
from meldkamer.simulate.callers import Contact
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.figures import Figures
from meldkamer.simulate.mirror import Mirror
from meldkamer.simulate.post import Post
from meldkamer.simulate.rows import CallRow, FunctionRow, IncidentRow, RoomRow
from meldkamer.simulate.street import Street

RETRY_SECONDS = 20.0
SIT_TOGETHER = 16
HANDLED_BY_PHONE = 5
"""The least urgent priority is settled without a unit."""


class Seat(msgspec.Struct, frozen=True):
    """A simulated colleague's seat. function: the kind that it serves, such as `B.dispatch`."""

    account: str
    room: str
    function: str
    seat: str
    token: str


class _Colleague(msgspec.Struct, eq=False):
    seat: Seat
    client: Client
    rng: random.Random
    busy: bool = False
    away: bool = False
    """A person has taken the seat."""

    @property
    def free(self) -> bool:
        return not self.busy and not self.away


class _Case(msgspec.Struct):
    """An incident that a colleague made. sent: discipline -> orders given; tried: disciplines being dispatched."""

    ref: str
    priority: int
    real: bool
    x: float | None
    y: float | None
    sent: dict[str, int] = {}
    tried: set[str] = set()
    seen: set[str] = set()
    closing: set[str] = set()


class Desks:
    """All simulated colleagues of a run."""

    def __init__(
        self,
        base: Client,
        seats: Sequence[Seat],
        mirror: Mirror,
        agenda: Agenda,
        post: Post,
        street: Street,
        data: WorldData,
        figures: Figures,
        seed: int | str,
    ) -> None:
        self._mirror, self._agenda, self._post, self._street = mirror, agenda, post, street
        self._data, self._figures = data, figures
        self.contacts: dict[str, Contact] = {}
        self._colleagues = [
            _Colleague(s, base.speaking_as(s.token), random.Random(f"{seed}/{s.account}"))  # noqa: S311
            for s in seats
        ]
        self._by_seat = {(c.seat.room, c.seat.seat): c for c in self._colleagues}
        self._by_duty: dict[tuple[str, str], list[_Colleague]] = {}
        for c in self._colleagues:
            self._by_duty.setdefault((c.seat.room, c.seat.function), []).append(c)
        self._cases: dict[str, _Case] = {}
        self._incident_of: dict[str, str] = {}
        self._waiting: dict[str, None] = {}
        self._answering: set[str] = set()
        mirror.on("call", self._on_call)
        mirror.on("incident", self._on_incident)
        mirror.on("room", self._on_room)
        mirror.on("function", self._on_function)

    async def sit_down(self) -> None:
        """Everybody takes a seat, except where a person sits."""
        self._look_at_rooms()
        sitting = [c for c in self._colleagues if not c.away]
        together = 1 if self._post.lockstep else SIT_TOGETHER
        for start in range(0, len(sitting), together):
            group = sitting[start : start + together]
            await asyncio.gather(*(c.client.take_seat(c.seat.seat) for c in group))

    def start(self) -> None:
        """Take up what is waiting already."""
        for row in list(self._mirror.calls.values()):
            self._on_call(row.ref, None, row)
        self._agenda.after(RETRY_SECONDS, self._again)

    def _again(self) -> None:
        for ref in list(self._waiting):
            self._try(ref)
        self._agenda.after(RETRY_SECONDS / 4, self._again)

    # --- who is there -----------------------------------------------------------------------------------------------

    def _on_room(self, code: str, before: RoomRow | None, now: RoomRow | None) -> None:
        if now is not None and (before is None or before.seats != now.seats):
            self._look_at_rooms()

    def _look_at_rooms(self) -> None:
        for row in self._mirror.rooms.values():
            people = {s.seat for s in row.seats if not s.simulated}
            for c in self._colleagues:
                if c.seat.room == row.room:
                    c.away = c.seat.seat in people

    def _person_in(self, room: str, kind: str) -> bool:
        row = self._mirror.rooms.get(room)
        return row is not None and any(not s.simulated and kind in s.qualified for s in row.seats)

    def _somebody(self, room: str, kind: str) -> _Colleague | None:
        return next((c for c in self._by_duty.get((room, kind), ()) if c.free), None)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _on_call(self, ref: str, before: CallRow | None, now: CallRow | None) -> None:
        if now is None or not now.waiting:
            self._waiting.pop(ref, None)
            if now is not None and now.call_back == "due" and (before is None or before.call_back != "due"):
                self._agenda.after(60.0, lambda: self._call_back(ref))
            return
        fresh = before is None or not before.waiting or before.function != now.function
        self._waiting[ref] = None
        if fresh or (before is not None and (before.room, before.seat) != (now.room, now.seat)):
            # Long enough for a person at the next desk to be first.
            self._agenda.after(3.0 + (len(ref) + now.received) % 5, lambda: self._try(ref))

    def _try(self, ref: str) -> None:
        row = self._mirror.calls.get(ref)
        if row is None or not row.waiting or ref in self._answering:
            return
        kind = row.function.partition(".")[2]
        offered = self._by_seat.get((row.room, row.seat)) if row.seat else None
        room = row.room or self._mirror.owner(row.function)
        taker = offered if offered is not None and offered.free else self._somebody(room, kind)
        if taker is None:
            return
        taker.busy = True
        self._answering.add(ref)
        waited = (self._agenda.now - row.waiting_since) / 1000
        colleague = taker

        def answered(answer: Any) -> None:
            self._answering.discard(ref)
            if not isinstance(answer, Ack):
                colleague.busy = False
                return
            self._figures.answered += 1
            self._figures.answer_seconds.append(waited)
            contact = self.contacts.get(ref)
            talk = contact.talk if contact is not None else 40.0
            if kind == "112":
                talk = min(talk, colleague.rng.uniform(8.0, 20.0))
            self._agenda.after(talk, lambda: self._talked(colleague, ref, kind))

        self._post.command(taker.client, {"type": "answer_call", "call": ref}, answered)

    def _talked(self, c: _Colleague, ref: str, kind: str) -> None:
        contact, row = self.contacts.get(ref), self._mirror.calls.get(ref)
        if contact is not None and contact.kind in ("pocket", "silent"):
            self._end(c, ref, contact.kind)
        elif kind == "112":
            self._transfer(c, ref, contact, row)
        else:
            self._make(c, ref, kind[:1], contact, row)

    def _end(self, c: _Colleague, ref: str, reason: str) -> None:
        self._post.command(c.client, {"type": "end_call", "call": ref, "reason": reason}, lambda _: _free(c))

    def _transfer(self, c: _Colleague, ref: str, contact: Contact | None, row: CallRow | None) -> None:
        asked = contact.asked if contact is not None else (row.disciplines[:1] if row and row.disciplines else "P")
        region = contact.occasion.place.region if contact is not None else self._region_of(row)
        function = f"{region}.{asked}.intake"
        if function not in self._mirror.functions:
            self._end(c, ref, "not_urgent")
            return

        def moved(answer: Any) -> None:
            _free(c)
            if isinstance(answer, Ack):
                self._figures.transferred += 1

        summary = contact.said if contact is not None else None
        command = {"type": "transfer_call", "call": ref, "function": function, "disciplines": asked, "summary": summary}
        self._post.command(c.client, command, moved)

    def _region_of(self, row: CallRow | None) -> str:
        spot = row.location if row is not None else None
        if spot is not None and spot.x is not None and spot.y is not None:
            near = self._data.nearest(spot.x, spot.y)
            if near is not None:
                return near[0].region
        region = row.ref.partition("/")[0] if row is not None else self._data.national
        return region if region != self._data.national else self._data.places[0].region

    def _make(self, c: _Colleague, ref: str, discipline: str, contact: Contact | None, row: CallRow | None) -> None:
        occasion = contact.occasion if contact is not None else None
        if occasion is not None and not occasion.real and occasion.priority >= HANDLED_BY_PHONE:
            self._end(c, ref, "not_urgent")
            return
        known = self._incident_of.get(occasion.id) if occasion is not None else None
        if known is not None:

            def joined(answer: Any) -> None:
                self._figures.joined += isinstance(answer, Ack)
                self._end(c, ref, "done")

            self._post.command(c.client, {"type": "join_call", "incident": known, "call": ref}, joined)
            return
        command = self._opening(ref, discipline, contact, row)

        def opened(answer: Any) -> None:
            if isinstance(answer, Ack):
                self._figures.incidents += 1
                where = command["location"]
                real = occasion.real if occasion is not None else True
                case = _Case(answer.ref, command["priority"], real, where.get("x"), where.get("y"))
                case.sent, case.tried, case.seen, case.closing = {}, set(), set(), set()
                self._cases[answer.ref] = case
                if occasion is not None:
                    self._incident_of[occasion.id] = answer.ref
                incident = self._mirror.incidents.get(answer.ref)
                if incident is not None:
                    self._on_incident(answer.ref, None, incident)
            self._end(c, ref, "done")

        self._post.command(c.client, command, opened)

    def _opening(self, ref: str, discipline: str, contact: Contact | None, row: CallRow | None) -> dict[str, Any]:
        if contact is not None:
            o = contact.occasion
            return {
                "type": "open_incident",
                "incident": self._post.ids.new(),
                "region": o.place.region,
                "location": {
                    "text": o.place.name,
                    "x": o.x,
                    "y": o.y,
                    "place": o.place.name,
                    "municipality": o.place.municipality,
                    "safety_region": o.place.safety_region,
                    "source": "caller",
                },
                "disciplines": "".join(d for d in "PBAK" if d in o.disciplines + discipline),
                "class_code": o.class_code,
                "class_text": o.class_name,
                "priority": o.priority,
                "call": ref,
                "note": contact.said,
            }
        hint = self._data.by_code.get(row.class_hint) if row is not None else None
        spot = row.location if row is not None else None
        return {
            "type": "open_incident",
            "incident": self._post.ids.new(),
            "region": self._region_of(row),
            "location": msgspec.to_builtins(spot) if spot is not None else {},
            "disciplines": discipline,
            "class_code": hint.code if hint is not None else "",
            "class_text": hint.name if hint is not None else (row.class_hint if row is not None else ""),
            "priority": (row.priority_hint if row is not None else None) or (hint.priority if hint is not None else 3),
            "call": ref,
        }

    def _call_back(self, ref: str) -> None:
        row = self._mirror.calls.get(ref)
        if row is None or row.call_back != "due":
            return
        c = self._somebody(self._mirror.owner(row.function), row.function.partition(".")[2])
        if c is None:
            self._agenda.after(60.0, lambda: self._call_back(ref))
            return

        def called(answer: Any) -> None:
            self._figures.called_back += isinstance(answer, Ack)

        self._post.command(c.client, {"type": "call_back", "call": ref, "result": "reached"}, called)

    # --- incidents: only those that a colleague made ------------------------------------------------------------------

    def _on_incident(self, ref: str, before: IncidentRow | None, now: IncidentRow | None) -> None:
        case = self._cases.get(ref)
        if case is None or now is None:
            return
        if now.closed and not (before is not None and before.closed):
            self._figures.closed += 1
            del self._cases[ref]
            return
        working = {self._discipline(u.unit) for u in now.units}
        case.seen |= working
        for d, track in now.tracks.items():
            if track.closed:
                continue
            if d not in case.sent and d not in case.tried:
                case.tried.add(d)
                delay = 6.0 if track.priority == 1 else 10.0 * track.priority
                self._agenda.after(delay, partial(self._dispatch, case, d))
            elif d in case.seen and d not in working and d not in case.closing:
                case.closing.add(d)
                self._agenda.after(30.0, partial(self._close, case, d))

    def _discipline(self, unit: str) -> str:
        row = self._mirror.units.get(unit)
        return row.discipline if row is not None else ""

    def _dispatch(self, case: _Case, d: str) -> None:
        region = case.ref.partition("/")[0]
        dispatcher = self._somebody(self._mirror.owner(f"{region}.{d}.dispatch"), f"{d}.dispatch")
        if dispatcher is None or case.ref not in self._cases:
            if case.ref in self._cases:
                self._agenda.after(RETRY_SECONDS, lambda: self._dispatch(case, d))
            return
        if case.x is None or case.y is None or case.priority >= HANDLED_BY_PHONE:
            case.sent[d] = 1
            case.closing.add(d)
            self._agenda.after(60.0, lambda: self._close(case, d))
            return
        unit = self._street.pool.take(region, d, case.x, case.y, self._agenda.now) if self._street.pool else None
        if unit is None:
            self._agenda.after(RETRY_SECONDS, lambda: self._dispatch(case, d))
            return
        # A national unit is ordered by the room that serves its own function, not the incident's.
        owner = self._mirror.owner(unit.function)
        by = self._somebody(owner, unit.function.partition(".")[2]) or dispatcher

        def sent(answer: Any) -> None:
            if isinstance(answer, Ack):
                case.sent[d] = case.sent.get(d, 0) + 1
            else:
                if self._street.pool is not None:
                    self._street.pool.give_back(unit, self._agenda.now)
                self._agenda.after(RETRY_SECONDS, lambda: self._dispatch(case, d))

        command = {
            "type": "assign_unit",
            "unit": unit.ref,
            "assignment": self._post.ids.new(),
            "incident": case.ref,
        }
        self._post.command(by.client, command, sent)

    def _close(self, case: _Case, d: str) -> None:
        if case.ref not in self._cases:
            return
        region = case.ref.partition("/")[0]
        c = self._somebody(self._mirror.owner(f"{region}.{d}.dispatch"), f"{d}.dispatch")
        if c is None:
            self._agenda.after(RETRY_SECONDS, lambda: self._close(case, d))
            return

        def closed(answer: Any) -> None:
            if not isinstance(answer, Ack):
                self._agenda.after(RETRY_SECONDS, lambda: self._close(case, d))

        code = self._data.closing(d, case.real, c.rng)
        self._post.command(
            c.client, {"type": "close_track", "incident": case.ref, "discipline": d, "code": code}, closed
        )

    # --- ownership --------------------------------------------------------------------------------------------------

    def _on_function(self, name: str, before: FunctionRow | None, now: FunctionRow | None) -> None:
        if now is None:
            return
        if not now.acknowledged and (before is None or before.acknowledged):
            self._agenda.after(20.0, lambda: self._acknowledge(name))
        if now.proposal is not None and (before is None or before.proposal is None):
            self._agenda.after(30.0, lambda: self._agree(name))

    def _caco(self, room: str) -> _Colleague | None:
        return None if self._person_in(room, "multi") else self._somebody(room, "multi")

    def _acknowledge(self, name: str) -> None:
        row = self._mirror.functions.get(name)
        caco = self._caco(row.owner) if row is not None and not row.acknowledged else None
        if caco is not None:

            def seen(answer: Any) -> None:
                self._figures.takeovers += isinstance(answer, Ack)

            self._post.command(caco.client, {"type": "acknowledge_takeover", "function": name}, seen)

    def _agree(self, name: str) -> None:
        row = self._mirror.functions.get(name)
        if row is None or row.proposal is None:
            return
        other = row.owner if row.proposal.room == row.proposal.to else row.proposal.to
        caco = self._caco(other)
        if caco is not None:
            command = {"type": "answer_transfer", "function": name, "agree": True}
            self._post.command(caco.client, command, lambda _: None)


def _free(c: _Colleague) -> None:
    c.busy = False
