"""Figures of the work: answer times, what waits to go out, and how every room is doing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from meldkamer.desk.metrics import Gather
from meldkamer.desk.rooms import Rooms
from meldkamer.domain.call import CallAnswered
from meldkamer.domain.clock import Clock
from meldkamer.network import Change, Picture
from meldkamer.prometheus import Family, Histogram, Sample

ANSWER_BOUNDS = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0)
"""Seconds; ten is the norm of the first answer."""


class AnswerTimes:
    """Counts how long callers waited, of the calls that are answered while this process runs. Exercises and tests of
    the line are left out."""

    def __init__(self, picture: Picture, clock: Clock) -> None:
        self._clock, self._since = clock, clock.now()
        self._by_region: dict[str, Histogram] = {}
        picture.listen(self._on_change)

    async def gather(self) -> Iterable[Family]:
        """The figures."""
        samples = [s for region, h in sorted(self._by_region.items()) for s in h.samples({"region": region})]
        help = "Seconds from when a caller began to wait until somebody answered, since this process started."
        return [Family("meldkamer_call_answer_seconds", "histogram", help, tuple(samples))]

    def _on_change(self, change: Change) -> None:
        # What is replayed at the start was counted by an earlier process, or by nobody.
        if not isinstance(change.event, CallAnswered) or change.entry.event.recorded < self._since:
            return
        before = change.before
        if before is None or change.after.test:
            return
        waited = max(0, change.entry.event.occurred - before.waiting_since) / 1000
        self._by_region.setdefault(change.entry.region, Histogram(ANSWER_BOUNDS)).add(waited)


def outbox_figures(picture: Picture, clock: Clock) -> Gather:
    """Orders that are not brought out yet, by the room that has to do it, and how long the oldest waits."""

    async def gather() -> Iterable[Family]:
        waiting: dict[str, list[int]] = {}
        for a in picture.alerts.values():
            if a.delivered is None and a.acknowledged is None and not a.withdrawn:
                of = picture.units.get(a.unit)
                owner = picture.function(of.function).owner if of is not None else ""
                waiting.setdefault(owner or "nobody", []).append(a.ordered)
        now = clock.now()
        return [
            Family(
                "meldkamer_outbox_waiting",
                "gauge",
                "Orders to units that have not been delivered, by the room that brings them out.",
                tuple(Sample(len(found), {"room": room}) for room, found in sorted(waiting.items())),
            ),
            Family(
                "meldkamer_outbox_oldest_seconds",
                "gauge",
                "How long the oldest of them waits.",
                tuple(
                    Sample(max(0, now - min(found)) / 1000, {"room": room}) for room, found in sorted(waiting.items())
                ),
            ),
        ]

    return gather


def room_figures(rooms: Rooms, readers: Callable[[], int]) -> Gather:
    """How every room is doing, as the desks are told. readers: how many desks are connected here."""

    async def gather() -> Iterable[Family]:
        rows = rooms.rows()

        def gauge(name: str, help: str, values: dict[str, float | None]) -> Family:
            samples = tuple(Sample(value, {"room": room}) for room, value in values.items() if value is not None)
            return Family(f"meldkamer_{name}", "gauge", help, samples)

        return [
            gauge(
                "lease_seen_age_seconds",
                "Seconds since the lease of a room was last seen to move, from here; absent when it never was.",
                {row.room: row.heartbeat_age for row in rows},
            ),
            Family(
                "meldkamer_room_state",
                "gauge",
                "1 for the state of a room (up, down, silent).",
                tuple(
                    Sample(float(row.state == state), {"room": row.room, "state": state})
                    for row in rows
                    for state in ("up", "down", "silent")
                ),
            ),
            gauge("calls_waiting", "Callers who wait.", {row.room: row.calls_waiting for row in rows}),
            gauge(
                "calls_longest_wait_seconds",
                "How long the first of them waits.",
                {r.room: r.longest_wait for r in rows},
            ),
            gauge("incidents_open", "Incidents that are open.", {row.room: row.incidents_open for row in rows}),
            gauge("seats_taken", "Seats at which somebody works.", {row.room: row.seats_taken for row in rows}),
            gauge("functions_owned", "Functions that a room serves.", {row.room: len(row.owns) for row in rows}),
            Family("meldkamer_desks_connected", "gauge", "Screens with an open live channel.", (Sample(readers()),)),
        ]

    return gather
