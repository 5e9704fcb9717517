"""`meldkamer plan propose|copy`: put a version in the record of a running room, and take it out of a record again."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from meldkamer.steering.opening import DATA, HELP, OpenRecord

if TYPE_CHECKING:
    from meldkamer.client import Client
    from meldkamer.steering.sharing.writer import Send

Act = Callable[[argparse.Namespace], int]


def add_parsers(acts: Any, guard: Callable[[Act], Act], record: OpenRecord) -> None:
    """Add the acts."""
    propose = acts.add_parser("propose", help="put what is committed in the record, for every room to see")
    propose.add_argument("dir", type=Path, metavar="DIR", help="a repository that `plan init` made")
    propose.add_argument("--reason", required=True)
    add_room(propose, required=True)
    propose.set_defaults(run=guard(_propose))

    copy = acts.add_parser("copy", help="write the plan in force, and every proposal, out of a record")
    copy.add_argument("dir", type=Path, metavar="OUT", help="a folder for nothing else: it is written over")
    copy.add_argument("--data", type=Path, required=True, metavar=DATA, help=HELP)
    copy.add_argument("--json", action="store_true")
    copy.set_defaults(run=guard(lambda args: _copy(args, record)))


def add_room(parser: argparse.ArgumentParser, required: bool) -> None:
    """The options that name a running room."""
    parser.add_argument("--url", required=required, default="", help="a running room, https://…")
    parser.add_argument(
        "--token",
        type=Path,
        required=required,
        default=None,
        metavar="FILE",
        help="the token of an account that steers",
    )


def _propose(args: argparse.Namespace) -> int:
    from meldkamer.domain.clock import RandomIds
    from meldkamer.steering.sharing.writer import proposal_commands

    proposal = RandomIds().new()

    async def work(send: Send) -> None:
        for command in proposal_commands(args.dir, proposal, args.reason):
            await send(command)

    return in_room(args, work, f"proposal {proposal}")


def in_room(args: argparse.Namespace, work: Callable[[Send], Any], done: str) -> int:
    """Carry out commands in the room that the options name; what the room says is told in a line."""
    from meldkamer.domain.basics import Command
    from meldkamer.domain.clock import RandomIds

    ids = RandomIds()

    async def whole(client: Client) -> None:
        async def send(command: Command) -> object:
            return await client.command(msgspec.to_builtins(command), ids.new())

        await work(send)

    return with_room(args, whole, done)


def with_room(args: argparse.Namespace, work: Callable[[Client], Awaitable[None]], done: str) -> int:
    """Do something with the room that the options name; what the room says is told in a line."""
    from meldkamer.client import ApiError, Client, HttpTransport

    async def whole() -> None:
        client = Client(HttpTransport(args.url), args.token.read_text(encoding="utf-8").strip())
        try:
            await work(client)
        finally:
            await client.close()

    try:
        asyncio.run(whole())
    except (ApiError, ConnectionError) as error:
        sys.stderr.write(f"meldkamer: {error}\n")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


def _copy(args: argparse.Namespace, record: OpenRecord) -> int:
    from meldkamer.steering.sharing.copy import PlanCopy
    from meldkamer.steering.sharing.reader import PlanReader, Told

    async def read() -> list[Told]:
        async with record(args.data) as opened:
            return await PlanReader().read_on(opened)

    copy = PlanCopy(args.dir)
    copy.take(asyncio.run(read()))
    if args.json:
        found = {"proposals": copy.proposals, "adopted": copy.adopted, "changes": copy.changes}
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    for adopted in copy.adopted:
        sys.stdout.write(f"{adopted.date} {adopted.body} {adopted.content[:12]} {adopted.state}: {adopted.reason}\n")
    for proposed in copy.proposals:
        sys.stdout.write(f"proposed by {proposed.by} in {proposed.room}, {proposed.state}: {proposed.reason}\n")
    for change in copy.changes:
        sys.stdout.write(f"change to {change.of} by {change.by}, {change.state}: {change.reason}\n")
    sys.stdout.write(f"{len(copy.adopted)} adopted, {len(copy.proposals)} proposed, {len(copy.changes)} changes\n")
    return 0
