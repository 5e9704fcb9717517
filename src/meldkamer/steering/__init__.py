"""Steering (beheer): the plan as files, its money, and what if. Measured, judged and adopted facts never mix."""

from meldkamer.steering.charts import account_chart, budget_chart
from meldkamer.steering.faults import Fault, PlanError, RepositoryError
from meldkamer.steering.load import load_plan, shipped_plan
from meldkamer.steering.outcome import Outcome, run
from meldkamer.steering.plan import Plan
from meldkamer.steering.reconcile import Reconciled, reconcile
from meldkamer.steering.repository import init_plan
from meldkamer.steering.scenario import Scenario, load_scenario
from meldkamer.steering.sensitivity import Sensitivities, sensitivities

__all__ = [
    "Fault",
    "Outcome",
    "Plan",
    "PlanError",
    "Reconciled",
    "RepositoryError",
    "Scenario",
    "Sensitivities",
    "account_chart",
    "budget_chart",
    "init_plan",
    "load_plan",
    "load_scenario",
    "reconcile",
    "run",
    "sensitivities",
    "shipped_plan",
]
