"""What a fault did, as a row of the report, and what it may do at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

LIMITS: Mapping[str, float] = {
    "takeover_s": 14.0,
    "declared_s": 1.0,
    "handover_s": 1.0,
    "handback_s": 1.0,
    "island_s": 7.0,
    "rejoin_s": 3.0,
    "back_s": 90.0,
    "moved": 0,
    "times_moved": 1,
    "crashed": 0,
}
"""At most so much, of whatever a row has seen. takeover_s: from the fault until every other room sees a new owner of
every function, by rule; declared_s: the same from a person's word on. handover_s, handback_s: of one function, from the
second side's consent until the receiving room has it. island_s: from the cut until the room says LOCAL. rejoin_s: how
long it stands still while it brings what it kept to the others; back_s: from the healed link until it says SAFE, with
the time that it waits to see whether the link holds. moved: functions that changed hands though they should not;
times_moved: how often the one did that moved most. crashed: processes that ended though nobody ended them."""


class Row(msgspec.Struct, kw_only=True):
    """One fault. begin, end: seconds since the drill began. seen: measures by name. limits: what is allowed here."""

    fault: str
    target: str
    begin: float
    end: float = 0.0
    seen: dict[str, float] = {}
    limits: dict[str, float] = {}
    verdict: Literal["good", "over", "failed"] = "failed"
    why: str = ""

    def judge(self) -> None:
        """Set the verdict from what was seen; a row that says why already has failed."""
        if self.why:
            self.verdict = "failed"
            return
        allowed = {**LIMITS, **self.limits}
        over = [
            f"{name} {value} > {allowed[name]:g}"
            for name, value in self.seen.items()
            if value > allowed.get(name, value)
        ]
        self.verdict, self.why = ("over", "; ".join(over)) if over else ("good", "")


class Skipped(msgspec.Struct, frozen=True):
    """A fault that was not tried, and why."""

    fault: str
    why: str
