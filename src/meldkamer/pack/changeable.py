"""Which files of a pack can change while rooms work, and what must not change in them.

Rooms, regions, functions, statuses, roles and kinds of unit are read at the start, for parts of a room are built on
them. What is here can change at a moment, because nothing that is stored loses its meaning by it: a code is never
removed and keeps its name, a norm keeps what it measures, and a version of a question set keeps its text.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.pack import codes
from meldkamer.pack.faults import Fault
from meldkamer.pack.question_files import FOLDER as QUESTIONS
from meldkamer.pack.questions import QuestionSet
from meldkamer.pack.table import Table, table_of

RUN_CARDS, APPROVED = "runcards", "approved.toml"
NEW_SET = re.compile(rf"{QUESTIONS}/[a-z0-9][a-z0-9_-]{{0,59}}\.toml")
"""A file of question sets may also be new; of the others only what is there changes."""


class Kept(msgspec.Struct, frozen=True):
    """A table: what a row is, by what it is known, and which columns keep their value."""

    kind: type[msgspec.Struct]
    key: tuple[str, ...]
    keeps: tuple[str, ...]
    until: bool = True

    def of(self, row: Any) -> str:
        """The code of a row, in words."""
        return " ".join(str(getattr(row, column)) for column in self.key)


TABLES: Mapping[str, Kept] = {
    "classes.csv": Kept(codes.Classification, ("code",), ("level1", "level2", "level3")),
    "characteristics.csv": Kept(codes.Characteristic, ("name",), ("kind",)),
    "characteristic_values.csv": Kept(codes.CharacteristicValue, ("name", "value"), ()),
    "closing_codes.csv": Kept(codes.ClosingCode, ("discipline", "code"), ("name", "name_en", "real")),
    "norms.csv": Kept(codes.Norm, ("code",), ("discipline", "start", "end"), until=False),
}
"""The code lists and the norms."""

_SPOOFS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff")
"""Signs that make a line look other than it is: whoever approves must see what he approves."""


def changeable(folder: Path) -> dict[str, str]:
    """File -> text, of every file of a pack that can change. Raises OSError, UnicodeDecodeError."""
    names = [folder / name for name in TABLES]
    names += sorted((folder / QUESTIONS).glob("*.toml"))
    names += sorted(path for path in (folder / RUN_CARDS).glob("*.toml") if path.name != APPROVED)
    return {path.relative_to(folder).as_posix(): plain(path.read_text(encoding="utf-8")) for path in names}


def plain(text: str) -> str:
    """A text as it is kept: no mark of a spreadsheet in front, one kind of line end, and one at the end."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return lines.rstrip("\n") + "\n"


def check_signs(file: str, text: str) -> list[Fault]:
    """Signs that no such file needs, by line: they hide what stands there."""
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        bad = next((c for c in line if c in _SPOOFS or (unicodedata.category(c) in _HIDDEN and c != "\t")), None)
        if bad is not None:
            faults.append(Fault(file, number, "", f"has the hidden sign U+{ord(bad):04X}"))
    return faults


_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co"})


def check_kept(file: str, before: str, text: str) -> list[Fault]:
    """What a new text of a table takes away or gives another meaning; nothing for a file that is no table."""
    rule = TABLES.get(file)
    if rule is None:
        return []
    faults: list[Fault] = []
    old: Table[Any] = table_of(file, before, rule.kind, [])
    new: Table[Any] = table_of(file, text, rule.kind, faults)
    if faults:
        return faults
    return list(_kept(rule, old, new))


def _kept(rule: Kept, old: Table[Any], new: Table[Any]) -> Iterator[Fault]:
    now = {rule.of(row): (row, line) for row, line in zip(new.rows, new.lines, strict=True)}
    for row in old.rows:
        code = rule.of(row)
        if code not in now:
            way = "give it a day `until` instead" if rule.until else "old cases are held against it"
            yield Fault(new.file, 0, rule.key[-1], f"{code!r} is missing, and is never removed: {way}")
            continue
        found, line = now[code]
        for column in rule.keeps:
            was, is_now = getattr(row, column), getattr(found, column)
            if was != is_now:
                message = f"{code!r} has {was!r} here and keeps it, for it stands in the record"
                yield Fault(new.file, line, column, message)


def check_version(
    file: str, before: str, text: str, known: Mapping[tuple[str, str], QuestionSet], made: QuestionSet | None
) -> list[Fault]:
    """A question set keeps its name, and a version its text. known: every version that was approved ever, by set and
    version; made: the set that this text is."""
    if not file.startswith(f"{QUESTIONS}/") or made is None:
        return []
    name = file.rpartition("/")[2]
    faults = []
    old = _set_of(before)
    if old and old != made.id:
        message = f"this file holds {old!r}; make a new file for {made.id!r}"
        faults.append(Fault(name, line_of(text, "set"), "set", message))
    there = known.get((made.id, made.version))
    if there is not None and there != made:
        message = f"{made.version} is the name of another text already; give this one a version of its own"
        faults.append(Fault(name, line_of(text, "version"), "version", message))
    return faults


def set_in(text: str, sets: tuple[QuestionSet, ...]) -> QuestionSet | None:
    """Of these sets the one that a file's text is."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    wanted = (raw.get("set"), raw.get("version"))
    return next((one for one in sets if (one.id, one.version) == wanted), None)


def _set_of(text: str) -> str:
    try:
        return str(tomllib.loads(text).get("set", ""))
    except tomllib.TOMLDecodeError:
        return ""


def line_of(text: str, field: str) -> int:
    """The first line that gives a field, 0 when none does."""
    found = re.compile(rf"\s*{field}\s*=")
    return next((n for n, line in enumerate(text.split("\n"), start=1) if found.match(line)), 0)
