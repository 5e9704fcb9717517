"""What the servers' answers mean for the network: servers, streams, each room's copy of each region, leases.

What each state asks of a person stands in docs/run/, whose page is named with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.network.leases import TTL_SECONDS
from meldkamer.network.sites import runbooks as pages
from meldkamer.network.sites.figures import Answer, Figures, Stream
from meldkamer.network.sites.heartbeats import Beat, Beats
from meldkamer.network.sites.model import Network, Server
from meldkamer.network.sites.report import Difference, MirrorRow, Report, RoomRow, ServerRow, State, StreamRow
from meldkamer.network.sites.streams import Plan
from meldkamer.record import mirror_of

EXPIRY_DAYS = 30
"""A certificate that ends within so many days is wrong already: there are sites to visit."""
SILENT_MS = 60_000
"""A mirror that has not heard of the core for so long does not follow it."""
CLOCK_MS = 2_000
"""A server's clock may differ so much from this machine's: the times in what it tells would mislead beyond that."""
NEARLY_FULL = 0.8
"""A store that is used so far is wrong already: there are disks to buy."""
DAY_MS = 86_400_000
Fault = tuple[str, str]
"""The page of docs/run/, and what is wrong in words."""


def judge(
    network: Network,
    plan: Plan,
    answers: Sequence[Answer],
    now: Millis,
    before: Mapping[str, Figures],
    digests: Mapping[str, str],
    expiries: Mapping[str, Millis],
    beats: Beats,
    settings: Mapping[str, str] | None = None,
) -> Report:
    """The report. before: each server's last answer of an earlier time; digests: what each ought to run; expiries: when
    the first certificate in each site's folder ends; settings: the digest of each site's settings file."""
    given = {answer.server: answer for answer in answers}
    figures = {a.server: a.figures for a in answers if a.figures is not None}
    core = [figures[s.name] for s in network.servers() if s.kind == "core" and s.name in figures]
    servers = tuple(
        _server(
            server,
            given[server.name],
            now,
            before.get(server.name),
            digests.get(server.name, ""),
            expiries.get(server.site.code),
            server.kind == "core" and len(network.cores) > 1,
        )
        for server in network.servers()
    )
    thinned = {str(plan.leases["name"]), str(plan.keys["name"])}
    streams = tuple(_stream(name, core, len(network.cores), now, name not in thinned) for name in plan.names)
    tails = {row.name: row.last for row in streams if row.age_ms is not None and row.leader}
    mirrors = tuple(_mirrors(network, plan, figures, tails, now))
    ought = settings or {}
    cut_off = {row.site for row in servers if row.kind == "room" and row.run == pages.CUT_OFF}
    rooms = tuple(
        _room(room, site.code, beats, now, ought.get(site.code, ""), site.code in cut_off)
        for site in network.sites
        for room in site.rooms
    )
    differences = tuple(_differences(rooms, figures))
    rows: list[State] = [row.state for part in (servers, streams, mirrors, rooms) for row in part]
    return Report(
        ok=all(state == "fine" for state in rows) and not differences,
        at=now,
        network=network.name,
        meta_leader=next((f.meta for f in core if f.meta), ""),
        servers=servers,
        streams=streams,
        mirrors=mirrors,
        rooms=rooms,
        differences=differences,
    )


def _room(room: str, site: str, beats: Beats, now: Millis, settings: str, cut_off: bool) -> RoomRow:
    beat = beats.rooms.get(room)
    if beat is None:
        return RoomRow(room=room, site=site, state="unchecked", why=beats.why, age_ms=None, run=pages.NO_ANSWER)
    said = beat.said
    seen: dict[str, list[str]] = {}
    for other in beats.rooms.values():
        if _heard(other) and (as_what := other.said.sees.get(room)) is not None:
            seen.setdefault(as_what, []).append(other.room)
    state, faults = _room_faults(beat, settings, cut_off, seen)
    return RoomRow(
        room=room,
        site=site,
        state=state,
        why="; ".join(why for _, why in faults),
        age_ms=max(0, now - beats.at),
        beat_ms=beat.ms,
        holder=said.process,
        version=said.version,
        pack=said.pack,
        settings=said.settings,
        health=said.health,
        bad=said.bad,
        seen={as_what: tuple(who) for as_what, who in seen.items()},
        run=_page(faults),
    )


def _heard(beat: Beat) -> bool:
    """Whether what the room said is news."""
    return beat.ms is not None and beat.ms <= TTL_SECONDS * 1000


def _room_faults(
    beat: Beat, settings: str, cut_off: bool, seen: Mapping[str, Sequence[str]]
) -> tuple[State, list[Fault]]:
    """What is wrong with a room, and whether it is wrong for sure. cut_off: its site's server answers here, and does
    not reach the core. seen: as what others see it."""
    said = beat.said
    faults: list[Fault] = []
    if "down" in seen:
        faults.append((pages.LOST, f"was declared down by a person, as {', '.join(seen['down'])} see it"))
    if beat.ms is not None and not _heard(beat):
        # What it said then is no news; from here only its server tells whether it is down or alone.
        if cut_off:
            faults.append((pages.ISLAND, "is an island: its site does not reach the core; it works alone, if it works"))
        else:
            faults.append((pages.LOST, "is silent, down or an island: others may take its functions over"))
        return "wrong", faults
    if "silent" in seen:
        faults.append((pages.LOST, f"is heard again, and still counts as silent for {', '.join(seen['silent'])}"))
    if said.health == "degraded":
        faults.append((pages.UNWELL, f"says that it is not well: {_found(said.bad)}"))
    if said.settings and settings and said.settings != settings:
        faults.append((pages.OTHER_CONFIGURATION, "runs with other settings than its file says: bring it, and restart"))
    if not faults and said.health == "could_not_check":
        return "unchecked", [(pages.UNWELL, f"it could not check {_found(said.bad)}")]
    return ("wrong" if faults else "fine"), faults


def _found(bad: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({detail})" if detail else name for name, detail in bad.items())


def _differences(rooms: Sequence[RoomRow], figures: Mapping[str, Figures]) -> Iterator[Difference]:
    """What is not the same everywhere. A room that is silent or does not say is no difference."""
    heard = [room for room in rooms if room.beat_ms is not None and room.beat_ms <= TTL_SECONDS * 1000]
    versions: list[tuple[str, str]] = [(room.version, room.room) for room in heard]
    packs = [(room.pack, room.room) for room in heard]
    servers = [(found.version, name) for name, found in figures.items()]
    kinds: tuple[tuple[Literal["version", "pack", "server"], list[tuple[str, str]]], ...] = (
        ("version", versions),
        ("pack", packs),
        ("server", servers),
    )
    for what, pairs in kinds:
        by_value: dict[str, list[str]] = {}
        for value, who in pairs:
            if value:
                by_value.setdefault(value, []).append(who)
        if len(by_value) > 1:
            values = {value: tuple(who) for value, who in sorted(by_value.items())}
            yield Difference(what=what, values=values, run=pages.DIFFERENT)


def _page(faults: Sequence[Fault]) -> str:
    """The page for the first of them."""
    return faults[0][0] if faults else ""


def _server(
    server: Server,
    answer: Answer,
    now: Millis,
    before: Figures | None,
    digest: str,
    expiry: Millis | None,
    several: bool,
) -> ServerRow:
    figures = answer.figures or before
    ends = [expiry] if expiry is not None else []
    if figures is not None and figures.expires:
        ends.append(int(datetime.fromisoformat(figures.expires).timestamp() * 1000))
    days = (min(ends) - now) // DAY_MS if ends else None
    state: State = "fine"
    faults: list[Fault] = []
    if answer.figures is None:
        state, faults = "unchecked", [(pages.NO_ANSWER, answer.why)]
    elif found := list(_server_faults(server, answer.figures, days, digest, several and not answer.figures.meta)):
        state, faults = "wrong", found
    return ServerRow(
        name=server.name,
        site=server.site.code,
        kind=server.kind,
        state=state,
        why="; ".join(why for _, why in faults),
        age_ms=None if figures is None else max(0, now - figures.at),
        version=figures.version if figures else "",
        started=figures.started if figures else "",
        certificate_days=days,
        peers=figures.peers if answer.figures and figures else (),
        clock_ms=answer.figures.clock_ms if answer.figures else None,
        store_used=figures.store_used if figures else 0,
        store_limit=figures.store_limit if figures else 0,
        run=_page(faults),
    )


def _server_faults(server: Server, figures: Figures, days: int | None, digest: str, alone: bool) -> Iterator[Fault]:
    if figures.server != server.name:
        yield pages.WRONG_ADDRESS, f"another server answers here: {figures.server}"
    if not figures.sync_always:
        yield pages.UNSAFE, "does not write to disk before it says yes (`sync_interval: always` is missing)"
    if server.kind == "room" and not figures.peers:
        yield pages.CUT_OFF, "not connected to the core"
    if alone:
        yield pages.NO_MAJORITY, "sees no leader of the core: it is cut off from the others, or there is no majority"
    if figures.store_limit and figures.store_used >= NEARLY_FULL * figures.store_limit:
        yield pages.FULL, f"its store is nearly full: {figures.store_used * 100 // figures.store_limit} % is used"
    if figures.clock_ms is not None and abs(figures.clock_ms) > CLOCK_MS:
        ahead = "ahead of" if figures.clock_ms > 0 else "behind"
        yield pages.CLOCK, f"its clock is {abs(figures.clock_ms) / 1000:.1f} s {ahead} this machine's"
    if digest and figures.digest and figures.digest != digest:
        yield pages.OTHER_CONFIGURATION, "runs another configuration than its file says: reload it"
    if days is not None and days < EXPIRY_DAYS:
        ends = f"a certificate of this site ends in {days} days"
        yield pages.CERTIFICATE, ends if days >= 0 else "a certificate of this site has ended"


def _stream(name: str, core: Sequence[Figures], of: int, now: Millis, whole: bool) -> StreamRow:
    """whole: nothing may be missing in it; of leases and keys newer ones take the place of older ones."""
    seen = [(figures, stream) for figures in core for stream in figures.streams if stream.name == name]
    # A server that was cut off may still think that it leads: a leader is who has a majority.
    leading = [(f, s) for f, s in seen if s.leader == f.server and 2 * (1 + len(s.replicas) - len(_late(s))) > of]
    if not leading:
        age = max((now - f.at for f, _ in seen), default=None)
        if len(core) < of:
            why, run = "its leader did not answer", pages.NO_ANSWER
            return StreamRow(name=name, state="unchecked", why=why, age_ms=age, of=of, run=run)
        why, run = "nobody leads it: nothing can be stored", pages.NO_MAJORITY
        if not seen:
            why, run = "is not there: `meldkamer network streams`", pages.NO_STREAM
        return StreamRow(name=name, state="wrong", why=why, age_ms=age, of=of, run=run)
    figures, stream = max(leading, key=lambda pair: pair[1].last)
    late = _late(stream)
    copies = 1 + len(stream.replicas) - len(late)
    faults: list[Fault] = [(pages.BEHIND, f"copy behind or gone: {', '.join(late)}")] if late else []
    if copies < of and not late:
        faults.append((pages.FEWER, "it has fewer copies than core servers"))
    if stream.holes and whole:
        faults.append((pages.DAMAGED, f"{stream.holes} entries are missing between the first and the last"))
    return StreamRow(
        name=name,
        state="wrong" if faults else "fine",
        why="; ".join(why for _, why in faults),
        age_ms=max(0, now - figures.at),
        leader=stream.leader,
        last=stream.last,
        copies=copies,
        of=of,
        run=_page(faults),
    )


def _late(stream: Stream) -> list[str]:
    """The servers whose copies the leader does not count on now."""
    return [replica.server for replica in stream.replicas if replica.offline or not replica.current]


def _mirrors(
    network: Network,
    plan: Plan,
    figures: Mapping[str, Figures],
    tails: Mapping[str, int],
    now: Millis,
) -> Iterator[MirrorRow]:
    homes = {room: site.code for site in network.sites for room in site.rooms}
    for site in network.sites:
        found = figures.get(f"room-{site.code}")
        for region, home in network.regions.items():
            base = MirrorRow(site=site.code, home=homes[home], region=region, state="unchecked", why="", age_ms=None)
            if found is None:
                yield msgspec.structs.replace(base, why="its room server did not answer", run=pages.NO_ANSWER)
                continue
            base = msgspec.structs.replace(base, age_ms=max(0, now - found.at))
            copy = next((stream for stream in found.streams if stream.name == mirror_of(region)), None)
            yield _mirror(base, copy, tails.get(plan.stream(region)))


def _mirror(base: MirrorRow, copy: Stream | None, tail: int | None) -> MirrorRow:
    if copy is None:
        why = "is not there: `meldkamer network streams`"
        return msgspec.structs.replace(base, state="wrong", why=why, run=pages.NO_STREAM)
    row = msgspec.structs.replace(
        base,
        last=copy.last,
        # The core was asked at almost, not exactly, the same moment.
        lag=None if tail is None else max(0, tail - copy.last),
        contact_ms=copy.contact_ms if copy.contact_ms >= 0 else None,
    )
    if copy.holes:
        why = f"{copy.holes} entries are missing in this copy"
        return msgspec.structs.replace(row, state="wrong", why=why, run=pages.DAMAGED)
    if row.contact_ms is None or row.contact_ms > SILENT_MS:
        return msgspec.structs.replace(row, state="wrong", why="does not hear of the core", run=pages.CUT_OFF)
    if tail is None:
        why = "nobody at the core said how far it is"
        return msgspec.structs.replace(row, state="unchecked", why=why, run=pages.NO_ANSWER)
    return msgspec.structs.replace(row, state="fine")
