"""Periods by the names that people give them: `2026-01-05`, `2026-W02`, `2026-01`, or `2026-01-05..2026-01-11`."""

from __future__ import annotations

import datetime
import re
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.clock import Millis

LONGEST_DAYS = 3 * 366
_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
ONE = datetime.timedelta(days=1)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A period of whole local days. since, until (excluded): milliseconds UTC. before, after: the ones beside it."""

    name: str
    since: Millis
    until: Millis
    before: str
    after: str


def span_of(name: str, zone: ZoneInfo) -> Span:
    """The period of a name. Raises ValueError for what is none, or longer than three years."""
    first, last = _days(name)
    if not datetime.date(1900, 1, 1) <= first <= last <= datetime.date(2200, 1, 1):
        raise ValueError(f"{name!r} does not lie between 1900 and 2200, or ends before it begins")
    length = last - first + ONE
    if length.days > LONGEST_DAYS:
        raise ValueError(f"{name!r} is longer than three years")
    return Span(
        name=name,
        since=_midnight(first, zone),
        until=_midnight(last + ONE, zone),
        before=_like(name, first - (ONE if _MONTH.fullmatch(name) else length), first - ONE),
        after=_like(name, last + ONE, last + length),
    )


def week_at(at: Millis, zone: ZoneInfo) -> str:
    """The name of the week of a moment."""
    return _week(datetime.datetime.fromtimestamp(at / 1000, zone).date())


def _days(name: str) -> tuple[datetime.date, datetime.date]:
    start, dots, end = name.partition("..")
    if dots:
        return _day(start), _day(end)
    if (week := _WEEK.fullmatch(name)) is not None:
        monday = datetime.date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return monday, monday + 6 * ONE
    if (month := _MONTH.fullmatch(name)) is not None:
        first = datetime.date(int(month[1]), int(month[2]), 1)
        return first, (first + 31 * ONE).replace(day=1) - ONE
    return _day(name), _day(name)


def _day(name: str) -> datetime.date:
    if not _DAY.fullmatch(name):
        raise ValueError(
            f"{name!r} is not a day such as 2026-01-05, a week such as 2026-W02 or a month such as 2026-01"
        )
    return datetime.date.fromisoformat(name)


def _like(name: str, first: datetime.date, last: datetime.date) -> str:
    """The name of a period of the same kind, of which these are days."""
    if ".." in name:
        return f"{first}..{last}"
    if _WEEK.fullmatch(name):
        return _week(first)
    return f"{first:%Y-%m}" if _MONTH.fullmatch(name) else str(first)


def _week(day: datetime.date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _midnight(day: datetime.date, zone: ZoneInfo) -> Millis:
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
