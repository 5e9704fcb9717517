"""What a satellite receiver says: NMEA 0183 RMC and GGA, and the TAIP message PV. Strict: what is not surely right is
refused, for a wrong position is worse than an old one."""

from __future__ import annotations

import datetime
import math
import re
from functools import reduce

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.response.wire.refusals import BadLine

DAY = 24 * 3_600_000
"""Milliseconds. A receiver whose clock is further off than this has no clock."""

_NMEA = re.compile(r"\$([A-Z]{2})(RMC|GGA),([ -)+-~]*)\*([0-9A-Fa-f]{2})")
_TAIP = re.compile(
    r">RPV(\d{5})([+-])(\d{2})(\d{5})([+-])(\d{3})(\d{5})(\d{3})(\d{3})(\d)(\d)"
    r"(?:;ID=[0-9A-Za-z]{1,16})?(?:;\*([0-9A-Fa-f]{2}))?<"
)
_CLOCK = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(?:\.(\d{1,3}))?")
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)")
_LAT = re.compile(r"(\d{2})([0-5]\d(?:\.\d{1,8})?)")
_LON = re.compile(r"(\d{3})([0-5]\d(?:\.\d{1,8})?)")
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,4})?")


class Fix(msgspec.Struct, frozen=True):
    """Where a receiver is. lat, lon: WGS84 degrees; heading: degrees clockwise from north, 0 when it does not say."""

    lat: float
    lon: float
    heading: float
    at: Millis


def read_fix(line: str, now: Millis) -> Fix:
    """One line. now: ours, for lines that state the time of day only, and against clocks that are not set.

    Raises BadLine.
    """
    if line.startswith("$"):
        return _nmea(line, now)
    if line.startswith(">"):
        return _taip(line, now)
    raise BadLine("not_a_line")


def _nmea(line: str, now: Millis) -> Fix:
    found = _NMEA.fullmatch(line)
    if found is None:
        raise BadLine("not_a_line")
    if _xor(line[1:-3]) != int(found[4], 16):
        raise BadLine("bad_checksum")
    fields = found[3].split(",")
    return _rmc(fields, now) if found[2] == "RMC" else _gga(fields, now)


def _rmc(fields: list[str], now: Millis) -> Fix:
    """time, A or V, lat, N or S, lon, E or W, knots, course, ddmmyy, variation, E or W[, mode[, status]]"""
    if not 9 <= len(fields) <= 13:
        raise BadLine("bad_field")
    # Estimated is still a position; manual input and the simulator of a receiver are not where it is.
    if fields[1] != "A" or (len(fields) > 11 and fields[11] in ("N", "M", "S")):
        raise BadLine("no_fix")
    date = _DATE.fullmatch(fields[8])
    if date is None:
        raise BadLine("bad_field")
    day, month, year = (int(part) for part in date.groups())
    try:
        midnight = datetime.datetime(2000 + year, month, day, tzinfo=datetime.UTC)
    except ValueError:
        raise BadLine("bad_field") from None
    at = round(midnight.timestamp() * 1000) + _time_of_day(fields[0])
    if abs(at - now) > DAY:
        raise BadLine("bad_time")
    return Fix(_degrees(_LAT, fields[2], fields[3], "NS", 90), _degrees(_LON, fields[4], fields[5], "EW", 180),
               _heading(fields[7]), at)  # fmt: skip


def _gga(fields: list[str], now: Millis) -> Fix:
    """time, lat, N or S, lon, E or W, quality, satellites, hdop, altitude, M, separation, M, age, station"""
    if not 8 <= len(fields) <= 14:
        raise BadLine("bad_field")
    if fields[5] not in ("1", "2", "3", "4", "5", "6"):
        raise BadLine("no_fix" if fields[5] in ("0", "7", "8") else "bad_field")
    at = _nearest(_time_of_day(fields[0]), now)
    return Fix(_degrees(_LAT, fields[1], fields[2], "NS", 90), _degrees(_LON, fields[3], fields[4], "EW", 180), 0.0, at)


def _taip(line: str, now: Millis) -> Fix:
    found = _TAIP.fullmatch(line)
    if found is None:
        raise BadLine("not_a_line")
    seconds, ns, lat, lat5, ew, lon, lon5, _, heading, source, age, check = found.groups()
    if check is not None and _xor(line[: line.rindex("*") + 1]) != int(check, 16):
        raise BadLine("bad_checksum")
    if source == "9" or age == "0":
        raise BadLine("no_fix")
    north, east = int(lat) + int(lat5) / 1e5, int(lon) + int(lon5) / 1e5
    if int(seconds) >= 86_400 or north > 90 or east > 180 or int(heading) > 360:
        raise BadLine("bad_field")
    return Fix(
        -north if ns == "-" else north,
        -east if ew == "-" else east,
        float(heading),
        _nearest(int(seconds) * 1000, now),
    )


def _xor(text: str) -> int:
    return reduce(lambda sum, char: sum ^ ord(char), text, 0)


def _time_of_day(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise BadLine("bad_field")
    hours, minutes, seconds, part = found.groups()
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))


def _nearest(time_of_day: int, now: Millis) -> Millis:
    """The moment with this time of day (milliseconds since midnight UTC) that is nearest to now."""
    at = now - now % DAY + time_of_day
    return at + DAY * round((now - at) / DAY)


def _degrees(form: re.Pattern[str], text: str, side: str, sides: str, most: int) -> float:
    found = form.fullmatch(text)
    if found is None or len(side) != 1 or side not in sides:
        raise BadLine("bad_field")
    value = int(found[1]) + float(found[2]) / 60
    if not value <= most:
        raise BadLine("bad_field")
    return -value if side in "SW" else value


def _heading(text: str) -> float:
    """Receivers that stand still leave it empty."""
    if not text:
        return 0.0
    found = _NUMBER.fullmatch(text)
    if found is None or not math.isfinite(value := float(text)) or value > 360:
        raise BadLine("bad_field")
    return value
