"""The folder of playbooks into `Playbook`s, checked, with every mistake told by file, line and field.

One file is one version of one playbook: its head, then `[[step]]` and `[[tell]]` tables.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.pack.codes import Norm
from meldkamer.pack.faults import Fault
from meldkamer.pack.playbooks import CAUSES, About, Long, Name, Playbook, Step, Version, Words
from meldkamer.pack.table import Table
from meldkamer.pack.toml_file import TomlFile

FOLDER = "playbooks"
LARGEST = 64 * 1024
"""Bytes of one file; a playbook is a page."""
MOST_STEPS, MOST_TOLD = 20, 9


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    playbook: Name
    version: Version
    effective: datetime.date
    name: Words
    name_en: Words
    when: Long
    when_en: Long
    done: Long
    done_en: Long
    about: About = ""
    alarms: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    characteristic: str = ""


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    file: TomlFile
    book: Playbook
    numbers: dict[str, tuple[int, ...]]

    def fault(self, table: str, at: int, field: str, message: str) -> None:
        number = self.numbers[table][at] if table else 0
        self.file.fault(self.file.line(table, number, field), field, message)


def read_playbooks(root: Path, tables: Mapping[str, Table[Any]], faults: list[Fault]) -> tuple[Playbook, ...]:
    """Read and check every file of the pack's folder of playbooks; a pack without that folder has none."""
    folder = root / FOLDER
    found = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        if path.stat().st_size > LARGEST:
            faults.append(Fault(path.name, 0, "", f"is larger than {LARGEST // 1024} kB"))
            continue
        one = _read(TomlFile(path, faults))
        if one is not None:
            found.append(one)
    norms = {row.code: row for row in tables["norms"].rows}
    characteristics = {row.name for row in tables["characteristics"].rows}
    # Of a table that has faults of its own a row that is missed here would only echo them.
    doubtful = {fault.file for fault in faults}
    for one in found:
        _check(one, norms, characteristics, doubtful)
    _check_versions(found)
    return tuple(_with_norms(one.book, norms) for one in found)


def _read(file: TomlFile) -> _Read | None:
    if not file.raw:
        return None
    told = len(file.faults)
    names = [name for name in _Head.__struct_fields__ if name in file.raw]
    head = file.convert({name: file.raw.pop(name) for name in names}, _Head, "", 0)
    steps, tell = file.tables("step", Step), file.tables("tell", Step)
    file.rest()
    if head is None or len(file.faults) > told:
        return None
    fields = {name: getattr(head, name) for name in _Head.__struct_fields__ if name != "playbook"}
    return _Read(
        file=file,
        book=Playbook(id=head.playbook, steps=tuple(s for s, _ in steps), tell=tuple(s for s, _ in tell), **fields),
        numbers={"step": tuple(n for _, n in steps), "tell": tuple(n for _, n in tell)},
    )


def _check(one: _Read, norms: Mapping[str, Norm], characteristics: set[str], doubtful: set[str]) -> None:
    book = one.book
    if not book.steps:
        one.fault("", 0, "playbook", "has no step")
    for table, most in (("step", MOST_STEPS), ("tell", MOST_TOLD)):
        if len(_items(book, table)) > most:
            one.fault("", 0, table, f"there are more than {most}")
    for field in ("name", "name_en", "when", "when_en", "done", "done_en"):
        if not getattr(book, field).strip():
            one.fault("", 0, field, "is blank")
    for cause in book.alarms:
        if cause not in CAUSES:
            one.fault("", 0, "alarms", f"{cause!r} is no cause of an alarm")
    if ("scaled" in book.alarms) != bool(book.characteristic):
        one.fault("", 0, "characteristic", "goes with the cause 'scaled', and with no other")
    elif book.characteristic and book.characteristic not in characteristics and "characteristics.csv" not in doubtful:
        one.fault("", 0, "characteristic", f"{book.characteristic!r} is no characteristic of the pack")
    seen: set[str] = set()
    for table in ("step", "tell"):
        for at, item in enumerate(_items(book, table)):
            if item.id in seen:
                one.fault(table, at, "id", f"{item.id!r} is there twice")
            before = book.steps[:at] if table == "step" else book.steps
            _check_item(one, table, at, item, {s.id for s in before})
            if "norms.csv" not in doubtful:
                _check_norm(one, table, at, item, norms)
            seen.add(item.id)


def _check_item(one: _Read, table: str, at: int, item: Step, before: set[str]) -> None:
    for field in ("text", "text_en"):
        if not getattr(item, field).strip():
            one.fault(table, at, field, "is blank")
    if item.norm and item.within is not None:
        one.fault(table, at, "within", "stands beside a norm that says it too")
    if item.after and item.after not in before:
        one.fault(table, at, "after", f"{item.after!r} is no step before it")
    if item.after and item.within is None and not item.norm:
        one.fault(table, at, "after", "counts from a step, and no minutes are given")


def _check_norm(one: _Read, table: str, at: int, item: Step, norms: Mapping[str, Norm]) -> None:
    norm = norms.get(item.norm)
    if item.norm and norm is None:
        one.fault(table, at, "norm", f"{item.norm!r} is not found in norms.csv")
    elif norm is not None and (norm.seconds < 60 or norm.seconds % 60):
        one.fault(table, at, "norm", f"{item.norm!r} is not in whole minutes")


def _check_versions(found: Sequence[_Read]) -> None:
    """A version is there once, and no two versions of one playbook begin on the same day."""
    seen: dict[tuple[str, str], str] = {}
    for one in found:
        for key in ((one.book.id, one.book.version), (one.book.id, one.book.effective.isoformat())):
            if key in seen:
                field = "version" if key[1] == one.book.version else "effective"
                one.fault("", 0, field, f"{key[1]} of {key[0]} stands in {seen[key]} already")
            seen[key] = one.file.name


def _items(book: Playbook, table: str) -> tuple[Step, ...]:
    return book.steps if table == "step" else book.tell


def _with_norms(book: Playbook, norms: Mapping[str, Norm]) -> Playbook:
    """The same with the minutes of its norms filled in."""

    def with_norm(item: Step) -> Step:
        norm = norms.get(item.norm)
        return item if norm is None else msgspec.structs.replace(item, within=int(norm.seconds // 60))

    return msgspec.structs.replace(
        book, steps=tuple(with_norm(s) for s in book.steps), tell=tuple(with_norm(s) for s in book.tell)
    )
