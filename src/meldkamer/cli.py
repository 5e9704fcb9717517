"""The program: `meldkamer COMMAND …`. Exit codes: 0 done, 1 it went wrong, 2 the call itself is wrong.

Each command imports what it needs when it runs, so that `meldkamer where` does not load a web server.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from meldkamer import __version__
from meldkamer.access import Roles
from meldkamer.access import commands as access_commands
from meldkamer.drill import commands as drill_commands
from meldkamer.exercise import commands as exercise_commands
from meldkamer.geo import commands as geo_commands
from meldkamer.geo.learned import commands as travel_commands
from meldkamer.insight import commands as insight_commands
from meldkamer.network.sites import commands as network_commands
from meldkamer.record import commands as record_commands
from meldkamer.response.proposal import commands as proposal_commands
from meldkamer.steering import commands as steering_commands

if TYPE_CHECKING:
    from meldkamer.drill.run import Parts as DrillParts
    from meldkamer.network.sites.copies import Raw
    from meldkamer.network.sites.link import Line, Login
    from meldkamer.network.sites.model import Network
    from meldkamer.network.sites.streams import Plan
    from meldkamer.record import Entry, KeyStore, Record
    from meldkamer.record.jetstream import JetStreamRecord
    from meldkamer.record.jetstream_access import Access
    from meldkamer.record.signing import Verifier
    from meldkamer.record.verify import Report
    from meldkamer.settings import NetworkSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="meldkamer", description="The open platform for a network of emergency control rooms."
    )
    parser.add_argument("--version", action="version", version=f"meldkamer {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_where(commands)
    _add_pack(commands)
    _add_run(commands)
    _add_room(commands)
    _add_replay(commands)
    record_commands.add_parser(commands, _NetworkRecord())
    access_commands.add_parser(commands, _roles)
    exercise_commands.add_parser(commands)
    steering_commands.add_parser(commands, _opened, _opened_keys)
    insight_commands.add_parser(commands, _record)
    geo_commands.add_parser(commands)
    travel_commands.add_parser(commands, _opened)
    network_commands.add_parser(commands, network_commands.Parts(_dial, _streams, _store, _demonstration_sites, _entry))
    drill_commands.add_parser(commands, _drill)
    proposal_commands.add_parser(commands, _opened)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _add_where(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "where",
        help="place, municipality, safety region and room of a point",
        epilog="Example: meldkamer where 51.92 4.48",
    )
    parser.add_argument("lat", type=float, metavar="LAT", help="WGS84 latitude, degrees")
    parser.add_argument("lon", type=float, metavar="LON", help="WGS84 longitude, degrees")
    parser.add_argument("--radius", type=float, default=0.0, metavar="M", help="also how a circle divides, metres")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="by the borders of this data folder")
    parser.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_where)


def _where(args: argparse.Namespace) -> int:
    from meldkamer.geo import BadShape, ReleaseError, open_geography, where_command
    from meldkamer.pack import PackError, load_pack

    try:
        territory = open_geography(args.data, args.pack).territory
        answer = where_command(load_pack(args.pack), args.lat, args.lon, territory=territory, radius=args.radius)
    except (PackError, ReleaseError, BadShape) as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(msgspec.json.encode(answer).decode())
    elif answer["ok"]:
        for name in ("place", "municipality", "safety_region_name", "room_name", "certainty"):
            print(f"{name.removesuffix('_name').replace('_', ' '):<14} {answer[name]}")
    if not answer["ok"]:
        print(f"meldkamer: {answer['error']}", file=sys.stderr)
        return 1
    return 0


def _add_pack(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pack", help="check a country's data")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    check = acts.add_parser("check", help="read every table and say what is wrong, with file, row and column")
    check.add_argument("folder", nargs="?", type=Path, default=None, help="default: the shipped country")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_pack_check)
    export = acts.add_parser("export", help="the country's data as they count in a room, with what was changed there")
    export.add_argument("dir", type=Path, metavar="DIR", help="the data folder; a room may be running on it")
    export.add_argument("to", type=Path, metavar="FOLDER", help="is made, and must not be there yet")
    export.add_argument("--at", default="", metavar="TIME", help="ISO 8601; default: now")
    export.add_argument("--pack", type=Path, default=None, metavar="DIR", help="the pack of the room's settings")
    export.set_defaults(run=_pack_export)


def _pack_check(args: argparse.Namespace) -> int:
    from meldkamer.pack import PackError, load_pack

    try:
        pack = load_pack(args.folder)
    except PackError as error:
        if args.json:
            print(msgspec.json.encode({"ok": False, "faults": error.faults}).decode())
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(msgspec.json.encode({"ok": True, "name": pack.manifest.name, "hash": pack.hash}).decode())
    else:
        print(f"{pack.manifest.name} {pack.manifest.version}: good, {pack.hash[:16]}")
    return 0


def _pack_export(args: argparse.Namespace) -> int:
    import asyncio
    import datetime

    from meldkamer.domain.clock import SystemClock
    from meldkamer.pack import PackError, load_pack
    from meldkamer.record import RecordError
    from meldkamer.response import PackFaults, export_pack

    async def write(at: int) -> list[str]:
        record = _record(args.dir)
        try:
            return await export_pack(record, load_pack(args.pack), args.to, at)
        finally:
            await record.close()

    try:
        moment = datetime.datetime.fromisoformat(args.at).astimezone() if args.at else None
        at = SystemClock().now() if moment is None else int(moment.timestamp() * 1000)
        changed = asyncio.run(write(at))
    except (PackError, PackFaults, RecordError, OSError, ValueError) as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    print("\n".join(changed) or "nothing was changed")
    return 0


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("run", help="the whole network on this machine, with a living picture")
    parser.add_argument("--data", default="", metavar="DIR", help="keep the data here; default: thrown away at the end")
    parser.add_argument("--port", type=int, default=8112)
    parser.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="end after so much wall time")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than the wall the world runs")
    parser.add_argument("--calls", type=float, default=None, metavar="N", help="national calls on an ordinary day")
    parser.add_argument("--seed", default="112", help="the same seed is the same world")
    parser.add_argument(
        "--start", default="", metavar="TIME", help="begin at this time (ISO 8601), e.g. New Year's Eve"
    )
    parser.add_argument("--burst", default="", metavar="REGION", help="thirty times the calls from one region")
    parser.add_argument(
        "--alone", action="append", default=[], metavar="ROOM", help="no simulated colleagues there; `all`: nowhere"
    )
    parser.add_argument("--accounts-file", default="", metavar="FILE", help="also write address, password and tokens")
    parser.add_argument("--json", action="store_true", help="end with the figures as one JSON line")
    parser.set_defaults(run=_run)
    inner = commands.add_parser("simulate", help="callers, units and colleagues of a run (started by `run`)")
    inner.set_defaults(run=_simulate)


def _run(args: argparse.Namespace) -> int:
    import asyncio
    from datetime import datetime

    from meldkamer.demonstration import Options, options_error, run
    from meldkamer.pack import load_pack
    from meldkamer.simulate import NATIONAL_DAY

    try:
        start = int(datetime.fromisoformat(args.start).timestamp() * 1000) if args.start else None
    except ValueError as error:
        print(f"meldkamer: --start: {error}", file=sys.stderr)
        return 2
    options = Options(
        data=args.data,
        port=args.port,
        seconds=args.seconds,
        speed=args.speed,
        daily=NATIONAL_DAY if args.calls is None else args.calls,
        seed=args.seed,
        start=start,
        alone=tuple(args.alone),
        burst=args.burst,
        accounts_file=args.accounts_file,
        json=args.json,
    )
    pack = load_pack()
    if wrong := options_error(options, set(pack.region), set(pack.room)):
        print(f"meldkamer: {wrong}", file=sys.stderr)
        return 2
    _log()
    return _started(lambda: asyncio.run(run(options)))


def _simulate(args: argparse.Namespace) -> int:
    import asyncio

    from meldkamer.demonstration import Job, simulate

    _log()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    print(msgspec.json.encode(asyncio.run(simulate(job))).decode())
    return 0


def _add_room(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("room", help="a real room: no demonstration accounts, no simulator")
    parser.add_argument("file", type=Path, metavar="FILE.toml", help="its configuration")
    parser.add_argument("--units", type=Path, metavar="FILE.csv", help="make these units known before it opens")
    parser.set_defaults(run=_room)


def _room(args: argparse.Namespace) -> int:
    import asyncio

    from meldkamer.access.commands import FIRST_ADMINISTRATOR
    from meldkamer.domain.clock import RandomIds, SystemClock
    from meldkamer.room import demonstrate, open_house
    from meldkamer.serve import listen, serve
    from meldkamer.settings import SettingsError, read_settings

    async def work() -> int:
        async with open_house(settings, SystemClock(), RandomIds(), settings.demonstration) as house:
            if settings.demonstration:
                people = await demonstrate(house)
                names = " ".join(person.account for person in people.people)
                print(f"  password of this start: {people.password}\n  accounts: {names}", file=sys.stderr)
            if args.units is not None:
                print(f"meldkamer: {await house.register(args.units)} new units", file=sys.stderr)
            if not house.accounts.all():
                first = FIRST_ADMINISTRATOR.format(folder=settings.data, room=settings.rooms[0])
                print(f"meldkamer: nobody can sign in yet. Make the first account with:\n  {first}", file=sys.stderr)
            scheme = "https" if settings.certificate else "http"
            where = f"{scheme}://{settings.hosts[0]}:{sock.getsockname()[1]}/"
            print(f"meldkamer: {', '.join(settings.rooms)} open at {where}", file=sys.stderr)
            await serve(house, sock)
        return 0

    try:
        settings = read_settings(args.file)
        sock = listen(settings.host, settings.port)
    except (SettingsError, OSError) as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    _log()
    return _started(lambda: asyncio.run(work()))


def _add_replay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("replay", help="play what really happened")
    acts = parser.add_subparsers(required=True, metavar="WHAT")
    calls = acts.add_parser("calls", help="historic calls from a CSV file, finished by simulated seats")
    calls.add_argument("file", type=Path, metavar="FILE.csv")
    calls.add_argument("--speed", default="max", metavar="N|max", help="times the true speed, or as fast as it goes")
    calls.add_argument("--url", default="", help="a running room; default: a fresh store")
    calls.add_argument("--accounts", type=Path, metavar="FILE", help="tokens for --url (see `run --accounts-file`)")
    calls.add_argument("--data", default="", metavar="DIR", help="keep the fresh store here")
    calls.add_argument("--json", action="store_true")
    calls.set_defaults(run=_replay)


def _replay(args: argparse.Namespace) -> int:
    import asyncio

    from meldkamer.client import ApiError
    from meldkamer.replaying import ReplayError, replay
    from meldkamer.simulate import HeaderError

    try:
        speed = None if args.speed == "max" else float(args.speed)
        if speed is not None and speed <= 0:
            raise ValueError("it must be above zero")
    except ValueError as error:
        print(f"meldkamer: --speed {args.speed}: {error}", file=sys.stderr)
        return 2
    _log()
    try:
        report = asyncio.run(replay(args.file, speed, args.url, args.accounts, args.data))
    except HeaderError as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 2
    except (ReplayError, ApiError, ConnectionError, OSError) as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(msgspec.json.encode(report).decode())
    else:
        print(f"{report.rows} rows: {report.calls} calls, {report.incidents} incidents, {report.alerts} alerts")
        for complaint in report.refused:
            print(f"line {complaint.line}: {complaint.reason}", file=sys.stderr)
    return 0 if not report.unfinished_count else 1


def _started(work: Callable[[], int]) -> int:
    """Run a long-lived command; what keeps it from starting or stops it is said in one line."""
    import sqlite3

    from meldkamer.access import AccessError
    from meldkamer.pack import PackError
    from meldkamer.record import RecordError
    from meldkamer.response import FleetFileError

    try:
        return work()
    except (RecordError, AccessError, PackError, FleetFileError, ValueError, OSError, sqlite3.Error) as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1


def _log() -> None:
    import logging

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


@asynccontextmanager
async def _dial(login: Login) -> AsyncIterator[Line]:
    from meldkamer.record.jetstream_access import Access
    from meldkamer.record.jetstream_client import JetStreamClient

    access = Access(
        servers=(login.address,),
        ca=str(login.ca),
        certificate=str(login.certificate),
        key=str(login.key),
        seed=str(login.seed),
    )
    client = JetStreamClient(access, login.name)
    await client.open(login.seconds)
    try:
        yield client
    finally:
        await client.close()


def _streams(network: Network) -> Plan:
    from meldkamer.network.sites.streams import Plan
    from meldkamer.record.jetstream_streams import key_stream, lease_stream, region_stream

    copies = len(network.cores)
    regions = {region: region_stream(region, copies) for region in network.regions}
    return Plan(regions, lease_stream(copies), key_stream(copies))


async def _store(line: Line, messages: Sequence[tuple[str, bytes]], after: int) -> None:
    from meldkamer.record import RecordError
    from meldkamer.record.jetstream_client import JetStreamClient
    from meldkamer.record.jetstream_outcome import Message, Stored

    assert isinstance(line, JetStreamClient)
    outcome = await line.store([Message(subject, payload) for subject, payload in messages], after, 30.0)
    if not isinstance(outcome, Stored):
        raise RecordError(f"entries from {after + 1} on were not stored: {outcome}")


def _entry(region: str, seq: int, subject: str, payload: bytes) -> Entry:
    from meldkamer.record import Damaged
    from meldkamer.record.jetstream_message import NotAnEntry, entry

    try:
        return entry(region, seq, subject, payload)
    except NotAnEntry as error:
        raise Damaged(region, seq, str(error)) from None


def _demonstration_sites(port: int, cores: int) -> Network:
    from meldkamer.network.sites.demonstration import demonstration
    from meldkamer.pack import load_pack

    pack = load_pack()
    homes = {region.code: region.home_room for region in pack.regions}
    return demonstration(homes, [room.code for room in pack.rooms if room.kind == "national"], port, cores)


def _drill() -> DrillParts:
    from meldkamer.drill.run import Parts
    from meldkamer.record.jetstream_message import NotAnEntry, entry

    def decode(region: str, raw: Raw) -> Entry | str:
        try:
            return entry(region, raw.seq, raw.subject, raw.data)
        except NotAnEntry as error:
            return str(error)

    return Parts(_dial, _streams, decode)


def _record(folder: Path) -> Record:
    from meldkamer.record.backup import RECORD
    from meldkamer.record.sqlite import SqliteRecord

    return SqliteRecord(folder / RECORD, read_only=True)


def _opened(of: Path) -> AbstractAsyncContextManager[Record]:
    """For reading: the record of a data folder, or the one of the network that a room's settings name."""
    return _read_network(_named(of)) if of.is_file() else _read_folder(of)


