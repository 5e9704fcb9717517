"""The folder of question sets into `QuestionSet`s, with every mistake told by file, line and field.

One file is one version of one set: its head, then `[[question]]`, `[[advice]]` and `[[suggest]]` tables.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from meldkamer.pack.faults import Fault
from meldkamer.pack.questions import Advice, Name, Question, QuestionSet, Suggestion, Version, Words
from meldkamer.pack.toml_file import TomlFile

FOLDER = "questions"
LARGEST = 256 * 1024
"""Bytes of one file; a set is a page or two."""
HEAD = ("set", "version", "effective", "name", "name_en", "classes")


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    set: Name
    version: Version
    effective: datetime.date
    name: Words
    name_en: Words
    classes: tuple[str, ...]


class SetFile(msgspec.Struct, frozen=True, kw_only=True):
    """A set with the file it came from. numbers: of its tables by name, the number of each in the file."""

    file: TomlFile
    set: QuestionSet
    numbers: dict[str, tuple[int, ...]]

    def fault(self, table: str, at: int, field: str, message: str) -> None:
        """Tell what is wrong with a field of the at-th struct of a table; of the head when there is no table."""
        number = self.numbers[table][at] if table else 0
        self.file.fault(self.file.line(table, number, field), field, message)


def read_sets(root: Path, faults: list[Fault]) -> list[SetFile]:
    """Read every file of the pack's folder of sets; a pack without that folder has none."""
    folder = root / FOLDER
    found = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        if path.stat().st_size > LARGEST:
            faults.append(Fault(path.name, 0, "", f"is larger than {LARGEST // 1024} kB"))
            continue
        one = _read(TomlFile(path, faults))
        if one is not None:
            found.append(one)
    return found


def _read(file: TomlFile) -> SetFile | None:
    if not file.raw:
        return None
    told = len(file.faults)
    head = file.convert({name: file.raw.pop(name) for name in HEAD if name in file.raw}, _Head, "", 0)
    questions, advice = file.tables("question", Question), file.tables("advice", Advice)
    suggestions = file.tables("suggest", Suggestion)
    file.rest()
    if head is None or len(file.faults) > told:
        return None
    return SetFile(
        file=file,
        set=QuestionSet(
            id=head.set,
            version=head.version,
            effective=head.effective,
            name=head.name,
            name_en=head.name_en,
            classes=head.classes,
            questions=tuple(q for q, _ in questions),
            advice=tuple(a for a, _ in advice),
            suggestions=tuple(s for s, _ in suggestions),
        ),
        numbers={
            "question": tuple(n for _, n in questions),
            "advice": tuple(n for _, n in advice),
            "suggest": tuple(n for _, n in suggestions),
        },
    )


def read_set_texts(texts: Sequence[str], faults: list[Fault]) -> list[QuestionSet]:
    """The sets that these texts of files are; one that cannot be read is told and left out."""
    with tempfile.TemporaryDirectory(prefix="meldkamer-sets-") as name:
        (folder := Path(name) / FOLDER).mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number:04d}.toml").write_bytes(text.encode())
        return [one.set for one in read_sets(Path(name), faults)]
