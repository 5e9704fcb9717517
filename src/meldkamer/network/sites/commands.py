"""`meldkamer network …`: init, up, status, stop, streams, scrub, backup, restore, join, leave, revoke.

Exit codes: 0 done and fine, 1 something is wrong or could not be checked, 2 the call or the input is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Clock, SystemClock
from meldkamer.network.sites.backup import backup, restore
from meldkamer.network.sites.figures import answering_core
from meldkamer.network.sites.files import FolderInUse, held
from meldkamer.network.sites.joining import read_newcomer
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.membership import join, leave
from meldkamer.network.sites.model import NetworkError, Server, read_network
from meldkamer.network.sites.parts import Parts as Parts
from meldkamer.network.sites.parts import ask_report
from meldkamer.network.sites.processes import find_program
from meldkamer.network.sites.scrub import scrub
from meldkamer.network.sites.setting_up import open_folder, set_up
from meldkamer.network.sites.status_metrics import status_metrics
from meldkamer.network.sites.status_text import status_text
from meldkamer.network.sites.stopping import local_process, reasons_against, stop_process
from meldkamer.network.sites.streams import make_streams
from meldkamer.network.sites.up import READY_SECONDS, Up
from meldkamer.record import RecordError

FIRST_PORT = 24100


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], parts: Parts) -> None:
    """Add `network` and its subcommands."""
    parser = commands.add_parser("network", help="the servers of rooms on many sites: set up, try out, look at")
    acts = parser.add_subparsers(required=True, metavar="ACT")

    def add(
        name: str, act: Callable[[argparse.Namespace, Parts, Clock], int], text: str, server: bool = True
    ) -> argparse.ArgumentParser:
        sub = acts.add_parser(name, help=text, description=text)
        sub.add_argument("folder", metavar="FOLDER", type=Path, help="the folder of the network")
        if server:
            sub.add_argument("--server", default="", metavar="PROGRAM", help="your own nats-server; default: installed")
        sub.set_defaults(run=_guarded(act, parts))
        return sub

    sub = add("init", _init, "write every site's configuration, keys and certificates", server=False)
    sites = sub.add_mutually_exclusive_group()
    sites.add_argument("--sites", type=Path, metavar="FILE.toml", help="the list of sites, for a new folder")
    sites.add_argument("--demonstration", action="store_true", help="all sites on this machine, for a new folder")
    sub.add_argument("--port", type=int, default=FIRST_PORT, help="of a demonstration: its first port")
    sub.add_argument("--cores", type=int, default=5, choices=(1, 3, 5), help="of a demonstration: core servers")
    sub = add("up", _up, "start every server on this machine, for trying out")
    sub.add_argument("--only", action="append", default=[], metavar="NAME", help="just this site, or this server")
    sub.add_argument(
        "--application",
        action="append",
        default=[],
        metavar="SITE",
        help="also start this site's application; `all`: every one",
    )
    sub.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="end after so long")
    sub = add("status", _status, "ask every server how it is")
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--prometheus", action="store_true", help="as figures for monitoring")
    sub = add("stop", _stop, "stop one server, if the others can do without it now")
    sub.add_argument("name", metavar="NAME", help="such as core-LB")
    sub = add("streams", _streams, "make the streams of the core and every room's copies", server=False)
    sub.add_argument("--site", default="", metavar="SITE", help="only this site's copies (a site that comes back)")
    sub = add("scrub", _scrub, "read every copy of every region and compare them", server=False)
    sub.add_argument("--region", action="append", default=[], metavar="REGION", help="only this one")
    sub.add_argument("--json", action="store_true")
    sub = add("backup", _backup, "copy every region's entries into a new folder", server=False)
    sub.add_argument("target", type=Path, metavar="TARGET")
    sub = add("restore", _restore, "fill a new core from a backup", server=False)
    sub.add_argument("source", type=Path, metavar="SOURCE")
    sub = add("join", _join, "let a site into the running network")
    sub.add_argument("site", type=Path, metavar="SITE.toml", help="its `[site]`, and `[regions]` that live there now")
    sub = add("leave", _leave, "let a site out of the running network")
    sub.add_argument("site", metavar="SITE")
    sub.add_argument("--home", action="append", default=[], metavar="REGION=ROOM", help="a region's new home room")
    sub.add_argument("--brought", action="store_true", help="nothing waits at the site to be brought to the network")
    sub = add("revoke", _revoke, "take back every key of a site and give it new ones", server=False)
    sub.add_argument("site", metavar="SITE")


def _guarded(
    act: Callable[[argparse.Namespace, Parts, Clock], int], parts: Parts
) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        # Servers that cannot be reached are what these commands report; the client's remarks on each try say it twice.
        logging.basicConfig(level=logging.ERROR)
        try:
            return act(args, parts, SystemClock())
        except (NetworkError, RecordError, OSError) as error:
            sys.stderr.write(f"meldkamer: {error}\n")
            return 1 if isinstance(error, FolderInUse) else 2

    return run


def _init(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    if args.sites is not None:
        network = read_network(args.sites)
    elif args.demonstration:
        network = parts.demonstration(args.port, args.cores)
    else:
        network, _ = open_folder(args.folder, clock)
    for line in set_up(args.folder, network, parts.plan(network), clock).told(args.folder):
        _say(line)
    return 0


def _up(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    operator = Operator(keys, parts.dial)
    program = find_program(args.server)
    work = Up(keys, network, program, parts.plan(network), operator, clock, _say, args.only, args.application)
    with held(args.folder / f".up{''.join(f'-{site}' for site in args.only)}"):
        try:
            asyncio.run(work.run(args.seconds))
        except NetworkError as error:
            _say(str(error))
            return 1
    return 0


def _status(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    report = asyncio.run(ask_report(args.server, network, keys, parts, clock))
    if args.prometheus:
        text = status_metrics(report)
    else:
        text = msgspec.json.encode(report).decode() + "\n" if args.json else status_text(report)
    sys.stdout.write(text)
    return 0 if report.ok else 1


def _stop(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    server = next((each for each in network.servers() if each.name == args.name), None)
    if server is None:
        raise NetworkError(f"{args.name}: not a server of this network; `status` shows their names")

    async def work() -> int:
        if against := reasons_against(await ask_report(args.server, network, keys, parts, clock), network, server):
            _say(f"{server.name} must not be stopped now: {'; '.join(against)}")
            return 1
        pid = local_process(keys, server)
        if pid is None:
            _say(f"{server.name} may be stopped now; it does not run on this machine: stop its service at its site")
            return 0
        await stop_process(pid)
        _say(f"{server.name} has ended; start it again before the next one is stopped")
        return 0

    return asyncio.run(work())


def _streams(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    operator, plan = Operator(keys, parts.dial), parts.plan(network)
    chosen = network.site(args.site) if args.site else None
    rooms = [s for s in network.servers() if s.kind == "room" and chosen in (None, s.site)]

    async def copies(server: Server) -> bool:
        try:
            _say(f"{server.name}: {await make_streams(operator, server, plan, clock, 0)} copies")
        except NetworkError as error:
            _say(str(error))
            return False
        return True

    async def work() -> bool:
        core = await answering_core(operator, network, clock)
        _say(f"core: {await make_streams(operator, core, plan, clock, READY_SECONDS)} streams")
        return all(await asyncio.gather(*(copies(server) for server in rooms)))

    return 0 if asyncio.run(work()) else 1


def _scrub(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    if unknown := [region for region in args.region if region not in network.regions]:
        raise NetworkError(f"{', '.join(unknown)}: not a region of this network")
    work = scrub(Operator(keys, parts.dial), network, parts.plan(network), clock, _say, args.region)
    found = asyncio.run(work)
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        for row in found.copies:
            if row.state != "fine":
                named = f" ({', '.join(str(seq) for seq in row.faults)}{', …' if row.count > len(row.faults) else ''})"
                _say(f"{row.server} {row.region}: {row.why}{named if row.faults else ''}")
                if row.mend:
                    _say(f"  {row.mend}")
        sys.stdout.write(
            f"{'clean' if found.ok else 'NOT clean'}: {found.entries} entries, {len(found.copies)} copies\n"
        )
    return 0 if found.ok else 1


def _backup(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    work = backup(Operator(keys, parts.dial), network, parts.plan(network), args.target, clock, _say)
    return 1 if asyncio.run(work).unchecked else 0


def _restore(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    operator = Operator(keys, parts.dial)
    asyncio.run(restore(operator, network, parts.plan(network), args.source, parts.store, clock, _say))
    _say("done; `meldkamer network scrub` compares the rooms' copies with it")
    return 0


def _join(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    return 0 if asyncio.run(join(args.folder, read_newcomer(args.site), args.server, parts, clock, _say)) else 1


def _leave(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    homes = {region: room for region, _, room in (home.partition("=") for home in args.home)}
    work = leave(args.folder, args.site, homes, args.brought, args.server, parts, clock, _say)
    return 0 if asyncio.run(work) else 1


def _revoke(args: argparse.Namespace, parts: Parts, clock: Clock) -> int:
    network, keys = open_folder(args.folder, clock)
    site = network.site(args.site)
    count = keys.revoke(site)
    for line in set_up(args.folder, network, parts.plan(network), clock).told(args.folder):
        _say(line)
    _say(
        f"{count} keys of {site.code} are revoked, and it has new ones. Give every site its new files and reload each "
        f"server: until then a server still accepts the old keys"
    )
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
