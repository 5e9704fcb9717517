"""Work that follows from the record: each thing is brought to what it should be, and looked at again when it changes.

Nothing is kept between two looks but the list of what to look at. So a worker may be stopped anywhere and started
again: it looks at everything once and goes on. What it does carries derived ids, so doing it twice does it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from meldkamer.domain.basics import Command, Context, Refused
from meldkamer.domain.clock import Clock
from meldkamer.network import Done, Handler, NotOwner
from meldkamer.record import Fenced, RecordError

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0, 15.0)
"""Pauses before trying again what failed; the last one repeats."""

K = TypeVar("K", bound=Hashable)

log = logging.getLogger(__name__)


class FollowUp(Generic[K]):
    """Calls `act(key)` for every marked key: never twice at once for one key, and again when it was marked meanwhile.

    Different keys run side by side, because one may wait long for the outside world. What `act` raises is logged and
    tried again: a worker of a control room does not end because of one bad case.
    """

    def __init__(self, name: str, act: Callable[[K], Awaitable[None]], clock: Clock) -> None:
        self.name = name
        self._act, self._clock = act, clock
        self._waiting: dict[K, None] = {}
        self._running: set[K] = set()
        self._again: set[K] = set()
        self._wake = asyncio.Event()

    def mark(self, key: K) -> None:
        """Look at this key soon. Cheap and harmless to repeat; may be called before `run`."""
        if key in self._running:
            self._again.add(key)
        else:
            self._waiting[key] = None
            self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting or being done."""
        return not self._waiting and not self._running

    async def run(self) -> None:
        """Work for ever. Ends only by being cancelled, and then cancels what it was doing."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wake.wait()
                self._wake.clear()
                waiting, self._waiting = self._waiting, {}
                for key in waiting:
                    self._running.add(key)
                    group.create_task(self._until_done(key))

    async def _until_done(self, key: K) -> None:
        failures = 0
        try:
            while True:
                self._again.discard(key)
                try:
                    await self._act(key)
                except RecordError as error:
                    log.warning("%s: %s not stored, trying again: %s", self.name, key, error)
                except Exception:
                    log.exception("%s: %s failed, trying again", self.name, key)
                else:
                    failures = 0
                    if key not in self._again:
                        return
                    continue
                await self._clock.wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
        finally:
            self._running.discard(key)


async def do_as(actor: str, handler: Handler, clock: Clock, command: Command, command_id: str) -> Done | None:
    """Carry out a rule's command. None when the rules or another owner say that it is not needed from here (any more).

    Raises what the record raises (try again), except Fenced: then the function has just moved, and its new owner acts.
    """
    context = Context(now=clock.now(), actor=actor, room=handler.room)
    try:
        return await handler.do(command, command_id=command_id, context=context)
    except (Refused, NotOwner, Fenced) as reason:
        log.info("%s in %s: %s not needed: %s", actor, handler.room, type(command).__name__, reason)
        return None
