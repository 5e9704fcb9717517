"""Objectives as OpenSLO v1 text (YAML, https://openslo.com): read, checked, and written back.

Of the standard we take what can be measured from the record: kind SLO, `budgetingMethod` Timeslices (slices of time)
or Occurrences (cases), one time window, a metric source of type `meldkamer`. What else a file says is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.faults import Fault

FOLDER = "doelen"
SOURCE = "meldkamer"
MOST_BYTES = 64 * 1024
"""An objective is a page of text; a larger file is something else."""
DURATION = re.compile(r"([1-9]\d{0,3})([smhdwMQY])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "Q": 7_776_000, "Y": 31_536_000}
"""A month is taken as 30 days, a quarter as 90, a year as 365: windows here roll and follow no calendar."""

Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
About = Literal["function", "room", "service", "chain", "alert", "answer", "recovery"]
SLICED = ("function", "room", "service", "chain")
"""What is measured in stretches of time; the others are cases."""


class Query(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is measured. of: a kind of function or one function, a room, a service, a chain; empty: all of them.

    within_seconds: for cases, how fast is good: an alert sent, a call answered, a function recovered.
    """

    about: About
    of: str = ""
    within_seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A metric source."""

    type: str
    spec: Query


class Metric(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One series."""

    metricSource: Source


class Ratio(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Good of all. `total` must ask the same as `good`: the record counts both at once."""

    good: Metric
    total: Metric
    counter: bool = True


class IndicatorSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An indicator's contents."""

    ratioMetric: Ratio


class Meta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Names. labels and annotations are free."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$(?!\n)")]
    displayName: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Indicator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An indicator in the objective itself."""

    metadata: Meta
    spec: IndicatorSpec


class TimeWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The time over which the budget counts."""

    duration: str
    isRolling: Literal[True]


class Objective(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A target. timeSliceTarget: a slice is good when at least this share of it was; timeSliceWindow: its length."""

    displayName: str = ""
    target: Share
    timeSliceTarget: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    timeSliceWindow: str = ""


class Spec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An objective's contents."""

    description: str = ""
    service: str
    indicator: Indicator
    timeWindow: Annotated[tuple[TimeWindow, ...], msgspec.Meta(min_length=1, max_length=1)]
    budgetingMethod: Literal["Timeslices", "Occurrences"]
    objectives: Annotated[tuple[Objective, ...], msgspec.Meta(min_length=1, max_length=8)]


class Slo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A whole file."""

    apiVersion: Literal["openslo/v1"]
    kind: Literal["SLO"]
    metadata: Meta
    spec: Spec

    @property
    def query(self) -> Query:
        """What is measured."""
        return self.spec.indicator.spec.ratioMetric.good.metricSource.spec

    @property
    def window(self) -> Millis:
        """Length of the window."""
        return seconds(self.spec.timeWindow[0].duration) * 1000


def seconds(duration: str) -> int:
    """`28d` -> seconds. Raises ValueError."""
    found = DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"{duration!r} is not a duration such as 5m, 12h or 28d")
    return int(found[1]) * _SECONDS[found[2]]


def objective_files(folder: Path) -> list[Path]:
    """The objective files of a plan, by name."""
    root = folder / FOLDER
    return sorted(path for path in root.glob("*.y*ml") if path.is_file()) if root.is_dir() else []


def read_objectives(folder: Path, faults: list[Fault]) -> list[tuple[str, Slo]]:
    """(file, objective) of every file that can be used; what cannot is appended to ``faults``."""
    found, names = [], set()
    for path in objective_files(folder):
        file = path.relative_to(folder).as_posix()
        slo = read_objective(path, file, faults)
        if slo is None:
            continue
        if slo.metadata.name in names:
            faults.append(Fault(file, 0, "metadata.name", f"{slo.metadata.name!r} is the name of another objective"))
        names.add(slo.metadata.name)
        found.append((file, slo))
    return found


def read_objective(path: Path, file: str, faults: list[Fault]) -> Slo | None:
    """One file, or None with a fault."""
    if path.stat().st_size > MOST_BYTES:
        faults.append(Fault(file, 0, "", f"is larger than {MOST_BYTES} bytes; an objective is a page of text"))
        return None
    text = path.read_bytes()
    if aliased := re.search(rb"(?m)(?:^|[\s:\-\[{,])[&*][A-Za-z0-9_]+", text):
        # A few aliases of aliases grow to more memory than there is.
        line = text.count(b"\n", 0, aliased.end()) + 1
        faults.append(Fault(file, line, "", "holds an anchor or alias (& or *); write it out"))
        return None
    try:
        slo = msgspec.yaml.decode(text, type=Slo)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        faults.append(Fault(file, _line(error), _field(error), f"is not an objective as OpenSLO v1: {_words(error)}"))
        return None
    before = len(faults)
    faults.extend(Fault(file, 0, field, message) for field, message in _check(slo))
    return slo if len(faults) == before else None


def write_objective(slo: Slo) -> str:
    """The text of a file, as `read_objective` reads it."""
    return msgspec.yaml.encode(slo, order=None).decode()


def _check(slo: Slo) -> Iterator[tuple[str, str]]:
    ratio = slo.spec.indicator.spec.ratioMetric
    if ratio.good.metricSource.type != SOURCE:
        yield "metricSource.type", f"{ratio.good.metricSource.type!r} cannot be measured here; it is {SOURCE}"
    if ratio.good != ratio.total:
        yield "ratioMetric.total", "must ask the same as `good`: the record counts both at once"
    sliced = slo.query.about in SLICED
    if sliced != (slo.spec.budgetingMethod == "Timeslices"):
        wanted = "Timeslices" if sliced else "Occurrences"
        yield "budgetingMethod", f"what is about {slo.query.about!r} is measured by {wanted}"
    if sliced == (slo.query.within_seconds is not None):
        yield "within_seconds", "stands where cases are counted, and only there: how fast is good"
    if not sliced and slo.query.about != "recovery" and slo.query.of:
        yield "of", f"{slo.query.about!r} is measured of all together"
    try:
        window = seconds(slo.spec.timeWindow[0].duration)
        for objective in slo.spec.objectives:
            if sliced and not (objective.timeSliceTarget and objective.timeSliceWindow):
                yield "objectives", "Timeslices need timeSliceTarget and timeSliceWindow"
            elif not sliced and (objective.timeSliceTarget or objective.timeSliceWindow):
                yield "objectives", "Occurrences have no timeSliceTarget and no timeSliceWindow"
            elif objective.timeSliceWindow and seconds(objective.timeSliceWindow) > window:
                yield "timeSliceWindow", "is longer than the window itself"
    except ValueError as error:
        yield "duration", str(error)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())


def _field(error: Exception) -> str:
    at = re.search(r"at `\$\.?([^`]*)`", str(error))
    return at[1] if at else ""


def _line(error: Exception) -> int:
    mark: Any = getattr(error.__cause__, "problem_mark", None)
    return int(mark.line) + 1 if mark is not None else 0
