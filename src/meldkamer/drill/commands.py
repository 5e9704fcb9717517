"""`meldkamer drill`: exit codes 0 passed, 1 not passed or not done, 2 the call itself is wrong."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from meldkamer.network.sites.model import CORE_SIZES, NetworkError

if TYPE_CHECKING:
    from meldkamer.drill.run import Parts

LIST = "list"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], parts: Callable[[], Parts]) -> None:
    """Add `drill`."""
    text = "break a whole network on this machine on purpose, and prove that nothing is lost"
    parser = commands.add_parser("drill", help=text, description=text)
    parser.add_argument("--minutes", type=float, default=10.0, metavar="M", help="so long faults follow one another")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed draws the same faults")
    parser.add_argument(
        "--faults", default="all", metavar="LIST", help=f"only these, with commas between; `{LIST}` shows all there are"
    )
    parser.add_argument("--rooms", type=int, default=10, metavar="N", help="how many regional rooms take part")
    parser.add_argument("--core", type=int, default=5, choices=CORE_SIZES, help="how many core servers")
    parser.add_argument("--rate", type=float, default=0.1, metavar="N", help="calls a second in each region")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="work in this new folder, and keep it")
    parser.add_argument("--server", default="", metavar="PROGRAM", help="your own nats-server; default: installed")
    parser.add_argument(
        "--other",
        default="",
        metavar="PROGRAM",
        help="the `meldkamer` of another version, for the fault mixed-versions",
    )
    parser.add_argument(
        "--disks",
        action="store_true",
        help="a file system of its own for each site, for the faults of power: needs root",
    )
    parser.add_argument("--json", action="store_true", help="the report as one line of JSON")

    def run(args: argparse.Namespace) -> int:
        return _run(args, parts())

    parser.set_defaults(run=run)


def _run(args: argparse.Namespace, parts: Parts) -> int:
    import asyncio
    import logging

    from meldkamer.domain.clock import SystemClock
    from meldkamer.drill.faults import FAULTS, UnknownFault, chosen
    from meldkamer.drill.report import report_text
    from meldkamer.drill.run import Options, drill
    from meldkamer.network.sites.processes import find_program
    from meldkamer.pack import load_pack
    from meldkamer.record import RecordError

    if args.faults == LIST:
        sys.stdout.write("".join(f"{fault.name:<17} {fault.text}\n" for fault in FAULTS.values()))
        return 0
    if args.minutes <= 0 or args.rate <= 0:
        return _wrong("--minutes and --rate must be above zero", 2)
    if args.rooms < max(2, args.core):
        return _wrong(f"--rooms {args.rooms}: at least two, and one for each of the {args.core} core servers", 2)
    other = shutil.which(args.other) if args.other else ""
    if other is None:
        return _wrong(f"--other {args.other}: is no program", 2)
    # What goes wrong is the subject: the clients' remarks on each try would hide it.
    logging.basicConfig(level=logging.ERROR)
    try:
        faults = chosen(args.faults)
        with _folder(args.folder) as folder:
            options = Options(
                folder=folder,
                program=find_program(args.server),
                faults=faults,
                minutes=args.minutes,
                seed=args.seed,
                rooms=args.rooms,
                core=args.core,
                rate=args.rate,
                disks=args.disks,
                other=other and str(Path(other).absolute()),
            )
            report = asyncio.run(drill(options, parts, load_pack(), SystemClock(), _say))
    except UnknownFault as error:
        return _wrong(f"--faults {error}", 2)
    except (NetworkError, RecordError, OSError) as error:
        return _wrong(str(error), 1)
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n" if args.json else report_text(report))
    return 0 if report.ok else 1


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The folder to work in: one that was named and is new, or one that is gone afterwards. Raises NetworkError."""
    if given is not None:
        if given.exists() and any(given.iterdir()):
            raise NetworkError(f"{given}: is not empty; a drill needs a new folder")
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="meldkamer-drill-") as name:
        yield Path(name)


def _wrong(text: str, code: int) -> int:
    _say(f"meldkamer: {text}")
    return code


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
