"""Where to stand goes out as an order does: told once, read by the crew, taken back, and given way to an incident."""

from __future__ import annotations

import pytest

from meldkamer.domain import unit
from meldkamer.domain.basics import Refused
from meldkamer.domain.posting import PostUnit
from meldkamer.response import FieldChannel, Positions
from meldkamer.response.proposal.standing import Standing
from tests.intake.house import House
from tests.response.scene import ENGINE, Loudhailer, a_scene, order, outbox


async def a_post(house: House) -> None:
    """A scene with an engine whose base is 17-B02."""
    await a_scene(house)
    other = unit.RegisterUnit(
        region="RT",
        call_sign="17-0231",
        discipline="B",
        kind="TS",
        function="RT.B.dispatch",
        base="17-B02",
        base_x=95_000.0,
        base_y=440_000.0,
    )
    await house.do("RT", other)


async def posted(house: House, assignment: str = "p1", post: str = "17-B02") -> None:
    await house.do("RT", PostUnit(unit=ENGINE, assignment=assignment, post=post))


async def test_the_crew_reads_where_to_stand_and_the_terminal_shows_it(house: House) -> None:
    await a_post(house)
    hailer = Loudhailer()
    field = FieldChannel(house.handlers["RT"], house.picture, house.clock)
    outbox(house, "RT", hailer)
    await posted(house)
    await house.quiet()
    (a,) = house.picture.alerts.values()
    assert (a.text, a.incident, a.x, a.state) == ("Stand-by 17-B02", "", 95_000.0, "sent")
    shown = (await field.orders(ENGINE)).order
    assert shown is not None and (shown.text, shown.incident, shown.y) == ("Stand-by 17-B02", "", 440_000.0)
    await field.acknowledge(ENGINE, "p1", shown.epoch, "e1")
    await house.quiet()
    assert house.picture.alerts[a.ref].state == "acknowledged" and len(hailer.sent) == 1
    now = house.picture.units[ENGINE]
    assert now.free and now.posting is not None and now.posting.state == "acknowledged"


async def test_an_incident_takes_back_what_nobody_read_yet(house: House) -> None:
    await a_post(house)
    hailer = Loudhailer()
    outbox(house, "RT", hailer)
    await posted(house)
    await house.quiet()
    await order(house)
    await house.quiet()
    states = {a.assignment: a.state for a in house.picture.alerts.values()}
    assert states == {"p1": "withdrawn", "o1": "sent"}
    assert [a.assignment for a in hailer.withdrawn] == ["p1"]


async def test_taking_it_back_withdraws_it(house: House) -> None:
    await a_post(house)
    outbox(house, "RT", Loudhailer())
    await posted(house)
    await house.quiet()
    await house.do("RT", unit.RecallUnit(unit=ENGINE))
    await house.quiet()
    (a,) = house.picture.alerts.values()
    assert a.state == "withdrawn" and house.picture.units[ENGINE].posting is None


async def test_a_post_that_is_not_there_is_refused(house: House) -> None:
    await a_post(house)
    with pytest.raises(Refused) as refused:
        await posted(house, post="17-B99")
    assert refused.value.code == "posting.no_post"


async def test_the_proposal_reckons_from_where_it_stands(house: House) -> None:
    await a_post(house)
    standing = Standing(house.picture, Positions(house.picture), {})

    def at() -> tuple[float, float]:
        found = standing.place(ENGINE, house.clock.now())
        assert found is not None
        return found[0], found[1]

    assert at() == (91_000.0, 436_000.0)
    await posted(house)
    assert at() == (91_000.0, 436_000.0)
    await house.do("RT", unit.ReportStatus(unit=ENGINE, code="on_scene", source="unit"))
    assert at() == (95_000.0, 440_000.0)
    assert house.picture.units[ENGINE].free
    await house.do("RT", unit.ReportStatus(unit=ENGINE, code="returning", source="unit"))
    assert at() == (91_000.0, 436_000.0)
