"""Writes every room's status sheets to this machine's own disk, so that a printer is all that is needed.

    paper/<language>/<ROOM>.<sheet>.html        the newest
    paper/<language>/old/<ROOM>.<sheet>.<time>.html   those before it

A sheet is whole or not there. That somebody's text came onto a sheet is recorded, once for each incident and sheet:
who then reads the paper no program can see.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from meldkamer.access import AccessError, ReadLog, Session
from meldkamer.desk.paper import Papers, Sheet
from meldkamer.desk.paper_page import Print, as_html
from meldkamer.desk.paper_words import Language
from meldkamer.domain.clock import Clock
from meldkamer.pack import Pack
from meldkamer.record import RecordError

FOLDER, OLD = "paper", "old"
ACTOR = "system.paper"
PURPOSE = "continuity"

log = logging.getLogger(__name__)


class PaperWriter:
    """For the rooms of this process. minutes: between two sheets. keep: how many older ones stay, of each."""

    def __init__(
        self,
        data: Path,
        papers: Papers,
        rooms: Sequence[str],
        pack: Pack,
        read_log: ReadLog,
        clock: Clock,
        *,
        minutes: float,
        keep: int,
        languages: Sequence[Language],
        exercise: bool = False,
    ) -> None:
        self._folder, self._papers, self._rooms, self._pack = data / FOLDER, papers, tuple(rooms), pack
        self._read_log, self._clock, self._minutes, self._keep = read_log, clock, minutes, keep
        self._languages, self._exercise = tuple(languages), exercise
        self._noted: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._written = clock.monotonic()

    def age(self) -> float:
        """Seconds since all sheets were written, or since this was made when they never were."""
        return self._clock.monotonic() - self._written

    def take(self, pack: Pack) -> None:
        """From now on sheets name what they hold by this pack."""
        self._pack = pack

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self.write()
            await self._clock.wait(self._minutes * 60)

    async def write(self) -> bool:
        """Write all sheets once. False when one could not be: its older one stays, with its time on top."""
        good = True
        for room in self._rooms:
            written: set[str] = set()
            for kind in self._papers.kinds(room):
                try:
                    sheet = await self._papers.compose(room, kind)
                    await self._note(sheet)
                    await asyncio.to_thread(self._put, sheet)
                except (OSError, RecordError, AccessError) as error:
                    log.warning("sheet %s of %s not written: %s", kind, room, error)
                    good = False
                written.add(f"{room}.{kind}.html")
            await asyncio.to_thread(self._retire, room, written)
        if good:
            self._written = self._clock.monotonic()
        return good

    async def _note(self, sheet: Sheet) -> None:
        """Record whose text comes onto this sheet that was not on the one before. Raises ReadLogFailed."""
        session = Session(id=ACTOR, person=ACTOR, name=ACTOR, room=sheet.room)
        there: dict[tuple[str, str, str], tuple[str, ...]] = {}
        for part in sheet.incidents:
            if part.opened:
                key = (sheet.room, sheet.kind, part.incident.ref)
                if self._noted.get(key) != part.opened:
                    await self._read_log.record(session, part.incident.ref, "paper", part.opened, PURPOSE)
                there[key] = part.opened
        for asked in sheet.attentions:
            if asked.opened:
                key = (sheet.room, sheet.kind, asked.message.ref)
                if self._noted.get(key) != asked.opened:
                    await self._read_log.record(session, asked.message.ref, "paper", asked.opened, PURPOSE)
                there[key] = asked.opened
        if any(c.number or c.name for c in (*sheet.waiting, *sheet.call_backs)):
            key = (sheet.room, sheet.kind, "")
            if key not in self._noted:
                await self._read_log.record(session, f"{sheet.room}.{sheet.kind}", "paper", ("caller",), PURPOSE)
            there[key] = ("caller",)
        kept = {key: was for key, was in self._noted.items() if key[:2] != (sheet.room, sheet.kind)}
        self._noted = kept | there

    # --- on the disk; in a thread -------------------------------------------------------------------------------------

    def _put(self, sheet: Sheet) -> None:
        for language in self._languages:
            how = Print(language=language, minutes=self._minutes, exercise=self._exercise)
            folder = self._folder / language
            (folder / OLD).mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{sheet.room}.{sheet.kind}.html"
            part = path.with_suffix(".part")
            fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(as_html(sheet, self._pack, how))
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                _link(path, self._old(path))
            part.replace(path)
            self._thin(path)

    def _retire(self, room: str, written: set[str]) -> None:
        """Sheets of what the room does not serve any more would say that it does."""
        for language in self._languages:
            for path in (self._folder / language).glob(f"{room}.*.html"):
                if path.name not in written:
                    path.rename(self._old(path))
                    self._thin(path)

    @staticmethod
    def _old(path: Path) -> Path:
        made = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
        return path.parent / OLD / f"{path.stem}.{made:%Y%m%d-%H%M%S}.html"

    def _thin(self, path: Path) -> None:
        older = sorted((path.parent / OLD).glob(f"{path.stem}.*.html"))
        for gone in older[: max(0, len(older) - self._keep)]:
            gone.unlink(missing_ok=True)


def _link(path: Path, other: Path) -> None:
    """A second name, so that the first is never without a sheet."""
    other.unlink(missing_ok=True)
    os.link(path, other)
