"""A picture fed by hand: entries made from domain events, without a record behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from meldkamer.desk.frames import Message
from meldkamer.desk.live import PROTOCOL
from meldkamer.domain import call, function, incident, unit
from meldkamer.domain.basics import Event, Location
from meldkamer.domain.clock import FakeClock
from meldkamer.domain.incident_rules import compartment_for
from meldkamer.domain.unit import Meaning
from meldkamer.network import Picture
from meldkamer.record import Entry, NewEvent

CANARY = "K4N4R13"
"""Stands in every personal field: wherever it shows up, a wall leaks."""


class World:
    """Stores events in order, with whatever personal fields they carry left open: the worst case for a leak."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.events: dict[str, Event] = {}
        self.picture = Picture(lambda entry: self.events[entry.event.id])
        self.seq: dict[str, int] = {}
        self.version: dict[str, int] = {}

    def store(self, subject: str, *events: Event, tell: int | None = None) -> int:
        """Events of one subject in one append; its last number. tell: only so many of them come."""
        return self.store_all(*((subject, event) for event in events), tell=tell)

    def store_all(self, *written: tuple[str, Event], tell: int | None = None) -> int:
        """One append of a region: subjects and what happened to each."""
        region = written[0][0].split(".")[1]
        first = self.seq.get(region, 0) + 1
        for n, (subject, event) in enumerate(written[:tell]):
            seq = self.seq[region] = first + n
            version = self.version[subject] = self.version.get(subject, 0) + 1
            new = NewEvent(
                id=f"{region}-{seq}",
                type=str(event.__struct_config__.tag),
                body=b"",
                occurred=self.clock.now(),
                recorded=self.clock.now(),
                room="RT",
                actor="p",
            )
            self.events[new.id] = event
            self.picture.apply(
                Entry(
                    region=region,
                    seq=seq,
                    subject=subject,
                    version=version,
                    event=new,
                    batch=f"{region}-{first}",
                    n=n,
                    of=len(written),
                    previous=b"",
                    hash=b"",
                )
            )
        return self.seq[region]

    def a_call(self, ref: str = "RT/c1") -> int:
        region, id = ref.split("/")
        return self.store(
            f"ev.{region}.call.{id}",
            call.CallReceived(
                function=f"{region}.112",
                channel="112",
                location=Location(text="Coolsingel"),
                number=CANARY,
                name=CANARY,
                said=CANARY,
                source=CANARY,
            ),
        )

    def an_incident(self, ref: str = "RT/i1", disciplines: str = "BA") -> int:
        region, id = ref.split("/")
        subject = f"ev.{region}.incident.{id}"
        self.store(
            subject,
            incident.IncidentOpened(number=f"{region}-1", location=Location(text="Coolsingel", x=92_000, y=437_000)),
        )
        for d in disciplines:
            self.store(subject, incident.TrackStarted(discipline=d, priority=1))
        return self.seq[region]

    def a_note(self, ref: str = "RT/i1", line: str = "l1", audience: str = "A", text: str = CANARY) -> int:
        region, id = ref.split("/")
        compartment = compartment_for(audience)
        return self.store(
            f"ev.{region}.incident.{id}",
            incident.NoteWritten(line=line, audience=audience, compartment=compartment, by="p", text=text),
        )

    def a_unit(self, ref: str = "RT/17-0131", discipline: str = "B") -> int:
        region, id = ref.split("/")
        subject = f"ev.{region}.unit.{id}"
        self.store(
            subject,
            unit.UnitRegistered(
                discipline=discipline, kind="TS", function=f"{region}.{discipline}.dispatch", base_x=1.0, base_y=2.0
            ),
        )
        return self.store(subject, unit.StatusReported(code="1", meaning=Meaning.AVAILABLE, source="unit"))

    def assign(self, ref: str = "RT/17-0131", to: str = "RT/i1", assignment: str = "a1") -> int:
        region, id = ref.split("/")
        return self.store(
            f"ev.{region}.unit.{id}",
            unit.UnitAssigned(assignment=assignment, incident=to, number="RT-1", priority=1, by="p"),
        )

    def own(self, name: str = "LB.112", owner: str = "LB", epoch: int = 1) -> int:
        region = name.split(".")[0]
        return self.store(
            f"fence.{region}.{name}", function.FunctionOwned(function=name, owner=owner, epoch=epoch, ground="first")
        )


class Desk:
    """One client of the live channel, over bare ASGI. It reads only while its gate is open."""

    def __init__(
        self, live: Callable[..., Coroutine[Any, Any, None]], headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        self.heard: list[dict[str, Any]] = []
        self.binary: list[bytes] = []
        self.closed: int | None = None
        self.accepted = False
        self.broken = False
        self.reads = asyncio.Event()
        self.reads.set()
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": "/api/live",
            "subprotocols": [PROTOCOL],
            "headers": headers if headers is not None else [(b"host", b"room"), (b"origin", b"https://room")],
        }
        self.task = asyncio.create_task(live(scope, self._said.get, self._send))

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        if self.broken:
            raise ConnectionResetError
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.close":
                self.closed = message["code"]
            case _ if "bytes" in message:
                self.binary.append(message["bytes"])
            case _:
                self.heard.append(msgspec.json.decode(message["text"]))

    def say(self, said: object) -> None:
        text = said if isinstance(said, str) else msgspec.json.encode(said).decode()
        self._said.put_nowait({"type": "websocket.receive", "text": text})

    def subscribe(self, *regions: str, after: dict[str, int] | None = None) -> None:
        self.say({"regions": list(regions), "after": after or {}})

    def hang_up(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def numbers(self, region: str = "RT") -> list[int]:
        return [f["seq"] for f in self.heard if f["t"] == "ev" and f["region"] == region]

    def of(self, t: str) -> list[dict[str, Any]]:
        return [f for f in self.heard if f["t"] == t]


async def settle(rounds: int = 20) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)
