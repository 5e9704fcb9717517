"""A playbook across a cut: the cut room goes on with what it holds, another may take it, and no tick is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.domain import playbook
from meldkamer.domain.basics import Refused
from meldkamer.domain.playbook import Sheet
from meldkamer.domain.unit import Meaning
from meldkamer.network import Handler
from tests.network.conftest import House
from tests.network.test_island import World, same_picture


def sheets(playbook: str, version: str) -> Sheet | None:
    return Sheet(steps=("call", "units"), tell=("head",)) if (playbook, version) == ("link", "1") else None


def opening(run: str = "r1", version: str = "1") -> playbook.OpenPlaybook:
    # What a client says that it asks is not believed: the room takes it from its own pack.
    return playbook.OpenPlaybook(room="LB", run=run, playbook="link", version=version, steps=("nothing",))


async def test_the_room_knows_what_a_playbook_asks(house: House) -> None:
    handler = house.handlers["LB"] = Handler(
        "LB", house.record, house.picture, house.sealer, house.clock, lambda d, code: Meaning(code), sheets=sheets
    )
    assert handler.room == "LB"
    with pytest.raises(Refused, match=r"playbook\.unknown"):
        await house.do("LB", opening(version="2"))
    await house.do("LB", opening())
    await house.do("LB", opening(), command_id=house.ids.new())
    (run,) = house.picture.desk("LB").playbooks
    assert (run.steps, run.tell, run.by) == (("call", "units"), ("head",), "lb.person")


async def test_ticks_of_both_sides_of_a_cut_are_there_once_and_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    lb, ob, _ = await world.begin()
    monkeypatch.setattr(lb.handler, "_sheets", sheets)
    await lb.do(opening())
    await ob.caught_up()
    await lb.cut_off()
    assert (await lb.do(playbook.TickPlaybook(room="LB", run="r1", item="call"))).outcome == "LOCAL"
    with pytest.raises(Refused, match=r"playbook\.held"):
        await ob.do(playbook.TickPlaybook(room="LB", run="r1", item="units"))
    await ob.do(playbook.TakePlaybook(room="LB", run="r1", reason="LB is alleen"))
    await ob.do(playbook.TickPlaybook(room="LB", run="r1", item="units"))
    await lb.heal()
    await same_picture(lb, ob)
    (run,) = lb.picture.desk("LB").playbooks
    assert (run.holder, {item: tick.room for item, tick in run.done.items()}) == ("OB", {"call": "LB", "units": "OB"})
    # Whoever is alone takes nothing over: the other may be going on with it.
    await lb.cut_off()
    with pytest.raises(Refused, match=r"playbook\.room_alone"):
        await lb.do(playbook.TakePlaybook(room="LB", run="r1", reason="terug"))
    await lb.heal()
    await lb.close()
    await ob.close()
    await world.shared.close()
    await world.keys.close()
