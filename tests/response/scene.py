"""A fire in Rotterdam and an engine to send, and a channel that does what the test tells it to."""

from __future__ import annotations

import asyncio

from meldkamer.domain import incident_rules, unit
from meldkamer.domain.alert import Alert
from meldkamer.domain.basics import Location
from meldkamer.response import ChannelError, Outbox
from tests.intake.house import House

ENGINE = "RT/17-0131"
FIRE = "RT/i1"
ORDER = "o1"


class Loudhailer:
    """A channel that remembers what it was given. confirms, fails, hangs: how it behaves."""

    def __init__(self, name: str = "hailer", confirms: bool = True, fails: int = 0, hangs: bool = False) -> None:
        self.name, self.confirms = name, confirms
        self.fails, self.hangs = fails, hangs
        self.sent: list[Alert] = []
        self.withdrawn: list[Alert] = []

    async def send(self, alert: Alert) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails > 0:
            self.fails -= 1
            raise ChannelError("no carrier")
        self.sent.append(alert)

    async def withdraw(self, alert: Alert) -> None:
        self.withdrawn.append(alert)


async def a_fire(house: House, id: str = "i1", region: str = "RT", safety_region: int = 17) -> str:
    await house.do(
        region,
        incident_rules.OpenIncident(
            incident=id,
            region=region,
            location=Location(
                text="Coolsingel 40", x=92_500.0, y=437_000.0, place="Rotterdam", safety_region=safety_region
            ),
            disciplines="B",
            class_code="brgb01",
            priority=1,
        ),
    )
    return f"{region}/{id}"


async def an_engine(
    house: House, call_sign: str = "17-0131", region: str = "RT", kind: str = "TS", safety_region: int = 17
) -> str:
    await house.do(
        region,
        unit.RegisterUnit(
            region=region,
            call_sign=call_sign,
            discipline="B",
            kind=kind,
            function=f"{region}.B.dispatch",
            safety_region=safety_region,
            base_x=91_000.0,
            base_y=436_000.0,
        ),
    )
    await house.do(region, unit.ReportStatus(unit=f"{region}/{call_sign}", code="available"))
    return f"{region}/{call_sign}"


async def a_scene(house: House) -> None:
    for room in ("RT", "DH", "LB"):
        await house.own(room, f"{room}.112", f"{room}.B.dispatch")
    await a_fire(house)
    await an_engine(house)


async def order(house: House, room: str = "RT", id: str = ORDER, ref: str = ENGINE, fire: str = FIRE) -> None:
    await house.do(room, unit.AssignUnit(unit=ref, assignment=id, incident=fire))


def outbox(house: House, room: str, *channels) -> Outbox:
    box = Outbox(
        house.handlers[room],
        house.picture,
        house.record,
        house.sealer,
        house.clock,
        channels,
        {"brgb01": "Brand Gebouw Woning"}.get,  # type: ignore[arg-type]
    )
    house.spawn(box.run())
    return box
