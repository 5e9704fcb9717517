"""The one place where rooms are put together from their configuration: engines, files, workers and doors.

A process hosts one room (`meldkamer room FILE.toml`) or several over one record (`meldkamer run`: ten and the national
sites). Each room is an owner of its own, with its own heart-beat, its own view of the others and its own handler.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

import meldkamer
from meldkamer.access import (
    Authority,
    Bindings,
    Demonstration,
    Flows,
    FourEyes,
    Gate,
    Passkeys,
    Passwords,
    ProviderGate,
    ReadLog,
    RelyingParty,
    Roles,
    SecondFactors,
    Sessions,
    SignInRate,
    SqliteAccounts,
    make_demonstration,
    read_client_secret,
)
from meldkamer.desk import DeskApp, PictureWorld, Services, create_app
from meldkamer.desk.alarm_file import AlarmFile, journal
from meldkamer.desk.health import Check, Found, Health, by_age, by_count
from meldkamer.desk.health_checks import certificate_check, disk_check
from meldkamer.desk.history import History
from meldkamer.desk.hub import Hub
from meldkamer.desk.metrics_fleet import fleet_figures, udp_check
from meldkamer.desk.monitoring import monitoring
from meldkamer.desk.paper import Papers
from meldkamer.desk.paper_page import OLD_AFTER
from meldkamer.desk.paper_writer import PaperWriter
from meldkamer.desk.places import Places
from meldkamer.desk.report_book import ReportBook
from meldkamer.desk.rooms import RoomAbout, Rooms
from meldkamer.desk.rows_of import Rows
from meldkamer.desk.seats import Seats
from meldkamer.desk.security import SessionCookie, Site
from meldkamer.desk.steering_budgets import BudgetWatch
from meldkamer.desk.steering_shelf import Shelf
from meldkamer.desk.steering_tally import Tally
from meldkamer.desk.tile_file import TileFile, TilesError
from meldkamer.desk.wallboard import Wallboard
from meldkamer.desk.words import Words
from meldkamer.desk.workplaces import Workplaces
from meldkamer.domain.basics import Command, Context
from meldkamer.domain.clock import Clock, Ids, SystemClock
from meldkamer.domain.question import Put
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.engines import Engine, open_engine
from meldkamer.geo import (
    ClosureBook,
    Corrections,
    Geography,
    GeographyNow,
    LostServer,
    RdTransform,
    Travel,
    TravelTimes,
)
from meldkamer.intake import Distributor, Door, Duplicates, EarlierCalls, RoomsNow
from meldkamer.network import (
    TTL_SECONDS,
    Done,
    Exercises,
    Follower,
    Handler,
    Island,
    LeaseKeeper,
    LeaseWatch,
    Ownership,
    PastKeeper,
    Picture,
    Statement,
)
from meldkamer.pack import Pack, demonstration_fleet, load_pack
from meldkamer.record import Sealer
from meldkamer.record.counted import Counted
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.response import (
    Agreements,
    CardBook,
    Clash,
    FieldChannel,
    NearestUnits,
    Outbox,
    PackKeeper,
    PositionHistory,
    Positions,
    Proposals,
    UdpPositions,
    cards_of,
    first_status,
    from_pack,
    read_fleet,
    record_append,
    register_fleet,
)
from meldkamer.settings import Settings
from meldkamer.steering import ObjectiveRow, PlanKeeper, TermsKeeper, continuity_report

STATIC = Path(__file__).parent / "desk" / "static"
PACK_AREAS = "areas.geojson"
TURN_SECONDS = 0.25
"""Between rooms that come back from being alone after a loss of the core."""
MAX_BEHIND = 1_000
"""Events that the picture may be behind before health says so."""
UDP_COUNTERS = "positions-counters.json"
"""File of the data folder with the counters of those who send positions by UDP."""
BUDGET_ALARMS = "budget-alarms.jsonl"
"""File of the data folder with the alarms of error budgets that run out."""
PACK_ALONE = "-"
"""What a room says that runs no release of the geography."""
DETAIL = 120
"""Characters of what a check found that travel with each heart-beat."""

log = logging.getLogger(__name__)


class Room:
    """One room in this process: what it does, and its workers."""

    def __init__(self, code: str, house: House) -> None:
        pack, picture, clock = house.pack, house.picture, house.clock
        self.code, self._house_alone = code, house.alone
        self.watch = LeaseWatch(house.record, clock, lambda: self.keeper.steady)
        self.handler = Handler(
            code,
            house.record,
            picture,
            house.sealer,
            clock,
            house.meaning,
            lapsed=self.watch.lapsed,
            alone=house.alone,
            asked=house.asked,
            sheets=pack.playbook_sheet,
            expected=house.proposals.drawing.expected,
            natures=pack.nature,
        )
        self.keeper = LeaseKeeper(code, house.ids.new(), house.record, clock, house.says)
        buddies = {room.code: pack.buddies_of(room.code) for room in pack.rooms}
        home = [f.code for f in pack.home_functions(code)]
        self.ownership = Ownership(
            self.handler, picture, self.watch, home, buddies, clock, house.ids, pack.manifest.near_buddies
        )
        homes = {f.code: f.home_room for f in pack.functions}
        codes = [r.code for r in pack.rooms]
        self.others = RoomsNow(picture, codes, buddies, homes, self._out_of_reach, house.settings.rooms)
        self.distributor = Distributor(self.handler, picture, clock, self.others, pack.overflow)
        self.field = FieldChannel(self.handler, picture, clock)
        self.outbox = Outbox(
            self.handler,
            picture,
            house.record,
            house.sealer,
            clock,
            [self.field],
            class_name=house.class_name,
            exercise=house.settings.exercise,
        )
        self.agreements = Agreements(self.handler, picture, clock, pack.agreements, pack.safety_regions)
        self.clash = Clash(self.handler, picture, clock)

    def _out_of_reach(self, room: str) -> bool:
        """Whether no call can go on to a room elsewhere: its heart-beat lapsed, or this room is cut off itself."""
        return self._house_alone() or self.watch.lapsed(room)

    def read_again(self) -> None:
        """The picture was folded anew: whatever may need something is looked at once more."""
        self.outbox.look_at_all()
        self.distributor.read_again()

    def workers(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Everything that runs for this room for as long as it lives, by name."""
        return {
            "heart-beat": self.keeper.run(),
            "ownership": self.ownership.run(),
            "distribution": self.distributor.run(),
            "outbox": self.outbox.run(),
            "agreements": self.agreements.run(),
            "clash": self.clash.run(),
        }


