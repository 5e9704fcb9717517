"""What the servers' answers mean for the network: servers, streams, each room's copy of each region, leases.

What each state asks of a person stands in docs/deploy.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.network.leases import TTL_SECONDS
from meldkamer.network.sites.figures import Answer, Figures, Stream
from meldkamer.network.sites.heartbeats import Beats
from meldkamer.network.sites.model import Network, Server
from meldkamer.network.sites.report import MirrorRow, Report, RoomRow, ServerRow, State, StreamRow
from meldkamer.network.sites.streams import Plan, mirror

EXPIRY_DAYS = 30
"""A certificate that ends within so many days is wrong already: there are sites to visit."""
SILENT_MS = 60_000
"""A mirror that has not heard of the core for so long does not follow it."""
DAY_MS = 86_400_000


def judge(
    network: Network,
    plan: Plan,
    answers: Sequence[Answer],
    now: Millis,
    before: Mapping[str, Figures],
    digests: Mapping[str, str],
    expiries: Mapping[str, Millis],
    beats: Beats,
) -> Report:
    """The report. before: each server's last answer of an earlier time; digests: what each ought to run; expiries: when
    the first certificate in each site's folder ends."""
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
    rooms = tuple(_room(room, site.code, beats, now) for site in network.sites for room in site.rooms)
    rows: list[State] = [row.state for part in (servers, streams, mirrors, rooms) for row in part]
    return Report(
        ok=all(state == "fine" for state in rows),
        at=now,
        network=network.name,
        meta_leader=next((f.meta for f in core if f.meta), ""),
        servers=servers,
        streams=streams,
        mirrors=mirrors,
        rooms=rooms,
    )


def _room(room: str, site: str, beats: Beats, now: Millis) -> RoomRow:
    beat = beats.rooms.get(room)
    if beat is None:
        return RoomRow(room=room, site=site, state="unchecked", why=beats.why, age_ms=None)
    silent = beat.ms is not None and beat.ms > TTL_SECONDS * 1000
    return RoomRow(
        room=room,
        site=site,
        state="wrong" if silent else "fine",
        why="is silent: others may take its functions over" if silent else "",
        age_ms=max(0, now - beats.at),
        beat_ms=beat.ms,
        holder=beat.holder,
    )


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
    why = ""
    if answer.figures is None:
        state, why = "unchecked", answer.why
    elif faults := list(_server_faults(server, answer.figures, days, digest, several and not answer.figures.meta)):
        state, why = "wrong", "; ".join(faults)
    return ServerRow(
        name=server.name,
        site=server.site.code,
        kind=server.kind,
        state=state,
        why=why,
        age_ms=None if figures is None else max(0, now - figures.at),
        version=figures.version if figures else "",
        started=figures.started if figures else "",
        certificate_days=days,
        peers=figures.peers if answer.figures and figures else (),
    )


def _server_faults(server: Server, figures: Figures, days: int | None, digest: str, alone: bool) -> Iterator[str]:
    if figures.server != server.name:
        yield f"another server answers here: {figures.server}"
    if not figures.sync_always:
        yield "does not write to disk before it says yes (`sync_interval: always` is missing)"
    if server.kind == "room" and not figures.peers:
        yield "not connected to the core"
    if alone:
        yield "sees no leader of the core: it is cut off from the others, or there is no majority"
    if digest and figures.digest and figures.digest != digest:
        yield "runs another configuration than its file says: reload it"
    if days is not None and days < EXPIRY_DAYS:
        yield f"a certificate of this site ends in {days} days" if days >= 0 else "a certificate of this site has ended"


def _stream(name: str, core: Sequence[Figures], of: int, now: Millis, whole: bool) -> StreamRow:
    """whole: nothing may be missing in it; of leases and keys newer ones take the place of older ones."""
    seen = [(figures, stream) for figures in core for stream in figures.streams if stream.name == name]
    # A server that was cut off may still think that it leads: a leader is who has a majority.
    leading = [(f, s) for f, s in seen if s.leader == f.server and 2 * (1 + len(s.replicas) - len(_late(s))) > of]
    if not leading:
        age = max((now - f.at for f, _ in seen), default=None)
        if len(core) < of:
            return StreamRow(name=name, state="unchecked", why="its leader did not answer", age_ms=age, of=of)
        why = "nobody leads it: nothing can be stored" if seen else "is not there: `meldkamer network streams`"
        return StreamRow(name=name, state="wrong", why=why, age_ms=age, of=of)
    figures, stream = max(leading, key=lambda pair: pair[1].last)
    late = _late(stream)
    copies = 1 + len(stream.replicas) - len(late)
    faults = [f"copy behind or gone: {', '.join(late)}"] if late else []
    if copies < of and not late:
        faults.append("it has fewer copies than core servers")
    if stream.holes and whole:
        faults.append(f"{stream.holes} entries are missing between the first and the last")
    return StreamRow(
        name=name,
        state="wrong" if faults else "fine",
        why="; ".join(faults),
        age_ms=max(0, now - figures.at),
        leader=stream.leader,
        last=stream.last,
        copies=copies,
        of=of,
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
                yield msgspec.structs.replace(base, why="its room server did not answer")
                continue
            base = msgspec.structs.replace(base, age_ms=max(0, now - found.at))
            copy = next((stream for stream in found.streams if stream.name == mirror(region)), None)
            yield _mirror(base, copy, tails.get(plan.stream(region)))


def _mirror(base: MirrorRow, copy: Stream | None, tail: int | None) -> MirrorRow:
    if copy is None:
        return msgspec.structs.replace(base, state="wrong", why="is not there: `meldkamer network streams`")
    row = msgspec.structs.replace(
        base,
        last=copy.last,
        # The core was asked at almost, not exactly, the same moment.
        lag=None if tail is None else max(0, tail - copy.last),
        contact_ms=copy.contact_ms if copy.contact_ms >= 0 else None,
    )
    if copy.holes:
        return msgspec.structs.replace(row, state="wrong", why=f"{copy.holes} entries are missing in this copy")
    if row.contact_ms is None or row.contact_ms > SILENT_MS:
        return msgspec.structs.replace(row, state="wrong", why="does not hear of the core")
    if tail is None:
        return msgspec.structs.replace(row, state="unchecked", why="nobody at the core said how far it is")
    return msgspec.structs.replace(row, state="fine")
