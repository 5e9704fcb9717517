"""Which word between brackets is which kind of record."""

from __future__ import annotations

from meldkamer.steering import parties, policy, portfolio, provisions, risk
from meldkamer.steering.archive import records as archive
from meldkamer.steering.continuity import records as continuity
from meldkamer.steering.proof import records as proof
from meldkamer.steering.record import Row

KINDS: dict[str, type[Row]] = {
    "party": parties.Party,
    "role": parties.Role,
    "body": parties.Body,
    "supplier": parties.Supplier,
    "site": parties.Site,
    "agreement": parties.Agreement,
    "decision": parties.Decision,
    "agenda_step": parties.AgendaStep,
    "goal": policy.Goal,
    "framework": policy.Framework,
    "law": policy.Law,
    "trend": policy.Trend,
    "vision": policy.Vision,
    "text": policy.Text,
    "principle": policy.Principle,
    "provision": provisions.Provision,
    "system": provisions.System,
    "side_service": provisions.SideService,
    "algorithm": provisions.Algorithm,
    "processing": provisions.Processing,
    "expertise": provisions.Expertise,
    "condition": provisions.Condition,
    "line": portfolio.Line,
    "item": portfolio.Item,
    "demand": portfolio.Demand,
    "innovation": portfolio.Innovation,
    "money_note": portfolio.MoneyNote,
    "risk_matrix": risk.RiskMatrix,
    "risk": risk.Risk,
    "judgement": risk.Judgement,
    "treatment": risk.Treatment,
    "change": portfolio.Change,
    "service": continuity.Service,
    "chain": continuity.Chain,
    "impact": continuity.Impact,
    "continuity_plan": continuity.ContinuityPlan,
    "option": continuity.Option,
    "process": continuity.Process,
    "maturity": continuity.Maturity,
    "clock": continuity.LegalClock,
    "notifiable": continuity.Notifiable,
    "notification": continuity.Notification,
    "measure": proof.Measure,
    "applied": proof.Applied,
    "norm": proof.Norm,
    "advice": proof.Advice,
    "retention": archive.Retention,
}
NAMES: dict[type[Row], str] = {kind: name for name, kind in KINDS.items()}
