"""The report of a drill: one JSON line, or a few lines for people."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from meldkamer.drill.checker import Verdict
from meldkamer.drill.rows import Row, Skipped


class Takeover(msgspec.Struct, frozen=True):
    """The slowest one of each kind, in seconds; None when there was none."""

    declared: float | None
    silent: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. ok: nothing lost, duplicated, overlapping or contradicted, no other problem, every fault within its
    limits. seconds: of the part with faults. The slowest of each kind: `_s`, None when it was not seen."""

    ok: bool
    seed: int
    rooms: int
    core: int
    seconds: float
    acked: int
    local: int
    unknown: int
    refused: int
    entries: int
    lost: int
    duplicated: int
    overlaps: int
    contradicted: int
    conflicts: int
    takeover_s: Takeover
    handback_s: float | None
    island_s: float | None
    rejoin_s: float | None
    differences: tuple[str, ...]
    problems: tuple[str, ...]
    faults: tuple[Row, ...]
    skipped: tuple[Skipped, ...]


def make_report(
    verdict: Verdict,
    differences: Sequence[str],
    rows: Sequence[Row],
    skipped: Sequence[Skipped],
    *,
    seed: int,
    rooms: int,
    core: int,
    seconds: float,
) -> Report:
    """Put it together. differences: what rooms show otherwise than others."""

    def worst(name: str) -> float | None:
        return max((row.seen[name] for row in rows if name in row.seen), default=None)

    return Report(
        ok=verdict.ok and not differences and bool(rows) and all(row.verdict == "good" for row in rows),
        seed=seed,
        rooms=rooms,
        core=core,
        seconds=round(seconds, 1),
        **{name: getattr(verdict, name) for name in _COUNTS},
        takeover_s=Takeover(declared=worst("declared_s"), silent=worst("takeover_s")),
        handback_s=worst("handback_s"),
        island_s=worst("island_s"),
        rejoin_s=worst("rejoin_s"),
        differences=tuple(differences),
        problems=verdict.problems,
        faults=tuple(rows),
        skipped=tuple(skipped),
    )


_COUNTS = (
    "acked",
    "local",
    "unknown",
    "refused",
    "entries",
    "lost",
    "duplicated",
    "overlaps",
    "contradicted",
    "conflicts",
)


def report_text(report: Report) -> str:
    """For people."""
    lines = [
        f"{'passed' if report.ok else 'NOT passed'}: {report.rooms} rooms, {report.core} core servers, "
        f"{report.seconds:.0f} s, seed {report.seed}",
        f"acknowledged {report.acked} (of these LOCAL {report.local}), lost {report.lost}, duplicated "
        f"{report.duplicated}, overlaps {report.overlaps}, contradicted {report.contradicted}, conflicts "
        f"{report.conflicts}, unknown {report.unknown}, refused {report.refused}, entries {report.entries}",
    ]
    for row in report.faults:
        seen = ", ".join(f"{name} {value:g}" for name, value in row.seen.items())
        lines.append(f"{row.verdict:<7} {row.fault:<17} {row.target:<8} {seen}{f': {row.why}' if row.why else ''}")
    lines += [f"differs: {text}" for text in report.differences]
    lines += [f"wrong:   {text}" for text in report.problems]
    lines += [f"skipped  {skipped.fault}: {skipped.why}" for skipped in report.skipped]
    return "\n".join(lines) + "\n"
