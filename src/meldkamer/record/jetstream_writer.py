"""The one task that writes to a region's stream from here: takes what waits, as one batch at a time, then answers.

A batch is stored on the condition that the stream ends where the index ends. So of all rooms that write at once one
wins, the others take in what it wrote and decide again. A batch whose answer is lost is offered again as it is: the
stream can take it at most once, and once the stream has gone on without it, never. That makes every fate known in the
end: until then the callers have been told Unknown, and nothing else is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from meldkamer.record.batch import Batch
from meldkamer.record.jetstream_access import RequestFailed, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_index import Index
from meldkamer.record.jetstream_ledger import MAX_BYTES, MAX_MESSAGES, Behind, Group
from meldkamer.record.jetstream_outcome import Moved, Refusal, Silence, Stored
from meldkamer.record.jetstream_queue import Answer, Look, Offer, Queue
from meldkamer.record.port import Appended, Damaged, Position, RecordError, StoreFull, Unknown
from meldkamer.record.signing import Signer
from meldkamer.record.store_file import id_key

FIRST_TRY_SECONDS, TRY_SECONDS = 1.5, 3.0
"""For one answer; an election takes four to nine. Then the batch is offered again. The first try is shorter: a leader
that ends in order hands over in half a second, and only what was on its way to it just then gets no answer."""
_PAUSES = (0.002, 0.01, 0.05, 0.2)

log = logging.getLogger(__name__)


class Tail(Protocol):
    """The region's reading side."""

    index: Index

    def accept(self, group: Group) -> None:
        """Take a group that is stored into the index, and tell the followers."""
        ...

    async def catch_up(self, seq: int) -> bool:
        """Wait a moment for the index to come to a sequence; whether it did."""
        ...

    async def last(self) -> int:
        """Where the stream ends, according to its leader. Raises Unreachable, RequestFailed."""
        ...


