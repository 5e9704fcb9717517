"""The network's engine passes the suite over a real server: one alone, all else as in the network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Access
from meldkamer.record.jetstream_keys import JetStreamKeys
from meldkamer.record.secret import write_secret
from tests.conformance.record_suite import Engine, KeyStoreSuite, LeasesSuite, RecordSuite
from tests.nats.server import Server, Users, running, single


class JetStream:
    """A record over one server; each `open` is a process that begins again, with the cache of the one before."""

    def __init__(self, server: Server, users: Users, folder: Path) -> None:
        self._server, self._users, self._folder = server, users, folder
        self._opened: list[JetStreamRecord] = []
        self._keys: list[JetStreamKeys] = []
        self._stores = 0

    async def open(self) -> JetStreamRecord:
        record = await JetStreamRecord.open(
            Access(servers=(self._server.url,), seed=str(self._users.room)),
            Access(servers=(self._server.url,), seed=str(self._users.audit)),
            self._folder / f"cache{len(self._opened)}",
            replicas=1,
            create=True,
        )
        self._opened.append(record)
        return record

    async def open_once(self) -> JetStreamRecord:
        return self._opened[-1] if self._opened else await self.open()

    async def leases(self) -> JetStreamRecord:
        return await self.open()

    async def keys(self) -> JetStreamKeys:
        """Each of another room, which has nothing but the master key."""
        master = self._folder / "master.key"
        if not master.exists():
            write_secret(master, bytes(range(32)))
        self._stores += 1
        keys = await JetStreamKeys.open(
            Access(servers=(self._server.url,), seed=str(self._users.room)),
            self._folder / f"keys{self._stores}",
            master,
            replicas=1,
            create=True,
        )
        self._keys.append(keys)
        return keys

    async def close(self) -> None:
        while self._keys:
            await self._keys.pop().close()
        while self._opened:
            await self._opened.pop().close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = single(tmp_path / "nats")
    with running([made]):
        yield made


@pytest.fixture
async def engine(server: Server, tmp_path: Path) -> AsyncIterator[Engine]:
    made = JetStream(server, Users(tmp_path / "nats"), tmp_path)
    yield made  # type: ignore[misc] # snapshots are no part of this engine
    await made.close()


class TestRecord(RecordSuite):
    pass


class TestLeases(LeasesSuite):
    pass


class TestKeyStore(KeyStoreSuite):
    pass
