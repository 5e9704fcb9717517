"""What is wrong with a pack, said so that an administrator can repair it.

A pack is edited by people who do not program. A loader that stops at the first
mistake makes them play a game of twenty rounds, so every fault is collected and
told at once, each with its file, row and column.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One mistake in one place. ``row`` is the line in the file; 1 is the header, 0 the whole file."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        where = self.file
        if self.row:
            where += f", row {self.row}"
        if self.column:
            where += f", column {self.column}"
        return f"{where}: {self.message}"


class PackError(Exception):
    """The pack cannot be used. ``faults`` holds every mistake that was found."""

    def __init__(self, folder: str, faults: Sequence[Fault]) -> None:
        self.folder = folder
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"pack {folder} has {count} fault{'' if count == 1 else 's'}:"]
        lines += [f"  {fault}" for fault in self.faults]
        super().__init__("\n".join(lines))
