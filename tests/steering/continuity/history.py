"""A small history in a real record: what happened, told in one line each, at seconds after a fixed moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.domain.basics import Event
from meldkamer.domain.desk import RoomDeclaredDown, RoomFellSilent, RoomReturned
from meldkamer.domain.function import FunctionOwned, Ground, TakeoverAcknowledged
from meldkamer.record import NewEvent, Write
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.steering import RecordFacts

START = 1_740_787_200_000  # 1 March 2025, UTC


class History:
    """Events in the order in which they are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, NewEvent]] = []
        self._epochs: dict[str, tuple[int, str]] = {}

    def at(self, seconds: float, subject: str, type_: str, body: bytes, room: str = "RT", **sealed: bytes) -> None:
        when = START + round(seconds * 1000)
        self.told.append(
            (
                subject,
                NewEvent(
                    id=f"{len(self.told):032x}",
                    type=type_,
                    body=body,
                    occurred=when,
                    recorded=when,
                    room=room,
                    actor="rule",
                    sealed=sealed,
                ),
            )
        )

    def event(self, seconds: float, subject: str, event: Event, room: str = "RT") -> None:
        self.at(seconds, subject, str(event.__struct_config__.tag), msgspec.msgpack.encode(event), room)

    def raw(self, seconds: float, subject: str, type_: str, /, **body: Any) -> None:
        """An event that this program need not know."""
        self.at(seconds, subject, type_, msgspec.msgpack.encode({"type": type_, **body}))

    def owned(self, seconds: float, function: str, owner: str, ground: Ground, reason: str = "") -> None:
        epoch, previous = self._epochs.get(function, (0, ""))
        self._epochs[function] = (epoch + 1, owner)
        region = function.partition(".")[0]
        event = FunctionOwned(
            function=function, owner=owner, epoch=epoch + 1, ground=ground, previous=previous, reason=reason
        )
        self.event(seconds, f"fence.{region}.{function}", event, owner)

    def silent(self, seconds: float, room: str, silent: float, observer: str = "DH") -> None:
        self.event(seconds, f"ev.NL.desk.{room}", RoomFellSilent(observer=observer, silent=silent), observer)

    def down(self, seconds: float, room: str, reason: str = "brand") -> None:
        self.event(seconds, f"ev.NL.desk.{room}", RoomDeclaredDown(by="caco", reason=reason), room)

    def up(self, seconds: float, room: str) -> None:
        self.event(seconds, f"ev.NL.desk.{room}", RoomReturned(by="caco"), room)

    def acknowledged(self, seconds: float, function: str, room: str) -> None:
        region = function.partition(".")[0]
        self.event(seconds, f"ev.{region}.function.{function}", TakeoverAcknowledged(function=function, by="c"), room)

    async def store(self, folder: Path) -> None:
        record = SqliteRecord(folder / "record.sqlite")
        for subject, event in self.told:
            await record.append(subject.split(".")[1], [Write(subject, (event,))])
        await record.close()

    async def facts(self, folder: Path) -> RecordFacts:
        await self.store(folder)
        record = SqliteRecord(folder / "record.sqlite", read_only=True)
        facts = RecordFacts()
        await facts.catch_up(record)
        await record.close()
        return facts

    def stored(self, folder: Path) -> Path:
        asyncio.run(self.store(folder))
        return folder
