"""The proof: each measure, what was measured of it, what each party says, how old that is. A degree, not yes or no."""

from __future__ import annotations

import datetime

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.pack import Pack
from meldkamer.steering.continuity.judged import months_later
from meldkamer.steering.continuity.report import continuity_report
from meldkamer.steering.facts import RecordFacts
from meldkamer.steering.measured import DAY, date_of
from meldkamer.steering.plan import Plan
from meldkamer.steering.policy import Law
from meldkamer.steering.proof.queries import QUERIES, Asked, Seen
from meldkamer.steering.proof.records import DEGREES, Advice, Applied, Measure, Norm
from meldkamer.steering.provisions import System
from meldkamer.steering.risk import RiskMatrix


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one party says of a measure; state "not yet judged" is no degree of nothing."""

    party: str
    state: str
    degree: int | None = None
    date: datetime.date | None = None
    by: str = ""
    evidence: str = ""
    reason: str = ""
    stale: bool = False


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One measure. seen: what its query shows; None where it has none. age_days: of the newest fact behind it."""

    measure: str
    framework: str
    number: str
    name: str
    name_en: str
    query: str
    seen: Seen | None
    age_days: float | None
    said: tuple[Said, ...]
    norms: tuple[str, ...]
    accountable: str


class FrameworkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A framework in numbers. degree: share of the full degree over what was judged and applies, 0 to 1, None while
    nothing was; of how many cells is said beside it. measured: measures whose query shows a share."""

    framework: str
    measures: int
    with_query: int
    measured: int
    judged: int
    cells: int
    not_applicable: int
    degree: float | None
    per_party: dict[str, float | None]


class SystemRow(msgspec.Struct, frozen=True, kw_only=True):
    """A critical system with its levels by the old scheme and its place in the new one. degree: of the measures of the
    new scheme that its owner judged."""

    system: str
    name: str
    owner: str
    bbn_target: str
    bbn_reached: str
    bio2_scope: str
    degree: float | None
    minimum_by: int | str
    analysis: str


class AdviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Advice and its answer."""

    advice: str
    name: str
    name_en: str
    given_by: str
    answer: str
    reason: str
    date: datetime.date | None
    accountable: str


class NormRow(msgspec.Struct, frozen=True, kw_only=True):
    """A party's own norm."""

    norm: str
    name: str
    name_en: str
    party: str
    version: str
    measures: tuple[str, ...]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. levels: the schemes of the plan with their status, as both stand beside each other for now."""

    at: Millis
    parties: tuple[str, ...]
    frameworks: tuple[FrameworkRow, ...]
    measures: tuple[MeasureRow, ...]
    systems: tuple[SystemRow, ...]
    advice: tuple[AdviceRow, ...]
    norms: tuple[NormRow, ...]
    levels: dict[str, str]


def proof_report(plan: Plan, pack: Pack, facts: RecordFacts, now: Millis) -> Proof:
    """The proof at a moment."""
    found = continuity_report(plan, pack, facts, now)
    asked = Asked(plan=plan, pack=pack, facts=facts, continuity=found, now=now)
    parties = next((matrix.parties for matrix in plan.of(RiskMatrix)), ())
    today = date_of(now)
    rows = tuple(_measure(plan, measure, asked, parties, today) for measure in plan.of(Measure))
    frameworks = dict.fromkeys(row.framework for row in rows)
    return Proof(
        at=now,
        parties=parties,
        frameworks=tuple(_framework(name, [r for r in rows if r.framework == name], parties) for name in frameworks),
        measures=rows,
        systems=tuple(_system(s, rows) for s in plan.of(System) if s.critical),
        advice=tuple(
            AdviceRow(
                advice=a.id,
                name=a.name,
                name_en=a.name_en,
                given_by=a.given_by,
                answer=a.answer,
                reason=a.reason,
                date=a.date or None,
                accountable=a.accountable,
            )
            for a in plan.of(Advice)
        ),
        norms=tuple(
            NormRow(norm=n.id, name=n.name, name_en=n.name_en, party=n.party, version=n.version, measures=n.measures)
            for n in plan.of(Norm)
        ),
        levels={law.id: law.status for law in plan.of(Law) if law.kind == "levels" or law.id in ("W-bio", "W-bio2")},
    )


def _measure(plan: Plan, measure: Measure, asked: Asked, parties: tuple[str, ...], today: datetime.date) -> MeasureRow:
    seen = QUERIES[measure.query](asked) if measure.query else None
    return MeasureRow(
        measure=measure.id,
        framework=measure.framework,
        number=measure.number,
        name=measure.name,
        name_en=measure.name_en,
        query=measure.query,
        seen=seen,
        age_days=None if seen is None or seen.at is None else round((asked.now - seen.at) / DAY, 2),
        said=tuple(_said(plan, measure.id, party, today) for party in parties),
        norms=tuple(n.id for n in plan.of(Norm) if measure.id in n.measures),
        accountable=measure.accountable,
    )


def _said(plan: Plan, measure: str, party: str, today: datetime.date) -> Said:
    given = [a for a in plan.of(Applied) if (a.measure, a.party) == (measure, party) and a.date <= today]
    if not given:
        return Said(party=party, state="not yet judged")
    newest = max(enumerate(given), key=lambda one: (one[1].date, one[0]))[1]
    return Said(
        party=party,
        state="applies" if newest.applicable else "does not apply",
        degree=newest.degree if newest.applicable else None,
        date=newest.date,
        by=newest.by,
        evidence=newest.evidence,
        reason=newest.reason,
        stale=today >= months_later(newest.date, newest.fresh_months),
    )


def _framework(name: str, rows: list[MeasureRow], parties: tuple[str, ...]) -> FrameworkRow:
    cells = [said for row in rows for said in row.said]
    return FrameworkRow(
        framework=name,
        measures=len(rows),
        with_query=sum(row.seen is not None for row in rows),
        measured=sum(row.seen is not None and row.seen.share is not None for row in rows),
        judged=sum(said.state != "not yet judged" for said in cells),
        cells=len(cells),
        not_applicable=sum(said.state == "does not apply" for said in cells),
        degree=_degree(cells),
        per_party={party: _degree([said for said in cells if said.party == party]) for party in parties},
    )


def _degree(said: list[Said]) -> float | None:
    degrees = [one.degree for one in said if one.degree is not None]
    return sum(degrees) / (DEGREES * len(degrees)) if degrees else None


def _system(system: System, rows: tuple[MeasureRow, ...]) -> SystemRow:
    said = [s for row in rows if row.framework == "BIO2" for s in row.said if s.party == system.owner]
    return SystemRow(
        system=system.id,
        name=system.name,
        owner=system.owner,
        bbn_target=system.bbn_target,
        bbn_reached=system.bbn_reached,
        bio2_scope=system.bio2_scope,
        degree=_degree(said),
        minimum_by=system.minimum_by,
        analysis=system.analysis,
    )
