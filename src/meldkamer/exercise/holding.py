"""Holding an exercise: a house on a copy, a world that calls, a room that is lost, and the score at the end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.access import Account, Demonstration, SqliteAccounts
from meldkamer.client import AsgiTransport, Client
from meldkamer.domain.clock import Ids, RandomIds, SystemClock
from meldkamer.domain.exercise import NoteExercise
from meldkamer.exercise.folder import Practice, practice
from meldkamer.exercise.options import ExerciseError, Options, Outcome
from meldkamer.exercise.people import clear_seats, is_person, people_of, staffed_rooms, take_part
from meldkamer.exercise.score import Norms, recovery, score, verdict
from meldkamer.exercise.watching import Watch
from meldkamer.network.exercises import HeldExercise, kept, leave
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.record.backup import MASTER
from meldkamer.room import House, open_house
from meldkamer.serve import listen, serving
from meldkamer.settings import PaperSettings, Settings
from meldkamer.simulate import LivingWorld, Report, Seat, WorldConfig, WorldData, factor

IN_PROCESS = "in-process"
SIT_SECONDS = 120.0
DAY_MINUTES = 24 * 60
REASON = "oefening / exercise"

Tell = Callable[[str], None]


async def hold(options: Options, tell: Tell, ids: Ids | None = None) -> Outcome:
    """Hold an exercise and keep its score. tell: told what a person at the keyboard should know.

    Raises ExerciseError, and what opening a house raises.
    """
    ids = ids or RandomIds()
    pack = load_pack(Path(options.pack) if options.pack else None)
    if options.of not in pack.room:
        raise ExerciseError(f"no room {options.of} in {pack.manifest.name}")
    Norms.of(pack, options.ground)  # said before the room is lost, not after
    id, beside, source = ids.new(), Path(options.data or options.source), Path(options.source or options.data)
    people = await asyncio.to_thread(_people, Path(options.data)) if options.data else []
    sock = listen(options.host, options.port) if options.port is not None else None
    master = Path(options.master) if options.master else source / MASTER
    with (
        contextlib.closing(sock) if sock is not None else contextlib.nullcontext(),
        practice(beside, source, master, id) as made,
    ):
        settings = Settings(
            data=str(made.folder),
            rooms=tuple(room.code for room in pack.rooms),
            pack=options.pack,
            host=options.host,
            port=sock.getsockname()[1] if sock is not None else 0,
            hosts=tuple(dict.fromkeys(("localhost", "127.0.0.1", options.host, IN_PROCESS))),
            exercise=True,
            paper=PaperSettings(minutes=0),
        )
        # A copy of now goes on now; an old backup goes on where it ended, or every incident would be days old.
        clock = SystemClock(1.0, made.newest() + 1_000 if options.source else None)
        async with open_house(settings, clock, ids, demonstration=True) as house:
            held = await _Exercise(options, house, people, id, tell).hold(sock)
        made.keep = options.keep
    return await _keep(options, held, made)


def _people(data: Path) -> list[Account]:
    if not (data / "access.sqlite").exists():
        return []
    accounts = SqliteAccounts(data / "access.sqlite", SystemClock(), demonstration=True)
    try:
        return people_of(accounts)
    finally:
        accounts.close()


async def _keep(options: Options, held: HeldExercise, made: Practice) -> Outcome:
    said = {name: getattr(held.held, name) for name in Outcome.__struct_fields__ if hasattr(held.held, name)}
    outcome = Outcome(**said, readable=made.readable, kept="nowhere", record=str(made.folder) if made.keep else "")
    if not options.data:
        return outcome
    left = await asyncio.to_thread(leave, Path(options.data), held)
    clock = SystemClock()
    until = clock.monotonic() + options.patience
    while not kept(left) and clock.monotonic() < until:
        await clock.wait(0.2)
    return msgspec.structs.replace(outcome, kept="record" if kept(left) else "waiting")


class _Exercise:
    """One exercise in an open house."""

    def __init__(self, options: Options, house: House, people: list[Account], id: str, tell: Tell) -> None:
        self._o, self._house, self._people, self._id, self._tell = options, house, people, id, tell
        self._clock = house.clock
        self._ended: list[asyncio.Future[Any]] = [house.failed] if house.failed is not None else []

    async def hold(self, sock: socket.socket | None) -> HeldExercise:
        house, room = self._house, self._o.of
        if house.picture.desk(room).state != "up":
            raise ExerciseError(f"{room} is not up in this record, so it cannot be lost")
        if not house.picture.owned_by(room):
            raise ExerciseError(f"{room} serves nothing in this record, so there is nothing to take over")
        regions = {name.partition(".")[0] for name in house.picture.owned_by(room)}
        if not any(ref.partition("/")[0] in regions for ref in house.picture.units):
            self._tell(f"no units are known in {', '.join(sorted(regions))}: the demonstration fleet takes part")
            await house.register()
        await clear_seats(house)
        self._watch = Watch(room, house.picture, house.clock, is_person(house))
        rooms = staffed_rooms(house, room)
        made = await take_part(house, self._people, rooms)
        async with self._doors(sock):
            self._welcome(made, sock)
            base = Client(AsgiTransport(house.app), clock=self._clock)
            world = self._world(base, made, regions)
            living = asyncio.create_task(world.run())
            self._ended.append(living)
            try:
                held = await self._go(made, base, world, living)
            finally:
                living.cancel()
                await asyncio.gather(living, return_exceptions=True)
                await base.close()
        return held

    @contextlib.asynccontextmanager
    async def _doors(self, sock: socket.socket | None) -> AsyncIterator[None]:
        if sock is None:
            yield
            return
        async with serving(self._house, sock) as server:
            self._ended.append(server)
            yield

    def _welcome(self, made: Demonstration, sock: socket.socket | None) -> None:
        if sock is None:
            return
        self._tell(f"EXERCISE: people can take part at http://{self._o.host}:{sock.getsockname()[1]}/")
        if self._people:
            self._tell("they sign in with the accounts and passwords of the live room")
        else:
            names = " ".join(person.account for person in made.people)
            self._tell(f"accounts: {names}\npassword of this exercise: {made.password}")

    def _world(self, base: Client, made: Demonstration, regions: set[str]) -> LivingWorld:
        pack = self._house.pack
        data = WorldData.of(pack, hospitals=demonstration_hospitals(pack))
        here = tuple(place for place in data.places if place.region in regions or data.national in regions)
        data = msgspec.structs.replace(data, places=here)
        seats = [Seat(c.account, c.room, c.function, c.seat, c.token) for c in made.colleagues]
        # The day's curve makes a night quiet; an exercise has the calls that were asked for at any hour.
        daily = self._o.calls * DAY_MINUTES / factor(self._clock.now())
        # Callers of another world than a demonstration's: its calls may stand in the copy, and none comes twice.
        config = WorldConfig(seed=f"exercise/{self._o.seed}", daily=daily)
        gateways = {**made.gateways, "reader": made.colleagues[0].token}
        return LivingWorld(base, data, seats, gateways, config, self._clock, self._house.ids)

    async def _go(
        self, made: Demonstration, base: Client, world: LivingWorld, living: asyncio.Task[Report]
    ) -> HeldExercise:
        o, watch, clock = self._o, self._watch, self._clock
        await self._until_seated(len(made.colleagues))
        began, behind = clock.now(), SystemClock().now() - clock.now()
        self._tell(f"everybody sits; {o.of} is lost in {o.warm:.0f} s")
        await self._pass(o.warm, "before the room was lost")
        await self._lose(made, base)
        self._tell(f"{o.of} is lost ({o.ground}), with {len(watch.functions)} functions")
        with contextlib.suppress(ExerciseError):  # ended by a person: what there is, is scored
            await self._pass(max(0.0, o.minutes * 60 - o.warm), "")
        ended = clock.now()
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        report = await world.report()
        for example in report.lost_examples:
            self._tell(f"not in the record: {example}")
        norms = Norms.of(self._house.pack, o.ground)
        figures = score(watch, norms, ended, report.lost)
        return HeldExercise(
            ended + behind,
            NoteExercise(
                exercise=self._id,
                room=o.of,
                ground=o.ground,
                functions=watch.functions,
                rooms_took=watch.rooms_took,
                began=began + behind,
                fault=watch.fault + behind,
                recovery_seconds=recovery(watch),
                good=verdict(figures),
                figures=figures,
                people=len(watch.people),
                seed=o.seed,
                plan=o.plan,
                by=o.by,
            ),
        )

    async def _until_seated(self, colleagues: int) -> None:
        until = self._clock.monotonic() + SIT_SECONDS
        while sum(len(d.seats) for d in self._house.picture.desks.values()) < colleagues:
            if self._clock.monotonic() > until:
                raise ExerciseError("the simulated colleagues could not take their seats")
            await self._pass(0.1, "before everybody sat")

    async def _lose(self, made: Demonstration, base: Client) -> None:
        """The room is lost: a Caco elsewhere says so, or it says nothing any more."""
        house, room = self._house, self._o.of
        if self._o.ground == "silent":
            ago = house.heartbeat_age(room) or 0.0
            house.silence(room)
            self._watch.lost(ago)
            return
        buddies = [b for b in house.pack.buddies_of(room) if house.picture.desk(b).state == "up"]
        cacos = [c for b in buddies for c in made.colleagues if c.room == b and c.function == "multi"]
        if not cacos:
            raise ExerciseError(f"no buddy of {room} has a Caco who could say that it is lost")
        command = {"type": "declare_room_down", "room": room, "reason": REASON}
        self._watch.lost(0.0)
        await base.speaking_as(cacos[0].token).command(command)

    async def _pass(self, seconds: float, when: str) -> None:
        """Let time pass. Raises ExerciseError when the exercise is ended, and what made the house fail."""
        waiting = asyncio.ensure_future(self._clock.wait(seconds))
        try:
            await asyncio.wait([waiting, *self._ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        for ended in self._ended:
            if ended.done():
                ended.result()
                raise ExerciseError(f"ended {when}")
