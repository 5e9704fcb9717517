"""The one thread that writes: takes what waits (256 at most), commits once, then answers.

An acknowledgement is given only after COMMIT with synchronous=FULL has returned. When a commit fails, every caller of
that group gets StoreFull (nothing stored, for sure) or Unknown, and the thread lives on.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from meldkamer.record.batch import Batch
from meldkamer.record.disk import DiskGuard
from meldkamer.record.port import Entry, RecordError, StoreFull, Unknown
from meldkamer.record.sqlite_ledger import Ledger

MAX_GROUP = 256
CHECKPOINT_PAGES = 4_000
"""Of 4 KB in the WAL, by estimate, before they are copied into the file."""


class Act:
    """A small change of another table, in the same transaction. It raises RecordError before it changes anything."""

    __slots__ = ("call", "future")

    def __init__(self, call: Callable[[sqlite3.Connection], Any], future: asyncio.Future[Any]) -> None:
        self.call, self.future = call, future


class Look(Act):
    """A question about what is stored for sure, answered after everything that was accepted before it."""

    __slots__ = ()


class Feed(Protocol):
    """A follower's hand-over. Both are called in its own loop."""

    loop: asyncio.AbstractEventLoop

    def offer(self, entries: Sequence[Entry]) -> None: ...

    def missed(self) -> None: ...


Answer = tuple[asyncio.Future[Any], Any]


class Writer:
    """Alone uses the ledger, from its making until `close` has returned."""

    def __init__(self, ledger: Ledger, guard: DiskGuard) -> None:
        self._ledger, self._guard = ledger, guard
        self._queue: queue.SimpleQueue[Batch | Act | None] = queue.SimpleQueue()
        self._feeds: tuple[Feed, ...] = ()
        self._doubt = False
        self._pages = 0
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    def submit(self, item: Batch | Act) -> None:
        self._queue.put(item)

    def add_feed(self, feed: Feed) -> None:
        """Hand over what is committed from now on; called in the feed's loop, before it reads the store."""
        self._feeds = (*self._feeds, feed)

    def drop_feed(self, feed: Feed) -> None:
        self._feeds = tuple(f for f in self._feeds if f is not feed)

    def close(self) -> None:
        """Answer everything that was submitted, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        ending = False
        while not ending:
            group: list[Batch | Act] = []
            item = self._queue.get()
            while True:
                if item is None:
                    ending = True
                    break
                group.append(item)
                if len(group) == MAX_GROUP:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._serve(group)

    def _serve(self, group: Sequence[Batch | Act]) -> None:
        work = [item for item in group if not isinstance(item, Look)]
        try:
            answers = self._commit(work) if work else []
        except Exception as error:  # a mistake of ours; callers must not wait for ever on it
            with contextlib.suppress(sqlite3.Error):
                self._ledger.rollback()
            self._doubt = True
            answers = [(item.future, _unknown(item, repr(error))) for item in work]
            self._ledger.entries = None
        answers += [(item.future, self._look(item)) for item in group if isinstance(item, Look)]
        self._answer(answers, self._ledger.entries if work else [])
        if self._pages > CHECKPOINT_PAGES:
            self._pages = 0
            with contextlib.suppress(sqlite3.Error):  # the WAL holds it all until it works again
                self._ledger.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _commit(self, work: Sequence[Batch | Act]) -> list[Answer]:
        ledger, committing = self._ledger, False
        ledger.entries = []
        if not self._guard.admit():
            full = "no room left on the disk, the reserve is used"
            return [(item.future, StoreFull(full)) for item in work]
        try:
            ledger.begin([item for item in work if isinstance(item, Batch)], collect=bool(self._feeds))
            answers = [(item.future, self._apply(item)) for item in work]
            self._pages += 3 * ledger.flush() + 8
            committing = True
            ledger.commit()
        except sqlite3.Error as error:
            ledger.entries = []
            ledger.rollback()
            spent = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL and self._guard.spend()
            if committing and not ledger.barrier():
                self._doubt = True
                return [(item.future, _unknown(item, str(error))) for item in work]
            if spent:
                return self._commit(work)
            return [(item.future, StoreFull(f"nothing was stored: {error}")) for item in work]
        self._doubt = False
        return answers

    def _apply(self, item: Batch | Act) -> Any:
        try:
            return self._ledger.append(item) if isinstance(item, Batch) else item.call(self._ledger.db)
        except sqlite3.Error:
            raise
        except Exception as error:  # refused, or a mistake in one item: the others of the group go on
            return error

    def _look(self, item: Look) -> Any:
        if self._doubt and not self._ledger.barrier():
            return Unknown((), "an earlier commit failed and the disk still refuses")
        self._doubt = False
        try:
            return item.call(self._ledger.db)
        except sqlite3.Error as error:
            return RecordError(f"the store does not answer: {error}")

    def _answer(self, answers: Sequence[Answer], entries: list[Entry] | None) -> None:
        feeds = self._feeds
        loops: dict[asyncio.AbstractEventLoop, list[Answer]] = {}
        for answer in answers:
            loops.setdefault(answer[0].get_loop(), []).append(answer)
        if entries or entries is None:
            for feed in feeds:
                loops.setdefault(feed.loop, [])
        for loop, mine in loops.items():
            with contextlib.suppress(RuntimeError):  # that loop is closed, nobody waits there any more
                loop.call_soon_threadsafe(_settle, mine, [f for f in feeds if f.loop is loop], entries)


def _settle(answers: Iterable[Answer], feeds: Iterable[Feed], entries: list[Entry] | None) -> None:
    for future, result in answers:
        if future.done():  # its caller was cancelled; `resolve` tells whether it was stored
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)
    for feed in feeds:
        if entries is None:  # committed before this feed was known
            feed.missed()
        else:
            feed.offer(entries)


def _unknown(item: Batch | Act, why: str) -> Unknown:
    return Unknown([event.id for event in item.events] if isinstance(item, Batch) else (), why)
