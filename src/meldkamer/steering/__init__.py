"""Steering (beheer): the plan as files, its money, and what if. Measured, judged and adopted facts never mix."""

from meldkamer.steering.adoption import Adoption, adopt, adoptions, changes, check_adoptions
from meldkamer.steering.board import Board, risk_board
from meldkamer.steering.charts import account_chart, budget_chart
from meldkamer.steering.difference import Difference, differences
from meldkamer.steering.faults import Fault, PlanError, RepositoryError
from meldkamer.steering.judging import write_judgement
from meldkamer.steering.lines import Portfolio, axis_chart, portfolio
from meldkamer.steering.load import load_plan, shipped_plan
from meldkamer.steering.measured import Counter, Measured
from meldkamer.steering.outcome import Outcome, run
from meldkamer.steering.plan import Plan
from meldkamer.steering.reconcile import Reconciled, reconcile
from meldkamer.steering.repository import init_plan
from meldkamer.steering.scenario import Scenario, find_scenarios, load_scenario, scenario_files
from meldkamer.steering.sensitivity import Sensitivities, sensitivities

__all__ = [
    "Adoption",
    "Board",
    "Counter",
    "Difference",
    "Fault",
    "Measured",
    "Outcome",
    "Plan",
    "PlanError",
    "Portfolio",
    "Reconciled",
    "RepositoryError",
    "Scenario",
    "Sensitivities",
    "account_chart",
    "adopt",
    "adoptions",
    "axis_chart",
    "budget_chart",
    "changes",
    "check_adoptions",
    "differences",
    "find_scenarios",
    "init_plan",
    "load_plan",
    "load_scenario",
    "portfolio",
    "reconcile",
    "risk_board",
    "run",
    "scenario_files",
    "sensitivities",
    "shipped_plan",
    "write_judgement",
]
