"""Rest of crews and people left uncovered: when they change a choice, and that they never change what must hold."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.geo import RdTransform
from meldkamer.pack import Pack, load_pack
from meldkamer.response.proposal import propose
from meldkamer.response.proposal.coverage import People, spared
from meldkamer.response.proposal.rest import tired
from meldkamer.response.proposal.standing import Columns, Group
from meldkamer.response.runcards import CardBook, cards_of
from meldkamer.response.runcards.model import Coverage, Rest
from tests.response.proposal.fleet import ENGINE, need, unit
from tests.response.proposal.test_service import ROTTERDAM, World

MINUTE, HOUR = 60_000, 3_600_000
NOW = 1_000 * HOUR


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def book(pack: Pack) -> CardBook:
    return cards_of(pack, RdTransform().to_rd)


def columns(n: int, **given) -> Columns:
    whole: dict[str, np.ndarray] = {
        name: np.zeros(n, dtype=np.int64) for name in ("rows", "group", "profile", "age", "priority")
    }
    whole |= {name: np.zeros(n, dtype=np.int64) for name in ("work_from", "work_until", "on_duty")}
    whole |= {name: np.zeros(n) for name in ("x", "y")}
    whole |= {name: np.ones(n, dtype=bool) for name in ("free", "useful")}
    whole |= {name: np.zeros(n, dtype=bool) for name in ("jumped", "at_base", "divertible")}
    return Columns(**{**whole, **{name: np.array(value) for name, value in given.items()}})


# --- rest -----------------------------------------------------------------------------------------------------------

RULE = Rest(long=120, rest=60, duty=11, most=14, seconds=90, ranks=(2, 3))


def test_a_crew_back_from_long_work_rests_and_one_back_from_short_work_does_not() -> None:
    fleet = columns(
        4,
        work_from=[NOW - 3 * HOUR, NOW - 3 * HOUR, NOW - 40 * MINUTE, NOW - HOUR],
        work_until=[NOW - 20 * MINUTE, NOW - 61 * MINUTE, NOW - 20 * MINUTE, 0],
    )
    found = tired(RULE, 2, fleet, NOW)
    assert found.seconds.tolist() == [90, 0, 0, 0] and found.left.tolist() == [40 * 60, 0, 0, 0]
    assert not tired(RULE, 1, fleet, NOW).seconds.any(), "not where every second counts"
    assert not tired(Rest(), 2, fleet, NOW).seconds.any()


def test_a_long_service_counts_until_the_crew_must_have_changed() -> None:
    fleet = columns(4, on_duty=[NOW - 10 * HOUR, NOW - 12 * HOUR, NOW - 15 * HOUR, 0])
    found = tired(RULE, 3, fleet, NOW)
    assert found.seconds.tolist() == [0, 90, 0, 0] and found.duty.tolist() == [0, 12 * 3600, 0, 0]


def test_rest_is_the_reason_when_it_changes_the_choice() -> None:
    resting = unit("1", 100, rest=90, rest_left=1_200)
    found = propose(need(ENGINE), [resting, unit("2", 150)])
    assert found.units == ("RT/2",)
    assert [(r.code, r.about, r.seconds) for r in found.filled[0].going.reasons] == [("nearer_rests", "1", 50)]
    (other,) = found.filled[0].others
    assert ("rests", 1_200) in [(r.code, r.seconds) for r in other.reasons]
    well_before = propose(need(ENGINE), [resting, unit("2", 200)])
    assert well_before.units == ("RT/1",)
    assert ("rests", 1_200) in [(r.code, r.seconds) for r in well_before.filled[0].going.reasons]


def test_the_cards_say_for_whom_and_the_record_says_who_worked(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    world.incident("RT/i3", "gzoz", 2)
    now = world.clock.now()
    worked: dict[str, Any] = {"work_from": now - 3 * HOUR, "work_until": now - 5 * MINUTE}
    tired_one, fresh = world.add("RT/17-101", 2_000, **worked), world.add("RT/17-102", 2_300)
    (urgent,) = world.proposals.look("RT", "RT/i1")
    (ordinary,) = world.proposals.look("RT", "RT/i3")
    assert urgent.proposal.units == (tired_one,) and ordinary.proposal.units == (fresh,)
    assert "nearer_rests" in [r.code for r in ordinary.proposal.filled[0].going.reasons]
    assert not ordinary.proposal.spares and ordinary.proposal.filled[0].costs == 0


# --- coverage -------------------------------------------------------------------------------------------------------

COVER = Coverage(urgencies=("A2",), within=600, busy=0.3, people=100, most=300)
GROUPS = [Group("A", "AMB", (), 2, "RT.A.dispatch", 17), Group("A", "VWS", (), 2, "RT.A.dispatch", 17)]
spots = st.tuples(st.integers(0, 40_000), st.integers(0, 40_000))


def seconds(people: People, fleet: Columns, most: int = 9, rule: Coverage = COVER) -> list[int]:
    score = (1000 * np.hypot(fleet.x, fleet.y) / 15).astype(np.int64)
    ready = np.ones(len(fleet.rows), dtype=bool)
    return spared(rule, people, fleet, GROUPS, fleet, score, ready, most, lambda profile: 9_000.0).tolist()


def folk(*spots: tuple[float, float, float]) -> People:
    x, y, count = (np.array(column, dtype=float) for column in zip(*spots, strict=True))
    return People(x, y, count)


def test_the_last_one_near_many_people_is_spared_and_one_of_several_is_not() -> None:
    town = folk((0, 0, 20_000), (30_000, 0, 20_000))
    fleet = columns(3, x=[0.0, 1_000.0, 30_000.0], y=[0.0, 0.0, 0.0])
    assert seconds(town, fleet) == [42, 42, 140]
    other_kind = columns(3, x=[0.0, 1_000.0, 30_000.0], y=[0.0] * 3, group=[0, 1, 0])
    assert seconds(town, other_kind) == [140, 140, 140]
    assert seconds(folk((0, 0, 10**6)), columns(1)) == [300], "it costs no more than the cards allow"
    assert seconds(town, columns(1, free=[False])) == [0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(spots, st.integers(0, 1), st.booleans()), min_size=2, max_size=12),
    st.lists(st.tuples(spots, st.integers(0, 50_000)), min_size=1, max_size=12),
    st.data(),
)
def test_a_unit_less_never_makes_another_cheaper(fleet, places, data: st.DataObject) -> None:
    people = folk(*((float(x), float(y), float(n)) for (x, y), n in places))

    def of(units) -> dict[int, int]:
        made = columns(
            len(units),
            x=[float(u[0][0]) for _, u in units],
            y=[float(u[0][1]) for _, u in units],
            group=[u[1] for _, u in units],
            free=[u[2] for _, u in units],
        )
        return dict(zip((n for n, _ in units), seconds(people, made, most=99), strict=True))

    numbered = list(enumerate(fleet))
    gone = data.draw(st.integers(0, len(fleet) - 1))
    whole, less = of(numbered), of([one for one in numbered if one[0] != gone])
    assert all(less[n] >= whole[n] for n in less)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(spots, min_size=1, max_size=30), st.lists(st.tuples(spots, st.integers(0, 90_000)), min_size=1, max_size=9)
)
def test_looking_at_those_that_could_be_chosen_is_looking_at_all(units, places) -> None:
    people = folk(*((float(x), float(y), float(n)) for (x, y), n in places))
    fleet = columns(len(units), x=[float(x) for x, _ in units], y=[float(y) for _, y in units])
    score = (1000 * np.hypot(fleet.x, fleet.y) / 15).astype(np.int64)
    some, every = np.array(seconds(people, fleet, most=2)), np.array(seconds(people, fleet, most=99))
    first = sorted(range(len(units)), key=lambda n: (score[n] + 1000 * some[n], n))[:2]
    assert first == sorted(range(len(units)), key=lambda n: (score[n] + 1000 * every[n], n))[:2]


def with_coverage(book: CardBook, *urgencies: str) -> CardBook:
    replace = msgspec.structs.replace
    rules = replace(book.rules["A"], coverage=Coverage(urgencies=urgencies, people=1_500))
    return replace(book, rules={**book.rules, "A": rules})


def test_it_is_off_until_a_card_says_so_and_then_its_price_is_shown(pack: Pack, book: CardBook) -> None:
    def world(of: CardBook) -> World:
        made = World(pack, of)
        made.incident("RT/i3", "gzoz", 2)
        made.add("RT/17-101", 6_000)
        for n in range(3):
            made.add(f"RT/17-11{n}", 8_000 + n)
        # The first stands alone in its part of the town, the others stand on one another's feet.
        x, y = ROTTERDAM
        made.positions.x[made.positions.slot("RT/17-101")] = x - 6_000
        made.positions.y[made.positions.slot("RT/17-101")] = y
        for n in range(3):
            made.positions.x[made.positions.slot(f"RT/17-11{n}")] = x + 8_000 + n
            made.positions.y[made.positions.slot(f"RT/17-11{n}")] = y
        return made

    (off,) = world(book).proposals.look("RT", "RT/i3")
    assert off.proposal.units == ("RT/17-101",) and not off.proposal.spares
    on = world(with_coverage(book, "A2"))
    (spares,) = on.proposals.look("RT", "RT/i3")
    (filled,) = spares.proposal.filled
    assert spares.proposal.spares and filled.going.call_sign.startswith("17-11")
    assert filled.costs == filled.going.seconds - filled.others[0].seconds or filled.costs > 0
    assert ("nearer_covers", "17-101") in [(r.code, r.about) for r in filled.going.reasons]
    (urgent,) = on.proposals.look("RT", "RT/i1")
    assert urgent.proposal.units == ("RT/17-101",) and not urgent.proposal.spares, "A1 is never made to wait for it"
