"""The one task that writes to a region's stream from here: takes what waits, as one batch at a time, then answers.

A batch is stored on the condition that the stream ends where the index ends. So of all rooms that write at once one
wins, the others take in what it wrote and decide again. A batch whose answer is lost is offered again as it is: the
stream can take it at most once, and once the stream has gone on without it, never. That makes every fate known in the
end: until then the callers have been told Unknown, and nothing else is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from meldkamer.record.batch import Batch
from meldkamer.record.jetstream_access import RequestFailed, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_index import Index
from meldkamer.record.jetstream_ledger import MAX_BYTES, MAX_MESSAGES, Behind, Group
from meldkamer.record.jetstream_outcome import Moved, Refusal, Silence, Stored
from meldkamer.record.port import Appended, Damaged, Position, RecordError, StoreFull, Unknown
from meldkamer.record.signing import Signer
from meldkamer.record.store_file import id_key

TRY_SECONDS = 3.0
"""For one answer; an election takes four to nine. Then the batch is offered again."""
_PAUSES = (0.002, 0.01, 0.05, 0.2)

Answer = Appended | RecordError

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


class Offer:
    """An append that waits, until the loop's second `deadline`. doubtful: some attempt may have stored it."""

    __slots__ = ("batch", "deadline", "doubtful")

    def __init__(self, batch: Batch, deadline: float) -> None:
        self.batch, self.deadline, self.doubtful = batch, deadline, False

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.batch.events]


class Look:
    """A question for an event's place, answered after everything that was accepted before it."""

    __slots__ = ("deadline", "future", "id")

    def __init__(self, id: str, future: asyncio.Future[Position | None], deadline: float) -> None:
        self.id, self.future, self.deadline = id, future, deadline


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
    ) -> None:
        """seconds: how long a caller waits at most. admit: why nothing may be written now, if so."""
        self._region, self._tail, self._client, self._signers = region, tail, client, signers
        self._seconds, self._admit = seconds, admit
        self._waiting: deque[Offer | Look] = deque()
        self._open: Counter[str] = Counter()
        """Ids of events whose fate is open here, with how many appends offer them."""
        self._doubt: tuple[Group, list[Offer]] | None = None
        self._alone = False
        """One append at a time, to find the one that is refused."""
        self._wake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()

    def submit(self, batch: Batch) -> None:
        """Accept an append; its future gets the answer."""
        offer = Offer(batch, self._now() + self._seconds)
        self._open.update(offer.ids)
        self._put(offer)

    async def resolve(self, event_id: str) -> Position | None:
        """Where an event stands; known at once unless its fate is open here. Raises Unknown when it stays open."""
        if not self._open[event_id]:
            return self._tail.index.find(id_key(event_id))
        future: asyncio.Future[Position | None] = asyncio.get_running_loop().create_future()
        self._put(Look(event_id, future, self._now() + self._seconds))
        return await future

    async def finished(self) -> None:
        """Wait until everybody who waits has been answered."""
        await self._idle.wait()

    async def run(self) -> None:
        while True:
            if not self._waiting:
                self._idle.set()
                self._wake.clear()
                await self._woken(_PAUSES[-1] if self._doubt else None)
            try:
                if self._doubt is not None:
                    await self._settle(*self._doubt)
                elif self._waiting:
                    await self._serve()
            except (Unreachable, RequestFailed) as error:
                log.info("region %s: writing waits: %s", self._region, error)
                await asyncio.sleep(_PAUSES[-1])
            except Exception as error:  # a mistake of ours; callers must not wait for ever on it
                log.exception("region %s: writing failed", self._region)
                self._expire(float("inf"), repr(error))
            self._expire(self._now(), "the core does not answer")

    # --- one round --------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Answer what stands first: a question, or as many appends as go together."""
        first = self._waiting[0]
        if isinstance(first, Look):
            self._waiting.popleft()
            _answer(first.future, self._tail.index.find(id_key(first.id)))
            return
        if (why := self._admit()) is not None:
            self._waiting.popleft()
            self._done(first, why)
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
            self._waiting.popleft()
            self._done(offer, answer)
        # Those who were answered and have something more go with what came meanwhile, not one batch after the other.
        await asyncio.sleep(0)

    def _collect(self, sure: bool) -> tuple[Group, list[Offer], list[Answer]]:
        """The offers that go together and what each will be answered once they are stored. Raises Behind."""
        first: list[Offer] = []
        size = 0
        for item in self._waiting:
            if isinstance(item, Look) or (first and (size + len(item.batch.keys) > MAX_MESSAGES or self._alone)):
                break
            first.append(item)
            size += len(item.batch.keys)
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
            outcome = await self._client.store(group.messages, group.after, TRY_SECONDS)
            if isinstance(outcome, Stored) and outcome.seq == group.after + len(group.messages):
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
            self._open.update(id for offer in offers for id in offer.ids)
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
            self._close(offer.ids)

    # --- answers ----------------------------------------------------------------------------------------------------

    def _expire(self, now: float, why: str) -> None:
        """Answer those whose time was over before the loop's second `now`."""
        for item in [item for item in self._waiting if item.deadline < now]:
            self._waiting.remove(item)
            if isinstance(item, Look):
                _answer(item.future, Unknown((item.id,), why))
            else:
                self._done(item, Unknown(item.ids, why))

    def _put(self, item: Offer | Look) -> None:
        self._waiting.append(item)
        self._idle.clear()
        self._wake.set()

    def _done(self, offer: Offer, answer: Answer) -> None:
        self._close(offer.ids)
        _answer(offer.batch.future, answer)

    def _close(self, ids: Sequence[str]) -> None:
        self._open.subtract(ids)
        for id in ids:
            if self._open[id] <= 0:
                del self._open[id]

    async def _woken(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _answer(future: asyncio.Future[Any], answer: object) -> None:
    if future.done():  # its caller was cancelled; `resolve` tells whether it was stored
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
