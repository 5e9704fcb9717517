"""The demonstration fleet as a picture, at its bases, every function with its own room: to try cards and proposals."""

from __future__ import annotations

from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Clock
from meldkamer.domain.function import Function
from meldkamer.domain.unit import Meaning, RegisterUnit, Unit
from meldkamer.network import Picture
from meldkamer.pack import Pack
from meldkamer.record import Entry


def standing_fleet(pack: Pack, units: list[RegisterUnit], clock: Clock) -> Picture:
    """A picture without a record, in which every unit stands at its base and can go."""

    def no_record(entry: Entry) -> Event:
        raise AssertionError("this picture follows no record")

    picture = Picture(no_record)
    for of in pack.functions:
        picture.functions[of.code] = Function(name=of.code, owner=of.home_room, epoch=1)
    standby = {
        d.code: next((s.code for s in pack.statuses_of(d.code) if s.meaning is Meaning.STANDBY), "")
        for d in pack.disciplines
    }
    for of_unit in units:
        ref = f"{of_unit.region}/{of_unit.call_sign}"
        picture.units[ref] = Unit(
            ref=ref,
            discipline=of_unit.discipline,
            kind=of_unit.kind,
            function=of_unit.function,
            safety_region=of_unit.safety_region,
            base=of_unit.base,
            base_x=of_unit.base_x,
            base_y=of_unit.base_y,
            capabilities=of_unit.capabilities,
            crew=of_unit.crew,
            status=standby.get(of_unit.discipline, ""),
            meaning=Meaning.STANDBY,
            status_since=clock.now(),
        )
    return picture
