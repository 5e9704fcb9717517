"""Which release is in force when: a list of decisions that only grows, so that every room that has it says the same."""

from __future__ import annotations

from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.geo.release import ReleaseError, write_whole


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `at` on, this release counts; an empty one means none: the pack alone. decided: when, times in ms UTC."""

    release: str
    at: Millis
    decided: Millis


class Schedule:
    """`use.json` of a data folder. The latest `at` that has come counts; of equal ones the later decision."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def decisions(self) -> tuple[Decision, ...]:
        """All, in the order in which they were taken. Raises ReleaseError when the file is damaged."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=tuple[Decision, ...])
        except FileNotFoundError:
            return ()
        except msgspec.MsgspecError as error:
            raise ReleaseError(f"{self.path.name} cannot be read: {error}") from error

    def at(self, now: Millis) -> Decision | None:
        """What is in force at that time; None before anything was."""
        come = [(d.at, n, d) for n, d in enumerate(self.decisions()) if d.at <= now]
        return max(come)[2] if come else None

    def next(self, now: Millis) -> Decision | None:
        """The first change that is still to come."""
        coming = [(d.at, -n, d) for n, d in enumerate(self.decisions()) if d.at > now]
        return min(coming)[2] if coming else None

    def use(self, release: str, at: Millis, now: Millis) -> Decision:
        """Take a release into force at a moment that is not in the past (an earlier one counts as now)."""
        decision = Decision(release=release, at=max(at, now), decided=now)
        self._add(decision)
        return decision

    def take_back(self, now: Millis) -> Decision:
        """Return to what was in force before the present one, at once, and forget what was still to come.

        Raises ReleaseError when nothing is in force.
        """
        present = self.at(now)
        if present is None or not present.release:
            raise ReleaseError("no release is in force, so there is none to take back")
        earlier = [d for d in self.decisions() if d.at <= present.at and d.release != present.release]
        before = max(earlier, key=lambda d: d.at).release if earlier else ""
        kept = tuple(d for d in self.decisions() if d.at <= now)
        decision = Decision(release=before, at=now, decided=now)
        self._write((*kept, decision))
        return decision

    def _add(self, decision: Decision) -> None:
        self._write((*self.decisions(), decision))

    def _write(self, decisions: tuple[Decision, ...]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, msgspec.json.format(msgspec.json.encode(decisions), indent=1))
