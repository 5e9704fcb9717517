"""What if, with figures that somebody fills in for once: the plan's own questions, asked otherwise. Nothing is kept."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.desk.steering_views import ScenarioView
from meldkamer.steering import Assumed, Plan, account_chart, assume, figures, load_scenario, run, scenario_files

FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
ItemName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Figures by item of the scenario; none: as its file has them."""

    items: Annotated[dict[ItemName, Assumed], msgspec.Meta(max_length=40)] = {}
    language: Literal["nl", "en"] = "nl"


def add_what_if(api: Api, services: Services) -> None:
    """Register the operation."""
    shelf, authority = services.shelf, services.authority

    @api.op("POST", "/api/steering/scenarios/{name}", needs=need("steer"), problems=("refused", "not_found"))
    async def steering_what_if(request: Request, name: FileName, body: WhatIf) -> ScenarioView:
        """The answer to a question of the plan with other figures. It writes nothing."""
        authority.may_see(request.session, services.pack.manifest.national_region)
        plan = await shelf.plan()
        found = await shelf.aside(lambda: asked(plan, name, body))
        if found is None:
            raise ProblemError("not_found", "scenario.unknown", params={"name": name})
        return found


def asked(plan: Plan, name: str, body: WhatIf) -> ScenarioView | None:
    """The answer; None when the plan has no such question. Raises PlanError for figures that cannot be."""
    file = next((file for file in scenario_files(plan) if file.stem == name), None)
    if file is None:
        return None
    scenario = load_scenario(file, plan)
    outcome = run(plan, assume(scenario, plan, body.items))
    return ScenarioView(outcome=outcome, chart=account_chart(outcome, body.language), figures=figures(scenario))
