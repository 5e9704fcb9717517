"""A small SQLite file that only its owner may read: how the access layer opens every one of its files."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path

from meldkamer.access.errors import NotSafeToOpen


def open_private(path: Path, schema: Sequence[str], application: int, version: int) -> sqlite3.Connection:
    """A connection to the file, made when absent with mode 0600. Every commit is on the disk before it returns.

    application, version: what the file must say of itself. Raises NotSafeToOpen when it is another kind of file,
    written by a newer program, not a plain file, or readable by others.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise NotSafeToOpen(f"{path}: {error.strerror}") from error
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) or stat.S_IMODE(mode) & 0o077:
        raise NotSafeToOpen(f"{path}: must be a plain file that only its owner may read (chmod 600)")
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        # Looked at before anything is set: another program's file keeps every byte.
        if _tables(connection) and _pragma(connection, "application_id") != application:
            raise NotSafeToOpen(f"{path}: is another program's file")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("BEGIN IMMEDIATE")
        if (found := _pragma(connection, "user_version")) > version:
            raise NotSafeToOpen(f"{path}: was written by a newer program (version {found}, this one knows {version})")
        for statement in schema:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={application:d}")
        connection.execute(f"PRAGMA user_version={version:d}")
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise NotSafeToOpen(f"{path}: {error}") from error
    except NotSafeToOpen:
        connection.close()
        raise
    return connection


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
