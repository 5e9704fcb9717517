"""A small signed, sealed record to break on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from meldkamer.domain.basics import Event, SealedByField, SealedCaller
from meldkamer.domain.clock import RandomIds
from meldkamer.record import NewEvent, Sealer, Write
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.signing import open_signers
from meldkamer.record.sqlite import SqliteRecord

SECRET = "Jansen belt 0612345678"
CALL = "ev.LB.call.c1"


class Rang(Event, frozen=True, kw_only=True, tag="test.rang"):
    line: str = ""
    name: SealedCaller = None
    said: Annotated[str | None, msgspec.Meta(extra={"seal": "medical"})] = None


class Told(Event, frozen=True, kw_only=True, tag="test.told"):
    compartment: str
    text: SealedByField = None


class Plain(Event, frozen=True, kw_only=True, tag="test.plain"):
    n: int


TYPES: dict[str, type[Event]] = {"test.rang": Rang, "test.told": Told, "test.plain": Plain}


def plain_event(id: str, **fields: object) -> NewEvent:
    given = {"type": "test.x", "body": b"\x80", "occurred": 1, "recorded": 2, "room": "LB", "actor": "x"}
    return NewEvent(id=id, **(given | fields))  # type: ignore[arg-type]


class Room:
    """A data folder with a record, keys and the signing key of LB."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ids = folder, RandomIds()
        signers, self.verifier = open_signers(folder / "signing", ["LB"])
        self.keys = SqliteKeys(folder)
        self.record = SqliteRecord(folder / "record.sqlite", signers)
        self.sealer = Sealer(TYPES, self.keys)

    async def put(self, *events: Event, subject: str = CALL) -> None:
        stored = []
        for event in events:
            id = self.ids.new()
            type_, schema, body, sealed = await self.sealer.encode(event, subject, id)
            stored.append(plain_event(id, type=type_, schema=schema, body=body, sealed=sealed))
        await self.record.append(subject.split(".")[1], [Write(subject, tuple(stored))])

    async def fill(self, count: int = 20) -> None:
        for n in range(count):
            await self.put(Plain(n=n), Rang(line="112", name=SECRET), subject=f"ev.LB.call.{n % 5}")

    async def close(self) -> None:
        await self.record.close()
        await self.keys.close()


MakeRoom = Callable[[], Room]


@pytest.fixture
async def make_room(tmp_path: Path) -> AsyncIterator[MakeRoom]:
    opened: list[Room] = []

    def make() -> Room:
        opened.append(Room(tmp_path / "data"))
        return opened[-1]

    yield make
    for room in opened:
        await room.close()
