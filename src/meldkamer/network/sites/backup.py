"""A copy of everything that stands in the core, and a new core from such a copy.

    TARGET/manifest.json       what is there: entries and SHA-256 of each region, when, and from whose copy
    TARGET/<REGION>.entries    every entry in order: four bytes of length (big-endian), msgpack of subject and payload

Personal fields in it are ciphertext; their keys are not here. The server that is furthest gives the copy, so this also
works when the whole core is gone. Leases are left out: they tell who lives now.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.network.sites import files
from meldkamer.network.sites.copies import read_copy
from meldkamer.network.sites.figures import ask_all
from meldkamer.network.sites.link import Line, Operator
from meldkamer.network.sites.model import Network, NetworkError, Server
from meldkamer.network.sites.streams import Plan, name_on
from meldkamer.record import RecordError

MANIFEST = "manifest.json"
BATCH = 500
"""Entries stored at once on the way back, all or none."""
BATCH_BYTES = 4 << 20

Pair = tuple[str, bytes]
Say = Callable[[str], None]
Store = Callable[[Line, Sequence[Pair], int], Awaitable[None]]
"""Stores messages (subject, payload) after a sequence, all or none. Raises RecordError."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One region: how many entries, the SHA-256 of its file, and the server whose copy it is."""

    entries: int
    sha256: str
    server: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole backup. unchecked: servers that did not answer, which may have had more."""

    format: int = 1
    network: str
    made: Millis
    regions: dict[str, Part]
    unchecked: tuple[str, ...] = ()


async def backup(operator: Operator, network: Network, plan: Plan, target: Path, clock: Clock, say: Say) -> Manifest:
    """Copy every region to the new folder `target`. Raises NetworkError: the folder is there, or no copy is whole."""
    files.new_folder(target)
    answers = await ask_all(operator, network, clock)
    parts: dict[str, Part] = {}
    for region in network.regions:
        held: list[tuple[int, Server]] = []
        for server, answer in zip(network.servers(), answers, strict=True):
            streams = answer.figures.streams if answer.figures else ()
            held += [(s.last, server) for s in streams if s.name == name_on(server, plan, region)]
        parts[region] = await _copied(operator, plan, region, held, target / f"{region}.entries")
        say(f"{region}: {parts[region].entries} entries, from {parts[region].server}")
    unchecked = tuple(answer.server for answer in answers if answer.figures is None)
    made = Manifest(network=network.name, made=clock.now(), regions=parts, unchecked=unchecked)
    files.replace(target / MANIFEST, msgspec.json.format(msgspec.json.encode(made)))
    if unchecked:
        say(f"these did not answer and may have had more: {', '.join(unchecked)}")
    return made


async def restore(
    operator: Operator, network: Network, plan: Plan, source: Path, store: Store, clock: Clock, say: Say
) -> Manifest:
    """Fill the empty streams of a new core. Raises NetworkError: the backup is torn, or a stream is not empty."""
    manifest = _read_manifest(source, network)
    answers = await ask_all(operator, network, clock)
    core = [f for s, a in zip(network.servers(), answers, strict=True) if s.kind == "core" and (f := a.figures)]
    for region in manifest.regions:
        found = [s for figures in core for s in figures.streams if s.name == plan.stream(region)]
        if not found:
            raise NetworkError(f"{region}: the core has no stream for it; `meldkamer network streams` makes it")
        if any(stream.last for stream in found):
            raise NetworkError(f"{region}: its stream is not empty; a backup goes into a new core only")
    server = next(s for s in network.servers() if any(f.server == s.name for f in core))
    for region, part in manifest.regions.items():
        async with operator.call(server) as line:
            at = 0
            for batch in _batches(source / f"{region}.entries"):
                await store(line, batch, at)
                at += len(batch)
        if at != part.entries:
            raise NetworkError(f"{region}: {at} entries were stored of {part.entries}")
        say(f"{region}: {at} entries stored")
    return manifest


async def _copied(operator: Operator, plan: Plan, region: str, held: list[tuple[int, Server]], path: Path) -> Part:
    """The furthest copy that is whole, written to a file."""
    why = "nobody who has one answered"
    for last, server in sorted(held, key=lambda pair: -pair[0]):
        digest, count = hashlib.sha256(), 0
        try:
            with files.durable(path) as file:
                async for frame in _frames(operator, server, name_on(server, plan, region), last):
                    file.write(frame)
                    digest.update(frame)
                    count += 1
            return Part(entries=count, sha256=digest.hexdigest(), server=server.name)
        except RecordError as error:
            why = f"{server.name}: {error}"
    raise NetworkError(f"{region}: no whole copy can be read; {why}")


async def _frames(operator: Operator, server: Server, stream: str, last: int) -> AsyncIterator[bytes]:
    at = 0
    async with operator.call(server) as line:
        async for block in read_copy(line, stream, server.name, 0, last):
            for raw in block:
                at += 1
                if raw.seq != at:
                    raise RecordError(f"entry {at} is missing")
                frame = msgspec.msgpack.encode((raw.subject, raw.data))
                yield len(frame).to_bytes(4, "big") + frame
    if at != last:
        raise RecordError(f"entry {at + 1} is missing")


def _read_manifest(source: Path, network: Network) -> Manifest:
    """The manifest, with every file checked against it."""
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise NetworkError(f"{source / MANIFEST}: {error}") from None
    if manifest.format != 1:
        raise NetworkError(f"{source}: made by a newer program (format {manifest.format})")
    if unknown := sorted(set(manifest.regions) - set(network.regions)):
        raise NetworkError(f"{source}: holds regions that this network does not have: {', '.join(unknown)}")
    for region, part in manifest.regions.items():
        path = source / f"{region}.entries"
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise NetworkError(f"{path}: {error.strerror}") from None
        if digest != part.sha256:
            raise NetworkError(f"{path}: is not what was written when the backup was made")
    return manifest


def _batches(path: Path) -> Iterator[list[Pair]]:
    batch: list[Pair] = []
    size = 0
    with path.open("rb") as file:
        while length := file.read(4):
            frame = file.read(int.from_bytes(length, "big"))
            if batch and (len(batch) == BATCH or size + len(frame) > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(msgspec.msgpack.decode(frame, type=Pair))
            size += len(frame)
    if batch:
        yield batch
