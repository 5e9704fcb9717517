"""Figures as Prometheus reads them: the text exposition format, version 0.0.4.

Written by us, in fifty lines: the usual library keeps a registry for the whole process, and our figures are looked up
when they are asked for (docs/dependencies.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

Labels = Mapping[str, str]


class Sample(msgspec.Struct, frozen=True):
    """One figure. suffix: what a histogram adds to the name (`_bucket`, `_sum`, `_count`)."""

    value: float
    labels: Labels = {}
    suffix: str = ""


class Family(msgspec.Struct, frozen=True):
    """Figures of one name and meaning. A counter's name ends with `_total`; a unit is part of the name (`_seconds`)."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    help: str
    samples: tuple[Sample, ...]


class Histogram:
    """Counts by upper bounds, which are in the figure's unit."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, math.inf)
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """Count one."""
        self._counts[next(n for n, bound in enumerate(self._bounds) if value <= bound)] += 1
        self._sum += value

    def samples(self, labels: Labels) -> Iterator[Sample]:
        """Cumulative buckets, the sum and the count."""
        total = 0
        for bound, count in zip(self._bounds, self._counts, strict=True):
            total += count
            yield Sample(total, {**labels, "le": _number(bound)}, "_bucket")
        yield Sample(self._sum, labels, "_sum")
        yield Sample(total, labels, "_count")


def exposition(families: Iterable[Family]) -> str:
    """The text. Families of one name are put together, as the format demands. Raises ValueError for a bad name."""
    by_name: dict[str, list[Family]] = {}
    for family in families:
        if not _NAME.fullmatch(family.name):
            raise ValueError(f"{family.name}: not a name of a figure")
        by_name.setdefault(family.name, []).append(family)
    return "".join(line for found in by_name.values() for line in _lines(found))


def _lines(found: list[Family]) -> Iterator[str]:
    first = found[0]
    yield f"# HELP {first.name} {_escaped(first.help)}\n# TYPE {first.name} {first.kind}\n"
    for family in found:
        for sample in family.samples:
            yield f"{family.name}{sample.suffix}{_labels(sample.labels)} {_number(sample.value)}\n"


def _labels(labels: Labels) -> str:
    for name in labels:
        if not _LABEL.fullmatch(name):
            raise ValueError(f"{name}: not a name of a label")
    pairs = ",".join(f'{name}="{_escaped(value, quoted=True)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str, quoted: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quoted else text


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)
