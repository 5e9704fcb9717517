"""Where stored events become frames: each is encoded once and handed to every reader whom it concerns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator

from meldkamer.desk import frames
from meldkamer.desk.affected import Recent, RowRef, affected, region_of_row
from meldkamer.desk.frames import Message
from meldkamer.desk.needs import Located
from meldkamer.desk.reader import RESYNC, Reader
from meldkamer.desk.rows import RoomRow, RowChange
from meldkamer.desk.rows_of import Rows
from meldkamer.domain.call import Call
from meldkamer.domain.clock import Clock
from meldkamer.domain.road import Road
from meldkamer.domain.warning import AddressWarning
from meldkamer.network import Change, Picture
from meldkamer.record import Entry

TICK_SECONDS = 1.0
BEAT_TICKS = 2
ROWS_PER_FRAME = 200

log = logging.getLogger(__name__)


class _Append:
    """What one append did so far: its newest event, and whom that concerns."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.refs: dict[RowRef, None] = {}
        self.calls: dict[str, set[str]] = {}
        """Of every call the rooms where it was or is."""
        self.road = self.warning = False

    def add(self, change: Change, refs: tuple[RowRef, ...]) -> None:
        """Take one event more."""
        self.entry = change.entry
        self.refs.update(dict.fromkeys(refs))
        self.road = self.road or isinstance(change.after, Road)
        self.warning = self.warning or isinstance(change.after, AddressWarning)
        if isinstance(change.after, Call):
            left = change.before.room if isinstance(change.before, Call) else ""
            self.calls.setdefault(change.ref, set()).update({left, change.after.room} - {""})