class Writer:
    """Of one region. `run` is its task; everything else only adds to the queue."""

    def __init__(
        self,
        region: str,
        tail: Tail,
        client: JetStreamClient,
        signers: Mapping[str, Signer],
        seconds: float,
        admit: Callable[[], RecordError | None],
        flowing: asyncio.Event,
    ) -> None:
        """seconds: how long a caller waits at most. admit: why nothing may be written now, if so. flowing: while it is
        not set, nothing is written and what is stored is not taken in."""
        self._flowing = flowing
        self._region, self._tail, self._client, self._signers = region, tail, client, signers
        self._admit, self._queue = admit, Queue(seconds)
        self._doubt: tuple[Group, list[Offer]] | None = None
        self._alone = False
        """One append at a time, to find the one that is refused."""

    def submit(self, batch: Batch) -> None:
        """Accept an append; its future gets the answer."""
        self._queue.offer(batch)

    async def resolve(self, event_id: str) -> Position | None:
        """Where an event stands; known at once unless its fate is open here. Raises Unknown when it stays open."""
        if not self._queue.open(event_id):
            return self._tail.index.find(id_key(event_id))
        return await self._queue.look(event_id)

    async def finished(self) -> None:
        """Wait until everybody who waits has been answered."""
        if not self._flowing.is_set():
            self._queue.expire(float("inf"), "the record is closed")
            return
        await self._queue.idle.wait()

    @property
    def settled(self) -> bool:
        """Whether the fate of everything that was accepted is known."""
        return self._doubt is None and self._queue.idle.is_set()

    async def run(self) -> None:
        while True:
            await self._queue.something(_PAUSES[-1] if self._doubt else None)
            await self._flowing.wait()
            try:
                if self._doubt is not None:
                    await self._settle(*self._doubt)
                elif (first := self._queue.first()) is not None:
                    await self._serve(first)
            except (Unreachable, RequestFailed) as error:
                log.info("region %s: writing waits: %s", self._region, error)
                await asyncio.sleep(_PAUSES[-1])
            except Exception as error:  # a mistake of ours; callers must not wait for ever on it
                log.exception("region %s: writing failed", self._region)
                self._queue.expire(float("inf"), repr(error))
            self._queue.expire(self._now(), "the core does not answer")

    # --- one round --------------------------------------------------------------------------------------------------

    async def _serve(self, first: Offer | Look) -> None:
        """Answer what stands first: a question, or as many appends as go together."""
        if isinstance(first, Look):
            self._queue.answer(first, self._tail.index.find(id_key(first.id)))
            return
        if (why := self._admit()) is not None:
            self._queue.answer(first, why)
            return
        try:
            group, offers, answers = self._collect(sure=False)
        except Behind:
            await self._tail.catch_up(await self._tail.last())
            group, offers, answers = self._collect(sure=True)
        if group.messages:
            outcome = await self._offer(group, max(offer.deadline for offer in offers))
            for offer in offers:
                offer.doubtful = offer.doubtful or group.doubtful
            if isinstance(outcome, Moved):
                return
            if isinstance(outcome, Damaged) and len(offers) > 1:
                self._alone = True
                return
            if not isinstance(outcome, Stored):
                answers = self._failed(outcome, group, offers)
        self._alone = False
        for offer, answer in zip(offers, answers, strict=True):
            self._queue.answer(offer, answer)
        # Those who were answered and have something more go with what came meanwhile, not one batch after the other.
        await asyncio.sleep(0)

    def _collect(self, sure: bool) -> tuple[Group, list[Offer], list[Answer]]:
        """The offers that go together and what each will be answered once they are stored. Raises Behind."""
        first = self._queue.together(1 if self._alone else MAX_MESSAGES)
        keys = [key for offer in first for key in offer.batch.keys]
        group, offers, answers = Group(self._tail.index, self._signers, keys), list[Offer](), list[Answer]()
        for item in first:
            if group.bytes > MAX_BYTES:
                break
            offers.append(item)
            try:
                done = group.add(item.batch, sure)
            except RecordError as error:
                answers.append(error)
                continue
            # Stored by an attempt of its own whose answer was lost, it is no duplicate.
            answers.append(Appended(done.positions, done.durability) if item.doubtful else done)
        return group, offers, answers

    async def _offer(self, group: Group, deadline: float) -> Stored | Moved | Refusal | Silence | Damaged:
        """Offer a group until its fate is known or the time is over. Stored: it is in the index. Moved: what others
        stored is, and with it perhaps what an earlier attempt of ours did."""
        silent, attempt = None, 0
        while True:
            outcome = await self._client.store(
                group.messages, group.after, TRY_SECONDS if attempt or group.doubtful else FIRST_TRY_SECONDS
            )
            if isinstance(outcome, Stored) and outcome.seq == group.after + len(group.messages):
                await self._flowing.wait()
                self._tail.accept(group)
                return outcome
            if isinstance(outcome, Moved):
                # All of it: what was stored may be this very batch, of which the reader has met only the beginning.
                if await self._tail.catch_up(max(outcome.seq, group.after + 1)):
                    return outcome
                if outcome.seq <= group.after and await self._ends_at(group.after):
                    # It ends where we think, but some subject does not: a replica has given us something else.
                    why = "the newest entry of a subject is not the one that was read"
                    return Damaged(self._region, outcome.seq, why)
                outcome = Refusal(f"the stream goes on to {outcome.seq}, which cannot be read yet")
            elif not isinstance(outcome, Refusal):
                silent, group.doubtful = outcome, True
            if self._now() >= deadline:
                return silent or outcome
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    async def _ends_at(self, seq: int) -> bool:
        """Whether the stream ends there for sure."""
        try:
            return await self._tail.last() == seq
        except (Unreachable, RequestFailed):
            return False

    def _failed(self, outcome: Refusal | Silence | Damaged, group: Group, offers: list[Offer]) -> list[Answer]:
        """What the callers are told."""
        if isinstance(outcome, Damaged):
            return [outcome for _ in offers]
        if isinstance(outcome, Silence):
            self._doubt = group, offers
            for offer in offers:
                self._queue.keep_open(offer.ids)
        elif outcome.full:
            return [StoreFull(f"nothing was stored: {outcome.why}") for _ in offers]
        return [Unknown(offer.ids, outcome.why) for offer in offers]

    async def _settle(self, group: Group, offers: list[Offer]) -> None:
        """Find out what became of a group whose callers were told Unknown: offered again it is stored, or the stream
        has gone on and it is there or never will be."""
        outcome = await self._offer(group, self._now())
        if isinstance(outcome, Silence | Refusal):
            count = len(group.messages)
            log.warning("region %s: what became of %d events is open: %s", self._region, count, outcome)
            await asyncio.sleep(_PAUSES[-1])
            return
        self._doubt = None
        for offer in offers:
            self._queue.close(offer.ids)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
