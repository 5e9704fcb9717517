"""Positions: newest wins, sixteen bytes each, and a bounded history."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.clock import FakeClock
from meldkamer.domain.unit import Unit
from meldkamer.network import Picture
from meldkamer.response import JUMPED, Heard, PositionHistory, PositionReport, Positions, Verdict

NOW = 1_767_225_600_000


def a_table(*refs: str, capacity: int = 8) -> Positions:
    picture = Picture(lambda entry: None)  # type: ignore[arg-type,return-value]
    picture.units = {r: Unit(ref=r, discipline="B", kind="TS", function="RT.B.dispatch") for r in refs}
    return Positions(picture, capacity)


def records(frame: bytes) -> dict[int, tuple[int, int, int, int]]:
    assert len(frame) % 16 == 0
    return {r[0]: r[1:] for r in struct.iter_unpack("<IiiHH", frame)}


def test_the_newest_wins_whatever_order_they_come_in() -> None:
    table = a_table("RT/1")
    reports = [PositionReport("RT/1", 2.0, 2.0, NOW - 1_000), PositionReport("RT/1", 1.0, 1.0, NOW - 9_000)]
    assert table.update(reports, NOW) == 1
    assert table.update(reports, NOW) == 0
    found = table.of("RT/1")
    assert found is not None and (found.x, found.at) == (2.0, NOW - 1_000)
    assert not table.report("RT/1", 3.0, 3.0, 90.0, NOW - 5_000)
    assert table.report("RT/1", 3.0, 3.0, 450.0, NOW)
    assert [(ref, p.heading) for ref, p in table.all()] == [("RT/1", 90.0)]


def test_units_nobody_knows_and_points_that_cannot_be_are_left_out() -> None:
    table = a_table("RT/1")
    bad = [PositionReport("RT/9", 1.0, 1.0, NOW)]
    bad += [PositionReport("RT/1", x, 1.0, NOW) for x in (math.nan, math.inf, 1e12)]
    assert table.update(bad, NOW) == 0 and table.of("RT/1") is None and table.of("RT/9") is None
    assert table.frame({"RT"}, NOW) == b""


def test_a_clock_that_runs_ahead_does_not_block_later_positions() -> None:
    table = a_table("RT/1")
    table.update([PositionReport("RT/1", 1.0, 1.0, NOW + 3_600_000)], NOW)
    assert table.update([PositionReport("RT/1", 2.0, 2.0, NOW + 1_000)], NOW + 1_000) == 1


def test_who_cannot_have_come_there_is_marked_until_the_next_one_agrees() -> None:
    table = a_table("RT/1")

    def heard(seconds: float, metres: float) -> str:
        at = NOW + round(1000 * seconds)
        found = table.hear("http", [PositionReport("RT/1", metres, 0.0, at)], at)
        position = table.of("RT/1")
        assert found.taken == 1 and position is not None and position.x == metres, "the newest wins all the same"
        (record,) = records(table.frame({"RT"}, at)).values()
        assert position.jumped == bool(found.jumped) == bool(record[2] & JUMPED)
        return "jumped" if found.jumped else "taken"

    assert heard(0, 0.0) == "taken", "the first one has nothing to jump from"
    assert heard(10, 1_699.0) == "taken", "500 metres, and 120 a second"
    assert heard(20, 3_400.0) == "jumped"
    assert heard(30, 1_700.0) == "taken", "back at what was sure"
    assert heard(40, 80_000.0) == "jumped"
    assert heard(50, 160_000.0) == "jumped", "away from the jump as well"
    assert heard(60, 160_100.0) == "taken", "two that agree are where it is"
    assert heard(70, 1_700.0) == "jumped"
    assert heard(2_000, 1_700.0) == "taken", "in half an hour it can be anywhere near"
    assert table.counts == {("http", "taken"): 5, ("http", "jumped"): 4}


def test_everything_that_is_heard_is_counted_by_what_came_of_it() -> None:
    table = a_table("RT/1")
    reports = [PositionReport("RT/1", 0.0, 0.0, NOW), PositionReport("RT/1", 0.0, 0.0, NOW)]
    reports += [PositionReport("RT/9", 0.0, 0.0, NOW), PositionReport("RT/1", math.nan, 0.0, NOW)]
    reports += [PositionReport("RT/1", 9e5, 0.0, NOW + 1)]
    assert table.hear("udp", reports, NOW) == Heard(taken=2, jumped=1, older=1, unknown=1, nowhere=1)
    assert {verdict for _, verdict in table.counts} == set(get_args(Verdict)) and table.counts.total() == 5


def test_a_frame_is_little_endian_decimetres_with_ages() -> None:
    table = a_table("RT/1", "LB/1", "RT/2")
    table.update(
        [
            PositionReport("RT/1", 92_500.16, 437_000.0, NOW - 7_900, 359.6),
            PositionReport("LB/1", 1.0, 1.0, NOW),
            PositionReport("RT/2", -5.0, 0.0, NOW - 10**9),
        ],
        NOW,
    )
    frame = records(table.frame({"RT", "XX"}, NOW))
    assert frame == {table.key("RT/1"): (925_002, 4_370_000, 0, 7), table.key("RT/2"): (-50, 0, 0, 65_535)}
    mark = table.update_number
    table.update([PositionReport("RT/2", -4.0, 0.0, NOW)], NOW)
    assert set(records(table.frame({"RT"}, NOW, after=mark))) == {table.key("RT/2")}


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 100), st.floats(-1e5, 1e6)), max_size=120))
def test_it_grows_and_keeps_the_newest_of_each(reports: list[tuple[int, int, float]]) -> None:
    table = a_table(*(f"RT/{n}" for n in range(40)), capacity=4)
    newest: dict[int, tuple[int, float]] = {}
    for n, at, x in reports:
        table.update([PositionReport(f"RT/{n}", x, 0.0, NOW + at)], NOW + at)
        if n not in newest or at > newest[n][0]:
            newest[n] = (at, x)
    assert {ref: (p.at - NOW, p.x) for ref, p in table.all()} == {f"RT/{n}": v for n, v in newest.items()}
    assert len({table.key(f"RT/{n}") for n in range(40)}) == 40


async def test_history_keeps_what_moved_and_forgets_what_is_old(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    table = a_table("RT/1", "RT/2")
    history = PositionHistory(tmp_path / "positions.sqlite", table, clock, keep_hours=1)
    table.update([PositionReport("RT/1", 0.0, 0.0, NOW), PositionReport("RT/2", 0.0, 0.0, NOW)], NOW)
    assert await history.sample() == 2
    table.update([PositionReport("RT/1", 100.0, 0.0, NOW + 1_000), PositionReport("RT/2", 5.0, 0.0, NOW + 1_000)], NOW)
    assert await history.sample() == 1
    assert [(s.at - NOW, s.x) for s in await history.track("RT/1", NOW, NOW + 9_000)] == [(0, 0.0), (1_000, 100.0)]
    assert await history.track("RT/9", 0, NOW + 9_000) == []
    await clock.pump(3_600.5)
    await history.prune()
    assert [s.at - NOW for s in await history.track("RT/1", NOW, NOW + 9_000)] == [1_000]
    await history.close()


async def test_history_leaves_out_where_a_unit_cannot_have_been(tmp_path: Path) -> None:
    table = a_table("RT/1")
    history = PositionHistory(tmp_path / "positions.sqlite", table, FakeClock(NOW))
    for second, x in ((0, 0.0), (1, 50_000.0), (2, 100.0), (3, 60_000.0), (4, 60_010.0)):
        table.update([PositionReport("RT/1", x, 0.0, NOW + 1000 * second)], NOW + 1000 * second)
        await history.sample()
    assert [s.x for s in await history.track("RT/1", NOW, NOW + 9_000)] == [0.0, 100.0, 60_010.0]
    await history.close()


async def test_history_is_bounded_and_survives_a_restart(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    table = a_table("RT/1")
    history = PositionHistory(tmp_path / "p.sqlite", table, clock, max_samples=3)
    for n in range(8):
        table.update([PositionReport("RT/1", n * 100.0, 0.0, NOW + n)], NOW + n)
        await history.sample()
    await history.prune()
    await history.close()
    again = PositionHistory(tmp_path / "p.sqlite", table, clock, max_samples=3)
    assert [s.at - NOW for s in await again.track("RT/1", 0, NOW + 99)] == [5, 6, 7]
    await again.close()
