"""From single facts to stretches: when nobody able owned a function, when a room or a service did not work.

The rule: a function is lost while the room that owns it is in trouble, from that room's last sign of life (or the
moment a person said it was down) until another owns it or the room is back. After a restart nobody knows how long the
room was away: that stretch is at most from its last stored entry, and is kept apart as "not known".
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.continuity.spans import Span, common, together, without
from meldkamer.steering.continuity.structs import ServiceState
from meldkamer.steering.facts import Owned, RecordFacts, Reported, Trouble, Window
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
        self._reports: dict[str, list[Reported]] = {}
        for report in sorted(facts.reports, key=lambda r: r.at):
            self._reports.setdefault(report.service, []).append(report)
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
        return next((r.at for r in self._reports.get(service, ()) if _there(r.rooms, room)), None)

    def reports(self, service: str) -> list[Reported]:
        """Everything that was said of a service, oldest first."""
        return self._reports.get(service, [])

    def service_lost(self, service: str, room: str = "") -> list[Span]:
        """When any source said that it was down; for a room, or anywhere when none is named."""
        return self._said(service, room, ("down",))

    def service_degraded(self, service: str, room: str = "") -> list[Span]:
        """When it worked with less, as far as it was not lost."""
        return without(self._said(service, room, ("degraded",)), self.service_lost(service, room))

    def service_unknown(self, service: str, room: str = "") -> list[Span]:
        """When nobody's word held any more, since it was first checked; anywhere when no room is named."""
        found: list[Span] = []
        for where in self._places(service, room):
            since = min((r.at for r in self._about(service, where)), default=self.now)
            found += without([(since, self.now)], together(span for _, span in self._stretches(service, where)))
        return together(found)

    def service_state(self, service: str) -> ServiceState:
        """How it is now: the worst of what its sources say of any place; "not checked" where a word ran out."""
        now = [(self.now - 1, self.now)]
        worst: tuple[tuple[ServiceState, list[Span]], ...] = (
            ("down", self.service_lost(service)),
            ("not checked", self.service_unknown(service)),
            ("degraded", self.service_degraded(service)),
        )
        for state, spans in worst:
            if common(spans, now):
                return state
        return "not checked" if self.checked(service) is None else "up"

    def down_in(self, service: str) -> list[str]:
        """Where it is down now; "" is everywhere."""
        now = [(self.now - 1, self.now)]
        return [where for where in self._places(service, "") if common(self._said_in(service, where, ("down",)), now)]

    def _said(self, service: str, room: str, states: tuple[str, ...]) -> list[Span]:
        return together(span for where in self._places(service, room) for span in self._said_in(service, where, states))

    def _said_in(self, service: str, where: str, states: tuple[str, ...]) -> list[Span]:
        return together(span for state, span in self._stretches(service, where) if state in states)

    def _stretches(self, service: str, where: str) -> Iterable[tuple[str, Span]]:
        """What each source said of a place, until it said something else or its word ran out."""
        strands: dict[str, list[Reported]] = {}
        for report in self._about(service, where):
            strands.setdefault(report.source, []).append(report)
        for rows in strands.values():
            for n, row in enumerate(rows):
                end = rows[n + 1].at if n + 1 < len(rows) else self.now
                # Who said that it is down, and then fell silent, did not say that it is back.
                if row.until is not None and row.state != "down":
                    end = min(end, row.until)
                yield row.state, (row.at, min(end, self.now))

    def _about(self, service: str, where: str) -> Iterable[Reported]:
        return (r for r in self._reports.get(service, ()) if not r.rooms or where in r.rooms)

    def _places(self, service: str, room: str) -> Iterable[str]:
        """The room, or when none is named every room of which something was said, and "" for everywhere."""
        if room:
            return (room,)
        reports = self._reports.get(service, ())
        named = {room for r in reports for room in r.rooms}
        return sorted(named | ({""} if any(not r.rooms for r in reports) else set()))

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
