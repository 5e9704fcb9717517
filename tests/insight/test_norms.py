"""A case is held against the norm of its moment, also when that was changed later, or in the middle of the period."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.pack_change import ApprovePackFile, ProposePackFile, WithdrawPackFile, sha_of
from meldkamer.insight import Figures, as_csv, as_html, span_of
from meldkamer.insight.norm_changes import FILE
from meldkamer.insight.norms import norm_versions
from meldkamer.pack import Norm
from meldkamer.pack.changeable import changeable, plain
from meldkamer.response import packed

from .books import CALLS, ROOMS, WEEKS, book
from .conftest import MORNING, PACK, ZONE, Day, a_reader

HALF = span_of(WEEKS[2], ZONE).since
"""Two of the four weeks are over."""


def with_norm(seconds: float, share: float | None = None) -> tuple[Norm, ...]:
    replace = msgspec.structs.replace
    return tuple(replace(n, value=seconds, share=share) if n.code == "answer_region" else n for n in PACK.norms)


def test_each_case_is_held_against_the_norm_of_its_moment() -> None:
    """All late calls took 30 seconds: late by ten, in time by forty."""
    figures = Figures(book({}, norms=((HALF, with_norm(40, 90)),)), PACK, ZONE)
    new, old = figures.all("answer_region", "B").within
    assert (new.seconds, new.target, new.since, new.until) == (40, 0.9, HALF, None)
    assert (old.seconds, old.target, old.since, old.until) == (10, None, None, HALF)
    half = 2 * len(ROOMS) * CALLS
    assert new.share is not None and (new.share.met, new.share.of, new.verdict) == (half, half, "meets")
    assert old.share is not None and (old.share.met, old.share.of) == (half - half // 20, half)
    level = figures.quality("answer_region", "B")
    assert (level.reference, level.norm) == (40, "answer_region")
    shares = [room.share for room in level.rooms]
    assert all(s is not None and (s.met, s.of) == (4 * CALLS - 10, 4 * CALLS) for s in shares)


def test_a_period_on_one_side_of_the_change_knows_one_norm() -> None:
    changed = book({}, norms=((HALF, with_norm(40)),))
    for weeks, seconds in ((WEEKS[:2], 10), (WEEKS[2:], 40)):
        since, until = span_of(weeks[0], ZONE).since, span_of(weeks[-1], ZONE).until
        (within,) = Figures(changed, PACK, ZONE, since=since, until=until).all("answer_region", "B").within
        assert (within.seconds, within.since, within.until) == (seconds, None, None)


def test_a_new_norm_is_named_and_what_changes_nothing_makes_no_version() -> None:
    source = msgspec.structs.replace(PACK.norms[0], code="answer_new", name="Nieuwe <norm>", value=5.0)
    norms = (*with_norm(10), source)
    report = Figures(book({}, norms=((HALF, norms),)), PACK, ZONE).report()
    (block,) = [b for b in report.blocks if b.measure == "answer_112"]
    assert [(w.norm, w.since) for w in block.all.within] == [("answer_new", HALF), ("answer_112", None)]
    assert "Nieuwe &lt;norm&gt;" in (page := as_html(report, PACK, "nl")) and "vanaf 2026-01-12 00:00" in page
    (line,) = [r for r in as_csv(report).splitlines() if r.startswith("answer_112,,all,") and "answer_new" in r]
    assert "2026-01-11T23:00:00+00:00" in line


@given(
    st.lists(st.tuples(st.integers(1, 100), st.sampled_from([5.0, 10.0, 20.0])), max_size=6),
    st.integers(0, 100),
    st.integers(1, 50),
)
def test_at_every_moment_of_a_period_exactly_one_version_holds(changes, since: int, length: int) -> None:
    ordered = [(at, with_norm(value)) for at, value in sorted(changes, key=lambda c: c[0])]
    versions = [
        v for v in norm_versions(with_norm(10), ordered, since, since + length) if v.norm.code == "answer_region"
    ]
    for moment in range(since, since + length):
        held = [v for v in versions if (v.since or 0) <= moment and (v.until is None or moment < v.until)]
        newest = [norms for at, norms in ordered if at <= moment]
        expected = newest[-1] if newest else with_norm(10)
        assert [v.norm.seconds for v in held] == [next(n.seconds for n in expected if n.code == "answer_region")]


async def test_the_record_says_what_the_norms_were(day: Day) -> None:
    """Proposed, approved by somebody else for a moment, and withdrawn: only what stands counts, from that moment."""
    base = plain(changeable(Path(PACK.folder))[FILE])
    stricter = base.replace("answered_112,10,s", "answered_112,9,s")
    looser = base.replace("answered_112,10,s", "answered_112,60,s")
    await day.at(0, "RT", propose(1, base, stricter))
    await day.at(1, "DH", ApprovePackFile(change="1" * 32, effective=MORNING + 100_000, decided=0))
    await day.at(2, "RT", propose(2, stricter, looser))
    await day.at(3, "DH", ApprovePackFile(change="2" * 32, effective=MORNING + 200_000, decided=1))
    await day.at(4, "DH", WithdrawPackFile(change="2" * 32, reason="te ruim", decided=2))
    reader = a_reader()
    await reader.catch_up(day.record, lambda line: None, day.clock.monotonic)
    ((since, norms),) = reader.book().norms
    assert since == MORNING + 100_000
    assert next(n.seconds for n in norms if n.code == "answer_112") == 9
    assert reader.book().gaps == ()


def propose(number: int, before: str, after: str) -> ProposePackFile:
    return ProposePackFile(
        change=str(number) * 32, file=FILE, before=sha_of(before), after=sha_of(after), text=packed(after),
        reason="een strengere norm",
    )  # fmt: skip
