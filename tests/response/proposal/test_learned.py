"""From a crew that departs and arrives to a trip that is learned from, and back into a proposal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from meldkamer.domain import incident_rules, unit
from meldkamer.domain.basics import Context, Expected, Location
from meldkamer.domain.plan import STEERING
from meldkamer.domain.travel import AdoptTravelTimes, Cell
from meldkamer.geo import Corrections, RdTransform, Travel, TravelTimes
from meldkamer.geo.learned.reading import read_tables, read_trips
from meldkamer.network import Handler, NotOwner
from meldkamer.pack import load_pack
from meldkamer.response import Positions
from meldkamer.response.proposal import Proposals
from meldkamer.response.runcards import cards_of
from tests.intake.house import House
from tests.response.scene import ENGINE, FIRE, ORDER, a_fire, a_scene, order


class Network:
    """A house in which the rooms know how long ways are."""

    def __init__(self, house: House) -> None:
        pack = load_pack()
        self.house = house
        positions = Positions(house.picture)
        corrections = Corrections(house.picture, house.clock, pack.zone)
        self.travel = Travel(TravelTimes(pack.travel_profiles), None, corrections)
        book = cards_of(pack, RdTransform().to_rd)
        self.proposals = Proposals(house.picture, positions, self.travel, pack, book, house.clock)
        for room in house.handlers:
            house.handlers[room] = Handler(  # type: ignore[assignment]
                room, house.record, house.picture, house.sealer, house.clock,
                lambda d, code: unit.Meaning(code), expected=self.proposals.drawing.expected,
            )  # fmt: skip
            house.handlers[room].in_hand = 0

    async def report(self, code: str, source: str = "unit", ref: str = ENGINE) -> None:
        said: Any = {"source": source, "manual": source != "unit"}
        command = unit.ReportStatus(unit=ref, code=code, **said)
        await self.house.do("RT", command)

    async def drive(self, seconds: float, source: str = "unit") -> None:
        await self.report("standby")
        await order(self.house)
        await self.report("en_route", source)
        await self.house.pass_time(seconds, step=seconds)
        await self.report("on_scene")


@pytest.fixture
def network(house: House) -> Network:
    return Network(house)


async def test_a_trip_is_kept_with_what_was_reckoned_when_it_began(house: House, network: Network) -> None:
    await a_scene(house)
    await network.drive(400)
    samples, _ = await read_trips(house.record)
    (trip,) = samples.trips
    assert (trip.order, trip.took, trip.expected.area, trip.expected.profile) == (ORDER, 400_000, 17, "heavy")
    assert trip.expected.basis == network.travel.basis("heavy", False)
    way = network.travel.route((91_000.0, 436_000.0), (92_500.0, 437_000.0), "heavy")
    assert way is not None and trip.expected.millis == way.millis
    before = trip.departed - 1
    assert (await read_trips(house.record, before))[0].trips == ()


async def test_what_a_person_typed_is_nothing_to_measure_by(house: House, network: Network) -> None:
    await a_scene(house)
    await network.drive(400, source="room")
    samples, _ = await read_trips(house.record)
    assert samples.trips == () and samples.left == {}


async def test_who_was_called_back_or_sent_on_says_nothing(house: House, network: Network) -> None:
    await a_scene(house)
    await network.report("standby")
    await order(house)
    await network.report("en_route")
    elsewhere = Location(text="elsewhere", x=95_000.0, y=437_000.0, safety_region=17)
    await house.do("RT", incident_rules.Relocate(incident=FIRE, location=elsewhere))
    await house.pass_time(400, step=400)
    assert (await read_trips(house.record))[0].left == {"not_there": 1}
    await network.report("on_scene")
    samples, _ = await read_trips(house.record)
    assert samples.trips == () and samples.left == {"moved": 1}


async def test_a_client_cannot_say_what_was_reckoned(house: House) -> None:
    assert "expected" not in unit.ReportStatus.__struct_fields__
    event = unit.AssignmentProgressed(assignment="o", state="en_route")
    assert b"expected" not in msgspec.msgpack.encode(event), "old records and old programs read the same"
    context = Context(now=0, actor="x", room="RT", expected=Expected(millis=1, basis="b", profile="p"))
    order = unit.Assignment(
        assignment="o", incident=FIRE, number="1", priority=1, role="", state="ordered", ordered=0, since=0, by="x"
    )
    known = unit.Unit(ref=ENGINE, discipline="B", kind="TS", function="RT.B.dispatch", assignment=order)
    by_hand = unit.ReportStatus(unit=ENGINE, code="x", meaning=unit.Meaning.EN_ROUTE)
    itself = msgspec.structs.replace(by_hand, source="unit", manual=False)
    said = [unit.decide(known, one, context)[1] for one in (by_hand, itself)]
    assert [event.expected for event in said] == [None, context.expected]  # type: ignore[attr-defined]


async def test_every_room_reckons_with_what_the_owner_of_steering_adopted(house: House, network: Network) -> None:
    await a_scene(house)
    await network.report("available")
    plain = network.proposals.look("RT", FIRE)[0].proposal.filled[0].going
    assert plain.correction is None
    basis = network.travel.basis("heavy", False)
    cell = Cell(0, 17, "heavy", -1, 1_500, 60, 20, 90_000, 30_000)
    command = AdoptTravelTimes(bases=(basis,), cells=(cell,), upto=house.clock.now(), reason="measured")
    with pytest.raises(NotOwner):
        await house.do("RT", command)
    await house.own("RT", STEERING)
    await house.pass_time(1)
    await house.do("RT", command)
    assert network.proposals.look("RT", FIRE)[0].proposal.filled[0].going == plain, "it was opened before that"
    (table,) = await read_tables(house.record)
    assert house.picture.function(STEERING).travel == (table,)
    await house.pass_time(1)
    later = await a_fire(house, "i2")
    going = network.proposals.look("RT", later)[0].proposal.filled[0].going
    assert going.correction is not None and (going.correction.permille, going.correction.table) == (1_500, table.table)
    assert going.seconds > plain.seconds
    trip = network.proposals.drawing.trip(ENGINE, later)
    assert trip.route.correction == going.correction
