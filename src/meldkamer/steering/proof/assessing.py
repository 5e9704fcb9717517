"""What a party says of a measure, added to the file where a planner would write it."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from meldkamer.steering.plan import Plan
from meldkamer.steering.proof.records import Applied

FILE = Path("bewijs") / "oordelen.toml"


def write_assessment(
    folder: Path,
    plan: Plan,
    *,
    measure: str,
    party: str,
    by: str,
    date: datetime.date,
    applicable: bool,
    degree: int,
    evidence: str,
    reason: str,
) -> Applied:
    """Add it and return it; an earlier one stays, and is the history. plan: as it stands in the folder.

    Whether the plan is good with it is for `load_plan` to say.
    """
    taken = {placed.record.id for placed in plan.placed}
    number = next(n for n in range(1, len(taken) + 2) if f"{party}-{measure}-{n}" not in taken)
    new = Applied(
        id=f"{party}-{measure}-{number}",
        measure=measure,
        party=party,
        by=by,
        date=date,
        applicable=applicable,
        degree=degree,
        evidence=evidence.strip(),
        reason=reason.strip(),
    )
    lines = ["[[applied]]"]
    for name in ("id", "measure", "party", "by", "evidence", "reason"):
        if value := getattr(new, name):
            lines.append(f"{name} = {msgspec.json.encode(value).decode()}")
    lines += [f"date = {date}", f"applicable = {str(applicable).lower()}", f"degree = {degree}"]
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    path.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
    return new
