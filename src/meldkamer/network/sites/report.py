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
    certificate_days: until the first certificate ends, of those that it uses and those in its site's folder.
    clock_ms: how much its clock is ahead of this machine's. store_used, store_limit: bytes of its streams, and how many
    it may keep. run: the page of `docs/run/` for the first of its faults; of every row."""

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
    clock_ms: int | None = None
    store_used: int = 0
    store_limit: int = 0
    run: str = ""


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
    run: str = ""


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
    run: str = ""


class RoomRow(msgspec.Struct, frozen=True, kw_only=True):
    """One room's lease and what it says with it. beat_ms: since its newest renewal (None: it never had one, or nobody
    could be asked). holder: the process. version, pack, settings: what it runs, by digest (empty: it does not say).
    health, bad: how it says that it is, and what its checks found that are not fine: as old as the renewal. seen: as
    what the
    other rooms see it (`silent`, or `down` because a person said so), and which of them do."""

    room: str
    site: str
    state: State
    why: str
    age_ms: int | None
    beat_ms: int | None = None
    holder: str = ""
    version: str = ""
    pack: str = ""
    settings: str = ""
    health: str = ""
    bad: dict[str, str] = {}
    seen: dict[str, tuple[str, ...]] = {}
    run: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ought to be the same everywhere and is not: what, and which rooms or servers have which."""

    what: Literal["version", "pack", "server"]
    values: dict[str, tuple[str, ...]]
    run: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. `ok` only when every row is fine and nothing differs: what could not be checked is not."""

    ok: bool
    at: Millis
    network: str
    meta_leader: str
    servers: tuple[ServerRow, ...]
    streams: tuple[StreamRow, ...]
    mirrors: tuple[MirrorRow, ...]
    rooms: tuple[RoomRow, ...]
    differences: tuple[Difference, ...] = ()
