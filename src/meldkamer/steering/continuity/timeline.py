"""From single facts to stretches: when nobody able owned a function, when a room or a service did not work.

The rule: a function is lost while the room that owns it is in trouble, from that room's last sign of life (or the
moment a person said it was down) until another owns it or the room is back. After a restart nobody knows how long the
room was away: that stretch is at most from its last stored entry, and is kept apart as "not known".
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.continuity.spans import Span, together
from meldkamer.steering.facts import Owned, RecordFacts, Trouble, Window
from meldkamer.steering.measured import TAKEN

HANDED = "agreed"
MATCH: Millis = 15 * 60_000
"""A takeover follows from trouble of its previous owner that was noted in this time before it."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """A takeover that really happened. seconds: from the last sign of life, or from when a person said so; None when
    the record holds nothing that says when the trouble began."""

    at: Millis
    function: str
    previous: str
    to: str
    ground: str
    seconds: float | None
    reason: str


class Timeline:
    """Stretches per function, room and service, of everything that was folded until now."""

    def __init__(self, facts: RecordFacts, now: Millis) -> None:
        self.facts, self.now = facts, max(now, facts.until)
        self._troubles: dict[str, list[tuple[Trouble, Millis]]] = {}
        for trouble in facts.troubles:
            back = min((r.at for r in facts.returns if r.room == trouble.room and r.at >= trouble.noted), default=None)
            self._troubles.setdefault(trouble.room, []).append((trouble, self.now if back is None else back))
        self._owned: dict[str, list[Owned]] = {}
        for one in sorted(facts.owned, key=lambda o: o.at):
            self._owned.setdefault(one.function, []).append(one)

    # --- functions --------------------------------------------------------------------------------------------------

    def functions(self) -> list[str]:
        """Every function that was ever owned."""
        return sorted(self._owned)

    def owner(self, function: str) -> Owned | None:
        """The newest ownership."""
        rows = self._owned.get(function)
        return rows[-1] if rows else None

    def began(self, function: str) -> Millis | None:
        """When it was first owned: before that there was nothing to lose."""
        rows = self._owned.get(function)
        return rows[0].at if rows else None

    def lost(self, function: str) -> list[Span]:
        """When nobody able owned it."""
        found: list[Span] = []
        rows = self._owned.get(function, [])
        for n, row in enumerate(rows):
            end = rows[n + 1].at if n + 1 < len(rows) else self.now
            for trouble, back in self._troubles.get(row.owner, ()):
                found.append((max(trouble.since, row.at), min(back, end)))
        return together(found)

    def unknown(self, function: str) -> list[Span]:
        """Restarts of its owner: at most so long nobody served it."""
        return together(self._away(row) for row in self._owned.get(function, []) if row.ground == "resumed")

    def _away(self, row: Owned) -> Span:
        last = self.facts.activity.before(row.owner, row.at)
        return (row.at if last is None else min(last, row.at), row.at)

    def recoveries(self, function: str) -> list[Recovery]:
        """Its takeovers, oldest first."""
        return [self._recovery(row) for row in self._owned.get(function, []) if row.ground in TAKEN]

    def hand_backs(self, function: str) -> list[Owned]:
        """Moves that both sides agreed to, oldest first."""
        return [row for row in self._owned.get(function, []) if row.ground == HANDED]

    def _recovery(self, row: Owned) -> Recovery:
        silent = row.ground == "lapsed"
        said = [
            trouble
            for trouble, _ in self._troubles.get(row.previous, ())
            if (trouble.silent is not None) == silent and 0 <= row.at - trouble.noted <= MATCH
        ]
        newest = max(said, key=lambda trouble: trouble.noted, default=None)
        return Recovery(
            at=row.at,
            function=row.function,
            previous=row.previous,
            to=row.owner,
            ground=row.ground,
            seconds=None if newest is None else (row.at - newest.since) / 1000,
            reason=row.reason,
        )

    # --- rooms ------------------------------------------------------------------------------------------------------

    def rooms(self) -> set[str]:
        """Every room that ever owned something or was in trouble."""
        return {row.owner for rows in self._owned.values() for row in rows if row.owner} | set(self._troubles)

    def room_lost(self, room: str) -> list[Span]:
        """When the room could not work."""
        return together((trouble.since, back) for trouble, back in self._troubles.get(room, ()))

    def room_unknown(self, room: str) -> list[Span]:
        """Restarts of the room: at most so long."""
        rows = (row for found in self._owned.values() for row in found)
        return together(self._away(row) for row in rows if row.owner == room and row.ground == "resumed")

    def troubles(self, room: str) -> list[Trouble]:
        """What the room went through, oldest first."""
        return sorted((trouble for trouble, _ in self._troubles.get(room, ())), key=lambda trouble: trouble.noted)

    # --- services ---------------------------------------------------------------------------------------------------

    def checked(self, service: str, room: str = "") -> Millis | None:
        """Since when somebody or something reports on a service (in a room); None: nobody looks."""
        return min((r.at for r in self.facts.reports if r.service == service and _there(r.rooms, room)), default=None)

    def service_lost(self, service: str, room: str = "") -> list[Span]:
        """When it was reported down; for a room, or anywhere when none is named."""
        found: list[Span] = []
        for where in (room,) if room else self._reported_rooms(service):
            down: Millis | None = None
            reports = (r for r in self.facts.reports if r.service == service and _there(r.rooms, where))
            for report in sorted(reports, key=lambda r: r.at):
                if report.state == "down" and down is None:
                    down = report.at
                elif report.state != "down" and down is not None:
                    found.append((down, report.at))
                    down = None
            if down is not None:
                found.append((down, self.now))
        return together(found)

    def _reported_rooms(self, service: str) -> Iterable[str]:
        named = {room for r in self.facts.reports if r.service == service for room in r.rooms}
        everywhere = any(r.service == service and not r.rooms for r in self.facts.reports)
        return sorted(named | ({""} if everywhere else set()))

    def windows(self, service: str, room: str = "") -> list[Window]:
        """Maintenance that was announced before it began, and approved: what was agreed. It is never subtracted."""
        return [
            w
            for w in self.facts.windows
            if w.service == service and _there(w.rooms, room) and w.at <= w.since and w.approved_by
        ]


def _there(rooms: tuple[str, ...], room: str) -> bool:
    # A report without rooms is about all of them; a question without a room is about any.
    return not rooms or not room or room in rooms
