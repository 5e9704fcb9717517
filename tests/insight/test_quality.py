"""Differences between rooms are called so when they are more than chance, and hardly ever when they are chance."""

from __future__ import annotations

import random

from meldkamer.insight import Case, Columns, Names, columns
from meldkamer.insight.judged import norms_for, row
from meldkamer.insight.norms import NormVersion, norm_versions
from meldkamer.insight.quality import Quality, quality, reference_norm

from .conftest import PACK

ROOMS = ("NN", "ON", "MD", "NH", "AD", "DH", "RT", "ZB", "OB", "LB")
VERSIONS = norm_versions(PACK.norms)
NORMS = norms_for(VERSIONS, "answer_region", "B")


def case(room: str, seconds: float | None, waited: float | None = None) -> Case:
    return Case(
        measure="answer_region",
        at=0,
        seconds=seconds,
        why="" if seconds is not None else "abandoned",
        room=room,
        region=room,
        municipality="",
        discipline="B",
        waited=waited,
    )


def the(cases: list[Case]) -> Columns:
    return columns(cases, Names())


def judged(cases: list[Case], norms: tuple[NormVersion, ...]) -> Quality:
    return quality({room: the([c for c in cases if c.room == room]) for room in ROOMS}, ROOMS, norms)


def country(chance: random.Random, slow: str = "") -> list[Case]:
    return [case(room, chance.expovariate(1 / (9.0 if room == slow else 4.5))) for room in ROOMS for _ in range(150)]


def test_an_even_country_is_shown_as_even() -> None:
    chance = random.Random(10)  # noqa: S311 - reproducible on purpose
    uneven = sum(any(q.standing != "no_difference" for q in judged(country(chance), NORMS).rooms) for _ in range(100))
    assert uneven <= 8


def test_a_room_that_lags_is_shown_and_the_others_are_not() -> None:
    found = judged(country(random.Random(11), slow="ZB"), NORMS)  # noqa: S311 - reproducible on purpose
    standing = {q.room: q.standing for q in found.rooms}
    assert standing.pop("ZB") == "worse"
    assert "worse" not in standing.values()
    assert (found.reference, found.norm) == (10.0, "answer_region")


def test_without_a_norm_the_country_is_its_own_measure() -> None:
    found = judged([case("RT", float(n)) for n in range(1, 11)], ())
    assert (found.reference, found.norm) == (9.0, "")
    assert judged([], ()).reference is None


def test_the_norm_to_compare_by_holds_for_all() -> None:
    norm = reference_norm(norms_for(VERSIONS, "arrival", "B"))
    assert norm is not None and norm.code == "B_arrival_max"


def test_a_verdict_needs_enough_cases() -> None:
    norms = norms_for(VERSIONS, "arrival", "P")
    for met, of, verdict in ((9, 10, "undecided"), (195, 200, "meets"), (150, 200, "misses"), (0, 0, "not_measured")):
        cases = [case("RT", 60.0 if n < met else 3600.0) for n in range(of)]
        assert row("", the(cases), norms).within[0].verdict == verdict
    most = norms_for(VERSIONS, "arrival", "B")[-1]
    assert row("", the([case("RT", 60.0)] * 999 + [case("RT", 1081.0)]), [most]).within[0].verdict == "misses"
