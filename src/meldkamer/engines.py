"""The two engines under a room: a file of its own, or the core's servers when the settings name them (`[network]`)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from meldkamer.desk.health import Check, Found
from meldkamer.domain.clock import Clock
from meldkamer.record import IslandRecord, KeyStore, Leases, NotAStore, Record
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Access
from meldkamer.record.jetstream_keys import JetStreamKeys
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.signing import open_signers
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.settings import NetworkSettings, Settings


class Store(Record, Leases, Protocol):
    """The record and the heart-beats, which stand in the same engine."""


class Engine(msgspec.Struct, frozen=True):
    """What a house works on. checks: by name, how the engine is. island: for one that can be cut off."""

    record: Store
    keys: KeyStore
    checks: Sequence[tuple[str, Check]]
    island: Alone | None = None


class Alone(msgspec.Struct, frozen=True):
    """The parts of an engine that go on when its servers are out of reach: the record and the keys, once more."""

    record: IslandRecord
    keys: JetStreamKeys


@contextlib.asynccontextmanager
async def open_engine(settings: Settings, regions: Sequence[str], clock: Clock) -> AsyncIterator[Engine]:
    """The engine that the settings ask for, closed at the end. Over a network it opens also when that is out of reach,
    if it was in reach before. Raises RecordError; ValueError for a region of the pack that the network does not have.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    network = settings.network
    if network is not None and (missing := [region for region in regions if region not in network.regions]):
        raise ValueError(f"the network has no streams for these regions of the pack: {', '.join(missing)}")
    async with _embedded(settings) if network is None else _network(settings, network, regions, clock) as engine:
        yield engine


@contextlib.asynccontextmanager
async def _embedded(settings: Settings) -> AsyncIterator[Engine]:
    folder = settings.folder
    signers, _ = open_signers(folder / "signing", settings.rooms)
    # A call needs a key before it needs a place in the record, so the reserve is for keys as well.
    keys = SqliteKeys(folder, spare=lambda: record.make_room())
    try:
        store = folder / "record.sqlite"
        if not store.exists() and keys.used():
            raise NotAStore(f"{store}: missing beside the keys of what it held. Put it back, or restore a backup")
        record = SqliteRecord(store, signers, exercise=settings.exercise)
        try:
            yield Engine(record, keys, [("disk", _disk(record))])
        finally:
            await record.close()
    finally:
        await keys.close()


@contextlib.asynccontextmanager
async def _network(
    settings: Settings, network: NetworkSettings, regions: Sequence[str], clock: Clock
) -> AsyncIterator[Engine]:
    folder, name = settings.folder, f"meldkamer {' '.join(settings.rooms)}"
    signers, verifier = open_signers(Path(network.signing), settings.rooms)
    core, audit = _access(network, network.app), _access(network, network.audit)
    there = await JetStreamRecord.open(
        core,
        audit,
        folder / "streams",
        signers,
        verifier,
        local=_access(network, network.app, (network.local,)) if network.local else None,
        regions=regions,
        replicas=network.replicas,
        domain=network.domain,
        name=name,
    )
    try:
        record = await IslandRecord.open(there, folder / "island", lambda path: SqliteRecord(path, signers), clock)
    except BaseException:
        await there.close()
        raise
    try:
        keys = await JetStreamKeys.open(
            core,
            folder / "keys",
            Path(network.master),
            replicas=network.replicas,
            domain=network.domain,
            name=f"{name} keys",
            alone=there.held,
        )
        try:
            checks = [("core", _core(there, keys)), ("trust", _trust(there)), ("entries", _entries(there))]
            yield Engine(record, keys, checks, Alone(record, keys))
        finally:
            await keys.close()
    finally:
        await record.close()


def _access(network: NetworkSettings, seed: str, servers: tuple[str, ...] = ()) -> Access:
    return Access(
        servers=servers or network.servers,
        ca=network.ca,
        certificate=network.certificate,
        key=network.key,
        seed=seed,
    )


# --- how they are -----------------------------------------------------------------------------------------------------


def _disk(record: SqliteRecord) -> Check:
    async def check() -> Found:
        health = record.disk()
        words = f"{health.disk}, {health.free >> 20} MB free"
        return Found("fine" if health.disk == "ok" else "degraded", words, number=health.free)

    return check


def _core(record: JetStreamRecord, keys: JetStreamKeys) -> Check:
    async def check() -> Found:
        """Whether a server answers; that a majority stores is what each heart-beat proves."""
        if record.connected and keys.connected:
            return Found("fine", "connected", number=1)
        return Found(
            "degraded", "no server of the core answers: nothing new is stored, and nothing new comes", number=0
        )

    return check


def _trust(record: JetStreamRecord) -> Check:
    async def check() -> Found:
        return _told(record.distrusted(), "entries are shown to nobody, for their signature")

    return check


def _entries(record: JetStreamRecord) -> Check:
    async def check() -> Found:
        return _told(record.set_aside(), "messages are no entries, or are lost")

    return check


def _told(faults: dict[str, dict[int, str]], what: str) -> Found:
    rows = [f"{region} {seq}: {why}" for region, found in sorted(faults.items()) for seq, why in sorted(found.items())]
    if not rows:
        return Found("fine", "none", number=0)
    return Found("degraded", f"{len(rows)} {what}; the first: {rows[0]}", number=len(rows))
