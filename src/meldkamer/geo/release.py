"""One geography for all rooms: releases of the user's own data, each built once and known by its hash.

A release is a list of parts (addresses, roads, borders, …), each a file that never changes. An import makes one new
part and, with it, a new release that keeps the other parts of the newest one. A release is brought to another room as
one bundle; both ends check every hash. Which release is in force when stands in `use.json` (`schedule.py`).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

FORMAT = 1
SHORT = 12
"""Letters of a hash that people read and type."""
MOST_MANIFEST = 1 << 20
ROADS_PART, SPEEDS_PART = "roads", "speeds"
_SUFFIX = {ROADS_PART: ".npz", SPEEDS_PART: ".toml"}
_CHUNK = 1 << 20


class ReleaseError(Exception):
    """A release or a part of it cannot be used; says which and why."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a release.

    kind: what it is (`bag`, `nwb`, `osm`, `objects`, `names`, `areas.<level>`, `roads`, `speeds`); a release has one of
    each. rows, refused: of the source. source: its file name and hash. built: ISO time.
    """

    kind: str
    sha256: str
    bytes: int
    rows: int
    refused: int
    source: str
    source_sha256: str
    built: str

    @property
    def file(self) -> str:
        """Its name in the folder of parts."""
        return f"{self.kind}-{self.sha256[:16]}{_SUFFIX.get(self.kind, '.sqlite')}"


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was built. made: ISO time; after: hash of the release it was made from, empty for the first."""

    format: int
    made: str
    after: str
    parts: tuple[Part, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of the manifest as it is stored."""
        return hashlib.sha256(self.encoded()).hexdigest()

    def encoded(self) -> bytes:
        """The manifest, always the same bytes for the same release."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1)

    def part(self, kind: str) -> Part | None:
        """The part of that kind, if the release has one."""
        return next((part for part in self.parts if part.kind == kind), None)


class Releases:
    """The releases of one data folder. Files appear in one step (written beside, synced, renamed)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts, self.manifests, self.workshop = folder / "parts", folder / "releases", folder / "workshop"

    def prepare(self) -> None:
        """Make the folders."""
        for folder in (self.parts, self.manifests, self.workshop):
            folder.mkdir(parents=True, exist_ok=True)

    def all(self) -> list[Release]:
        """Every release, oldest first. Raises ReleaseError for a manifest that is damaged."""
        found = [self._read(path) for path in self.manifests.glob("*.json")] if self.manifests.is_dir() else []
        return sorted(found, key=lambda release: (release.made, release.hash))

    def find(self, name: str) -> Release:
        """By its hash or the beginning of it (at least four letters). Raises ReleaseError."""
        fitting = [release for release in self.all() if len(name) >= 4 and release.hash.startswith(name.lower())]
        if len(fitting) != 1:
            raise ReleaseError(f"{len(fitting) or 'no'} releases begin with {name!r}")
        return fitting[0]

    def take_part(self, finished: Path, part: Part) -> Path:
        """Move a finished file among the parts. It must lie in the workshop (one file system)."""
        target = self.parts / part.file
        with finished.open("rb") as file:
            os.fsync(file.fileno())
        finished.replace(target)
        _sync(self.parts)
        return target

    def make(self, new: Part, made: str) -> Release:
        """A release with this part, and the parts of other kinds of the newest release."""
        with self.alone("make"):  # two imports that end together must not forget each other's part
            before = self.all()
            last = before[-1] if before else None
            kept = tuple(part for part in last.parts if part.kind != new.kind) if last is not None else ()
            parts = tuple(sorted((*kept, new), key=lambda part: part.kind))
            release = Release(format=FORMAT, made=made, after=last.hash if last is not None else "", parts=parts)
            self._write(release)
            return release

    @contextlib.contextmanager
    def alone(self, name: str, wait: bool = True) -> Iterator[None]:
        """Hold a lock that no other process on this machine can hold. Raises ReleaseError when it is held and `wait` is
        false. It ends with the process, however that ends."""
        self.prepare()
        handle = os.open(self.workshop / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as error:
                raise ReleaseError(f"another import of {name} is at work") from error
            yield
        finally:
            os.close(handle)

    def path(self, part: Part) -> Path:
        """Where a part lies."""
        return self.parts / part.file

    def check(self, release: Release) -> None:
        """Read every part and compare its hash. Raises ReleaseError naming the first that is missing or changed."""
        for part in release.parts:
            path = self.path(part)
            if not path.is_file():
                raise ReleaseError(f"release {release.hash[:SHORT]}: the part {part.file} is missing")
            if file_hash(path) != part.sha256:
                raise ReleaseError(f"release {release.hash[:SHORT]}: the part {part.file} is not what was built")

    def export(self, release: Release, bundle: Path) -> None:
        """Write the release as one file for another room."""
        self.check(release)
        beside = bundle.with_name(bundle.name + ".part")
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("release.json", release.encoded())
            for part in release.parts:
                archive.write(self.path(part), f"parts/{part.file}")
        beside.replace(bundle)

    def receive(self, bundle: Path) -> Release:
        """Take a bundle from another room. Raises ReleaseError when anything in it is not what its hash says."""
        self.prepare()
        try:
            with zipfile.ZipFile(bundle) as archive:
                if archive.getinfo("release.json").file_size > MOST_MANIFEST:
                    raise ReleaseError(f"{bundle.name}: its list of parts is too long to be one")
                release = _decode(archive.read("release.json"), bundle.name)
                for part in release.parts:
                    self._receive_part(archive, part)
        except (zipfile.BadZipFile, KeyError, OSError, EOFError) as error:
            raise ReleaseError(f"{bundle.name} is not a release: {error}") from error
        self._write(release)
        return release

    def _receive_part(self, archive: zipfile.ZipFile, part: Part) -> None:
        target = self.path(part)
        if target.is_file() and file_hash(target) == part.sha256:
            return
        name = f"parts/{part.file}"
        if archive.getinfo(name).file_size != part.bytes:
            raise ReleaseError(f"{part.file} has another length than its release says")
        beside = self.workshop / part.file
        with archive.open(name) as source, beside.open("wb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
        if file_hash(beside) != part.sha256:
            beside.unlink()
            raise ReleaseError(f"{part.file} is not what its release says")
        self.take_part(beside, part)

    def _write(self, release: Release) -> None:
        self.prepare()
        write_whole(self.manifests / f"{release.hash[:16]}.json", release.encoded())

    def _read(self, path: Path) -> Release:
        release = _decode(path.read_bytes(), path.name)
        if not release.hash.startswith(path.stem):
            raise ReleaseError(f"{path.name} was changed: its hash is {release.hash[:16]}")
        return release


def _decode(data: bytes, name: str) -> Release:
    try:
        release = msgspec.json.decode(data, type=Release)
    except msgspec.MsgspecError as error:
        raise ReleaseError(f"{name} is not a release: {error}") from error
    if release.format != FORMAT:
        raise ReleaseError(f"{name} has format {release.format}; this program reads {FORMAT}")
    for part in release.parts:
        if not all(c.isalnum() or c in "._" for c in part.kind) or len(part.sha256) != 64 or not part.sha256.isalnum():
            raise ReleaseError(f"{name} names a part {part.kind!r} that cannot be")
    return release


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file so that it is there whole or as it was, also when the power fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every file system can sync a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
