"""Earlier calls by the same number and from the same place: found by a private index, checked against the record.

The shared picture holds no number (ADR 1), so each room keeps an index of its own that holds what numbers become under
a secret (ADR 9). It follows the record in the background, by the picture's positions. Whatever it finds is opened with
the keys before it is shown: a call whose key was destroyed is forgotten then.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import msgspec

from meldkamer.domain.basics import Location
from meldkamer.domain.call import (
    Call,
    CallAbandoned,
    CallEnded,
    CallerIdentified,
    CallLocated,
    CallReceived,
    CallState,
)
from meldkamer.domain.clock import Clock, Millis
from meldkamer.intake.earlier_index import Act, EarlierIndex, Named, Over, Placed, Row, Rung, Torn
from meldkamer.intake.numbers import normalised
from meldkamer.network import Change, Picture, kind_and_ref, read_whole, subject_of
from meldkamer.record import Damaged, Entry, KeyStore, Record, RecordError, Sealer, UnknownEvent

METRES: Final = 75.0
"""So near is the same place: an address and the pavement before it. A circle that is wider is no place."""
SHOWN = 20
COUNTED = 1_000
"""Calls by one number or from one place that are counted; from there on it is "more than"."""
DAY: Final[Millis] = 86_400_000
BREATH = 20
"""Entries after which others get their turn on the loop: some two milliseconds of opening."""
AT_ONCE = 500
"""Acts, or thousands of entries, that are written together while much is read."""
GATHER_SECONDS = 1.0
"""What happens within this time is written together; whoever asks meanwhile reads on at once."""
PRUNE_SECONDS = 3_600.0
PAUSE_SECONDS = 30.0
WAIT_SECONDS = 1.0
"""So long an operator's question waits for what has just happened."""
KEY_MILLIS: Millis = 15 * 60_000
"""So long after a call it is tried whether its key has come here: another room made it."""
KEYS_AT_ONCE = 50
CALLER = frozenset({"caller"})
TYPES = frozenset({"call.received", "call.identified", "call.located", "call.ended", "call.abandoned"})
ABANDONED = "abandoned"
EARLIER_FILES = INDEX, SECRET = "earlier-calls.sqlite", "earlier-calls.key"
"""Files of the data folder, mode 0600: a cache, and the secret under which numbers stand in it."""

log = logging.getLogger(__name__)


class Tally(msgspec.Struct, frozen=True):
    """How many calls there were, and of them how many of each ending other than `done`. more: there are more yet."""

    count: int
    ended: dict[str, int]
    more: bool


class Earlier(msgspec.Struct, frozen=True):
    """One call that was found, as the record has it. number, place: by what it was found."""

    call: Call
    number: bool
    place: bool


class Looked(msgspec.Struct, frozen=True):
    """What was found. whole: False while the record is still being read, so that there may be more.

    by_number, by_place: None where nothing could be looked for.
    """

    since: Millis
    whole: bool
    count: int
    by_number: Tally | None
    by_place: Tally | None
    calls: tuple[Earlier, ...]


