"""What every record of the plan has, and how records refer to each other.

A record is a table in a TOML file, `[[item]]`, `[[demand]]`, and so on; the word in the brackets is its kind. In which
file it stands is the planner's choice. Owners are roles, never names of people.
"""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec

from meldkamer.steering.fields import Unknown, refers

RequirementId = Annotated[str, refers("requirement")]
RoleId = Annotated[str, refers("role")]
PartyId = Annotated[str, refers("party")]
BodyId = Annotated[str, refers("body")]
SiteId = Annotated[str, refers("site")]
GoalId = Annotated[str, refers("goal")]
BasisId = Annotated[str, refers("framework", "law", "goal", "decision")]
ProvisionId = Annotated[str, refers("provision")]
SystemId = Annotated[str, refers("system")]
LineId = Annotated[str, refers("line")]
ItemId = Annotated[str, refers("item")]
DemandId = Annotated[str, refers("demand")]
ConditionId = Annotated[str, refers("condition")]
ExpertiseId = Annotated[str, refers("expertise")]
AgreementId = Annotated[str, refers("agreement")]
RiskId = Annotated[str, refers("risk")]
SupplierId = Annotated[str, refers("supplier")]
DecisionId = Annotated[str, refers("decision")]
AskerId = Annotated[str, refers("party", "demand", "body", "law", "framework", "trend", "vision", "site")]
DeliveredId = Annotated[str, refers("provision", "system")]

Year = int | Unknown
When = datetime.date | Unknown


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan can refer to. id: unique in the whole plan."""

    id: str


class Record(Row, frozen=True, kw_only=True):
    """A row with a name of its own. serves: the requirements of the adopted plan that it answers."""

    name: str
    name_en: str
    serves: tuple[RequirementId, ...]
    text: str = ""


class Owned(Record, frozen=True, kw_only=True):
    """A record somebody answers for: exactly one accountable role, any number of responsible ones."""

    accountable: RoleId
    responsible: tuple[RoleId, ...] = ()
