"""The worker that keeps a room's pack up with the record: the next version is built before its moment, and taken at it.

What cannot be built, since the program or the folder changed under it, is set aside and named: the room goes on with
what it had.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.domain.pack_change import FILES, MAX_TEXT, FileChange, PackFileProposed, PackFiles, sha_of, unpacked
from meldkamer.network import Change, Picture, subject_of
from meldkamer.pack import Fault, Pack, PackError
from meldkamer.pack.changeable import (
    NEW_SET,
    changeable,
    check_kept,
    check_signs,
    check_version,
    line_of,
    plain,
    set_in,
)
from meldkamer.record import Record, RecordError
from meldkamer.response.packing.building import PackInForce, Text, ToRd, build
from meldkamer.response.runcards import CardBook

SUBJECT = subject_of("pack", FILES)
LOOK_SECONDS = 600.0
"""A picture that was rebuilt tells nobody what is in it, and a clock may be set."""
BUILT = 8
"""Versions that are kept built."""

_PROPOSED = msgspec.msgpack.Decoder(PackFileProposed)

log = logging.getLogger(__name__)

Take = Callable[[Pack, CardBook], None]


class PackFaults(Exception):
    """The pack would not be good with it. faults: every mistake, with file, row and field."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults[:3])))


class PackKeeper:
    """What counts now, and whether something may count. problem: why what was approved is not in force; empty if it is.

    Not thread-safe: it lives on the loop, and builds aside.
    """

    def __init__(self, base: Pack, book: CardBook, record: Record, picture: Picture, clock: Clock, to_rd: ToRd) -> None:
        self.now = PackInForce(base, book)
        self.base, self.problem = base, ""
        self.taking: list[Take] = []
        """Told of each version as it comes into force."""
        self._record, self._picture, self._clock, self._to_rd = record, picture, clock, to_rd
        self._files = changeable(Path(base.folder))
        self._texts = {sha_of(text): text for text in self._files.values()} | {sha_of(""): ""}
        self._read = 0
        self._built: dict[tuple[str, ...], PackInForce] = {(): self.now}
        self._key: tuple[str, ...] = ()
        self._lock = asyncio.Lock()
        self._told = asyncio.Event()
        picture.listen(self._on_change)

    @property
    def pack(self) -> Pack:
        """The pack in force."""
        return self.now.pack

    # --- keeping up -------------------------------------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if change.kind == "pack":
            self._told.set()

    def read(self) -> None:
        """Look again soon. Needed after the picture was folded anew."""
        self._told.set()

    async def run(self) -> None:
        """Keep up for ever."""
        while True:
            self._told.clear()
            coming = await self.look()
            waits = {
                asyncio.create_task(self._told.wait()),
                asyncio.create_task(self._clock.wait(LOOK_SECONDS)),
                asyncio.create_task(self._clock.sleep(self._until(coming))),
            }
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    def _until(self, coming: Millis | None) -> float:
        """Seconds of shown time until then, which may have come while the last version was built; a day for None."""
        return 86_400.0 if coming is None else max(0.001, (coming - self._clock.now()) / 1000)

    async def look(self) -> Millis | None:
        """Take what counts now into force, and build what counts next. What fails is named, and tried again.

        Answers when something else counts, as far as was known when it looked.
        """
        standing, now = self._picture.pack_files().standing(), self._clock.now()
        coming = next((c.effective for c in standing if c.effective > now), None)
        try:
            await self._take(tuple(c for c in standing if c.effective <= now))
            self.problem = ""
            if coming is not None:
                await self._build(tuple(c for c in standing if c.effective <= coming))
        except (PackError, PackFaults, RecordError, OSError) as error:
            self.problem = f"what was approved cannot be used: {error}"[:500]
            log.warning("%s", self.problem)
        return coming

    async def _take(self, standing: Sequence[FileChange]) -> None:
        if _key(standing) == self._key:
            return
        self.now = await self._build(standing)
        self._key = _key(standing)
        log.info("pack %s is in force: %s", self.now.pack.hash[:16], ", ".join(sorted({c.file for c in standing})))
        for take in self.taking:
            take(self.now.pack, self.now.book)

    async def _build(self, standing: Sequence[FileChange]) -> PackInForce:
        """The pack with these changes, in the order in which they count. Raises PackError, PackFaults, RecordError."""
        key = _key(standing)
        if key not in self._built:
            made = await self._make(standing, None, "")
            while len(self._built) >= BUILT:
                self._built.pop(next(one for one in self._built if one not in ((), self._key)))
            self._built[key] = made
        return self._built[key]

    async def _make(self, standing: Sequence[FileChange], more: str | None, text: str) -> PackInForce:
        """The same, with one file more that nobody approved yet."""
        await self._catch_up()
        texts: dict[str, Text] = {}
        earlier: list[str] = []
        for change in standing:
            before = texts[change.file].text if change.file in texts else self._files.get(change.file, "")
            if before and change.file.startswith("questions/"):
                earlier.append(before)
            texts[change.file] = Text(self._text(change), change.by, change.approved_by)
        if more is not None:
            before = texts[more].text if more in texts else self._files.get(more, "")
            if before and more.startswith("questions/"):
                earlier.append(before)
            texts[more] = Text(text, "who proposes", "who approves")
        async with self._lock:
            return await asyncio.to_thread(build, self.base, texts, earlier, self._to_rd)

    # --- texts ------------------------------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        for entry in await self._record.read(SUBJECT, self._read):
            self._read = max(self._read, entry.version)
            if entry.event.type == "pack.proposed":
                event = _PROPOSED.decode(entry.event.body)
                try:
                    text = unpacked(event.text)
                except (zlib.error, UnicodeDecodeError, ValueError):
                    log.warning("the text of change %s cannot be read", event.change)
                    continue
                if sha_of(text) == event.after:
                    self._texts[event.after] = text

    def _text(self, change: FileChange) -> str:
        text = self._texts.get(change.after)
        if text is None:
            raise PackFaults([Fault(change.file, 0, "", "is not what its hash in the record says")])
        return text

    async def text(self, sha: str) -> str | None:
        """A text by its hash; None for one that neither the folder nor the record holds."""
        if sha not in self._texts:
            await self._catch_up()
        return self._texts.get(sha)

    def files(self) -> dict[str, tuple[str, str]]:
        """Every file that can change -> hash of its newest approved text, and of the one in force."""
        found = {file: (sha, sha) for file, sha in ((f, sha_of(t)) for f, t in self._files.items())}
        now = self._clock.now()
        for change in self._picture.pack_files().standing():
            _, in_force = found.get(change.file, ("", sha_of("")))
            found[change.file] = (change.after, change.after if change.effective <= now else in_force)
        return found

    # --- judging ----------------------------------------------------------------------------------------------------

    async def check(self, file: str, text: str) -> None:
        """Whether a text can be proposed on the newest one that was approved. Raises PackFaults, RecordError."""
        files = self._picture.pack_files()
        newest = self.files().get(file)
        if newest is None and not NEW_SET.fullmatch(file):
            raise PackFaults([Fault(file, 0, "", "is no file that can change while rooms work")])
        if len(text.encode()) > MAX_TEXT:
            raise PackFaults([Fault(file, 0, "", f"is larger than {MAX_TEXT // 1024} kB")])
        if faults := check_signs(file, text):
            raise PackFaults(faults)
        await self._catch_up()
        before = self._texts.get(newest[0], "") if newest is not None else ""
        if faults := check_kept(file, before, text):
            raise PackFaults(faults)
        try:
            there = await self._build(files.standing())
            made = await self._make(files.standing(), file, text)
        except PackError as error:
            raise PackFaults(error.faults) from error
        mine = set_in(text, made.pack.question_sets)
        if faults := check_version(file, before, text, there.pack.question_set, mine):
            raise PackFaults(faults)

    async def check_approval(self, change: FileChange, effective: Millis) -> None:
        """Whether the pack is good from then on with this change, at each moment at which it changes. Raises
        PackFaults, RecordError."""
        with_it = msgspec.structs.replace(
            change, effective=max(effective, self._clock.now()), approved_by="who approves", approved=2**53
        )
        files = self._picture.pack_files()
        others = tuple(c for c in files.changes if c.change != change.change)
        await self._check_times(msgspec.structs.replace(files, changes=(*others, with_it)), with_it.effective)

    async def check_withdrawal(self, change: FileChange) -> None:
        """Whether what was approved stays good without this change. Raises PackFaults, RecordError."""
        files = self._picture.pack_files()
        others = tuple(c for c in files.changes if c.change != change.change)
        await self._check_times(msgspec.structs.replace(files, changes=others), self._clock.now())

    async def _check_times(self, files: PackFiles, since: Millis) -> None:
        standing = files.standing()
        for moment in sorted({c.effective for c in standing if c.effective >= since}):
            there = tuple(c for c in standing if c.effective <= moment)
            try:
                made = await self._make(there, None, "")
            except PackError as error:
                raise PackFaults(error.faults) from error
            for change in there:
                if change.effective == moment:
                    self._check_day(change, made.pack, moment)

    def _check_day(self, change: FileChange, pack: Pack, moment: Millis) -> None:
        """A version of a set that counts only from a later day would leave its classes without questions until then."""
        text = self._text(change)
        made = set_in(text, pack.question_sets) if change.file.startswith("questions/") else None
        day = datetime.datetime.fromtimestamp(moment / 1000, pack.zone).date()
        if made is not None and made.effective > day:
            name = change.file.rpartition("/")[2]
            message = f"{made.effective} lies after the day on which the text is to count, {day}"
            raise PackFaults([Fault(name, line_of(text, "effective"), "effective", message)])


def packed(text: str) -> bytes:
    """A text as the record keeps it."""
    return zlib.compress(plain(text).encode(), 9)


def _key(standing: Sequence[FileChange]) -> tuple[str, ...]:
    return tuple(change.change for change in standing)
