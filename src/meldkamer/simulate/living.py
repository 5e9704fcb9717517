"""The living picture: callers, colleagues and units on one agenda, acting on a room through its API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from meldkamer.client import CallAck, Client
from meldkamer.domain.clock import Clock, Ids
from meldkamer.simulate import daytime
from meldkamer.simulate.agenda import Agenda
from meldkamer.simulate.callers import CallStream, Contact
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.daytime import Burst
from meldkamer.simulate.desks import Desks, Seat
from meldkamer.simulate.figures import Figures, Report
from meldkamer.simulate.mirror import Mirror
from meldkamer.simulate.post import Post
from meldkamer.simulate.proof import Proof
from meldkamer.simulate.street import Street


class WorldConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of world. daily: calls on an ordinary day; 0 = nobody calls. The same seed is the same world."""

    seed: int | str = 112
    daily: float = daytime.NATIONAL_DAY
    bursts: tuple[Burst, ...] = ()
    lockstep: bool = False


class LivingWorld:
    """One run. base: a connection to the room; gateways: name -> token (`units`, `telephony`, `feed`, and
    `reader`, which may see the picture)."""

    def __init__(
        self,
        base: Client,
        data: WorldData,
        seats: Sequence[Seat],
        gateways: dict[str, str],
        config: WorldConfig,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._clock, self._config, self._data = clock, config, data
        self._telephony = base.speaking_as(gateways["telephony"])
        self._feed = base.speaking_as(gateways["feed"])
        self._units = base.speaking_as(gateways["units"])
        self.figures, self._proof = Figures(), Proof()
        self._post = Post(ids, self._proof, self.figures, lockstep=config.lockstep)
        regions = tuple(sorted({p.region for p in data.places} | {data.national}))
        self._mirror = Mirror(base.speaking_as(gateways["reader"]), regions)
        self._agenda = Agenda(clock)
        self._street = Street(self._units, self._mirror, self._agenda, self._post, data, self.figures, config.seed)
        self._desks = Desks(
            base, seats, self._mirror, self._agenda, self._post, self._street, data, self.figures, config.seed
        )

    async def run(self, seconds: float | None = None) -> Report:
        """Live for so many shown seconds (None: until cancelled), then say what happened and what was lost."""
        following = asyncio.create_task(self._mirror.follow())
        try:
            await self._mirror.ready.wait()
            await self._desks.sit_down()
            self._street.start()
            self._desks.start()
            start = self._clock.now()
            if self._config.daily > 0:
                stream = CallStream(
                    self._data,
                    seed=self._config.seed,
                    start=start,
                    daily=self._config.daily,
                    bursts=self._config.bursts,
                )
                self._next(stream)
            until = None if seconds is None else start + int(seconds * 1000)
            await self._agenda.run(until, self._flush)
            await self._post.settle()
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
        return await self.report()

    async def report(self) -> Report:
        """All figures, with every acknowledgement looked up in the record."""
        lost, examples = await self._proof.lost(self._feed)
        waiting = sum(c.waiting for c in self._mirror.calls.values())
        open_now = sum(not i.closed for i in self._mirror.incidents.values())
        return self.figures.report(waiting=waiting, open=open_now, lost=lost, examples=examples)

    async def _flush(self) -> None:
        await self._post.flush(self._units)
        if self._config.lockstep:
            await self._mirror.reach(self._proof.newest())

    # --- callers ----------------------------------------------------------------------------------------------------

    def _next(self, stream: CallStream) -> None:
        contact = next(stream)
        self._agenda.at(contact.at, lambda: self._calls(stream, contact))

    def _calls(self, stream: CallStream, contact: Contact) -> None:
        self._next(stream)
        self.figures.calls += 1
        event = {
            "event_id": f"{contact.call_id}-1",
            "call_id": contact.call_id,
            "kind": "offered",
            "occurred": contact.at,
            "channel": "112",
            "number": contact.number,
            "name": contact.name,
            "said": contact.said,
            "disciplines": contact.asked,
            "location": {"lat": contact.lat, "lon": contact.lon, "radius": contact.radius, "source": contact.source},
        }

        def offered(answer: Any) -> None:
            if isinstance(answer, CallAck):
                self._desks.contacts[answer.call] = contact
                self._agenda.at(contact.at + int(contact.patience * 1000), lambda: self._hangs_up(contact, answer.call))

        self._post.errand("telephony", lambda: self._telephony.telephony(event), offered)

    def _hangs_up(self, contact: Contact, ref: str) -> None:
        row = self._mirror.calls.get(ref)
        if row is None or not row.waiting:
            return
        event = {
            "event_id": f"{contact.call_id}-2",
            "call_id": contact.call_id,
            "kind": "abandoned",
            "occurred": self._agenda.now,
        }

        def gone(answer: Any) -> None:
            self.figures.abandoned += isinstance(answer, CallAck)

        self._post.errand("telephony", lambda: self._telephony.telephony(event), gone)
