"""The worker that keeps a room's copy of the plan: at the start, and whenever something was proposed or adopted."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from meldkamer.domain.clock import Clock
from meldkamer.domain.plan import PlanAdopted, PlanChangeProposed, PlanChangeReviewed, PlanProposed
from meldkamer.network import Change, Picture
from meldkamer.record import Record, RecordError
from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.sharing.copy import PlanCopy
from meldkamer.steering.sharing.reader import PlanReader, Told

LOOK_SECONDS = 600.0
"""A picture that was rebuilt tells nobody what is in it."""

log = logging.getLogger(__name__)


class PlanKeeper:
    """Keeps the copy up with the record. problem: why it cannot, in words; empty while it can."""

    def __init__(self, record: Record, picture: Picture, folder: Path, clock: Clock) -> None:
        self.copy = PlanCopy(folder)
        self.problem = ""
        self._record, self._clock = record, clock
        self._reader = PlanReader()
        self._waiting: list[Told] = []
        self._told = asyncio.Event()
        picture.listen(self._on_change)

    def _on_change(self, change: Change) -> None:
        if isinstance(change.event, PlanProposed | PlanAdopted | PlanChangeProposed | PlanChangeReviewed):
            self._told.set()

    async def run(self) -> None:
        """Keep up for ever, and look by itself now and then. A room without git works on without a copy and says so."""
        while True:
            self._told.clear()
            await self.catch_up()
            waits = {asyncio.create_task(self._told.wait()), asyncio.create_task(self._clock.wait(LOOK_SECONDS))}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def catch_up(self) -> None:
        """Take in what was told since the last time."""
        try:
            self._waiting += await self._reader.read_on(self._record)
            await asyncio.to_thread(self.copy.take, tuple(self._waiting))
            self._waiting.clear()
            self.problem = ""
        except (RecordError, RepositoryError, OSError) as error:
            self.problem = str(error)
            log.warning("the copy of the plan is behind: %s", error)
