"""Every engine passes the suite. A new engine: one more factory in ENGINES."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from meldkamer.record.keys import SqliteKeys
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord
from tests.conformance.record_suite import Engine, KeyStoreSuite, LeasesSuite, RecordSuite, SnapshotsSuite


class Sqlite:
    """The embedded engine in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: list[Any] = []

    async def open(self) -> SqliteRecord:
        return self._keep(SqliteRecord(self._folder / "record.sqlite"))

    async def open_once(self) -> SqliteRecord:
        return self._opened[-1] if self._opened else await self.open()

    async def leases(self) -> SqliteRecord:
        return await self.open()

    async def snapshots(self) -> FileSnapshots:
        return FileSnapshots(self._folder / "snapshots")

    async def keys(self) -> SqliteKeys:
        return self._keep(SqliteKeys(self._folder))

    async def close(self) -> None:
        while self._opened:
            await self._opened.pop().close()

    def _keep(self, opened: Any) -> Any:
        self._opened.append(opened)
        return opened


ENGINES = {"sqlite": Sqlite}


@pytest.fixture(params=ENGINES)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    made = ENGINES[request.param](tmp_path)
    yield made
    await made.close()


class TestRecord(RecordSuite):
    pass


class TestLeases(LeasesSuite):
    pass


class TestSnapshots(SnapshotsSuite):
    pass


class TestKeyStore(KeyStoreSuite):
    pass