class House:
    """Everything that runs in this process: what the rooms share, and the rooms."""

    def __init__(
        self, settings: Settings, pack: Pack, engine: Engine, clock: Clock, ids: Ids, demonstration: bool = False
    ) -> None:
        self.settings, self.pack, self.clock, self.ids = settings, pack, clock, ids
        self.tiles = _tiles(settings)
        folder = settings.folder
        self.failed: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._meanings = {(s.discipline, s.code): s.meaning for s in pack.statuses}
        # Grows while the rooms work, since no code is ever removed and none changes its name.
        self._classes = dict(pack.classification)
        # The record and what is folded from it.
        self.record, self.keys, self._engine_checks = Counted(engine.record, clock), engine.keys, engine.checks
        self.sealer = Sealer(EVENT_TYPES, self.keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        snapshots = FileSnapshots(folder / "snapshots")
        regions = [region.code for region in pack.regions]
        self._engine_island = engine.island
        island = None if engine.island is None else engine.island.record
        self.follower = Follower(self.record, self.sealer, self.picture, snapshots, clock, regions, island)
        self.past = PastKeeper(self.record, self.sealer, FileSnapshots(folder / "past"), clock, regions, self.alone)
        # People sign in, and releases of the geography come into force, by the wall, also where the shown world runs
        # faster.
        self.wall = wall = SystemClock() if isinstance(clock, SystemClock) else clock
        # Where things are.
        self.rd = RdTransform()
        profiles = [profile.code for profile in pack.travel_profiles]
        self.geography = Geography(pack, self.rd, folder, wall, profiles=profiles, shown=clock)
        self.where = self.geography.where
        self.duplicates = Duplicates(self.picture, self._classes)
        remembered = pack.manifest.earlier_calls
        self.earlier = EarlierCalls(
            folder,
            self.record,
            self.keys,
            self.sealer,
            self.picture,
            clock,
            self.shared_tail,
            remembered.days,
            remembered.calling_code,
        )
        self.positions = Positions(self.picture)
        self.closures = ClosureBook(self.picture, self.geography.roads, clock.now)
        corrections = Corrections(self.picture, clock, pack.zone)
        self.travel = travel = Travel(TravelTimes(pack.travel_profiles), self.geography.roads, corrections)
        self.geography.exchanged.append(self._other_roads)
        self.nearest = NearestUnits(self.picture, self.positions, travel, pack.unit_kind, clock)
        cards = cards_of(pack, self.rd.to_rd)
        self.proposals = Proposals(self.picture, self.positions, travel, pack, cards, clock)
        self.packs = PackKeeper(pack, cards, self.record, self.picture, clock, self.rd.to_rd)
        self.packs.taking.append(self._take_pack)
        self.history = PositionHistory(folder / "positions.sqlite", self.positions, clock)
        self.udp = self._udp()
        # Who may come in.
        self.accounts = SqliteAccounts(folder / "access.sqlite", wall, demonstration=demonstration)
        self.roles = Roles.of(pack.roles)
        self.passwords = Passwords()
        self.sessions = Sessions(
            folder / "sessions.sqlite",
            self.accounts,
            self.roles,
            wall,
            exercise=settings.exercise,
            demanded=settings.sign_in.second_factor,
        )
        self.factors = SecondFactors(folder / "access.sqlite", wall, self.keys)
        # A key is bound to the address of the pages, and those of an exercise have another one.
        origin = "" if settings.exercise else settings.sign_in.origin
        self.passkeys = Passkeys(folder / "access.sqlite", wall, origin)
        rate = SignInRate(wall)
        self.gate = Gate(self.accounts, self.sessions, self.passwords, self.roles, rate, self.factors, self.passkeys)
        self.provider = self._provider(rate)
        self.four_eyes = FourEyes(
            folder / "access.sqlite", self.accounts, self.roles, wall, factors=self.factors, passkeys=self.passkeys
        )
        self.read_log = ReadLog(folder / "readlog.sqlite", wall, ids)
        self.rooms = {code: Room(code, self) for code in settings.rooms}
        self.handlers = {code: room.handler for code, room in self.rooms.items()}
        self.island = self._island()
        self.seats = Seats(self.gate, self.handlers, ids, clock, wall)
        self.paper = self._paper()
        self.exercises = Exercises(folder, self.handlers[settings.rooms[0]], clock)
        self.tally = Tally(self.record, clock)
        self.reports = ReportBook(self.record, pack, clock)
        self.workplaces = Workplaces(folder, settings.rooms)
        self.plan_copy = PlanKeeper(self.record, self.picture, folder / "plan-copy", clock)
        self.terms = TermsKeeper(self.record, self.keys, clock, lambda: self.plan_copy.copy.in_force, self._say)
        self.shelf = Shelf(
            Path(settings.steering.plan) if settings.steering.plan else None,
            lambda: self.plan_copy.copy.in_force,
            copy=self.plan_copy.copy,
            work=folder / "plan-work",
            serves=self._steers,
        )
        self.budgets = self._budgets()
        self.hub, self.app = self._doors()

    def _budgets(self) -> BudgetWatch:
        """The watch over error budgets; its alarms have a file of their own, for they say nothing of this room."""

        async def look() -> Sequence[ObjectiveRow] | None:
            plan, now = await self.shelf.plan(), self.clock.now()
            return await self.tally.of(lambda facts: continuity_report(plan, self.pack, facts, now).objectives)

        alarms = AlarmFile(self.settings.folder / BUDGET_ALARMS)
        tell = (alarms.tell,) if self.settings.exercise else (journal, alarms.tell)
        return BudgetWatch(look, self._steers, self.clock, tell, alarms.open())

    def _steers(self) -> bool:
        """Whether steering is served here now."""
        return self.owner_of(f"{self.pack.manifest.national_region}.steering") in self.rooms

    def _udp(self) -> UdpPositions | None:
        """The door for positions by UDP; an exercise has none, for what comes there is real."""
        asked = self.settings.positions
        if not asked.udp or self.settings.exercise:
            return None
        counters = self.settings.folder / UDP_COUNTERS
        return UdpPositions.of(Path(asked.keys), counters, self.positions, self.rd, self.clock, asked.rate)

    def _provider(self, rate: SignInRate) -> ProviderGate | None:
        """The way in through the organisation's own sign-in, where the settings name one."""
        if (asked := self.settings.sign_in.provider) is None:
            return None
        secret = read_client_secret(Path(asked.secret)) if asked.secret else ""
        party = RelyingParty(asked, secret, self.wall, os.urandom)
        bindings = Bindings(self.settings.folder / "access.sqlite", self.wall, asked.issuer)
        return ProviderGate(self.gate, rate, party, Flows(os.urandom), bindings)

    def _island(self) -> Island | None:
        """The watch over a record that can be cut off."""
        if (engine := self._engine_island) is None:
            return None
        keepers = [room.keeper for room in self.rooms.values()]
        return Island(
            engine.record,
            engine.keys,
            self.sealer,
            self.picture,
            keepers,
            self.handlers,
            self.clock,
            self.ids,
            turn=[room.code for room in self.pack.rooms].index(self.settings.rooms[0]) * TURN_SECONDS,
        )

    def _doors(self) -> tuple[Hub, DeskApp]:
        pack, clock, picture = self.pack, self.clock, self.picture
        homes = {f.code: f.home_room for f in pack.functions}
        rows = Rows(picture, homes, self.positions, self.duplicates)
        about = [RoomAbout(r.code, r.name, r.kind) for r in pack.rooms]
        rooms = self.rooms_now = Rooms(picture, about, homes, self.heartbeat_age, clock, self.statement, self.kept)
        self.wallboard = Wallboard(picture, rooms.rows, homes, pack.norm, clock)
        hub = Hub(picture, rows, clock, rooms.rows, self.positions, pack.manifest.national_region)
        tls = bool(self.settings.certificate)
        health = Health(self._checks(), clock)
        self.monitoring = monitoring(
            health=health,
            folder=self.settings.folder,
            about=lambda: self._about,
            counts=self.record,
            tail=self.record.tail,
            regions=[region.code for region in pack.regions],
            picture=picture,
            rooms=rooms,
            readers=lambda: hub.readers,
            clock=clock,
            exercise=self.settings.exercise,
            more=(self.budgets.figures(), ("positions", fleet_figures(self.positions, self.udp, clock))),
        )
        services = Services(
            version=meldkamer.__version__,
            clock=clock,
            ids=self.ids,
            record=self.record,
            picture=picture,
            sealer=self.sealer,
            keys=self.keys,
            handlers=self.handlers,
            seats=self.seats,
            pack=pack,
            packs=self.packs,
            gate=self.gate,
            provider=self.provider,
            four_eyes=self.four_eyes,
            passwords=self.passwords,
            authority=Authority(PictureWorld(picture)),
            read_log=self.read_log,
            rows=rows,
            rooms=rooms,
            wallboard=self.wallboard,
            others=next(iter(self.rooms.values())).others,
            hub=hub,
            history=History(
                self.record,
                self.past,
                self.history,
                about,
                homes,
                self._classes,
                clock,
                pack.manifest.national_region,
            ),
            health=health,
            monitoring=self.monitoring,
            words=Words.read(STATIC / "words"),
            places=Places(self.geography),
            where=self.where,
            geography=self.geography,
            lost=LostServer(self.geography, pack, self.settings.lost, self.owner_of, clock),
            areas=msgspec.json.decode((Path(pack.folder) / PACK_AREAS).read_bytes()),
            door=Door(
                picture,
                [f.code for f in pack.functions],
                pack.manifest.first_answer,
                self.geography.region_at,
                self.rd.to_rd,
            ),
            earlier=self.earlier,
            fields={code: room.field for code, room in self.rooms.items()},
            positions=self.positions,
            nearest=self.nearest,
            proposals=self.proposals,
            shared_tail=self.shared_tail,
            closures=self.closures,
            shelf=self.shelf,
            tally=self.tally,
            reports=self.reports,
            workplaces=self.workplaces,
            tiles=self.tiles,
            site=Site(
                hosts=frozenset(self.settings.hosts),
                origins=frozenset({self.passkeys.origin} - {""}),
                tls=tls,
                exercise=self.settings.exercise,
            ),
            cookie=SessionCookie(self.settings.rooms[0], tls=tls, exercise=self.settings.exercise),
            static=STATIC,
        )
        return hub, create_app(services)

    def _paper(self) -> PaperWriter:
        paper = self.settings.paper
        papers = Papers(self.picture, self.record, self.sealer, self.pack, self.clock)
        return PaperWriter(
            self.settings.folder,
            papers,
            self.settings.rooms,
            self.pack,
            self.read_log,
            self.clock,
            minutes=paper.minutes,
            keep=paper.keep,
            languages=paper.languages,
            exercise=self.settings.exercise,
        )

    # --- what the parts ask of each other ---------------------------------------------------------------------------

    def _other_roads(self) -> None:
        """Another geography came into force: from the next question on its roads count, with what is closed on them."""
        if self.travel.roads is not self.geography.roads:
            self.closures.use(self.geography.roads)
            self.travel.roads = self.geography.roads

    def meaning(self, discipline: str, code: str) -> Meaning:
        """What a status code means in this country; UNKNOWN for a code that the pack does not have."""
        return self._meanings.get((discipline, code), Meaning.UNKNOWN)

    def asked(self, set: str, version: str, question: str) -> Put | None:
        """A question of a version of a set, also of one that was replaced while the rooms worked."""
        return self.packs.pack.asked(set, version, question)

    def _take_pack(self, pack: Pack, book: CardBook) -> None:
        """A changed pack comes into force, in all that uses what can change."""
        self._classes.update(pack.classification)
        self.proposals.take(pack.norms, book)
        self.wallboard.take(pack.norm)
        self.paper.take(pack)

    def class_name(self, code: str) -> str:
        """The name of a class; the code itself when the pack does not have it."""
        known = self._classes.get(code)
        return known.name if known is not None else code

    def alone(self) -> bool:
        """Whether the rooms here are cut off from the others."""
        return self._engine_island is not None and self._engine_island.record.alone

    def kept(self, room: str) -> int:
        """How many events are stored in a room here alone."""
        return self.island.events if self.island is not None and room in self.rooms else 0

    async def shared_tail(self, region: str) -> int:
        """Up to where everybody in the network has the same of a region."""
        if self._engine_island is not None:
            return await self._engine_island.record.shared_tail(region)
        return await self.record.tail(region)

    def owner_of(self, function: str) -> str | None:
        """The room that serves a function now; None when nobody does."""
        return self.picture.function(function).owner or None

    def heartbeat_age(self, room: str) -> float | None:
        """Seconds since another room's heart-beat was seen by the first room here."""
        return next(iter(self.rooms.values())).watch.age(room)

    def statement(self, room: str) -> Statement | None:
        """What a room said of itself with its newest heart-beat, as the first room here has seen it."""
        return next(iter(self.rooms.values())).watch.statement(room)

    def says(self, process: str) -> Statement:
        """What the rooms here say of themselves with each heart-beat."""
        about, view = self._about, self.monitoring.watch.view
        return Statement(
            process=process,
            version=about["version"],
            pack=about["pack"],
            settings=about["settings"],
            health="" if view is None else view.state,
            geography=self.geography.now.release[:16] or PACK_ALONE,
            bad={} if view is None else {c.name: c.detail[:DETAIL] for c in view.checks if c.state != "fine"},
            sees={room: desk.state for room, desk in self.picture.desks.items() if desk.state != "up"},
        )

    @property
    def _about(self) -> dict[str, str]:
        pack = self.packs.pack.hash[:16]
        return {"version": meldkamer.__version__, "pack": pack, "settings": self.settings.digest}

    async def _say(self, command: Command) -> Done:
        """What the house itself states, as its first room."""
        room = self.settings.rooms[0]
        context = Context(now=self.clock.now(), actor="system.retention", room=room)
        return await self.handlers[room].do(command, command_id=self.ids.new(), context=context)

    async def _plan_copy(self) -> Found:
        problem = self.plan_copy.problem
        return Found("degraded" if problem else "fine", problem or f"{len(self.plan_copy.copy.adopted)} adopted")

    async def _workplaces(self) -> Found:
        await asyncio.to_thread(self.workplaces.look)
        problem = self.workplaces.problem
        return Found("degraded" if problem else "fine", problem or "as the file says, or without one")

    async def _pack_in_force(self) -> Found:
        problem = self.packs.problem
        return Found("degraded" if problem else "fine", problem or self.packs.pack.hash[:16])

    async def _events(self) -> Found:
        """Whether this program understands everything that the rooms write."""
        passed = self.follower.passed
        if not passed:
            return Found("fine", "all understood")
        return Found(
            "degraded", f"{len(passed)} not understood, of a newer program; the first: {next(iter(passed.values()))}"
        )

    def _checks(self) -> list[tuple[str, Check]]:
        async def geography() -> Found:
            now = self.geography.now
            words = f"release {now.release[:12] or 'none: the pack alone'}; {_roads_in_words(now)}"
            return Found("degraded" if now.problem else "fine", now.problem or words)

        checks: list[tuple[str, Check]] = [("picture", by_count(self.follower.behind, MAX_BEHIND, "events not shown"))]
        checks += [*self._engine_checks, ("events", self._events), ("geography", geography)]
        checks.append(("pack", self._pack_in_force))
        checks.append(("plan copy", self._plan_copy))
        checks.append(("workplaces", self._workplaces))
        if minutes := self.settings.paper.minutes:
            checks.append(("paper", by_age(self.paper.age, OLD_AFTER * minutes * 60, "status sheets written")))
        if self.udp is not None:
            checks.append(("positions", udp_check(self.udp)))
        if (tiles := self.tiles) is not None:

            async def ground() -> Found:
                why = await asyncio.to_thread(tiles.why)
                return Found("degraded" if why else "fine", why or "can be read")

            checks.append(("tiles", ground))
        if (watch := self.island) is not None:

            async def alone() -> Found:
                if not watch.alone:
                    return Found("fine", "connected")
                return Found("degraded", f"alone for {watch.seconds:.0f} s, {watch.events} events kept here")

            checks.append(("island", alone))
        network = self.settings.network
        if network is not None:  # an embedded record watches its own disk
            checks.append(("disk", disk_check(self.settings.folder)))
        certificates = [self.settings.certificate, *([network.certificate, network.ca] if network is not None else [])]
        if files := [Path(name) for name in certificates if name]:
            checks.append(("certificate", certificate_check(files, self.wall)))
        for code in self.settings.rooms:
            # A renewal is a write that the record had to make durable: the probe of the record itself.
            checks.append((f"heart-beat {code}", by_age(partial(self.heartbeat_age, code), TTL_SECONDS, "renewed")))
        return checks

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Catch up with the record, take what is ours, and begin to work. Raises Damaged for a record with a hole."""
        self.failed = asyncio.get_running_loop().create_future()
        replayed = await self.follower.start()
        log.info("picture complete, %d events replayed", replayed)
        # Before anybody asks: what was approved while this process did not run counts from its first answer.
        await self.packs.look()
        # A picture from a snapshot, or one that was folded anew, has told nobody what it holds.
        self.follower.anew += [
            self.duplicates.read,
            self.positions.read,
            self.nearest.read,
            self.proposals.read,
            self.closures.read,
            self.wallboard.read,
            self.packs.read,
            self.earlier.read_again,
            *(room.field.read for room in self.rooms.values()),
        ]
        for read in self.follower.anew:
            read()
        self.follower.anew += [self.rooms_now.read, self.hub.resync, *(room.read_again for room in self.rooms.values())]
        self.spawn(self.follower.run(), "follower")
        self.spawn(self.follower.keep_house(), "housekeeping")
        self.spawn(self.past.keep(), "pictures of the past")
        for room in self.rooms.values():
            if not await room.keeper.beat():
                await room.keeper.beat()
        for room in self.rooms.values():
            if not self.alone():  # then nobody can be asked, and nothing may be taken
                await room.watch.look()
                await room.ownership.start()
        for room in self.rooms.values():
            for name, work in room.workers().items():
                self.spawn(work, f"{name} {room.code}")
        if self.island is not None:
            self.island.leaving.append(self.follower.save)  # what comes then is folded anew from here
            self.island.rejoined += [room.ownership.start for room in self.rooms.values()]
            self.spawn(self.island.run(), "island")
        self.spawn(self.hub.run(), "live channel")
        self.spawn(self.monitoring.watch.run(), "health watch")
        self.spawn(self.history.run(), "position history")
        self.spawn(self.earlier.run(), "earlier calls")
        self.spawn(self.earlier.keep_house(), "days of earlier calls")
        if self.udp is not None and (address := self.settings.positions.address) is not None:
            await self.udp.open(*address)
            self.spawn(self.udp.run(), "positions by UDP")
        self.spawn(self.sessions.keep(), "sessions")
        self.spawn(self.seats.keep(), "seats")
        self.spawn(self.geography.run(), "geography")
        self.spawn(self.exercises.run(), "exercises held")
        self.spawn(self.packs.run(), "pack")
        self.spawn(self.plan_copy.run(), "copy of the plan")
        self.spawn(self.budgets.run(), "error budgets")
        if not self.settings.exercise:
            self.spawn(self.terms.run(), "retention terms")
        if self.settings.paper.minutes > 0:
            self.spawn(self.paper.run(), "status sheets")

    async def register(self, fleet: Path | None = None) -> int:
        """Make units known: those of a CSV file, or the pack's demonstration fleet. Returns how many are new."""
        room = next(iter(self.rooms))
        if fleet is not None:
            units = read_fleet(fleet, self.pack, self.rd.to_rd)
        else:
            units = from_pack(demonstration_fleet(self.pack)[1], self.pack, self.rd.to_rd)
            if self.settings.network is not None:  # the others register their own
                units = [unit for unit in units if self.pack.region[unit.region].home_room in self.rooms]
        append = record_append(room, self.record, self.sealer, self.picture, self.clock)
        return (await register_fleet(units, self.picture, append, first_status(self.pack), self.clock)).new

    def silence(self, code: str) -> None:
        """Let a room stop as if its process were gone, so that its lease lapses. Only an exercise does."""
        for task in self._tasks:
            if task.get_name().endswith(f" {code}"):
                task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a worker for as long as the house stands. One that fails brings the process down, loudly: a room that
        quietly does half its work is worse than one whose functions another room takes over."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("%s failed", task.get_name(), exc_info=error)
            if self.failed is not None and not self.failed.done():
                self.failed.set_exception(error)

    async def close(self) -> None:
        """Stop working, keep a snapshot, and close every file of the house; the engine is another's."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.failed is not None and not self.failed.done():
            self.failed.cancel()
            await self.follower.save()
        await self.tally.close()
        await self.reports.close()
        if self.udp is not None:
            await self.udp.close()
        await self.history.close()
        await self.earlier.close()
        self.geography.close()
        self.read_log.close()
        self.sessions.close()
        self.factors.close()
        self.passkeys.close()
        if self.provider is not None:
            self.provider.close()
        if self.tiles is not None:
            self.tiles.close()
        self.four_eyes.close()
        self.accounts.close()


def _tiles(settings: Settings) -> TileFile | None:
    """The map of one's own that the settings name. Raises TilesError when it cannot be used."""
    if not settings.map.tiles:
        return None
    try:
        return TileFile(Path(settings.map.tiles))
    except TilesError as error:
        raise TilesError(f"map: tiles: {error}") from None


def _roads_in_words(now: GeographyNow) -> str:
    match now.roads:
        case "":
            return "no map of roads: straight lines"
        case "own":
            return "a map of roads of this room alone, of no release"
    return f"roads {now.roads[:12]}"


@contextlib.asynccontextmanager
async def open_house(settings: Settings, clock: Clock, ids: Ids, demonstration: bool = False) -> AsyncIterator[House]:
    """A house that is started, and closed at the end."""
    pack = load_pack(Path(settings.pack) if settings.pack else None)
    if unknown := [code for code in settings.rooms if code not in pack.room]:
        raise ValueError(f"rooms unknown to the pack: {', '.join(unknown)}")
    known = {role.code for role in pack.roles}
    if unknown := [code for code in settings.sign_in.second_factor if code not in known]:
        raise ValueError(f"sign_in: second_factor: roles unknown to the pack: {', '.join(unknown)}")
    async with open_engine(settings, [region.code for region in pack.regions], clock) as engine:
        house = House(settings, pack, engine, clock, ids, demonstration)
        try:
            await house.start()
            yield house
        finally:
            await house.close()


async def demonstrate(house: House) -> Demonstration:
    """Make up units and accounts for trying out, in a house that was opened as a demonstration."""
    await house.register()
    pack = house.pack
    return await make_demonstration(house.accounts, house.passwords, pack.roles, pack.functions, house.settings.rooms)