class EarlierCalls:
    """Keeps the index of a room up with the record, and looks in it. days: so long calls are remembered.

    calling_code: of the country, for numbers in national form. shared_tail: up to where everybody in the network has
    the same of a region; what a room has alone gets another place and is read again.
    """

    def __init__(
        self,
        folder: Path,
        record: Record,
        keys: KeyStore,
        sealer: Sealer,
        picture: Picture,
        clock: Clock,
        shared_tail: Callable[[str], Awaitable[int]],
        days: int,
        calling_code: str,
    ) -> None:
        self._record, self._keys, self._sealer, self._picture = record, keys, sealer, picture
        self._clock, self._shared_tail, self._code = clock, shared_tail, calling_code
        self.days = days
        self._index = EarlierIndex(folder / INDEX, folder / SECRET)
        self._positions: dict[str, int] | None = None
        self._kept: dict[str, int] = {}
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[bool] | None = None
        picture.listen(self._heard)

    # --- following the record ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follow for ever. What goes wrong is logged and tried again: without this cache a room works on."""
        while True:
            if not await self.catch_up():
                await self._clock.wait(PAUSE_SECONDS)
                continue
            await self._woken.wait()
            await self._clock.wait(GATHER_SECONDS)

    async def keep_house(self) -> None:
        """Forget what is over its days, every hour."""
        while True:
            await self.prune()
            await self._clock.wait(PRUNE_SECONDS)

    def read_again(self) -> None:
        """The picture was folded anew, so the record has another history from where all rooms had the same."""
        if self._positions is not None:
            self._positions = dict(self._kept)
        self._woken.set()

    async def catch_up(self) -> bool:
        """Read what the picture has and the index has not. False when that could not be done."""
        async with self._turn:
            self._woken.clear()
            try:
                await self._catch_up()
            except Torn as error:
                log.warning("earlier calls: %s", error)
                self._positions = None
                return False
            except (RecordError, sqlite3.Error, OSError) as error:
                log.warning("earlier calls cannot be read on: %s", error)
                return False
        return True

    async def prune(self) -> None:
        """Forget calls that are older than the country's days."""
        if self._positions is None:
            return
        try:
            await asyncio.to_thread(self._index.prune, self._since(self._clock.now()))
        except (Torn, sqlite3.Error) as error:
            log.warning("earlier calls cannot be forgotten: %s", error)

    async def close(self) -> None:
        """Finish what is being written, then close the file."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        async with self._turn:
            self._positions = None
            await asyncio.to_thread(self._index.close)

    def _since(self, now: Millis) -> Millis:
        return now - self.days * DAY

    def _heard(self, change: Change) -> None:
        if change.kind == "call":
            self._woken.set()

    @property
    def _whole(self) -> bool:
        positions = self._positions
        return positions is not None and all(
            positions.get(region, 0) >= seq for region, seq in self._picture.positions.items()
        )

    async def _catch_up(self) -> None:
        positions = self._positions
        if positions is None:
            self._kept = await asyncio.to_thread(self._index.open)
            # Beyond what there is: the record is another one since, or an older state of it.
            here = self._picture.positions
            self._kept = {region: seq for region, seq in self._kept.items() if seq <= here.get(region, seq)}
            positions = self._positions = dict(self._kept)
        oldest = self._since(self._clock.now())
        for region, until in list(self._picture.positions.items()):
            if region not in positions:
                positions[region] = await self._first(region, until, oldest - DAY)
            await self._read(region, until, oldest, positions)
        await self._open_waiting()

    async def _first(self, region: str, until: int, oldest: Millis) -> int:
        """After which entry of a region to begin, as all before it was recorded before this moment."""
        low, high = 0, until
        while low < high:
            middle = (low + high) // 2
            try:
                recorded = [entry.event.recorded async for entry in self._record.replay(region, middle, middle + 1)]
            except Damaged:
                break
            if recorded and recorded[0] < oldest:
                low = middle + 1
            else:
                high = middle
        return low

    async def _read(self, region: str, until: int, oldest: Millis, positions: dict[str, int]) -> None:
        after, count = positions[region], 0
        acts: list[Act] = []
        while after < until:
            try:
                async for entry in self._record.replay(region, after, until):
                    if positions is not self._positions:
                        return  # from another place on, since now
                    after, count = entry.seq, count + 1
                    if (act := self._act(entry, oldest)) is not None:
                        acts.append(act)
                    if len(acts) == AT_ONCE or count % (10 * AT_ONCE) == 0:
                        await self._write(acts, region, after, positions)
                        acts = []
                    if count % BREATH == 0:
                        await asyncio.sleep(0)
                break
            except Damaged as damage:
                log.warning("earlier calls: passed over: %s", damage)
                after = max(after + 1, damage.seq)
        if after > positions[region]:
            await self._write(acts, region, after, positions)

    async def _write(self, acts: Sequence[Act], region: str, seq: int, positions: dict[str, int]) -> None:
        # A network that is just being reached says 0, which takes nothing back.
        shared = max(self._kept.get(region, 0), min(seq, await self._shared_tail(region)))
        await asyncio.to_thread(self._index.write, acts, {region: shared})
        positions[region] = seq
        if positions is self._positions:
            self._kept[region] = shared

    def _act(self, entry: Entry, oldest: Millis) -> Act | None:
        """What an entry says of a call that is to be remembered."""
        stored = entry.event
        if stored.type not in TYPES or stored.occurred < oldest:
            return None
        _, ref = kind_and_ref(entry.subject)
        try:
            opened = self._sealer.decode(entry, CALLER)
        except UnknownEvent:  # of a newer program; the follower says so
            return None
        waits = self._clock.now() if opened.unreadable else 0
        match opened.event:
            case CallReceived(test=False) as event:
                spot = spot_of(event.location)
                x, y = spot if spot is not None else (None, None)
                return Rung(ref, stored.occurred, self._key(event.number), x, y, waits)
            case CallerIdentified() as event if event.number is not None or waits:
                return Named(ref, self._key(event.number), waits)
            case CallLocated() as event if (spot := spot_of(event.location)) is not None:
                return Placed(ref, *spot)
            case CallEnded() as event:
                return Over(ref, event.reason)
            case CallAbandoned():
                return Over(ref, ABANDONED)
        return None

    def _key(self, number: str | None) -> bytes | None:
        return self._index.key(normalised(number, self._code))

    async def _open_waiting(self) -> None:
        """Calls whose key had not come here when they were read."""
        for ref in await asyncio.to_thread(self._index.waiting, self._clock.now() - KEY_MILLIS, KEYS_AT_ONCE):
            whole = await read_whole(self._record, self._sealer, subject_of("call", ref), CALLER)
            if whole is not None and "caller" not in whole.unreadable:
                await asyncio.to_thread(self._index.write, [Named(ref, self._key(whole.state.number))], {})

    # --- looking ----------------------------------------------------------------------------------------------------

    async def look(
        self,
        ref: str,
        number: str | None,
        spot: tuple[float, float] | None,
        *,
        regions: Collection[str] = (),
        before: Millis | None = None,
        upto: Callable[[str], int | None] = lambda region: None,
    ) -> Looked:
        """Calls other than `ref` by this number and from this place (RD), newest first, each as its record has it.

        number: None for whoever may not open callers. regions: only calls of these; none means all. before, upto: for
        whoever looks back: the moment, and the last sequence of a region that existed then.
        """
        whole = await self._fresh()
        until = self._clock.now() + 1 if before is None else before
        since, wanted = self._since(until), normalised(number, self._code)
        rows: list[Row] = []
        if self._positions is not None:
            try:
                arguments = (self._index.key(wanted), spot, METRES, since, until, regions, COUNTED)
                rows = await asyncio.to_thread(self._index.find, *arguments)
            except (Torn, sqlite3.Error) as error:
                log.warning("earlier calls cannot be looked up: %s", error)
                whole = False
        more = [sum(row.number for row in rows) >= COUNTED, sum(row.place for row in rows) >= COUNTED]
        rows = await self._with_keys([row for row in rows if row.ref != ref])
        calls, wrong = await self._checked(rows, wanted, spot, upto)
        rows = _borne_out([row for row in rows if row.ref not in wrong], calls)
        return Looked(
            since=since,
            whole=whole,
            count=len(rows),
            by_number=None if not wanted else _tally([row for row in rows if row.number], more[0]),
            by_place=None if spot is None else _tally([row for row in rows if row.place], more[1]),
            calls=tuple(calls),
        )

    async def _fresh(self) -> bool:
        """Let what has just happened be read; whether nothing is left to be read."""
        if self._whole:
            return True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.catch_up(), name="earlier calls asked for")
        await asyncio.wait({self._task}, timeout=WAIT_SECONDS)
        return self._whole

    async def _with_keys(self, rows: list[Row]) -> list[Row]:
        """Those whose key there is still, where there was one; the others are forgotten once it was destroyed."""
        kept: list[Row] = []
        gone: list[Row] = []
        for n, row in enumerate(rows, 1):
            there = not row.known or self._keys.find(subject_of("call", row.ref), "caller") is not None
            (kept if there else gone).append(row)
            if n % BREATH == 0:
                await asyncio.sleep(0)
        if gone:
            await self._forget([row.ref for row in gone])
        return kept

    async def _forget(self, refs: list[str]) -> None:
        """Remove those whose key was destroyed; one that has only not come here yet stays."""
        destroyed = await asyncio.to_thread(self._keys.destroyed)
        names = {d.subject for d in destroyed if d.compartment == "caller"}
        try:
            await asyncio.to_thread(self._index.forget, [ref for ref in refs if subject_of("call", ref) in names])
        except (Torn, sqlite3.Error) as error:
            log.warning("earlier calls cannot be forgotten: %s", error)

    async def _checked(
        self,
        rows: Sequence[Row],
        wanted: str,
        spot: tuple[float, float] | None,
        upto: Callable[[str], int | None],
    ) -> tuple[list[Earlier], set[str]]:
        """The newest of them as the record has them, and those that it does not bear out."""
        found: list[Earlier] = []
        wrong: set[str] = set()
        for row in rows:
            if len(found) == SHOWN:
                break
            region = row.ref.partition("/")[0]
            try:
                subject = subject_of("call", row.ref)
                whole = await read_whole(self._record, self._sealer, subject, CALLER, upto(region))
            except Damaged as damage:  # of one old call; the others are there
                log.warning("earlier calls: passed over: %s", damage)
                whole = None
            if whole is not None and "caller" not in whole.unreadable:
                call: Call = whole.state
                same = row.number and bool(wanted) and normalised(call.number, self._code) == wanted
                near = row.place and spot is not None and _near(call, spot)
                if same or near:
                    found.append(Earlier(call, same, near))
                    continue
            elif whole is not None:
                await self._forget([row.ref])
            wrong.add(row.ref)
        return found, wrong


def spot_of(location: Location | None) -> tuple[float, float] | None:
    """The point of a statement that is as sure as a place is large; None for one in words alone or a wide circle."""
    if location is None or location.x is None or location.y is None or (location.radius or 0.0) > METRES:
        return None
    return location.x, location.y


def place_of(call: Call) -> tuple[float, float] | None:
    """Where a call is from, by the newest statement that says a place."""
    return next((spot for one in reversed(call.locations) if (spot := spot_of(one)) is not None), None)


def _near(call: Call, spot: tuple[float, float]) -> bool:
    here = place_of(call)
    # To the decimetre, as the index has it.
    return here is not None and math.dist(here, spot) <= METRES + 0.2


def _borne_out(rows: Sequence[Row], calls: Sequence[Earlier]) -> list[Row]:
    """The rows as the record has them where it was asked: of a past moment an index knows what came after it."""
    asked = {one.call.ref: one for one in calls}
    found = []
    for row in rows:
        if (one := asked.get(row.ref)) is not None:
            reason = ABANDONED if one.call.state is CallState.ABANDONED else one.call.end_reason
            row = msgspec.structs.replace(row, reason=reason, number=one.number, place=one.place)
        found.append(row)
    return found


def _tally(rows: Sequence[Row], more: bool) -> Tally:
    ended: dict[str, int] = {}
    for row in rows:
        if row.reason not in ("", "done"):
            ended[row.reason] = ended.get(row.reason, 0) + 1
    return Tally(len(rows), ended, more)
