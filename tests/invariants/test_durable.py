"""Nothing acknowledged is lost: an answer means fsynced, and a lost power supply is as harmless as a lost process.

A killed process does not show a missing fsync, as the operating system still holds what was written; so it is asked of
every file on which an answer to a person rests, and seen where the system call is made.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from meldkamer.access.database import open_private
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.store_file import open_writer

FULL = 2
"""SQLite's number for `synchronous=FULL`: the write-ahead log is fsynced at every commit."""


def durability(db: sqlite3.Connection) -> tuple[str, int]:
    (mode,), (synchronous,) = db.execute("PRAGMA journal_mode").fetchone(), db.execute("PRAGMA synchronous").fetchone()
    return mode, synchronous


@pytest.mark.parametrize("again", [False, True], ids=["a new file", "an old file"])
async def test_every_commit_that_an_answer_rests_on_is_fsynced(tmp_path: Path, again: bool) -> None:
    for _ in range(2 if again else 1):
        store = open_writer(tmp_path / "record.sqlite")
        private = open_private(tmp_path / "readlog.sqlite", ("CREATE TABLE IF NOT EXISTS t(x)",), 1, 1)
        keys = SqliteKeys(tmp_path)
        found = [durability(db) for db in (store, private, keys._db)]
        store.close()
        private.close()
        await keys.close()
        assert found == [("wal", FULL)] * 3
