"""Stretches of time: together, in common, and how long. A stretch is (from, until), until not included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meldkamer.domain.clock import Millis

Span = tuple[Millis, Millis]


def together(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlap, in order; empty stretches are dropped."""
    found: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def within(spans: Iterable[Span], since: Millis, until: Millis) -> list[Span]:
    """Those parts that lie in a period."""
    return together((max(a, since), min(b, until)) for a, b in spans)


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The time that is in both; each in order and without overlap."""
    found: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        since, until = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if since < until:
            found.append((since, until))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def without(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The time that is in the first and not in the second; the second in order and without overlap."""
    found: list[Span] = []
    for since, until in one:
        for a, b in other:
            if b <= since or a >= until:
                continue
            if since < a:
                found.append((since, a))
            since = b
        if since < until:
            found.append((since, until))
    return together(found)


def millis(spans: Iterable[Span]) -> Millis:
    """How long, together."""
    return sum(until - since for since, until in spans)


def slices(spans: Sequence[Span], since: Millis, until: Millis, size: Millis, most: float) -> int:
    """How many slices of a period are spoiled: those of which more than a share `most` lies in the stretches."""
    spoiled = 0
    seen: set[int] = set()
    for a, b in within(spans, since, until):
        for n in range((a - since) // size, (b - since - 1) // size + 1):
            if n not in seen:
                seen.add(n)
                begin = since + n * size
                end = min(begin + size, until)
                spoiled += millis(within(spans, begin, end)) > most * (end - begin)
    return spoiled
