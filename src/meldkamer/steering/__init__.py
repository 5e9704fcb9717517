"""Steering (beheer): the plan as files, its money, and what if. Measured, judged and adopted facts never mix."""

from meldkamer.steering.adoption import Adoption, adopt, adoptions, changes, check_adoptions
from meldkamer.steering.archive.keeper import TermsKeeper
from meldkamer.steering.archive.terms import Terms
from meldkamer.steering.assuming import Assumed, Figures, assume, figures
from meldkamer.steering.board import Board, risk_board
from meldkamer.steering.budget import Account, Budget, OtherUsers
from meldkamer.steering.charts import account_chart, budget_chart
from meldkamer.steering.continuity.records import Service
from meldkamer.steering.continuity.report import continuity_report
from meldkamer.steering.continuity.structs import Continuity, ObjectiveRow, ServiceRow
from meldkamer.steering.difference import Difference, differences
from meldkamer.steering.facts import RecordFacts
from meldkamer.steering.faults import Fault, PlanError, RepositoryError
from meldkamer.steering.forms import SPOKEN, FormField, addable, changeable, form_of, shown
from meldkamer.steering.judging import write_judgement
from meldkamer.steering.kinds import KINDS
from meldkamer.steering.lines import Portfolio, axis_chart, portfolio
from meldkamer.steering.load import load_plan, shipped_plan
from meldkamer.steering.measured import Measured, date_of
from meldkamer.steering.outcome import Outcome, run
from meldkamer.steering.parties import Body, Party, Role
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Demand, Innovation, Item, Line, MoneyNote
from meldkamer.steering.proof.report import Proof, proof_report
from meldkamer.steering.proposing import (
    Added,
    Answered,
    Asked,
    Assessed,
    Changed,
    Judged,
    Proposal,
    check_proposal,
    check_review,
    count_proposals,
    keep_proposal,
    proposals,
    propose,
    review,
    settle,
)
from meldkamer.steering.reconcile import Reconciled, reconcile
from meldkamer.steering.record import Record, Row
from meldkamer.steering.repository import init_plan, is_repository
from meldkamer.steering.risk import Judgement, Risk, RiskMatrix
from meldkamer.steering.scenario import Scenario, find_scenarios, load_scenario, scenario_files
from meldkamer.steering.sensitivity import Sensitivities, sensitivities
from meldkamer.steering.sharing.copy import AdoptionRow, PlanCopy, ProposalRow
from meldkamer.steering.sharing.keeper import PlanKeeper
from meldkamer.steering.sharing.writer import adopt_shared, proposal_commands, propose_and_adopt
from meldkamer.steering.versions import commit_of
from meldkamer.steering.workbook import workbook

__all__ = [
    "KINDS",
    "SPOKEN",
    "Account",
    "Added",
    "Adoption",
    "AdoptionRow",
    "Answered",
    "Asked",
    "Assessed",
    "Assumed",
    "Board",
    "Body",
    "Budget",
    "Changed",
    "Continuity",
    "Demand",
    "Difference",
    "Fault",
    "Figures",
    "FormField",
    "Innovation",
    "Item",
    "Judged",
    "Judgement",
    "Line",
    "Measured",
    "MoneyNote",
    "ObjectiveRow",
    "OtherUsers",
    "Outcome",
    "Party",
    "Plan",
    "PlanCopy",
    "PlanError",
    "PlanKeeper",
    "Portfolio",
    "Proof",
    "Proposal",
    "ProposalRow",
    "Reconciled",
    "Record",
    "RecordFacts",
    "RepositoryError",
    "Risk",
    "RiskMatrix",
    "Role",
    "Row",
    "Scenario",
    "Sensitivities",
    "Service",
    "ServiceRow",
    "Terms",
    "TermsKeeper",
    "account_chart",
    "addable",
    "adopt",
    "adopt_shared",
    "adoptions",
    "assume",
    "axis_chart",
    "budget_chart",
    "changeable",
    "changes",
    "check_adoptions",
    "check_proposal",
    "check_review",
    "commit_of",
    "continuity_report",
    "count_proposals",
    "date_of",
    "differences",
    "figures",
    "find_scenarios",
    "form_of",
    "init_plan",
    "is_repository",
    "keep_proposal",
    "load_plan",
    "load_scenario",
    "portfolio",
    "proof_report",
    "proposal_commands",
    "proposals",
    "propose",
    "propose_and_adopt",
    "reconcile",
    "review",
    "risk_board",
    "run",
    "scenario_files",
    "sensitivities",
    "settle",
    "shipped_plan",
    "shown",
    "workbook",
    "write_judgement",
]
