"""The streams: one per region, one of leases, one of keys. Settings are sent as JSON: no default of a client gets in.

Nothing in a region's stream is ever deleted, purged, expired or thinned out: sequences are contiguous by construction,
and a hole is damage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from meldkamer.record.jetstream_access import RequestFailed
from meldkamer.record.jetstream_client import NOT_FOUND, JetStreamClient
from meldkamer.record.port import RecordError

LEASES = "LEASE"
KEYS = "KEYS"
_PREFIX = "REG_"
_REGION = re.compile(r"[A-Za-z0-9-]+")
_SECOND = 1_000_000_000

Settings = Mapping[str, object]


class WrongStream(RecordError):
    """A stream on the servers is not set as the record needs it. Names stream, setting and both values."""


def stream_of(region: str) -> str:
    """`REG_<region>`. Raises ValueError for a name that no stream can have."""
    if not _REGION.fullmatch(region):
        raise ValueError(f"region {region!r}: letters, digits and hyphens only")
    return _PREFIX + region


def region_stream(region: str, replicas: int) -> Settings:
    """The settings of a region's stream; also what `network init` has an operator create."""
    return _stream(stream_of(region), [f"ev.{region}.>", f"fence.{region}.>"], replicas) | {
        "deny_delete": True,
        "deny_purge": True,
        "allow_atomic": True,
        "max_msgs_per_subject": -1,
    }


def lease_stream(replicas: int) -> Settings:
    """The settings of the stream of leases: the newest few renewals of each room."""
    return _stream(LEASES, ["lease.*"], replicas) | {"max_msgs_per_subject": 5, "discard": "old"}


def key_stream(replicas: int) -> Settings:
    """The settings of the stream of keys: of each key its newest message, so that the tombstone of a destroyed key
    takes the place of what it destroys."""
    return _stream(KEYS, ["key.>"], replicas) | {
        "max_msgs_per_subject": 1,
        "discard": "old",
        "deny_delete": True,
        "deny_purge": True,
    }


def _stream(name: str, subjects: list[str], replicas: int) -> dict[str, object]:
    return {
        "name": name,
        "subjects": subjects,
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "num_replicas": replicas,
        "max_age": 0,
        "max_bytes": -1,
        "max_msgs": -1,
        "allow_direct": True,
        # Exactly once follows from compare-and-set on the whole stream; the server's window of ids is not used.
        "duplicate_window": 2 * _SECOND,
    }


async def info(client: JetStreamClient, name: str) -> dict[str, Any] | None:
    """What its leader says of a stream; None when there is no such stream. Raises RequestFailed, Unreachable."""
    try:
        return await client.ask(f"STREAM.INFO.{name}", seconds=2.0)
    except RequestFailed as error:
        if error.code in NOT_FOUND:
            return None
        raise


async def make(client: JetStreamClient, settings: Settings) -> dict[str, Any]:
    """Create a stream; the one that is there is returned if it is set the same. Raises RequestFailed, Unreachable."""
    return await client.ask(f"STREAM.CREATE.{settings['name']}", settings)


def check(found: Mapping[str, Any], settings: Settings) -> None:
    """Compare a stream with what it must be; the number of replicas is the operator's to choose. Raises WrongStream."""
    config = found["config"]
    for key, wanted in settings.items():
        if key in ("num_replicas", "duplicate_window"):
            continue
        if config.get(key, wanted) != wanted:
            raise WrongStream(f"stream {settings['name']}: {key} is {config.get(key)!r}, must be {wanted!r}")
    if config.get("persist_mode", "default") != "default":
        raise WrongStream(f"stream {settings['name']}: persist_mode {config['persist_mode']!r} acknowledges too early")
