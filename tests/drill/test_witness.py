"""A witness follows one application: who serves what, what it claims, and how often a function went to another room."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import msgspec

from meldkamer.client import Answer, Channel, Client
from meldkamer.domain.clock import FakeClock
from meldkamer.drill.looking import times_moved
from meldkamer.drill.witness import Claim, Witness


def function(owner: str, epoch: int) -> dict[str, object]:
    return {"name": "LB.112", "home": "LB", "owner": owner, "epoch": epoch, "ground": "first", "reason": ""}


class Told:
    """An application that shows one picture and then says what it is told to say, and goes away."""

    def __init__(self, *frames: dict[str, object]) -> None:
        self.frames = [msgspec.json.encode(frame).decode() for frame in frames]
        self.asked = 0

    async def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        self.asked += 1
        return Answer(200, msgspec.json.encode({"functions": [function("LB", 1)], "positions": {}}))

    @contextlib.asynccontextmanager
    async def channel(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[Channel]:
        yield self

    async def send(self, text: str) -> None:
        return None

    async def receive(self) -> str | bytes | None:
        return self.frames.pop(0) if self.frames else None

    async def close(self) -> None:
        return None


def row(owner: str, epoch: int) -> dict[str, object]:
    change = {"kind": "function", "ref": "LB.112", "row": function(owner, epoch)}
    other = {"kind": "unit", "ref": "LB/1", "row": {"ref": "LB/1"}}
    return {"t": "ev", "region": "LB", "seq": 1, "rows": [other, change]}


async def test_what_it_sees_is_kept_and_counted() -> None:
    clock = FakeClock()
    told = Told(row("OB", 2), row("OB", 3), row("LB", 4))
    witness = Witness("LB", ["LB"], Client(told, clock=clock), clock)
    running = asyncio.create_task(witness.run())
    try:
        assert await witness.until(lambda functions: "LB.112" in functions and functions["LB.112"].epoch == 4, 10.0)
    finally:
        running.cancel()
    assert witness.claims == {Claim("LB.112", 1, "LB"), Claim("LB.112", 4, "LB")}
    assert witness.owned_by(["LB"]) == {"LB.112"}
    assert times_moved({}, witness.moves) == 2 and times_moved({"LB.112": 1}, witness.moves) == 1
