"""Whose hand it is: batches of other rooms are checked before anybody here is shown them.

What fails is kept from followers and named. It still counts for versions and chains: rooms that do not know the same
keys at the same moment must agree on those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meldkamer.record.port import Entry
from meldkamer.record.signing import Verifier, batch_digest

Refused = list[tuple[int, str]]
"""Sequences that are not shown, with the reason."""


class Gate:
    """Entries of one region pass in order; those of a batch together, once its last one has come."""

    def __init__(self, region: str, verifier: Verifier | None) -> None:
        """verifier: None lets everything through."""
        self._region, self._verifier = region, verifier
        self._open: list[Entry] = []
        self._newest: dict[tuple[str, str], list[Entry]] = {}

    @property
    def held(self) -> int:
        """How many entries wait for the rest of their batch."""
        return len(self._open)

    def held_of(self, subject: str) -> int:
        """How many of them are of one subject."""
        return sum(entry.subject == subject for entry in self._open)

    def admit(self, entries: Sequence[Entry], own: bool = False) -> tuple[list[Entry], Refused]:
        """What may be shown now and what may not. own: stored by this process, just now."""
        if self._verifier is None:
            return list(entries), []
        shown: list[Entry] = []
        refused: Refused = []
        for batch, whole in self._batches(entries):
            why = "its batch is not whole" if not whole else "" if own else self._fault(batch)
            if why:
                refused += [(entry.seq, why) for entry in batch]
            else:
                shown += batch
        return shown, refused

    def catch_up(self, entries: Sequence[Entry]) -> None:
        """Entries that came while this process did not run: of each subject and room the newest batch counts."""
        if self._verifier is not None:
            for batch, whole in self._batches(entries):
                if whole:
                    self._newest[batch[-1].subject, batch[-1].event.room] = batch

    def caught_up(self) -> Refused:
        """Check what `catch_up` has kept, and forget it."""
        faults = ((batch, self._fault(batch)) for batch in self._newest.values())
        refused = [(entry.seq, why) for batch, why in faults if why for entry in batch]
        self._newest = {}
        return sorted(refused)

    def _batches(self, entries: Iterable[Entry]) -> Iterable[tuple[list[Entry], bool]]:
        """Each batch that has ended, and whether it is whole."""
        for entry in entries:
            last = self._open[-1] if self._open else None
            if last is not None and (last.batch, last.n + 1, last.of) != (entry.batch, entry.n, entry.of):
                yield self._open, False
                self._open = []
            if not self._open and (entry.n or entry.batch != entry.event.id):
                yield [entry], False
                continue
            self._open.append(entry)
            if entry.n == entry.of - 1:
                batch, self._open = self._open, []
                yield batch, True

    def _fault(self, batch: Sequence[Entry]) -> str:
        """What is wrong with a batch's signature; '' when nothing is."""
        assert self._verifier is not None
        room, signature = batch[-1].event.room, batch[-1].signature
        if any(entry.event.room != room for entry in batch):
            return "a batch of more than one room, for which nobody can sign"
        if not self._verifier.knows(room):
            return f"no key of room {room} is known here"
        if not self._verifier.good(room, batch_digest(self._region, [entry.hash for entry in batch]), signature):
            return f"the signature of room {room} does not fit"
        return ""