def _opened_keys(of: Path) -> AbstractAsyncContextManager[KeyStore]:
    """The keys of the same."""
    from meldkamer.record import KeysLost

    if of.is_file():
        return _keys_of_network(_named(of))
    if not (of / "keys.sqlite").is_file():
        raise KeysLost(f"{of / 'keys.sqlite'}: missing; there is nothing to open sealed fields with")
    return _keys_of_folder(of)


def _named(settings: Path) -> NetworkSettings:
    from meldkamer.record import RecordError

    try:
        return _network_of(settings)
    except ValueError as error:
        raise RecordError(str(error)) from None


@asynccontextmanager
async def _read_folder(folder: Path) -> AsyncIterator[Record]:
    record = _record(folder)
    try:
        yield record
    finally:
        await record.close()


@asynccontextmanager
async def _read_network(network: NetworkSettings) -> AsyncIterator[Record]:
    async with _over_network(network, trusted=True) as (record, _):
        yield record


@asynccontextmanager
async def _keys_of_folder(folder: Path) -> AsyncIterator[KeyStore]:
    from meldkamer.record.keys import SqliteKeys

    keys = SqliteKeys(folder)
    try:
        yield keys
    finally:
        await keys.close()


@asynccontextmanager
async def _keys_of_network(network: NetworkSettings) -> AsyncIterator[KeyStore]:
    from tempfile import TemporaryDirectory

    from meldkamer.record.jetstream_keys import JetStreamKeys

    # What is unwrapped stays in memory; the folder holds them as the network does, and is gone at the end.
    with TemporaryDirectory() as cache:
        keys = await JetStreamKeys.open(
            _access(network, network.app),
            Path(cache),
            Path(network.master),
            replicas=network.replicas,
            domain=network.domain,
            name="meldkamer keys",
        )
        try:
            yield keys
        finally:
            await keys.close()


