"""A report of the network: one row for each server, stream, copy and lease, each with a state and an age.

"unchecked" is a state of its own: it may be fine, nobody knows, and that is never shown as fine.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.domain.clock import Millis

State = Literal["fine", "unchecked", "wrong"]


class ServerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One server. age_ms: since it answered, now or (unchecked) the last time; None = it never did.
    certificate_days: until the first certificate ends, of those that it uses and those in its site's folder."""

    name: str
    site: str
    kind: str
    state: State
    why: str
    age_ms: int | None
    version: str = ""
    started: str = ""
    certificate_days: int | None = None
    peers: tuple[str, ...] = ()


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of the core. copies: how many servers hold it up to date, of `of`."""

    name: str
    state: State
    why: str
    age_ms: int | None
    leader: str = ""
    last: int = 0
    copies: int = 0
    of: int


class MirrorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One region's copy in one room server. `home`: the site that works for the region, so that a row is a pair of
    rooms. lag: entries behind the core (None = unknown); contact_ms: since the core was last heard of."""

    site: str
    home: str
    region: str
    state: State
    why: str
    age_ms: int | None
    lag: int | None = None
    last: int = 0
    contact_ms: int | None = None


class RoomRow(msgspec.Struct, frozen=True, kw_only=True):
    """One room's lease. beat_ms: since its newest renewal (None: it never had one, or nobody could be asked)."""

    room: str
    site: str
    state: State
    why: str
    age_ms: int | None
    beat_ms: int | None = None
    holder: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. `ok` only when every row is fine: what could not be checked is not."""

    ok: bool
    at: Millis
    network: str
    meta_leader: str
    servers: tuple[ServerRow, ...]
    streams: tuple[StreamRow, ...]
    mirrors: tuple[MirrorRow, ...]
    rooms: tuple[RoomRow, ...]
