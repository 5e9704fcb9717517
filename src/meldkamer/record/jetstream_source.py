"""A record behind the port as `verify` wants it: blocking reads, in another thread than the record's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_message import NotAnEntry, entry
from meldkamer.record.port import Damaged, Entry
from meldkamer.record.signing import Verifier
from meldkamer.record.verify import Report, verify

T = TypeVar("T")


class JetStreamSource:
    """What `verify.Source` asks for. Made in the record's loop, used in another thread."""

    def __init__(self, record: JetStreamRecord) -> None:
        self._record, self._loop = record, asyncio.get_running_loop()

    def regions(self) -> list[str]:
        return self._wait(self._record.regions())

    def tail(self, region: str) -> int:
        return self._wait(self._record.tail(region))

    def chunk(self, region: str, after: int, until: int | None, limit: int) -> tuple[list[Entry], Damaged | None]:
        """Up to `limit` entries after a sequence, also of what nobody is shown; the message that is no entry."""
        last = min(after + limit, self.tail(region) if until is None else until)
        return self._wait(self._chunk(region, after, last))

    async def _chunk(self, region: str, after: int, last: int) -> tuple[list[Entry], Damaged | None]:
        entries: list[Entry] = []
        aside = self._record.set_aside().get(region, {})
        try:
            async for raw in self._record.messages(region, after, last):
                if raw.seq in aside:
                    return entries, Damaged(region, raw.seq, aside[raw.seq])
                entries.append(entry(region, raw.seq, raw.subject, raw.data))
        except NotAnEntry as error:
            return entries, Damaged(region, after + len(entries) + 1, str(error))
        except Damaged as damage:
            return entries, damage
        return entries, None

    def _wait(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()


async def verify_streams(
    record: JetStreamRecord,
    verifier: Verifier | None = None,
    require_signatures: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Check everything that stands in the streams, while rooms write to them."""
    return await asyncio.to_thread(verify, JetStreamSource(record), verifier, progress, require_signatures)