class Hub:
    """Lives on the loop beside the picture. `rooms`: how every room is doing, asked once a second."""

    def __init__(
        self,
        picture: Picture,
        rows: Rows,
        clock: Clock,
        rooms: Callable[[], list[RoomRow]],
        positions: Located,
        national: str = "NL",
        recent: Recent | None = None,
    ) -> None:
        self._picture, self._rows, self._clock = picture, rows, clock
        self._rooms, self._positions = rooms, positions
        self._national = national
        self._recent = recent or Recent()
        self._all: dict[Reader, None] = {}
        self._by_region: dict[str, dict[Reader, None]] = {}
        self._by_room: dict[str, dict[Reader, None]] = {}
        self._begun: dict[str, _Append] = {}
        """By region: what is being told of an append, until its last event."""
        self.stopped = False
        picture.listen(self._on_change)

    @property
    def readers(self) -> int:
        """How many are connected."""
        return len(self._all)

    # --- numbered events ---------------------------------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        entry = change.entry
        refs = affected(change, self._picture)
        self._recent.add(entry.region, entry.seq, refs)
        if not self._all:
            self._begun.clear()
            return
        begun = self._begun.get(entry.region)
        if begun is not None and begun.entry.batch != entry.batch:
            self._finish(entry.region)
            begun = None
        if begun is None:
            begun = self._begun[entry.region] = _Append(entry)
        begun.add(change, refs)
        if entry.n + 1 >= entry.of:
            self._finish(entry.region)

    def _finish(self, region: str) -> None:
        """Tell of what was stored together, at once: no screen shows a half of it, and each row is encoded once."""
        done = self._begun.pop(region)
        seq, refs, now = done.entry.seq, tuple(done.refs), self._clock.monotonic()
        if done.road:
            self._put_all("closures", frames.text(frames.Closures()))
        if done.warning:
            self._put_all("warnings", frames.text(frames.Warnings()))
        kinds = {kind for kind, _ in refs}
        concerned = {region_of_row(row) for row in refs} | {region}
        guests = [
            reader
            for room in {room for rooms in done.calls.values() for room in rooms}
            for reader in self._by_room.get(room, ())
            if region not in reader.regions
        ]
        of_region = len(concerned) == 1 and not kinds & {"function", "drawing"} and not guests
        if of_region or kinds == {"function"}:
            readers = self._by_region.get(region) if of_region else self._all
            if readers:
                queued = (now, self._message(region, seq, refs))
                for reader in list(readers):
                    reader.push(queued)
            return
        some = dict.fromkeys([*(reader for r in concerned for reader in self._by_region.get(r, ())), *guests])
        self._split(region, seq, done, self._all if kinds & {"function", "drawing"} else some, now)

    def _split(self, region: str, seq: int, done: _Append, readers: Iterable[Reader], now: float) -> None:
        """Rows that are not for the same readers: each gets its own, in one frame, since a number comes only once."""
        made: dict[tuple[tuple[RowRef, bool], ...], tuple[float, Message]] = {}
        for reader in list(readers):
            seen = tuple(self._seen(reader, done))
            if not seen and region not in reader.regions:
                continue
            queued = made.get(seen)
            if queued is None:
                queued = made[seen] = (now, self._message(region, seq, (row for row, _ in seen), _gone(seen)))
            reader.push(queued)

    def _seen(self, reader: Reader, done: _Append) -> Iterator[tuple[RowRef, bool]]:
        """The rows that are for a reader, and whether each is gone from there.

        What somebody draws shows on every map, also of those who do not follow its region but may see it. A call that
        another room sent to this one is seen here, though its region is not; and it is gone when it left.
        """
        for row in done.refs:
            kind, ref = row
            of = region_of_row(row)
            if kind == "function" or of in reader.regions or (kind == "drawing" and _may_see(reader, of)):
                yield row, False
            elif kind == "call" and not reader.allowed and reader.room in done.calls.get(ref, ()):
                call = self._picture.calls.get(ref)
                yield row, call is None or call.room != reader.room

    def _message(self, region: str, seq: int, refs: Iterable[RowRef], gone: Collection[RowRef] = ()) -> Message:
        changes = [
            RowChange(kind=kind, ref=ref, row=None if (kind, ref) in gone else self._rows.row(kind, ref))
            for kind, ref in refs
        ]
        return frames.text(frames.Ev(region, seq, changes))

    # --- readers -----------------------------------------------------------------------------------------------------

    def subscribe(self, reader: Reader, wanted: frames.Subscribe) -> None:
        """Let a reader have these regions, first what it missed. No event can fall in between: nothing here waits."""
        self.leave(reader)
        wished = frozenset(wanted.regions)
        reader.regions = (wished & reader.allowed if reader.allowed else wished) | {self._national}
        missed = self._missed(reader, wanted.after)
        if missed is None:
            reader.end(RESYNC)
            return
        self._all[reader] = None
        for region in reader.regions:
            self._by_region.setdefault(region, {})[reader] = None
        if reader.room and not reader.allowed:
            self._by_room.setdefault(reader.room, {})[reader] = None
        now = self._clock.monotonic()
        for message in missed:
            reader.push((now, message))
        reader.push((now, frames.text(frames.CaughtUp(dict(self._picture.positions)))))

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self._all.pop(reader, None)
        for region in reader.regions:
            self._by_region.get(region, {}).pop(reader, None)
        self._by_room.get(reader.room, {}).pop(reader, None)

    def resync(self) -> None:
        """Everything was folded anew: every reader starts from the whole picture again."""
        self._recent = Recent()
        self._begun.clear()
        for reader in list(self._all):
            self.leave(reader)
            reader.end(RESYNC)

    def _missed(self, reader: Reader, after: dict[str, int]) -> list[Message] | None:
        """What changed since the reader's numbers, as the rows are now; None when the memory is too short."""
        messages = []
        for region, now_at in self._picture.positions.items():
            changed = self._recent.since(region, after.get(region, 0), now_at)
            if changed is None:
                return None
            regions = reader.regions
            seen = [
                (row, seq)
                for row, seq in changed.items()
                if row[0] == "function"
                or region_of_row(row) in regions
                or (row[0] == "drawing" and _may_see(reader, region_of_row(row)))
            ]
            if reader.room and not reader.allowed and (guests := self._guests(region, reader, changed)) is not None:
                messages.append(guests)
            for start in range(0, len(seen), ROWS_PER_FRAME):
                part = seen[start : start + ROWS_PER_FRAME]
                messages.append(self._message(region, part[-1][1], [row for row, _ in part]))
        return messages

    def _guests(self, region: str, reader: Reader, changed: dict[RowRef, int]) -> Message | None:
        """Calls of a region that the reader does not follow: those at its room, and which of the others are not."""
        calls = [] if region in reader.regions else [ref for kind, ref in changed if kind == "call"]
        if not calls:
            return None
        known = self._picture.calls
        changes = [
            RowChange(kind="call", ref=ref, row=self._rows.row("call", ref) if here else None)
            for ref in calls
            for here in [ref in known and known[ref].room == reader.room]
        ]
        return frames.text(frames.Ev(region, max(changed.values()), changes))

    # --- newest wins -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Once a second how the rooms are and where the units are, every two seconds a beat."""
        tick = 0
        while not self.stopped:
            try:
                self.tick(beat=tick % BEAT_TICKS == 0)
            except Exception:
                # A fault in one figure must not silence the beat: screens would then say that the server is gone.
                log.exception("the live channel's figures failed")
                self._put_all("beat", frames.text(frames.Beat(self._clock.now())))
            tick += 1
            await self._clock.wait(TICK_SECONDS)

    def tick(self, beat: bool = True) -> None:
        """One second's frames to everybody."""
        # The last event of an append may be one that this program does not know, and passed over.
        for region in list(self._begun):
            try:
                self._finish(region)
            except Exception:
                # Nobody would know that they miss something: all begin from the whole picture.
                self.resync()
                raise
        now = self._clock.monotonic()
        for reader in list(self._all):
            reader.check(now)
            if reader.ended.done():
                self.leave(reader)
        if not self._all:
            return
        self._put_all("rooms", frames.text(frames.Rooms(self._rooms())))
        self._put_positions()
        if beat:
            self._put_all("beat", frames.text(frames.Beat(self._clock.now())))

    def _put_all(self, slot: str, message: Message) -> None:
        for reader in self._all:
            reader.put(slot, message)

    def _put_positions(self) -> None:
        now = self._clock.now()
        made: dict[frozenset[str], Message] = {}
        for reader in self._all:
            message = made.get(reader.regions)
            if message is None:
                message = made[reader.regions] = frames.binary(self._positions.frame(reader.regions, now))
            if message["bytes"]:
                reader.put("positions", message)


def _may_see(reader: Reader, region: str) -> bool:
    return not reader.allowed or region in reader.allowed


def _gone(seen: Iterable[tuple[RowRef, bool]]) -> frozenset[RowRef]:
    return frozenset(row for row, gone in seen if gone)
