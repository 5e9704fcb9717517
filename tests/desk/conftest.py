"""The real application of room RT over a real record, on one pumped clock."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from meldkamer.access import (
    Authority,
    Bindings,
    Flows,
    FourEyes,
    Gate,
    Passkeys,
    Passwords,
    ProviderGate,
    ProviderSettings,
    RelyingParty,
    Roles,
    SecondFactors,
    Sessions,
    SignInRate,
    SqliteAccounts,
    add_account,
    add_machine,
)
from meldkamer.access.readlog import ReadLog
from meldkamer.desk.app import create_app
from meldkamer.desk.health import Health, by_age
from meldkamer.desk.history import History
from meldkamer.desk.hub import Hub
from meldkamer.desk.monitoring import monitoring
from meldkamer.desk.places import Places
from meldkamer.desk.report_book import ReportBook
from meldkamer.desk.rooms import RoomAbout, Rooms
from meldkamer.desk.rows_of import Rows
from meldkamer.desk.seats import Seats
from meldkamer.desk.security import SessionCookie, Site
from meldkamer.desk.services import PictureWorld, Services
from meldkamer.desk.steering_shelf import Shelf
from meldkamer.desk.steering_tally import Tally
from meldkamer.desk.wallboard import Wallboard
from meldkamer.desk.words import Words
from meldkamer.desk.workplaces import Workplaces
from meldkamer.domain import call, function, incident_rules, unit
from meldkamer.domain.basics import Command, Context, Location
from meldkamer.domain.clock import FakeClock, SeededIds
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.geo import ClosureBook, Geography, LostServer, LostSettings, RdTransform, Travel, TravelTimes
from meldkamer.intake import Door, Duplicates, EarlierCalls, RoomsNow
from meldkamer.network import Done, Handler, PastKeeper, Picture
from meldkamer.pack import load_pack, shipped_pack
from meldkamer.record import Sealer
from meldkamer.record.counted import Counted
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.response import FieldChannel, NearestUnits, PackKeeper, PositionHistory, Positions, Proposals, cards_of
from tests.geo.roads.maps import a_grid, open_map

from .world import CANARY

PACK, RD = load_pack(shipped_pack()), RdTransform()
"""Read once: nothing changes them, and hundreds of rooms are made in these tests."""
REGIONS = ("RT", "LB", "NL")
PASSWORD = "lange-zinnen-zijn-sterk"
ORIGIN = "https://meldkamer.example"
"""Under which pages are opened, for passkeys."""
PEOPLE = {
    "anna": ("CTL-112",),
    "bram": ("UIT-B",),
    "ambu": ("UIT-A",),
    "paul": ("UIT-P",),
    "caco": ("CACO",),
    "beheer": ("FB",),
    "hoofd": ("HMK",),
    "lezer": ("LEZER",),
}
MACHINES = {
    "centrale": ("telephony",),
    "wagens": ("field", "positions"),
    "keten": ("feed",),
    "waker": ("health",),
    "wegwijzer": ("lost",),
    "robot": ("desk",),
}


class TestRoom:
    """Room RT as `room` would put it together, with its clock and its ids in the test's hand."""

    __test__ = False

    def __init__(
        self,
        folder: Path,
        hosts: frozenset[str] = frozenset({"room"}),
        provider: tuple[ProviderSettings, str] | None = None,
        clock: FakeClock | None = None,
    ) -> None:
        self.clock, self.ids = clock or FakeClock(), SeededIds("desk")
        self.record = Counted(SqliteRecord(folder / "record.sqlite"), self.clock)
        self.keys = SqliteKeys(folder)
        self.sealer = Sealer(EVENT_TYPES, self.keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        pack = self.pack = PACK
        roles = Roles.of(pack.roles)
        accounts = SqliteAccounts(folder / "access.sqlite", self.clock)
        sessions = Sessions(folder / "access.sqlite", accounts, roles, self.clock)
        self.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.factors = SecondFactors(folder / "access.sqlite", self.clock, self.keys)
        self.passkeys = Passkeys(folder / "access.sqlite", self.clock, ORIGIN)
        rate = SignInRate(self.clock)
        self.gate = Gate(accounts, sessions, self.passwords, roles, rate, self.factors, self.passkeys)
        self.provider = None
        if provider is not None:
            party = RelyingParty(*provider, self.clock, os.urandom)
            bindings = Bindings(folder / "access.sqlite", self.clock, provider[0].issuer)
            self.provider = ProviderGate(self.gate, rate, party, Flows(os.urandom), bindings)
        self.handler = self.a_handler("RT")
        self.other = self.a_handler("LB")
        homes = {f.code: f.home_room for f in pack.functions}
        self.positions = Positions(self.picture)
        self.read_log = ReadLog(folder / "readlog.sqlite", self.clock, self.ids)
        self.geography = Geography(pack, RD, folder, self.clock)
        self.where = self.geography.where
        self.roads = open_map(a_grid(8, 500.0, 90_500.0, 435_500.0), self.clock.now)
        cards = cards_of(pack, self.where.rd.to_rd)
        self.packs = PackKeeper(pack, cards, self.record, self.picture, self.clock, self.where.rd.to_rd)
        self.four_eyes = FourEyes(
            folder / "access.sqlite", accounts, roles, self.clock, factors=self.factors, passkeys=self.passkeys
        )
        self.proposals = Proposals(
            self.picture,
            self.positions,
            Travel(TravelTimes(pack.travel_profiles), self.roads),
            pack,
            cards,
            self.clock,
        )
        self.packs.taking.append(lambda pack, book: self.proposals.take(pack.norms, book))
        self.rows = Rows(
            self.picture, homes, self.positions, Duplicates(self.picture, {c.code: c for c in pack.classes})
        )
        self.ages: dict[str, float | None] = {"RT": 1.0}
        about = [RoomAbout(r.code, r.name, r.kind) for r in pack.rooms]
        self.rooms = Rooms(self.picture, about, homes, self.ages.get, self.clock)
        self.past = PastKeeper(self.record, self.sealer, FileSnapshots(folder / "past"), self.clock, REGIONS)
        self.tracks = PositionHistory(folder / "positions.sqlite", self.positions, self.clock)
        self.earlier = EarlierCalls(
            folder, self.record, self.keys, self.sealer, self.picture, self.clock, self.record.tail, 30, "31"
        )
        buddies = {room.code: pack.buddies_of(room.code) for room in pack.rooms}
        self.others = RoomsNow(self.picture, [room.code for room in about], buddies, homes, lambda room: False)
        self.hub = Hub(self.picture, self.rows, self.clock, self.rooms.rows, self.positions)
        self.static = folder / "static"
        self.static.mkdir()
        (self.static / "index.html").write_text('<script type="module" src="/static/main.js"></script>')
        (self.static / "main.js").write_text("export {};")
        self.health = Health([("heart-beat", by_age(lambda: self.ages["RT"], 12, "heart-beat"))], self.clock)
        self.monitoring = monitoring(
            health=self.health,
            folder=folder,
            about=lambda: {"version": "0", "pack": pack.hash[:16], "settings": ""},
            counts=self.record,
            tail=self.record.tail,
            regions=REGIONS,
            picture=self.picture,
            rooms=self.rooms,
            readers=lambda: self.hub.readers,
            clock=self.clock,
        )
        self.services = Services(
            version="0",
            clock=self.clock,
            ids=self.ids,
            record=self.record,
            picture=self.picture,
            sealer=self.sealer,
            keys=self.keys,
            handlers={"RT": self.handler},
            seats=Seats(self.gate, {"RT": self.handler}, self.ids, self.clock, self.clock),
            pack=pack,
            packs=self.packs,
            gate=self.gate,
            provider=self.provider,
            four_eyes=self.four_eyes,
            passwords=self.passwords,
            authority=Authority(PictureWorld(self.picture)),
            read_log=self.read_log,
            rows=self.rows,
            rooms=self.rooms,
            wallboard=Wallboard(self.picture, self.rooms.rows, homes, pack.norm, self.clock),
            others=self.others,
            hub=self.hub,
            history=History(self.record, self.past, self.tracks, about, homes, pack.classification, self.clock),
            health=self.health,
            monitoring=self.monitoring,
            words=Words(
                {
                    "en": {"refused.note.empty": "A note needs words"},
                    "nl": {"refused.note.empty": "Een regel heeft tekst nodig"},
                }
            ),
            places=Places(self.geography),
            where=self.where,
            geography=self.geography,
            lost=LostServer(
                self.geography,
                pack,
                LostSettings(),
                lambda name: self.picture.function(name).owner or None,
                self.clock,
            ),
            areas={"type": "FeatureCollection", "features": [], "approximate": True},
            door=Door(
                self.picture,
                homes,
                pack.manifest.first_answer,
                lambda lat, lon, radius: self.geography.region_at(lat, lon, radius),
                self.where.rd.to_rd,
            ),
            earlier=self.earlier,
            fields={"RT": FieldChannel(self.handler, self.picture, self.clock)},
            positions=self.positions,
            nearest=NearestUnits(
                self.picture, self.positions, TravelTimes(pack.travel_profiles), pack.unit_kind, self.clock
            ),
            proposals=self.proposals,
            shared_tail=self.record.tail,
            closures=ClosureBook(self.picture, self.roads, self.clock.now),
            shelf=Shelf(folder / "plan" if (folder / "plan").is_dir() else None),
            tally=Tally(self.record, self.clock),
            reports=ReportBook(self.record, pack, self.clock),
            workplaces=Workplaces(folder, ["RT"]),
            site=Site(hosts=hosts),
            cookie=SessionCookie("RT", tls=False),
            static=self.static,
        )
        self.app = create_app(self.services)
        self.tokens: dict[str, str] = {}
        self.tasks = [asyncio.create_task(self._follow())]

    def a_handler(self, room: str) -> Handler:
        asked, meaning = lambda *of: self.packs.pack.asked(*of), lambda d, code: Meaning(code)
        natures = lambda code: self.packs.pack.nature(code)  # noqa: E731 - the pack changes under it
        return Handler(room, self.record, self.picture, self.sealer, self.clock, meaning, asked=asked, natures=natures)

    async def people(self) -> None:
        accounts, roles = self.gate.accounts, self.gate.roles
        for name, held in PEOPLE.items():
            await add_account(
                accounts, self.passwords, roles, name=name, room="RT", password=PASSWORD, roles=held, language="en"
            )
        for name, scopes in MACHINES.items():
            self.tokens[name] = await add_machine(
                accounts,
                roles,
                name=name,
                room="RT",
                scopes=scopes,
                roles=("CTL-B",) if name == "robot" else (),
                simulated=name == "robot",
            )

    async def confirm(self) -> None:
        """Another administrator of the room confirms all that waits."""
        for one in self.four_eyes.waiting("RT"):
            await self.four_eyes.confirm(one.id, "RT", "tweede")

    async def _follow(self) -> None:
        async for entry in self.record.follow(dict.fromkeys(REGIONS, 0)):
            self.picture.apply(entry)

    def client(self, token: str = "") -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.tokens[token]}"} if token else {"origin": "http://room"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://room", headers=headers)

    async def signed_in(self, person: str, seat: str = "") -> httpx.AsyncClient:
        client = self.client()
        body = {"account": person, "password": PASSWORD, "seat": seat}
        answer = await client.post("/api/sign-in", json=body)
        assert answer.status_code == 200, answer.text
        return client

    async def do(self, command: Command, room: str = "RT", actor: str = "rule") -> Done:
        handler = self.handler if room == "RT" else self.other
        context = Context(now=self.clock.now(), actor=actor, room=room)
        return await handler.do(command, command_id=self.ids.new(), context=context)

    async def own(self, *names: str, room: str = "RT") -> None:
        for name in names:
            await self.do(function.TakeFunction(function=name, to=room, ground="first"), room=room)

    async def an_incident(self) -> None:
        """A call with a caller, an incident of fire and ambulance with a medical line, and a fire engine."""
        await self.own("RT.112", "RT.B.dispatch", "RT.A.dispatch")
        await self.do(
            call.ReceiveCall(
                call="c1",
                region="RT",
                function="RT.112",
                channel="112",
                number=CANARY + "number",
                name=CANARY + "name",
                said=CANARY + "said",
                source=CANARY + "source",
            )
        )
        await self.do(call.AnswerCall(call="RT/c1"))
        place = Location(text="Coolsingel", x=92_400.0, y=437_400.0)
        await self.do(
            incident_rules.OpenIncident(
                incident="i1", region="RT", location=place, disciplines="BA", priority=1, call="RT/c1"
            )
        )
        await self.do(incident_rules.WriteNote(incident="RT/i1", line="med", text=CANARY + "medical", audience="A"))
        await self.do(incident_rules.WriteNote(incident="RT/i1", line="all", text="smoke on the second floor"))
        await self.do(
            unit.RegisterUnit(region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch")
        )
        await self.do(unit.ReportStatus(unit="RT/17-0131", code="available"))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.record.close()
        await self.keys.close()
        await self.earlier.close()
        await self.tracks.close()
        self.read_log.close()
        self.four_eyes.close()
        self.factors.close()
        self.passkeys.close()
        if self.provider is not None:
            self.provider.close()
        self.gate.sessions.close()
        self.gate.accounts.close()


@pytest.fixture
async def app_room(tmp_path: Path) -> AsyncIterator[TestRoom]:
    room = TestRoom(tmp_path)
    await room.people()
    yield room
    await room.close()
