"""`meldkamer service`: tell the record of a running room how a service is, what is planned, that a copy was restored.

Made for probes, desks of suppliers and scripts as well as for people. `report` goes with the token of a machine that
has the scope `health`; the others with one that steers.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from meldkamer.steering.sharing.commands import add_room, in_room, with_room

if TYPE_CHECKING:
    from meldkamer.client import Client
    from meldkamer.domain.provision import ProvisionCommand
    from meldkamer.steering.sharing.writer import Send

Act = Callable[[argparse.Namespace], int]


def add_parser(commands: Any, guard: Callable[[Act], Act]) -> None:
    """Add `service`."""
    parser = commands.add_parser("service", help="tell a running room how a service is: outages, maintenance, restores")
    acts = parser.add_subparsers(required=True, metavar="ACT")

    report = acts.add_parser("report", help="a service works, works with less, or does not")
    report.add_argument("service", metavar="SERVICE", help="C2000, GMS, TELEFONIE, … as the plan names them")
    report.add_argument("state", choices=("up", "degraded", "down"))
    report.add_argument("--room", action="append", default=[], help="where; without it everywhere")
    report.add_argument("--reason", default="")
    report.add_argument(
        "--holds",
        type=int,
        default=0,
        metavar="SECONDS",
        help="believed so long when nothing follows: for a probe that reports again and again",
    )

    maintenance = acts.add_parser("maintenance", help="work on a service is planned")
    maintenance.add_argument("service", metavar="SERVICE")
    for name in ("from", "until"):
        maintenance.add_argument(
            f"--{name}", dest=name, type=_moment, required=True, metavar="TIME", help="ISO 8601 with an offset"
        )
    maintenance.add_argument("--room", action="append", default=[], help="where; without it everywhere")
    maintenance.add_argument("--reason", required=True)
    maintenance.add_argument("--risk", default="", help="what may go wrong")
    maintenance.add_argument("--way-back", default="", help="how it is undone")
    maintenance.add_argument("--approved-by", default="", metavar="ROLE")

    restore = acts.add_parser("restore-test", help="a copy was put back and tried")
    restore.add_argument("service", metavar="SERVICE")
    restore.add_argument("--seconds", type=float, required=True, help="until it could be used")
    restore.add_argument("--bad", action="store_true", help="something was missing or not whole")
    restore.add_argument("--reason", default="")

    add_room(report, required=True)
    report.set_defaults(run=guard(_report))
    for act, make in ((maintenance, _maintenance), (restore, _restore)):
        add_room(act, required=True)
        act.set_defaults(run=guard(_tell(make)))


def _tell(make: Callable[[argparse.Namespace], ProvisionCommand]) -> Act:
    def act(args: argparse.Namespace) -> int:
        import msgspec

        from meldkamer.domain.provision import ProvisionCommand

        try:
            # The room would refuse it too, but with less words about which option it was.
            command = msgspec.convert(msgspec.to_builtins(make(args)), ProvisionCommand)
        except msgspec.ValidationError as error:
            sys.stderr.write(f"meldkamer: {error}\n")
            return 2

        async def work(send: Send) -> None:
            await send(command)

        return in_room(args, work, f"{args.service}: told")

    return act


def _report(args: argparse.Namespace) -> int:
    from meldkamer.domain.clock import RandomIds

    said = {"service": args.service, "state": args.state, "rooms": args.room, "holds": args.holds}
    body = {"id": RandomIds().new(), "reports": [{**said, "reason": args.reason}]}

    async def work(client: Client) -> None:
        heard = await client.report_services(body)
        for name in heard["unknown"]:
            sys.stderr.write(f"meldkamer: {name} is not in the plan or the country: kept, and counted nowhere\n")

    return with_room(args, work, f"{args.service}: told")


def _maintenance(args: argparse.Namespace) -> ProvisionCommand:
    from meldkamer.domain.provision import PlanMaintenance

    return PlanMaintenance(
        service=args.service,
        rooms=tuple(args.room),
        since=getattr(args, "from"),
        until=args.until,
        reason=args.reason,
        risk=args.risk,
        way_back=args.way_back,
        approved_by=args.approved_by,
    )


def _restore(args: argparse.Namespace) -> ProvisionCommand:
    from meldkamer.domain.provision import NoteRestoreTest

    return NoteRestoreTest(service=args.service, seconds=args.seconds, good=not args.bad, reason=args.reason)


def _moment(text: str) -> int:
    at = datetime.datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset; write for example 2025-03-01T02:00:00+01:00")
    return round(at.timestamp() * 1000)
