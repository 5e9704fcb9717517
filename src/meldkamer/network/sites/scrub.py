"""Looking at every copy of every region's stream, entry by entry: a bit that flipped on one disk is in one copy only.

The servers do not notice a damaged old block: they pass over the entry and say nothing. Here each copy is read on its
own server, must have every sequence from 1 on, and must hold the same as most others.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.copies import Raw, read_copy
from meldkamer.network.sites.figures import Answer, ask_all
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.model import Network, Server
from meldkamer.network.sites.streams import Plan, name_on
from meldkamer.record import RecordError

BLOCK = 1000
"""Entries that are compared at once."""
SHOWN = 10
"""Sequences that are named one by one."""

MEND = {
    "core": "stop this server, move its data/core away, start it: it fetches everything from the others",
    "room": "stop this server, move its data/room away, start it, then `network streams FOLDER --site {site}`",
}


class CopyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One server's copy of one region. last: its newest sequence; faults: sequences that are missing or differ (the
    first few), of `count` in all."""

    server: str
    region: str
    state: Literal["fine", "unchecked", "wrong"]
    why: str
    last: int = 0
    faults: tuple[int, ...] = ()
    count: int = 0
    mend: str = ""


class Scrubbed(msgspec.Struct, frozen=True, kw_only=True):
    """All copies. `ok` only when each was read whole and agrees."""

    ok: bool
    entries: int
    copies: tuple[CopyRow, ...]


class _Copy(msgspec.Struct):
    """What was read of one copy: a digest per block, and what is not there."""

    server: Server
    last: int
    missing: list[int]
    blocks: list[bytes]


async def scrub(
    operator: Operator, network: Network, plan: Plan, clock: Clock, say: Callable[[str], None], only: Sequence[str] = ()
) -> Scrubbed:
    """Read and compare every copy of the regions (or of those in `only`), as far as the core is now."""
    answers = {answer.server: answer for answer in await ask_all(operator, network, clock)}
    rows: list[CopyRow] = []
    entries = 0
    for region in only or list(network.regions):
        holders: dict[Server, int] = {}
        for server in network.servers():
            found = _held(server, region, answers[server.name], name_on(server, plan, region))
            if isinstance(found, CopyRow):
                rows.append(found)
            else:
                holders[server] = found
        core = [last for server, last in holders.items() if server.kind == "core"]
        until = max(core or holders.values(), default=0)
        found_rows = await _region(operator, plan, region, holders, until)
        bad = ", ".join(row.server for row in found_rows if row.state != "fine")
        say(f"{region}: {until} entries in {len(holders)} copies{f'; not fine: {bad}' if bad else ''}")
        rows += found_rows
        entries += until
    return Scrubbed(ok=all(row.state == "fine" for row in rows), entries=entries, copies=tuple(rows))


def _held(server: Server, region: str, answer: Answer, name: str) -> CopyRow | int:
    """How far a server's copy goes, or the row that says why there is none to read."""
    if answer.figures is None:
        return CopyRow(server=server.name, region=region, state="unchecked", why=answer.why)
    for stream in answer.figures.streams:
        if stream.name == name:
            return stream.last
    return CopyRow(server=server.name, region=region, state="wrong", why="there is no copy here")


async def _region(operator: Operator, plan: Plan, region: str, holders: dict[Server, int], until: int) -> list[CopyRow]:
    reads = [
        _read(operator, server, name_on(server, plan, region), min(last, until)) for server, last in holders.items()
    ]
    results = await asyncio.gather(*reads, return_exceptions=True)
    copies = [result for result in results if isinstance(result, _Copy)]
    rows: list[CopyRow] = []
    for (server, last), result in zip(holders.items(), results, strict=True):
        if isinstance(result, _Copy):
            different = await _different(operator, plan, region, result, copies)
            # A room's copy may be behind, which `status` tells; ahead of the core it is only when the core lost some.
            rows.append(_row(region, result, different, last - until if server.kind == "room" else 0))
        elif isinstance(result, RecordError):
            rows.append(CopyRow(server=server.name, region=region, state="unchecked", why=str(result), last=last))
        else:
            raise result
    return rows


def _row(region: str, copy: _Copy, different: list[int], ahead: int) -> CopyRow:
    faults = sorted({*copy.missing, *different})
    whys = [f"{len(copy.missing)} entries are missing"] if copy.missing else []
    whys += [f"{len(different)} entries are not what most others have"] if different else []
    whys += [f"holds {ahead} entries that the core does not have: back them up first"] if ahead > 0 else []
    server = copy.server
    return CopyRow(
        server=server.name,
        region=region,
        state="wrong" if whys else "fine",
        why="; ".join(whys),
        last=copy.last + max(0, ahead),
        faults=tuple(faults[:SHOWN]),
        count=len(faults),
        mend=MEND[server.kind].format(site=server.site.code) if faults else "",
    )


async def _read(operator: Operator, server: Server, stream: str, until: int) -> _Copy:
    copy = _Copy(server, until, [], [])
    digest, at = hashlib.sha256(), 0
    async with operator.call(server) as line:
        async for block in read_copy(line, stream, server.name, 0, until):
            for raw in block:
                copy.missing += range(at + 1, raw.seq)
                while len(copy.blocks) < (raw.seq - 1) // BLOCK:
                    copy.blocks.append(digest.digest())
                    digest = hashlib.sha256()
                _feed(digest, raw)
                at = raw.seq
    copy.missing += range(at + 1, until + 1)
    copy.blocks.append(digest.digest())
    return copy


async def _different(operator: Operator, plan: Plan, region: str, copy: _Copy, copies: list[_Copy]) -> list[int]:
    """The sequences in which a copy holds something else than most others."""
    found: list[int] = []
    for number, digest in enumerate(copy.blocks):
        first, last = number * BLOCK, min((number + 1) * BLOCK, copy.last)
        others = [c for c in copies if min((number + 1) * BLOCK, c.last) == last and len(c.blocks) > number]
        votes = Counter(c.blocks[number] for c in others).most_common()
        # Of two that differ nobody knows which is right: the core's is believed.
        best = next((c.blocks[number] for c in others if c.server.kind == "core"), votes[0][0])
        most = votes[0][0] if len(votes) == 1 or votes[0][1] > votes[1][1] else best
        if digest == most:
            continue
        good = next(c for c in others if c.blocks[number] == most)
        ours = await _block(operator, plan, region, copy.server, first, last)
        theirs = await _block(operator, plan, region, good.server, first, last)
        found += [seq for seq, raw in theirs.items() if seq in ours and ours[seq] != raw]
    return found


async def _block(operator: Operator, plan: Plan, region: str, server: Server, after: int, until: int) -> dict[int, Raw]:
    async with operator.call(server) as line:
        blocks = [block async for block in read_copy(line, name_on(server, plan, region), server.name, after, until)]
    return {raw.seq: raw for block in blocks for raw in block}


def _feed(digest: hashlib._Hash, raw: Raw) -> None:
    digest.update(b"%d %d %d " % (raw.seq, len(raw.subject), len(raw.data)))
    digest.update(raw.subject.encode())
    digest.update(raw.data)
