"""A judgement added to the file of the party that gives it, in the form that a planner would write by hand."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from meldkamer.steering.faults import Fault, PlanError
from meldkamer.steering.load import load_plan
from meldkamer.steering.risk import Judgement

FOLDER = Path("risicos") / "oordelen"


def write_judgement(
    folder: Path,
    *,
    risk: str,
    party: str,
    by: str,
    date: datetime.date,
    holds: bool,
    likelihood: int,
    impact: int,
    reason: str,
) -> Judgement:
    """Add a judgement and return it. Raises PlanError, and leaves the file as it was, when the plan would be wrong."""
    plan = load_plan(folder)
    given = sum(judgement.party == party for judgement in plan.of(Judgement))
    taken = {placed.record.id for placed in plan.placed}
    number = next(n for n in range(given + 1, given + len(taken) + 2) if f"{party}-{n}" not in taken)
    new = Judgement(
        id=f"{party}-{number}",
        risk=risk,
        party=party,
        by=by,
        date=date,
        holds=holds,
        likelihood=likelihood,
        impact=impact,
        reason=reason,
    )
    if party not in plan.by_id:
        raise PlanError("the judgement", [Fault(str(FOLDER), 0, "party", f"{party!r} is not the id of a party")])
    path = folder / FOLDER / f"{party}.toml"
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (before or b"").decode()
    path.write_text(f"{text.rstrip()}\n\n{_toml(new)}" if text else _toml(new), encoding="utf-8")
    try:
        load_plan(folder)
    except PlanError:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
        raise
    return new


def _toml(judgement: Judgement) -> str:
    lines = ["[[judgement]]"]
    for key, value in msgspec.structs.asdict(judgement).items():
        if isinstance(value, bool):
            lines.append(f"{key} = {str(value).lower()}")
        elif isinstance(value, str):
            lines.append(f"{key} = {msgspec.json.encode(value).decode()}")
        else:
            lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"
