"""The report: every measure, grouped, over a period. A pure function of a book, a pack and a period."""

from __future__ import annotations

import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.domain.gap import Gap
from meldkamer.insight.cases import MEASURES, URGENT, Measure
from meldkamer.insight.columns import Columns, Places, Whole, by_number
from meldkamer.insight.judged import Row, norms_for, row
from meldkamer.insight.lasting import Lasting, lasting
from meldkamer.insight.norms import NormVersion, norm_versions
from meldkamer.insight.overflow import Overflow, Takeovers, overflow, takeovers
from meldkamer.insight.quality import Quality, quality
from meldkamer.insight.reading import Book
from meldkamer.pack import Norm, Pack

Grouping = Literal["room", "region", "municipality", "hour", "priority"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

SMALL = 10
"""A municipality with fewer cases than this is not shown by itself: a time of one incident is somebody's."""
OTHERS = "*"
"""Key of the municipalities that are too small to show, together."""
UNPLACED = "?"
"""Key of cases of which the municipality is not known."""
QUARTER: Millis = 900_000
"""Clocks are moved by whole quarters of an hour, everywhere."""


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
    """A whole report. gaps: what could not be read of the record, in words; unread: events of a newer program.

    lasting: differences between rooms that last, over the whole weeks before the end of the period. items: what was
    made of them, the open ones and those that were closed in the period. norms: those that held in it, as they are now.
    """

    period: Period
    pack: str
    entries: int
    test_calls: int
    unread: int
    gaps: tuple[str, ...]
    blocks: tuple[Block, ...]
    overflow: tuple[Overflow, ...]
    takeovers: Takeovers
    lasting: Lasting
    items: tuple[Gap, ...]
    norms: tuple[Norm, ...]


class Figures:
    """A book over a period: works out what is asked for, and no more. until is excluded; None: from the first event,
    to the last. pack: as it was before anything of it was changed, which the book says."""

    def __init__(
        self, book: Book, pack: Pack, zone: ZoneInfo, *, since: Millis | None = None, until: Millis | None = None
    ) -> None:
        start = (book.since or 0) if since is None else since
        end = book.until + 1 if until is None else until
        self.book, self.pack, self._zone = book, pack, zone
        covers = None if book.since is None else (book.since, book.until)
        self.period = Period(since=start, until=end, covers=covers, zone=zone.key)
        self.norms = norm_versions(pack.norms, book.norms, start, min(end, book.until + 1))
        self.rooms = tuple(room.code for room in pack.rooms if room.kind == "regional")
        at = book.columns.at
        self._cases = book.columns.take((at >= start) & (at < end))
        self._places = by_number(
            self._cases.discipline.astype(np.int64) * len(MEASURES) + self._cases.measure.astype(np.int64)
        )

    @property
    def test_calls(self) -> int:
        """How many test calls came, which are counted nowhere else."""
        return sum(self.period.since <= at < self.period.until for at in self.book.tests)

    def shown(self) -> list[tuple[Measure, str]]:
        """Every measure of every discipline, also without cases: that nothing could be measured is to be seen."""
        found = {(MEASURES[key % len(MEASURES)], self.book.names[key // len(MEASURES)]) for key in self._places}
        usual: list[tuple[Measure, str]] = [
            (m, d) for m in MEASURES for d in ([""] if m == "answer_112" else [d.code for d in self.pack.disciplines])
        ]
        more = sorted(found - set(usual))
        return sorted([*usual, *more], key=lambda key: MEASURES.index(key[0]))

    def all(self, measure: Measure, discipline: str) -> Row:
        """The whole country as one row."""
        return row("", self._of(measure, discipline, True), self._norms(measure, discipline))

    def quality(self, measure: Measure, discipline: str) -> Quality:
        """How the rooms stand beside each other."""
        of = self._of(measure, discipline, True)
        cases = {self.book.names[number]: of.take(places) for number, places in by_number(of.room).items()}
        return quality(cases, self.rooms, self._norms(measure, discipline))

    def groups(self, measure: Measure, discipline: str, by: Grouping) -> tuple[Row, ...]:
        """One row a group. Those of the country that are always there come first, also without cases."""
        of, norms = self._of(measure, discipline, by != "priority"), self._norms(measure, discipline)
        first, parts = self._first(by), self._parts(of, by)
        nothing = np.empty(0, dtype=np.intp)
        return tuple(
            row(key, of, norms if by != "priority" or key == str(URGENT) else (), parts.get(key, nothing))
            for key in [*first, *sorted(set(parts) - set(first))]
        )

    def _first(self, by: Grouping) -> tuple[str, ...]:
        if by == "room":
            return self.rooms
        if by == "region":
            return tuple(region.code for region in self.pack.regions)
        if by == "hour":
            return tuple(f"{hour:02d}" for hour in range(24))
        return tuple(str(priority) for priority in range(1, 6)) if by == "priority" else ()

    def _parts(self, of: Columns, by: Grouping) -> dict[str, Places]:
        """Key of a group -> the places of its cases."""
        names = self.book.names
        if by == "hour":
            return {f"{hour:02d}": places for hour, places in by_number(self._hours(of.at)).items()}
        if by == "priority":
            return {str(priority): places for priority, places in by_number(of.priority).items()}
        parts = {names[n]: places for n, places in by_number(getattr(of, by)).items()}
        if by != "municipality":
            return parts
        found: dict[str, list[Places]] = {}
        for name, places in parts.items():
            found.setdefault(UNPLACED if not name else name if len(places) >= SMALL else OTHERS, []).append(places)
        return {key: np.concatenate(some) for key, some in found.items()}

    def _hours(self, at: Whole) -> Whole:
        """The local hour of the day of each moment."""
        quarters, which = np.unique(at // QUARTER, return_inverse=True)
        moments = (datetime.datetime.fromtimestamp(int(q) * QUARTER / 1000, self._zone) for q in quarters)
        return np.array([moment.hour for moment in moments], dtype=np.int64)[which]

    def block(self, measure: Measure, discipline: str) -> Block:
        """All of one measure."""
        answers = measure.startswith("answer")
        by: dict[Grouping, tuple[Row, ...]] = {
            grouping: self.groups(measure, discipline, grouping)
            for grouping in GROUPINGS
            if grouping != "priority" or not answers
        }
        return Block(
            measure=measure,
            discipline=discipline,
            all=self.all(measure, discipline),
            by=by,
            quality=self.quality(measure, discipline),
        )

    def overflow(self) -> tuple[Overflow, ...]:
        """Per room who answered whose calls."""
        return overflow(self._cases, self.book.names, [room.code for room in self.pack.rooms])

    def takeovers(self) -> Takeovers:
        """Functions that moved because a room could not work."""
        home = {f.code: f.home_room for f in self.pack.functions}
        return takeovers(self.book.owned, self.book.downs, home, self.period.since, self.period.until)

    def report(self) -> Report:
        """Everything together."""
        book = self.book
        return Report(
            period=self.period,
            pack=f"{self.pack.manifest.name} {self.pack.manifest.version}",
            entries=book.entries,
            test_calls=self.test_calls,
            unread=book.unread,
            gaps=book.gaps,
            blocks=tuple(self.block(m, d) for m, d in self.shown()),
            overflow=self.overflow(),
            takeovers=self.takeovers(),
            lasting=self.lasting(),
            items=self.items(),
            norms=tuple({v.norm.code: v.norm for v in reversed(self.norms)}.values()),
        )

    def lasting(self) -> Lasting:
        """Differences between rooms that last, in the whole weeks before the end of the period."""
        book, rule = self.book, self.pack.manifest.quality
        end = self.period.until if book.since is None else min(self.period.until, book.until + 1)

        def measured(since: Millis, until: Millis) -> dict[tuple[Measure, str], Quality]:
            of = Figures(book, self.pack, self._zone, since=since, until=until)
            return {(m, d): of.quality(m, d) for m, d in of.shown()}

        return lasting(measured, end, self._zone, rule)

    def items(self) -> tuple[Gap, ...]:
        """Items that were opened before the end of the period and are open, or were closed in it; the oldest first."""
        since, until = self.period.since, self.period.until
        found = [gap for gaps in self.book.items.values() for gap in gaps]
        return tuple(
            sorted(
                (gap for gap in found if gap.opened < until and (not gap.closed or since <= gap.closed)),
                key=lambda gap: (bool(gap.closed), gap.opened),
            )
        )

    def _norms(self, measure: Measure, discipline: str) -> tuple[NormVersion, ...]:
        return norms_for(self.norms, measure, discipline)

    def _of(self, measure: Measure, discipline: str, urgent: bool) -> Columns:
        """The cases of a measure. urgent: only of the priority that the norms speak of; answers have none."""
        key = self.book.names.number(discipline) * len(MEASURES) + MEASURES.index(measure)
        of = self._cases.take(self._places.get(key, np.empty(0, dtype=np.intp)))
        return of if measure.startswith("answer") or not urgent else of.take(of.priority == URGENT)
