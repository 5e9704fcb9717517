"""How many calls come when: the day's curve, the week, New Year's Eve, a local burst."""

from __future__ import annotations

import datetime as dt

import msgspec

from meldkamer.domain.clock import Millis

HOUR_SHARES = (
    2.6, 2.1, 1.7, 1.4, 1.3, 1.4, 2.0, 3.1, 4.1, 4.6, 4.9, 5.1,
    5.3, 5.4, 5.6, 5.9, 6.1, 6.2, 5.9, 5.6, 5.2, 4.9, 4.3, 3.4,
)  # fmt: skip
"""Relative weight of each local hour: a quiet night, a high afternoon."""
WEEKDAYS = (0.97, 0.96, 0.96, 0.97, 1.03, 1.07, 1.04)
"""Factor per weekday, Monday first."""
NEW_YEAR = {(31, 18): 1.6, (31, 19): 1.8, (31, 20): 2.0, (31, 21): 2.2, (31, 22): 2.5, (31, 23): 3.0,
            (1, 0): 10.0, (1, 1): 7.0, (1, 2): 4.5, (1, 3): 3.0, (1, 4): 2.0}  # fmt: skip
"""Factor per (day, local hour) around the turn of the year."""
NATIONAL_DAY = 8_500
"""Calls on an ordinary day (about three million a year)."""

_MEAN_SHARE = sum(HOUR_SHARES) / 24


class Burst(msgspec.Struct, frozen=True):
    """For a while, many more calls from one region. factor: times the region's ordinary rate."""

    region: str
    start: Millis
    seconds: float
    factor: float = 30.0

    def covers(self, at: Millis) -> bool:
        """Whether it is going on at this time."""
        return self.start <= at < self.start + self.seconds * 1000


def local(at: Millis) -> dt.datetime:
    """Dutch clock time, by the European summer time rule (no time zone files needed)."""
    moment = dt.datetime.fromtimestamp(at / 1000, dt.UTC)
    summer = _switch(moment.year, 3) <= moment < _switch(moment.year, 10)
    return moment.astimezone(dt.timezone(dt.timedelta(hours=2 if summer else 1)))


def from_local(moment: dt.datetime) -> Millis:
    """Milliseconds UTC of a Dutch clock time without a zone; in the doubled hour of autumn the first."""
    for hours in (2, 1):
        at = int(moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours))).timestamp() * 1000)
        if local(at).replace(tzinfo=None) == moment:
            return at
    return int(moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))).timestamp() * 1000)


def factor(at: Millis) -> float:
    """The rate at this time relative to the mean of an ordinary day."""
    here = local(at)
    value = HOUR_SHARES[here.hour] / _MEAN_SHARE * WEEKDAYS[here.weekday()]
    if (here.month, here.day) in ((12, 31), (1, 1)):
        value *= NEW_YEAR.get((here.day, here.hour), 1.0)
    return value


def next_hour(at: Millis) -> Millis:
    """The start of the next hour; the rate is constant until then."""
    return (at // 3_600_000 + 1) * 3_600_000


def _switch(year: int, month: int) -> dt.datetime:
    """01:00 UTC on the last Sunday of March or October."""
    last = dt.datetime(year, month, 31, 1, tzinfo=dt.UTC)
    return last - dt.timedelta(days=(last.weekday() + 1) % 7)
