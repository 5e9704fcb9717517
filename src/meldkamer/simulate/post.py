"""What the simulated people do, on its way to the room: gathered per turn, sent in batches, never waited for singly.

Each account is a lane: its acts arrive in order, and a slow or silent room holds up only its own lanes. In lockstep
all lanes are sent one after the other and waited for, so that the same world gives the same record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from meldkamer.client import (
    Ack,
    ApiError,
    CallAck,
    Client,
    Problem,
    Unknown,
    envelope,
)
from meldkamer.domain.clock import Ids, Millis
from meldkamer.simulate.figures import Figures
from meldkamer.simulate.proof import Proof

Then = Callable[[Any], None]
"""What to do with the answer: the result, or the ApiError."""

log = logging.getLogger(__name__)


class Post:
    """Outgoing acts. Every acknowledgement is remembered by `proof`, every answer counted in `figures`."""

    def __init__(self, ids: Ids, proof: Proof, figures: Figures, *, lockstep: bool = False) -> None:
        self.ids, self.proof, self.figures, self.lockstep = ids, proof, figures, lockstep
        self._commands: dict[int, tuple[Client, list[tuple[dict[str, Any], Then]]]] = {}
        self._errands: list[tuple[str, Callable[[], Awaitable[Any]], Then]] = []
        self._positions: dict[str, dict[str, Any]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, list[tuple[Callable[[], Awaitable[Any]], Then]]] = {}

    @property
    def busy(self) -> int:
        """How many lanes are under way."""
        return sum(not t.done() for t in self._running.values())

    def command(self, client: Client, command: Mapping[str, Any], then: Then, occurred: Millis | None = None) -> None:
        """An act of this account, in the next batch."""
        acts = self._commands.setdefault(id(client), (client, []))[1]
        acts.append((envelope(command, self.ids.new(), occurred), then))

    def errand(self, lane: str, errand: Callable[[], Awaitable[Any]], then: Then) -> None:
        """Any other request; errands of a lane go one after the other."""
        self._errands.append((lane, errand, then))

    def position(self, unit: str, position: dict[str, Any]) -> None:
        """Where a unit is now; the newest wins."""
        self._positions[unit] = position

    async def flush(self, positions_by: Client) -> None:
        """Send what was gathered since the last flush."""
        for client, acts in self._commands.values():
            lane = f"account {id(client)}"
            self._errands.append((lane, _batch(client, acts), self._spread(acts)))
        self._commands = {}
        if self._positions:
            found = list(self._positions.values())
            self._positions = {}
            self._errands.append(("positions", lambda: positions_by.positions(found), _nothing))
        errands, self._errands = self._errands, []
        if self.lockstep:
            for _, errand, then in errands:
                await self._run(errand, then)
            return
        for lane, errand, then in errands:
            self._held.setdefault(lane, []).append((errand, then))
            task = self._running.get(lane)
            if task is None or task.done():
                self._running[lane] = asyncio.ensure_future(self._drain(lane))

    async def settle(self, patience: float = 30.0) -> None:
        """Wait until nothing is under way. patience: wall seconds."""
        tasks = [t for t in self._running.values() if not t.done()]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)

    async def _drain(self, lane: str) -> None:
        while held := self._held.pop(lane, []):
            for errand, then in held:
                await self._run(errand, then)

    async def _run(self, errand: Callable[[], Awaitable[Any]], then: Then) -> None:
        answer: Any
        try:
            answer = await errand()
        except ApiError as error:
            answer = error
        except ConnectionError as error:
            answer = Unknown(Problem(type="unknown", detail=str(error)))
        self._note(answer)
        try:
            then(answer)
        except Exception:
            log.exception("a simulated act went wrong")
            self.figures.errors += 1

    def _spread(self, acts: list[tuple[dict[str, Any], Then]]) -> Then:
        def spread(answers: Any) -> None:
            many = answers if isinstance(answers, list) else [answers] * len(acts)
            for (_, then), answer in zip(acts, many, strict=True):
                if isinstance(answers, list):
                    self._note(answer)
                then(answer)

        return spread

    def _note(self, answer: Any) -> None:
        if isinstance(answer, Ack):
            self.figures.acknowledged += 1
            self.proof.remember(answer.region, answer.seq, answer.ref)
        elif isinstance(answer, CallAck):
            self.figures.acknowledged += 1
            self.proof.remember(answer.call.partition("/")[0], answer.seq, answer.call)
        elif isinstance(answer, ApiError):
            self.figures.problem(answer)


def _batch(client: Client, acts: list[tuple[dict[str, Any], Then]]) -> Callable[[], Awaitable[Any]]:
    return lambda: client.commands([e for e, _ in acts])


def _nothing(_: Any) -> None:
    return None
