"""Deliveries of the Kadaster: XML files in a zip, in zips within a zip, or one file alone; read member by member."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from meldkamer.geo.gazetteer.import_run import SourceError
from meldkamer.geo.safe_xml import XmlRefused, stream_xml

MOST_MEMBER = 8 << 30
"""Bytes of one member when unpacked; more is not a delivery of the BAG."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class BagArchive:
    """rank: of a member by its name, for the order of reading; None for one that does not belong to it."""

    def __init__(self, path: Path, rank: Callable[[str], int | None]) -> None:
        self._path, self._rank = path, rank
        self._inner: tuple[str, zipfile.ZipFile] | None = None
        self.units = self._find()
        """XML files as `file.xml` or `inner.zip//file.xml`, in the order in which they must be read."""

    def open(self, unit: str) -> IO[bytes]:
        """One XML file. Raises SourceError."""
        if self._path.suffix.lower() == ".xml":
            return self._path.open("rb")
        outer_name, _, inner_name = unit.partition("//")
        try:
            if inner_name:
                return self._unpack(outer_name).open(inner_name)
            return zipfile.ZipFile(self._path).open(outer_name)
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise SourceError(f"{self._path.name}/{unit}: {error}") from error

    def told(self, *names: str) -> tuple[str, ...]:
        """What the head of the first file says under these names; a day as ISO date, empty where it says nothing.
        Raises SourceError."""
        if not self.units:
            return ("",) * len(names)
        with self.open(self.units[0]) as file:
            try:
                head = next(stream_xml(file, {"bagInfo", "bagObject"}), None)
            except (XmlRefused, zipfile.BadZipFile, EOFError) as error:
                raise SourceError(f"{self._path.name}/{self.units[0]}: {error}") from error
        said = {element.name: element.text.strip()[:10] for element in head.walk()} if head is not None else {}
        if head is None or head.name != "bagInfo":
            said = {}
        return tuple(said.get(name, "") if _DAY.fullmatch(said.get(name, "")) else "" for name in names)

    def _find(self) -> list[str]:
        if self._path.suffix.lower() == ".xml":
            return [self._path.name]
        found: list[tuple[int, str]] = []
        try:
            with zipfile.ZipFile(self._path) as outer:
                for info in outer.infolist():
                    rank = self._rank(info.filename.rpartition("/")[2])
                    if rank is None:
                        continue
                    if info.file_size > MOST_MEMBER:
                        raise SourceError(f"{self._path.name}/{info.filename}: {info.file_size} bytes is too much")
                    if info.filename.lower().endswith(".xml"):
                        found.append((rank, info.filename))
                    elif info.filename.lower().endswith(".zip"):
                        inner = self._unpack(info.filename)
                        names = [name for name in inner.namelist() if name.lower().endswith(".xml")]
                        found += [(rank, f"{info.filename}//{name}") for name in names]
        except (zipfile.BadZipFile, OSError) as error:
            raise SourceError(f"{self._path.name} is not a BAG extract, nor its mutations: {error}") from error
        return [name for _, name in sorted(found)]

    def _unpack(self, name: str) -> zipfile.ZipFile:
        """An inner zip, copied beside the source's reader: reading it in place would unpack it again at every seek."""
        if self._inner is not None and self._inner[0] == name:
            return self._inner[1]
        if self._inner is not None:
            self._inner[1].close()
        copy = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the zip that reads it
        with zipfile.ZipFile(self._path) as outer, outer.open(name) as member:
            shutil.copyfileobj(member, copy, 1 << 20)
        copy.seek(0)
        self._inner = (name, zipfile.ZipFile(copy))
        return self._inner[1]
