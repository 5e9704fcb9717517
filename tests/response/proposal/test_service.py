"""Proposals from the picture: the same answer as from looking at every unit, with the cards, borders and diversions."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from meldkamer.domain import incident, unit
from meldkamer.domain.basics import Location, Refused
from meldkamer.domain.clock import FakeClock
from meldkamer.domain.function import Function
from meldkamer.domain.unit import Meaning
from meldkamer.geo import NO_WAY, RdTransform, Travel, TravelTimes
from meldkamer.network import Picture
from meldkamer.pack import Pack, load_pack
from meldkamer.response import PositionReport, Positions
from meldkamer.response.proposal import Proposals, pick, service
from meldkamer.response.runcards import FOLDER, CardBook, load_cards
from tests.geo.roads.maps import open_map
from tests.geo.roads.test_islands import ISLAND, MAINLAND, two_parts

ROTTERDAM = (92_500.0, 437_500.0)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def book(pack: Pack) -> CardBook:
    return load_cards(Path(pack.folder) / FOLDER, pack, RdTransform().to_rd)


class World:
    """An incident in Rotterdam, and units around it."""

    def __init__(self, pack: Pack, book: CardBook) -> None:
        self.pack, self.clock = pack, FakeClock()
        self.picture = Picture(lambda entry: None)  # type: ignore[arg-type,return-value]
        for f in pack.functions:
            self.picture.functions[f.code] = Function(name=f.code, owner=f.home_room, epoch=1)
        self.positions = Positions(self.picture)
        self.travel = Travel(TravelTimes(pack.travel_profiles))
        self.proposals = Proposals(self.picture, self.positions, self.travel, pack, book, self.clock)
        self.incident("RT/i1", "gzoz", 1)

    def incident(self, ref: str, code: str, priority: int, discipline: str = "A", **more: object) -> None:
        x, y = ROTTERDAM
        self.picture.incidents[ref] = incident.Incident(
            ref=ref,
            number=ref.replace("/i", "-"),
            opened=self.clock.now(),
            location=Location(x=x, y=y, municipality="Rotterdam", safety_region=17),
            tracks={discipline: incident.Track(discipline=discipline, started=0, priority=priority, class_code=code)},
            **more,  # type: ignore[arg-type]
        )

    def add(
        self, ref: str, away: float, kind: str = "AMB", safety_region: int = 17, busy: str = "", at=None, **more
    ) -> str:
        about = self.pack.unit_kind[kind]
        order = None
        if busy:
            on = self.picture.incidents[busy]
            order = unit.Assignment(
                assignment=f"a-{ref}", incident=busy, number=on.number, priority=on.priority, role="",
                state=more.pop("state", "en_route"), ordered=0, since=0, by="x",
            )  # fmt: skip
        self.picture.units[ref] = unit.Unit(
            ref=ref,
            discipline=about.discipline,
            kind=kind,
            function=f"{ref.partition('/')[0]}.{about.discipline}.dispatch",
            safety_region=safety_region,
            capabilities=about.capabilities,
            crew=about.crew,
            meaning=more.pop("meaning", Meaning.EN_ROUTE if busy else Meaning.AVAILABLE),
            assignment=order,
            **more,
        )
        if busy:
            self.picture.at_incident.setdefault(busy, set()).add(ref)
        self.proposals.read()
        self.positions.read()
        angle = len(self.picture.units)
        x, y = at or (ROTTERDAM[0] + away * np.cos(angle), ROTTERDAM[1] + away * np.sin(angle))
        age = more.get("age", 3)
        self.positions.update(
            [PositionReport(ref, float(x), float(y), self.clock.now() - 1000 * age)], self.clock.now()
        )
        return ref


def test_it_proposes_by_the_card_and_marks_how_the_time_was_found(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    near, far = world.add("RT/17-101", 2_000), world.add("RT/17-102", 9_000)
    (advice,) = world.proposals.look("RT", "RT/i1")
    found = advice.proposal
    assert (advice.needs, found.urgency, found.units) == ("AMB", "A1", (near,))
    assert found.filled[0].going.source == "straight line" and [o.unit for o in found.filled[0].others] == [far]
    assert found.norm == "A1_response" and found.met


def test_a_neighbours_unit_with_a_standing_agreement_needs_no_call(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    world.add("RT/17-101", 9_000)
    world.add("DH/15-101", 2_000, safety_region=15)
    going = world.proposals.look("RT", "RT/i1")[0].proposal.filled[0].going
    covered = any(
        a.lender == "VR15" and a.borrower == "VR17" and a.discipline == "A" and a.automatic for a in pack.agreements
    )
    assert (going.call_sign, going.owner, going.consent) == ("15-101", "DH", "agreed" if covered else "ask")
    world.picture.functions["DH.A.dispatch"] = Function(name="DH.A.dispatch", owner="", epoch=2)
    assert world.proposals.look("RT", "RT/i1")[0].proposal.units == ("RT/17-101",)


def test_a0_takes_over_a1_and_a1_does_not(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    world.incident("RT/i2", "gzoz", 1)
    on_the_way = world.add("RT/17-101", 1_000, busy="RT/i2")
    free = world.add("RT/17-102", 30_000)
    assert world.proposals.look("RT", "RT/i1")[0].proposal.units == (free,)
    world.incident("RT/i1", "gzra", 1)
    found = world.proposals.look("RT", "RT/i1")[0].proposal
    assert found.urgency == "A0" and set(found.units) == {on_the_way, free}
    assert [f.going.diverts for f in found.filled if f.going.unit == on_the_way] == ["RT-2"]
    # Who has a patient is not taken, and no A0 is taken for an A0.
    world.incident("RT/i2", "gzra", 1)
    assert on_the_way not in world.proposals.look("RT", "RT/i1")[0].proposal.units


def test_who_is_there_already_counts(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    world.incident("RT/i1", "gzra", 1)
    there = world.add("RT/17-101", 0, busy="RT/i1", state="on_scene", meaning=Meaning.ON_SCENE)
    more = world.add("RT/17-102", 4_000)
    world.add("RT/17-103", 5_000)
    (advice,) = world.proposals.look("RT", "RT/i1")
    assert [(p.unit, p.role, p.state) for p in advice.present] == [(there, "AMB", "working")]
    assert advice.proposal.units == (more,)


async def test_who_says_to_be_where_it_cannot_be_is_doubted_until_it_says_so_again(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    leaper, steady = world.add("RT/17-101", 60_000), world.add("RT/17-102", 1_900)
    for wanted, why in ((steady, ("nearer_doubted", "17-101")), (leaper, ("fastest", ""))):
        await world.clock.pump(2)
        near = PositionReport(leaper, ROTTERDAM[0] + 1_000, ROTTERDAM[1], world.clock.now())
        assert world.positions.update([near], world.clock.now()) == 1
        found = world.proposals.look("RT", "RT/i1")[0].proposal
        assert found.units == (wanted,)
        assert why in {(r.code, r.about) for r in found.filled[0].going.reasons}
        others = {o.unit: {r.code for r in o.reasons} for o in found.filled[0].others}
        assert ("jumped" in others.get(leaper, set())) == (wanted == steady)


def test_who_is_on_an_island_is_named_and_not_sent(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    x0, y0 = ROTTERDAM[0] - MAINLAND[0], ROTTERDAM[1] - MAINLAND[1]
    world.travel.roads = open_map(two_parts(x0=x0, y0=y0))
    over_water = (x0 + ISLAND[0], y0 + ISLAND[1])
    near = world.add("RT/17-101", 0, at=over_water)
    alone = world.proposals.look("RT", "RT/i1")[0].proposal
    assert alone.units == (near,) and alone.cut_off == (), "when nobody can come by road, a straight line is better"
    assert alone.filled[0].going.source == "straight line"
    far = world.add("RT/17-102", 30_000)
    found = world.proposals.look("RT", "RT/i1")[0].proposal
    assert found.units == (far,) and found.cut_off == ("17-101",)
    assert near not in {g.unit for f in found.filled for g in (f.going, *f.others)} | {g.unit for g in found.rejected}
    with pytest.raises(Refused) as refused:
        world.proposals.drawing.trip(near, "RT/i1")
    assert refused.value.code == "unit.cut_off"
    world.add("RT/17-103", 0, kind="TS", at=over_water)
    assert world.proposals.look("RT", "RT/i1")[0].proposal.cut_off == ("17-101",), "an engine is no ambulance"


def test_no_place_no_proposal(pack: Pack, book: CardBook) -> None:
    world = World(pack, book)
    with pytest.raises(Refused, match="unknown"):
        world.proposals.look("RT", "RT/none")


def test_looking_at_few_is_as_good_as_looking_at_all(
    pack: Pack, book: CardBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    kinds = ("TS", "TS", "TS4", "RV", "HV", "WO", "OVD-B", "HOVD-B", "HW", "OR")
    for _ in range(12):
        world = World(pack, book)
        world.incident("RT/i3", "brbtct", 4, "B")
        code, level = chance.choice(
            [("brgb01", ""), ("ogwtpw", "middel"), ("ogwels", "groot"), ("brgb03", "zeer groot")]
        )
        world.incident("RT/i1", code, 1, "B", scale={"B": level} if level else {})
        for n in range(chance.randrange(5, 120)):
            region, safety = chance.choice([("RT", 17), ("RT", 18), ("DH", 15), ("ZB", 20)])
            busy = "RT/i3" if chance.random() < 0.3 else ""
            meaning = None if busy else chance.choice([Meaning.AVAILABLE, Meaning.STANDBY, Meaning.UNAVAILABLE])
            more = {} if meaning is None else {"meaning": meaning}
            world.add(f"{region}/{n}", chance.uniform(0, 40_000), chance.choice(kinds), safety, busy, **more)
        few = world.proposals.look("RT", "RT/i1")
        with monkeypatch.context() as patch:
            patch.setattr(service, "pick", lambda standing, field, need: np.flatnonzero(field.eta != NO_WAY).tolist())
            every = world.proposals.look("RT", "RT/i1")
        for one, other in zip(few[0].proposal.filled, every[0].proposal.filled, strict=True):
            assert one.role == other.role and one.going == other.going and one.bares == other.bares
            for x, y in zip(one.others, other.others, strict=True):
                assert x == y
        assert few[0].proposal.cost == every[0].proposal.cost
        assert few[0].proposal.shortfall == every[0].proposal.shortfall


def test_measuring_the_nearest_first_changes_nothing(
    pack: Pack, book: CardBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    for _ in range(6):
        world = World(pack, book)
        world.incident("RT/i1", "brgb01", 1, "B", scale={"B": "groot"})
        for n in range(chance.randrange(60, 160)):
            kind = chance.choice(["TS"] * 6 + ["TS4", "RV", "OVD-B", "HOVD-B"])
            meaning = chance.choice([Meaning.AVAILABLE, Meaning.STANDBY, Meaning.ON_SCENE])
            world.add(f"RT/{n}", chance.uniform(0, 60_000), kind, meaning=meaning)
        every = world.proposals.look("RT", "RT/i1")[0].proposal
        with monkeypatch.context() as patch:
            for module in (service, pick):
                patch.setattr(module, "MEASURED", chance.randrange(5, 40))
            few = world.proposals.look("RT", "RT/i1")[0].proposal
        assert [(f.role, f.going, f.bares) for f in few.filled] == [(f.role, f.going, f.bares) for f in every.filled]
        assert (few.cost, few.shortfall) == (every.cost, every.shortfall)
