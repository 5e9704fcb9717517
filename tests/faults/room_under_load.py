"""A room under load in a process of its own, to be killed: prints every acknowledged command on standard output.

Run as `python room_under_load.py FOLDER SEED`. One line per acknowledgement: command id, region, sequence, reference.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from meldkamer.domain import call, incident_rules, unit
from meldkamer.domain.basics import Command, Context, Location, Refused
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.network import NotOwner
from meldkamer.record import Conflict
from meldkamer.room import House, open_house
from meldkamer.settings import Settings

WRITERS = 12


async def work(house: House, rng: random.Random) -> None:
    """Calls, incidents, notes, orders and reports without end, by rooms that own things and rooms that do not."""
    region = rng.choice(["RT", "DH"])
    while True:
        call_id, incident, line = (house.ids.new() for _ in range(3))
        sign = f"17-{rng.randrange(20):04d}"
        unit_ref = f"{region}/{sign}"
        acts: list[Command] = [
            call.ReceiveCall(call=call_id, region=region, function=f"{region}.112", channel="112", number="0612345678"),
            call.AnswerCall(call=f"{region}/{call_id}"),
            incident_rules.OpenIncident(
                incident=incident,
                region=region,
                location=Location(text="Kade"),
                disciplines="BA",
                call=f"{region}/{call_id}",
            ),
            incident_rules.WriteNote(incident=f"{region}/{incident}", line=line, text="regel"),
            unit.RegisterUnit(
                region=region, call_sign=sign, discipline="B", kind="TS", function=f"{region}.B.dispatch"
            ),
            unit.ReportStatus(unit=unit_ref, code="bs", source="unit"),
            unit.AssignUnit(unit=unit_ref, assignment=house.ids.new(), incident=f"{region}/{incident}"),
            incident_rules.Prioritise(incident=f"{region}/{incident}", disciplines="B", priority=rng.randint(1, 3)),
            unit.RecallUnit(unit=unit_ref),
            call.EndCall(call=f"{region}/{call_id}"),
        ]
        for act in acts:
            room = rng.choice(["RT", "DH"])
            command_id = house.ids.new()
            context = Context(now=house.clock.now(), actor=f"{room.lower()}.x", room=room)
            try:
                done = await house.rooms[room].handler.do(act, command_id=command_id, context=context)
            except (Refused, NotOwner, Conflict):
                continue
            if not done.duplicate:
                # One write of less than PIPE_BUF bytes is atomic: a line arrives whole or not at all.
                os.write(1, f"{command_id} {done.region} {done.seq} {done.ref}\n".encode())


async def main(folder: Path, seed: int) -> None:
    settings = Settings(data=str(folder), rooms=("RT", "DH"))
    async with open_house(settings, SystemClock(), RandomIds()) as house:
        os.write(1, b"ready\n")
        await asyncio.gather(*(work(house, random.Random(f"{seed}-{n}")) for n in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
