"""The report: every measure, grouped, over a period. A pure function of facts, pack and period."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.insight.cases import MEASURES, URGENT, Case, Measure, cases
from meldkamer.insight.facts import Facts
from meldkamer.insight.judged import Row, norms_for, row
from meldkamer.insight.overflow import Overflow, Takeovers, overflow, takeovers
from meldkamer.insight.owners import Owners
from meldkamer.insight.quality import Quality, quality
from meldkamer.pack import Pack

Grouping = Literal["room", "region", "municipality", "hour", "priority"]
GROUPINGS: tuple[Grouping, ...] = ("room", "region", "municipality", "hour", "priority")

SMALL = 10
"""A municipality with fewer cases than this is not shown by itself: a time of one incident is somebody's."""
OTHERS = "*"
"""Key of the municipalities that are too small to show, together."""
UNPLACED = "?"
"""Key of cases of which the municipality is not known."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked and what the record covers, milliseconds UTC; until is excluded. covers: None for nothing."""

    since: Millis
    until: Millis
    covers: tuple[Millis, Millis] | None
    zone: str


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of one discipline ("" for the first answer). by: grouping -> rows.

    Handling, turn-out and arrival are of the most urgent priority, as the norms are; only `priority` shows all.
    """

    measure: Measure
    discipline: str
    all: Row
    by: dict[Grouping, tuple[Row, ...]]
    quality: Quality


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report. gaps: what could not be read of the record, in words; unread: events of a newer program."""

    period: Period
    pack: str
    entries: int
    test_calls: int
    unread: int
    gaps: tuple[str, ...]
    blocks: tuple[Block, ...]
    overflow: tuple[Overflow, ...]
    takeovers: Takeovers


def make_report(
    facts: Facts,
    pack: Pack,
    zone: ZoneInfo,
    *,
    since: Millis | None = None,
    until: Millis | None = None,
    unread: int = 0,
    gaps: Sequence[str] = (),
) -> Report:
    """The report over the cases that began from since to until (excluded); None: from the first, to the last event."""
    start = (facts.since or 0) if since is None else since
    end = facts.until + 1 if until is None else until
    home = {f.code: f.home_room for f in pack.functions}
    owners = Owners(facts.owned, home)
    found: dict[tuple[Measure, str], list[Case]] = {}
    for case in cases(facts, owners, pack.manifest.national_region):
        if start <= case.at < end:
            found.setdefault((case.measure, case.discipline), []).append(case)
    rooms = [room.code for room in pack.rooms if room.kind == "regional"]
    blocks = [_block(m, d, found.get((m, d), []), rooms, pack, zone) for m, d in _shown(pack, found)]
    return Report(
        period=Period(
            since=start,
            until=end,
            covers=None if facts.since is None else (facts.since, facts.until),
            zone=zone.key,
        ),
        pack=f"{pack.manifest.name} {pack.manifest.version}",
        entries=facts.entries,
        test_calls=sum(c.test and start <= c.legs[0].since < end for c in facts.calls.values()),
        unread=unread,
        gaps=tuple(gaps),
        blocks=tuple(blocks),
        overflow=overflow(facts.calls.values(), owners, [r.code for r in pack.rooms], start, end),
        takeovers=takeovers(facts.owned, facts.downs, home, start, end),
    )


def _shown(pack: Pack, found: Iterable[tuple[Measure, str]]) -> list[tuple[Measure, str]]:
    """Every measure of every discipline, also without cases: that nothing could be measured is to be seen."""
    usual = [(m, d) for m in MEASURES for d in ([""] if m == "answer_112" else [d.code for d in pack.disciplines])]
    more = sorted(set(found) - set(usual))
    return sorted([*usual, *more], key=lambda key: MEASURES.index(key[0]))


def _block(
    measure: Measure, discipline: str, every: list[Case], rooms: Sequence[str], pack: Pack, zone: ZoneInfo
) -> Block:
    norms = norms_for(pack.norms, measure, discipline)
    answers = measure.startswith("answer")
    urgent = every if answers else [c for c in every if c.priority == URGENT]
    regions = [r.code for r in pack.regions]
    by: dict[Grouping, tuple[Row, ...]] = {}

    def group(name: Grouping, of: list[Case], key: Callable[[Case], str], first: Sequence[str], held: bool) -> None:
        groups: dict[str, list[Case]] = {k: [] for k in first}
        for case in of:
            groups.setdefault(key(case), []).append(case)
        by[name] = tuple(row(k, v, norms if held or k == str(URGENT) else ()) for k, v in groups.items())

    towns = _towns(urgent)
    group("room", urgent, lambda c: c.room, rooms, True)
    group("region", urgent, lambda c: c.region, regions, True)
    group("municipality", urgent, lambda c: towns[c.municipality], sorted(set(towns.values())), True)
    group("hour", urgent, lambda c: _hour(c.at, zone), [f"{h:02d}" for h in range(24)], True)
    if not answers:
        group("priority", every, lambda c: str(c.priority), [str(p) for p in range(1, 6)], False)
    return Block(
        measure=measure,
        discipline=discipline,
        all=row("", urgent, norms),
        by=by,
        quality=quality([c for c in urgent if c.room in rooms], rooms, norms),
    )


def _towns(of: Iterable[Case]) -> dict[str, str]:
    """Municipality -> the key that it is shown under."""
    counts: dict[str, int] = {}
    for case in of:
        counts[case.municipality] = counts.get(case.municipality, 0) + 1
    return {name: UNPLACED if not name else name if n >= SMALL else OTHERS for name, n in counts.items()}


def _hour(at: Millis, zone: ZoneInfo) -> str:
    return f"{datetime.datetime.fromtimestamp(at / 1000, zone).hour:02d}"
