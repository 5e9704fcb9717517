"""Figures of the record: how far it is, how far the screens are, and what came of appends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from meldkamer.desk.metrics import Gather
from meldkamer.prometheus import Family, Sample


class Counts(Protocol):
    """What the record counts (see `record.counted`)."""

    @property
    def outcomes(self) -> Mapping[str, int]: ...
    @property
    def events(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def stored_age(self) -> float | None: ...
    @property
    def renewed(self) -> int: ...
    @property
    def not_renewed(self) -> int: ...
    def take_slowest(self) -> float: ...


def record_figures(
    counts: Counts,
    tail: Callable[[str], Awaitable[int]],
    shown: Callable[[], Mapping[str, int]],
    regions: Sequence[str],
) -> Gather:
    """tail: the newest sequence of a region. shown: how far the picture is, by region."""

    async def gather() -> Iterable[Family]:
        tails = dict(zip(regions, await asyncio.gather(*(tail(region) for region in regions)), strict=True))
        at = shown()
        stored = counts.outcomes["safe"] + counts.outcomes["local"]
        age = counts.stored_age
        return [
            Family(
                "meldkamer_record_tail",
                "gauge",
                "The newest sequence of a region that this process has seen.",
                tuple(Sample(last, {"region": region}) for region, last in tails.items()),
            ),
            Family(
                "meldkamer_record_behind",
                "gauge",
                "Entries of a region that are stored and not yet on the screens here.",
                tuple(Sample(last - at.get(r, 0), {"region": r}) for r, last in tails.items()),
            ),
            Family(
                "meldkamer_record_appends_total",
                "counter",
                "Appends of this process by what came of them.",
                tuple(Sample(n, {"outcome": outcome}) for outcome, n in sorted(counts.outcomes.items())),
            ),
            Family(
                "meldkamer_record_events_total", "counter", "Events stored by this process.", (Sample(counts.events),)
            ),
            Family(
                "meldkamer_record_append_seconds_total",
                "counter",
                "Seconds that the appends took that were stored; divide by their number.",
                (Sample(counts.seconds, {"appends": "stored"}),),
            ),
            Family(
                "meldkamer_record_append_slowest_seconds",
                "gauge",
                "The slowest append that was stored since the figures were last asked for.",
                (Sample(counts.take_slowest()),) if stored else (),
            ),
            Family(
                "meldkamer_record_stored_age_seconds",
                "gauge",
                "Seconds since something of this process was last stored; absent before the first time.",
                () if age is None else (Sample(age),),
            ),
            Family(
                "meldkamer_lease_renewals_total",
                "counter",
                "Heart-beats of the rooms of this process by whether the record took them.",
                (Sample(counts.renewed, {"stored": "yes"}), Sample(counts.not_renewed, {"stored": "no"})),
            ),
        ]

    return gather