def _network_of(file: Path) -> NetworkSettings:
    from meldkamer.settings import SettingsError, read_settings

    try:
        network = read_settings(file).network
    except SettingsError as error:
        raise ValueError(str(error)) from None
    if network is None:
        raise ValueError(f"{file}: has no table `[network]`: name the data folder instead")
    return network


def _access(network: NetworkSettings, seed: str) -> Access:
    from meldkamer.record.jetstream_access import Access

    return Access(servers=network.servers, ca=network.ca, certificate=network.certificate, key=network.key, seed=seed)


@asynccontextmanager
async def _over_network(network: NetworkSettings, trusted: bool) -> AsyncIterator[tuple[JetStreamRecord, Verifier]]:
    """The network's record. trusted: only what is signed as it should be, as rooms read it."""
    from tempfile import TemporaryDirectory

    from meldkamer.record import read_public
    from meldkamer.record.jetstream import JetStreamRecord
    from meldkamer.record.signing import Verifier

    verifier = Verifier(read_public(Path(network.signing)))
    # A folder of its own for what is folded: the application holds the other one, and nothing folded before counts.
    with TemporaryDirectory() as cache:
        record = await JetStreamRecord.open(
            _access(network, network.app),
            _access(network, network.audit),
            Path(cache),
            None,
            verifier if trusted else None,
            regions=network.regions,
            replicas=network.replicas,
            domain=network.domain,
            name="meldkamer record",
        )
        try:
            yield record, verifier
        finally:
            await record.close()


class _NetworkRecord:
    """The record that the settings of a room name, read from the core beside whatever else works there."""

    def verify(self, settings: Path, signed: bool, progress: Callable[[int], None]) -> Report:
        import asyncio

        from meldkamer.record.jetstream_source import verify_streams

        async def work() -> Report:
            async with _over_network(_network_of(settings), trusted=False) as (record, verifier):
                return await verify_streams(record, verifier, signed, progress)

        return asyncio.run(work())

    def export(self, settings: Path, out: BinaryIO, progress: Callable[[int], None]) -> int:
        import asyncio

        from meldkamer.record.jetstream_transfer import export_streams

        async def work() -> int:
            async with _over_network(_network_of(settings), trusted=False) as (record, _):
                return await export_streams(record, out, progress)

        return asyncio.run(work())


def _roles() -> Roles:
    from meldkamer.pack import load_pack

    return Roles.of(load_pack().roles)


if __name__ == "__main__":
    sys.exit(main())
