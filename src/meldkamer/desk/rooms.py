"""How every room is doing: counted from the picture as it changes, read once a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from meldkamer.desk.flow import Flow
from meldkamer.desk.rows import (
    OverflowRow,
    PeakRow,
    PlaybookRow,
    RejoinedRow,
    RoomRow,
    SeatRow,
    ShelvedRow,
    TickRow,
)
from meldkamer.domain.call import Call
from meldkamer.domain.clock import Clock
from meldkamer.domain.playbook import Run
from meldkamer.intake import room_now, service_state
from meldkamer.network import MARGIN_SECONDS, TTL_SECONDS, Change, Picture, Statement

HeartbeatAge = Callable[[str], float | None]
"""Seconds since a room's heart-beat was last seen to move; None when it could not be checked."""


class RoomAbout(msgspec.Struct, frozen=True):
    """What the pack says of a room."""

    code: str
    name: str
    kind: str


class Rooms:
    """The figures of every room. home: function -> the room where it lives when nothing is wrong. statement: what a
    room says of itself. kept: how many events are stored in a room alone.

    Counts open work incrementally: the picture also holds what is over, too much to search each second.
    """

    def __init__(
        self,
        picture: Picture,
        rooms: Sequence[RoomAbout],
        home: dict[str, str],
        heartbeat_age: HeartbeatAge,
        clock: Clock,
        statement: Callable[[str], Statement | None] = lambda room: None,
        kept: Callable[[str], int] = lambda room: 0,
    ) -> None:
        self._picture, self._rooms, self._home = picture, tuple(rooms), home
        self._heartbeat_age, self._clock, self._statement = heartbeat_age, clock, statement
        self._kept = kept
        self._waiting: dict[str, None] = {}
        self._open: dict[str, None] = {}
        self._counted = False
        self._flow = Flow(picture)
        picture.listen(self._on_change)

    def read(self) -> None:
        """Count anew: the picture was folded anew."""
        self._waiting, self._open, self._counted = {}, {}, False
        self._flow.forget()

    def rows(self) -> list[RoomRow]:
        """One row per room, as things are now."""
        if not self._counted:
            # A picture that was loaded from a snapshot has told nobody what it holds.
            self._counted = True
            self._count(self._picture.calls, self._picture.incidents)
        now = self._clock.now()
        away, stuck = self._flow.away(), Counter(self._room_of(call) for call in self._flow.stuck())
        due = Counter(self._picture.function(call.function).owner for call in self._flow.due())
        waiting: dict[str, list[int]] = {}
        for ref in self._waiting:
            call = self._picture.calls.get(ref)
            if call is not None and not call.test:
                waiting.setdefault(self._room_of(call), []).append(call.waiting_since)
        opened: dict[str, list[int]] = {}
        for ref in self._open:
            incident = self._picture.incidents.get(ref)
            if incident is not None:
                region = ref.partition("/")[0]
                tracks = [d for d, t in incident.tracks.items() if t.closed is None]
                functions = [f"{region}.{d}.dispatch" for d in tracks] or [f"{region}.112"]
                for room in {self._picture.function(name).owner for name in functions}:
                    opened.setdefault(room, []).append(incident.priority)
        owned: dict[str, list[str]] = {}
        for function in self._picture.functions.values():
            owned.setdefault(function.owner, []).append(function.name)
        return [
            self._row(
                about,
                now,
                waiting.get(about.code, []),
                opened.get(about.code, []),
                sorted(owned.get(about.code, [])),
                away.get(about.code, {}),
                stuck[about.code],
                due[about.code],
            )
            for about in self._rooms
        ]

    def _room_of(self, call: Call) -> str:
        """The room at which a call waits."""
        return call.room or self._picture.function(call.function).owner or self._home.get(call.function, "")

    def _row(
        self,
        about: RoomAbout,
        now: int,
        waiting: list[int],
        opened: list[int],
        owns: list[str],
        away: dict[str, int],
        stuck: int,
        due: int,
    ) -> RoomRow:
        desk = self._picture.desk(about.code)
        seats = tuple(
            SeatRow(seat=s.seat, person=s.person, simulated=s.simulated, qualified=s.qualified, since=s.since)
            for s in sorted(desk.seats.values(), key=lambda s: s.seat)
        )
        age = self._heartbeat_age(about.code)
        said = self._statement(about.code)
        silent = age is not None and age >= TTL_SECONDS + MARGIN_SECONDS
        peak, back = desk.peak, desk.rejoined
        return RoomRow(
            room=about.code,
            name=about.name,
            kind=about.kind,
            state=desk.state,
            since=desk.since,
            reason=desk.reason,
            alone=desk.alone,
            kept=self._kept(about.code),
            rejoined=RejoinedRow(began=back.began, at=back.at, events=back.events, conflicts=back.conflicts)
            if back is not None
            else None,
            heartbeat_age=None if age is None else round(age, 1),
            calls_waiting=len(waiting),
            longest_wait=round(max(0, now - min(waiting)) / 1000, 1) if waiting else 0.0,
            incidents_open=len(opened),
            incidents_p1=opened.count(1),
            seats_taken=len(seats),
            seats=seats,
            owns=tuple(owns),
            foreign=tuple(name for name in owns if self._home.get(name, about.code) != about.code),
            service=service_state(room_now(desk, frozenset(owns), silent)),
            peak=PeakRow(by=peak.by, reason=peak.reason, since=peak.since) if peak is not None else None,
            overflows=tuple(
                OverflowRow(kind=kind, since=o.since, waiting=o.waiting, seats=o.seats, limit=o.limit)
                for kind, o in sorted(desk.overflows.items())
            ),
            away=away,
            stuck=stuck,
            call_backs=due,
            load=round(len(waiting) / max(1, len(seats)), 2),
            age=None if age is None else round(age, 1),
            version=said.version if said is not None else "",
            pack=said.pack if said is not None else "",
            settings=said.settings if said is not None else "",
            geography=said.geography if said is not None else "",
            health=said.health if said is not None else "",
            bad=tuple(said.bad) if said is not None else (),
            shelved=tuple(
                ShelvedRow(cause=s.cause, key=s.key, text=s.text, by=s.by, at=s.at, until=s.until)
                for s in desk.shelved
                if s.until > now
            ),
            playbooks=tuple(_playbook(run) for run in desk.playbooks),
        )

    def _on_change(self, change: Change) -> None:
        if change.kind == "call":
            self._count((change.ref,), ())
        elif change.kind == "incident":
            self._count((), (change.ref,))

    def _count(self, calls: Iterable[str], incidents: Iterable[str]) -> None:
        for ref in calls:
            self._flow.count(ref)
            call = self._picture.calls.get(ref)
            if call is not None and call.waiting:
                self._waiting[ref] = None
            else:
                self._waiting.pop(ref, None)
        for ref in incidents:
            incident = self._picture.incidents.get(ref)
            if incident is not None and not incident.closed:
                self._open[ref] = None
            else:
                self._open.pop(ref, None)


def _playbook(run: Run) -> PlaybookRow:
    return PlaybookRow(
        run=run.run,
        playbook=run.playbook,
        version=run.version,
        about=run.about,
        why=run.why,
        since=run.since,
        by=run.by,
        at=run.at,
        holder=run.holder,
        steps=run.steps,
        tell=run.tell,
        done={item: TickRow(by=tick.by, room=tick.room, at=tick.at) for item, tick in run.done.items()},
        taken_by=run.taken_by,
        taken_at=run.taken_at,
        reason=run.reason,
        closed=run.closed,
        closed_by=run.closed_by,
        note=run.note,
    )
