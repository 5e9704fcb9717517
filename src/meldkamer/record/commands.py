"""`meldkamer record …`: verify, export, import, tail, backup, restore. Exit codes: 0 fine, 1 something is wrong, 2 usage."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.record import canonical
from meldkamer.record import store_file as schema
from meldkamer.record.backup import backup_file, restore_file
from meldkamer.record.port import RecordError
from meldkamer.record.signing import Verifier, read_public
from meldkamer.record.transfer import export_record, import_record
from meldkamer.record.verify import verify_file

FILE = "record.sqlite"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `record` and its subcommands."""
    parser = commands.add_parser("record", help="check, copy and move the record of a data folder")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    for name, act, text, extra in (
        ("verify", _verify, "check every hash, version, batch and signature", ()),
        ("export", _export, "write the record as lines", ("FILE",)),
        ("import", _import, "make a new record from an export", ("FILE",)),
        ("tail", _tail, "show the newest entries", ()),
        ("backup", _backup, "copy the record while it is in use", ("FILE",)),
        ("restore", _restore, "make a record from a backup", ("FILE",)),
    ):
        sub = acts.add_parser(name, help=text)
        sub.add_argument("dir", metavar="DIR", type=Path, help="the data folder")
        for argument in extra:
            sub.add_argument("file", metavar=argument, type=Path)
        if name == "tail":
            sub.add_argument("--region", default="", help="only this region")
            sub.add_argument("--count", type=int, default=20)
        sub.add_argument("--json", action="store_true", help="answer as JSON on standard output")
        sub.set_defaults(run=_guarded(act))


def _guarded(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        try:
            return act(args)
        except (RecordError, OSError) as error:
            if args.json:
                _print({"ok": False, "error": str(error)})
            print(f"meldkamer: {error}", file=sys.stderr)
            return 1

    return run


def _verify(args: argparse.Namespace) -> int:
    public = read_public(args.dir / "signing")
    report = verify_file(args.dir / FILE, Verifier(public) if public else None, _progress("checked"))
    if args.json:
        _print(report)
    else:
        for problem in report.problems:
            print(f"{problem.region} {problem.seq}: {problem.why}", file=sys.stderr)
        print(f"{'clean' if report.ok else 'NOT clean'}: {report.events} events in {len(report.regions)} regions")
    return 0 if report.ok else 1


def _export(args: argparse.Namespace) -> int:
    part = args.file.with_name(args.file.name + ".part")
    try:
        with part.open("wb") as out:
            count = export_record(args.dir / FILE, out, _progress("exported"))
        part.rename(args.file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return _done(args, events=count)


def _import(args: argparse.Namespace) -> int:
    args.dir.mkdir(parents=True, exist_ok=True)
    with args.file.open("rb") as source:
        count = import_record(source, args.dir / FILE, _progress("imported"))
    return _done(args, events=count)


def _backup(args: argparse.Namespace) -> int:
    backup_file(args.dir / FILE, args.file, _progress("pages"))
    return _done(args, file=str(args.file))


def _restore(args: argparse.Namespace) -> int:
    restore_file(args.file, args.dir / FILE)
    return _done(args, dir=str(args.dir))


def _tail(args: argparse.Namespace) -> int:
    db = schema.open_reader(args.dir / FILE)
    try:
        rows = db.execute(
            "SELECT r.name, e.pos, e.data FROM event e JOIN region r ON r.no = e.pos >> ?"
            " WHERE (?='' OR r.name=?) ORDER BY e.rowid DESC LIMIT ?",
            (schema.SEQ_BITS, args.region, args.region, max(0, args.count)),
        ).fetchall()
    finally:
        db.close()
    for region, pos, data in reversed(rows):
        stored = canonical.decode(data)
        line = {
            "region": region,
            "seq": pos & schema.SEQ_MASK,
            "subject": stored.subject,
            "version": stored.version,
            "type": stored.event.type,
            "occurred": stored.event.occurred,
            "room": stored.event.room,
            "actor": stored.event.actor,
        }
        if args.json:
            _print(line)
        else:
            print(f"{region} {line['seq']:>8} {stored.event.type:<28} {stored.subject} v{stored.version}")
    return 0


def _done(args: argparse.Namespace, **facts: object) -> int:
    if args.json:
        _print({"ok": True, **facts})
    else:
        print(", ".join(f"{name}: {value}" for name, value in facts.items()))
    return 0


def _print(value: object) -> None:
    print(msgspec.json.encode(value).decode())


def _progress(word: str) -> Callable[[int], None]:
    """Says how far it is on standard error, once two seconds have passed, twice a second."""
    start = last = time.monotonic()

    def tell(count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - start > 2 and now - last > 0.5:
            last = now
            print(f"\r{word}: {count}", end="", file=sys.stderr, flush=True)

    return tell
