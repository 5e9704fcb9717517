"""The worker that keeps the terms of the plan in force: looks each day, destroys what is due, says so in the record.

Terms come from an adopted plan and from nothing else: that a body adopted them is the decision by people. Without a
confirmed term nothing is destroyed and nothing is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from meldkamer.domain.basics import Command, Refused
from meldkamer.domain.clock import Clock
from meldkamer.domain.retention import NoteTermsKept
from meldkamer.record import Record, RecordError
from meldkamer.steering.archive.cases import Cases
from meldkamer.steering.archive.terms import Keys, Terms, enforceable, keep_terms, terms
from meldkamer.steering.faults import PlanError
from meldkamer.steering.load import load_plan
from meldkamer.steering.plan import Plan

EACH_SECONDS = 24 * 60 * 60.0
FIRST_SECONDS = 60.0
"""A room that starts has other things to do first."""

log = logging.getLogger(__name__)

InForce = Callable[[], tuple[Path, str] | None]
"""The folder and the content of the plan in force; None while nothing was adopted."""


class TermsKeeper:
    """Keeps terms. say: carries out a command of the room itself. last: how it stood after the newest look."""

    def __init__(
        self, record: Record, keys: Keys, clock: Clock, in_force: InForce, say: Callable[[Command], Awaitable[object]]
    ) -> None:
        self.last: Terms | None = None
        self._record, self._keys, self._clock = record, keys, clock
        self._in_force, self._say = in_force, say
        self._cases = Cases()

    async def run(self) -> None:
        """Look a minute after the start, and then once a day."""
        await self._clock.wait(FIRST_SECONDS)
        while True:
            try:
                await self.look()
            except (RecordError, PlanError, Refused, OSError) as error:
                log.warning("retention terms were not kept this time: %s", error)
            await self._clock.wait(EACH_SECONDS)

    async def look(self) -> Terms | None:
        """Destroy what is due and note it. None while no adopted plan holds a confirmed term."""
        known = self._in_force()
        if known is None:
            return None
        folder, content = known
        plan: Plan = await asyncio.to_thread(load_plan, folder)
        if not enforceable(plan):
            return None
        await self._cases.catch_up(self._record)
        now = self._clock.now()
        destroyed = await keep_terms(plan, self._cases, self._keys, now)
        self.last = terms(plan, self._cases, self._keys, now)
        await self._say(
            NoteTermsKept(
                plan=content,
                due=self.last.due,
                gone=self.last.gone,
                destroyed=destroyed,
                waiting=self.last.waiting,
            )
        )
        return self.last
