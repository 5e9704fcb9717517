"""`meldkamer record …`: verify, export, import, tail, backup, restore.

`verify` and `export` also take a room's settings (`meldkamer.toml`): then they read the record of the network, from the
core's servers, while everybody works.
Exit codes: 0 done and fine, 1 the record has problems or it went wrong, 2 the call or the input is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from meldkamer.record.backup import RECORD, TargetExists, backup, read_list, restore
from meldkamer.record.port import Damaged, NotAStore, RecordError, StoreTooNew
from meldkamer.record.signing import Verifier, read_public
from meldkamer.record.store_file import WrongWorld
from meldkamer.record.store_reader import Reader
from meldkamer.record.transfer import ImportRefused, export_record, import_record
from meldkamer.record.verify import Report, verify_file

_BAD_INPUT = (NotAStore, StoreTooNew, WrongWorld, ImportRefused, TargetExists, FileNotFoundError)

Progress = Callable[[int], None]


class Elsewhere(Protocol):
    """A record that is not a file here. Raises RecordError, OSError; ValueError for settings that cannot be used."""

    def verify(self, settings: Path, signed: bool, progress: Progress) -> Report:
        """Check everything, signatures by the public keys that the settings name."""
        ...

    def export(self, settings: Path, out: BinaryIO, progress: Progress) -> int:
        """Write all entries as lines. Returns how many."""
        ...


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], network: Elsewhere) -> None:
    """Add `record` and its subcommands; each sets `run`, a function of the parsed arguments to the exit code."""
    parser = commands.add_parser("record", help="check, copy and move the record")
    acts = parser.add_subparsers(required=True, metavar="ACT")

    def add(
        name: str, act: Callable[[argparse.Namespace], int], text: str, where: str = "DIR"
    ) -> argparse.ArgumentParser:
        sub = acts.add_parser(name, help=text, description=text)
        also = "" if where == "DIR" else ", or the settings of a room of the network"
        sub.add_argument("dir", metavar=where, type=Path, help=f"the data folder{also}")
        sub.add_argument("--json", action="store_true", help="answer as JSON on standard output")
        sub.set_defaults(run=_guarded(act), network=network)
        return sub

    sub = add("verify", _verify, "check every hash, version, batch and signature", "DIR|FILE.toml")
    sub.add_argument("--signed", action="store_true", help="a batch without a checked signature is a problem")
    sub = add("export", _export, "write the record as lines", "DIR|FILE.toml")
    sub.add_argument("file", metavar="FILE", type=Path, help="a new file")
    sub = add("import", _import, "make a new record from an export")
    sub.add_argument("file", metavar="FILE", type=Path, help="what `export` wrote")
    sub = add("tail", _tail, "show the newest entries, without their contents")
    sub.add_argument("--region", default="", help="only this region")
    sub.add_argument("--count", type=int, default=20)
    sub = add("backup", _backup, "copy the record while it is in use")
    sub.add_argument("target", metavar="TARGET", type=Path, help="a new folder")
    sub.add_argument("--keys", action="store_true", help="with the keys, wrapped; the master key is never copied")
    sub = add("restore", _restore, "make a record from a backup")
    sub.add_argument("source", metavar="SOURCE", type=Path, help="the folder that `backup` made")
    sub.add_argument(
        "--destroyed",
        metavar="FILE",
        type=Path,
        help="the newest destroyed.json or keys.sqlite, so that keys destroyed since do not come back",
    )


def _guarded(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        try:
            return act(args)
        except (RecordError, OSError, ValueError) as error:
            if args.json:
                _print({"ok": False, "error": str(error)})
            sys.stderr.write(f"meldkamer: {error}\n")
            return 2 if isinstance(error, (*_BAD_INPUT, ValueError)) else 1

    return run


def _verify(args: argparse.Namespace) -> int:
    progress = _progress("entries checked")
    if args.dir.is_file():
        report = args.network.verify(args.dir, args.signed, progress)
    else:
        verifier = Verifier(read_public(args.dir / "signing"))
        report = verify_file(args.dir / RECORD, verifier, progress, args.signed)
    if args.json:
        _print(report)
    else:
        for problem in report.problems:
            span = f"-{problem.until}" if problem.until > problem.seq else ""
            sys.stderr.write(f"{problem.region} {problem.seq}{span}: {problem.why}\n")
        if report.more:
            sys.stderr.write(f"and {report.more} more\n")
        sys.stdout.write(
            f"{'clean' if report.ok else 'NOT clean'}: {report.events} events, {report.subjects} subjects,"
            f" {report.batches} batches ({report.unsigned} of rooms without a known key),"
            f" {len(report.regions)} regions, {report.seconds:.1f} s\n"
        )
    return 0 if report.ok else 1


def _export(args: argparse.Namespace) -> int:
    if args.file.exists():
        raise TargetExists(f"{args.file}: exists already, and nothing is overwritten")
    part = args.file.with_name(args.file.name + ".part")
    try:
        with part.open("wb") as out:
            progress = _progress("entries exported")
            if args.dir.is_file():
                count = args.network.export(args.dir, out, progress)
            else:
                count = export_record(args.dir / RECORD, out, progress)
        part.rename(args.file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return _done(args, events=count, file=str(args.file))


def _import(args: argparse.Namespace) -> int:
    args.dir.mkdir(parents=True, exist_ok=True)
    if (args.dir / RECORD).exists():
        raise TargetExists(f"{args.dir / RECORD}: exists already, and nothing is overwritten")
    with args.file.open("rb") as source:
        count = import_record(source, args.dir / RECORD, _progress("entries imported"))
    return _done(args, events=count, dir=str(args.dir))


def _backup(args: argparse.Namespace) -> int:
    backup(args.dir, args.target, args.keys, _progress("pages copied"))
    return _done(args, target=str(args.target), keys=args.keys)


def _restore(args: argparse.Namespace) -> int:
    destroyed = read_list(args.destroyed) if args.destroyed else None
    keys = restore(args.source, args.dir, destroyed)
    return _done(args, dir=str(args.dir), keys=keys)


def _tail(args: argparse.Namespace) -> int:
    with contextlib.closing(Reader(args.dir / RECORD)) as reader:
        entries = []
        for region in [args.region] if args.region else reader.regions():
            after = max(0, reader.tail(region) - max(0, args.count))
            found, damage = reader.chunk(region, after, None, max(1, args.count))
            entries += found
            if damage is not None:
                raise Damaged(region, damage.seq, damage.why)
    entries.sort(key=lambda entry: (entry.event.recorded, entry.region, entry.seq))
    for entry in entries[-args.count :] if args.count > 0 else []:
        event = entry.event
        if args.json:
            _print(
                {
                    "region": entry.region,
                    "seq": entry.seq,
                    "subject": entry.subject,
                    "version": entry.version,
                    "type": event.type,
                    "occurred": event.occurred,
                    "recorded": event.recorded,
                    "room": event.room,
                    "actor": event.actor,
                }
            )
        else:
            sys.stdout.write(f"{entry.region} {entry.seq:>8} {event.type:<28} {entry.subject} v{entry.version}\n")
    return 0


def _done(args: argparse.Namespace, **facts: object) -> int:
    if args.json:
        _print({"ok": True, **facts})
    else:
        sys.stdout.write(", ".join(f"{name}: {value}" for name, value in facts.items()) + "\n")
    return 0


def _print(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def _progress(word: str) -> Callable[[int], None]:
    """Says how far it is on standard error, once two seconds have passed, twice a second."""
    start = last = time.monotonic()

    def tell(count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - start > 2 and now - last > 0.5:
            last = now
            sys.stderr.write(f"{word}: {count}\n")

    return tell
