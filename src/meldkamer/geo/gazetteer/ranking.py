"""How well a row fits what was typed: spelling first, then nearness, then how often one asks for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from meldkamer.geo.gazetteer.hit import Hit
from meldkamer.geo.gazetteer.part import EntryRow, Group
from meldkamer.geo.gazetteer.query import Query
from meldkamer.geo.gazetteer.spelling import OTHER_NAMES, filed, plain

_KIND_BONUS = {"place": 0.8, "street": 0.4, "name": 0.6, "road": 0.3, "quarter": 0.2}
_SAME_PLACE_M = 3000.0

Point = tuple[float, float]


def rank(row: EntryRow, words: Sequence[str], groups: Sequence[Group], query: Query, near: Point | None) -> float:
    """Points for a row: some three for each word that is spelled so, less for what begins so, sounds so or lies in a
    place called so; up to 2.5 for being near."""
    name, own_filed, length = _names(row.name)
    context, context_filed, _ = _names(row.place)
    used = 0
    score = _KIND_BONUS.get(row.kind, 0.0)
    for n, (word, group) in enumerate(zip(words, groups, strict=True)):
        value = _fit(word, group, name, own_filed)
        in_context = 0.6 * _fit(word, group, context, context_filed)
        if value >= in_context:
            used += 1
            score += value + (0.5 if n == 0 and own_filed and own_filed[0].startswith(tuple(group)) else 0.0)
        else:
            score += in_context
    score -= 0.25 * max(0, length - used)  # words of the name that nobody typed
    if query.crossing and row.kind == "junction":
        score += 1.0
    if near is not None:
        score += 2.5 * math.exp(-math.hypot(row.x - near[0], row.y - near[1]) / 8000.0)
    return score + 0.12 * math.log1p(max(0, row.weight))


@lru_cache(maxsize=50_000)
def _names(name: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """The words of a name and of its other names, all forms under which it is filed, and how many words it has."""
    clean = plain(name)
    words = clean.split()
    others = [word for form in OTHER_NAMES.get(clean, ()) for word in form.split()]
    return (*words, *others), tuple(filed(name)), len(words)


def _fit(word: str, group: Group, plain_words: Sequence[str], filed_words: Sequence[str]) -> float:
    if word in plain_words:
        return 3.6
    if any(other.startswith(word) for other in plain_words):
        return 2.4
    folded = group[0]
    if folded in filed_words:
        return 2.3
    if any(other.startswith(folded) for other in filed_words):
        return 2.0
    for n, form in enumerate(group[1:]):
        if form in filed_words:
            return 1.8 - 0.05 * n
        if any(other.startswith(form) for other in filed_words):
            return 1.5 - 0.05 * n
    return 0.0


def once(hits: Iterable[Hit]) -> list[Hit]:
    """The hits, best first, without the same thing twice: a place or street of two parts, an entry of two readings."""
    kept: list[Hit] = []
    seen: dict[tuple[str, str, str], list[Hit]] = {}
    for hit in hits:
        key = (
            "place" if hit.kind == "quarter" else hit.kind,
            plain(hit.name),
            plain(hit.place) if hit.kind != "place" else "",
        )
        same = seen.setdefault(key, [])
        close = [other for other in same if math.hypot(hit.x - other.x, hit.y - other.y) < _SAME_PLACE_M]
        if close and (hit.kind != "address" or any(hit.id == other.id for other in close)):
            continue
        same.append(hit)
        kept.append(hit)
    return kept
