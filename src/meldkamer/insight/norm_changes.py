"""What the record says of the file of norms: from when which text counts."""

from __future__ import annotations

import zlib

from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Millis
from meldkamer.domain.pack_change import PackFileProposed, PackFiles, evolve, sha_of, unpacked
from meldkamer.pack import Fault, Norm
from meldkamer.pack.table import table_of

FILE = "norms.csv"

Norms = tuple[Norm, ...]


class NormChanges:
    """Folds what the record says of the file of norms."""

    def __init__(self) -> None:
        self._files = PackFiles()
        self._texts: dict[str, str] = {}

    def apply(self, event: Event, at: Millis) -> None:
        """Take one event in; one about another file changes nothing."""
        if isinstance(event, PackFileProposed):
            if event.file != FILE:
                return
            try:
                self._texts[event.change] = unpacked(event.text)
            except (zlib.error, UnicodeDecodeError, ValueError):
                self._texts[event.change] = ""
        self._files = evolve(self._files, event, at)

    def read(self) -> tuple[tuple[tuple[Millis, Norms], ...], tuple[str, ...]]:
        """What was approved: from when, and all norms from then on; and what of it cannot be used, in words."""
        found: list[tuple[Millis, Norms]] = []
        wrong: list[str] = []
        for change in self._files.standing():
            text, faults = self._texts[change.change], list[Fault]()
            if sha_of(text) != change.after:
                faults = [Fault(FILE, 0, "", "is not what its hash in the record says")]
            else:
                found.append((change.effective, tuple(table_of(FILE, text, Norm, faults).rows)))
            if faults:
                wrong.append(f"change {change.change[:8]}: {faults[0]}")
        return tuple(found), tuple(wrong)
