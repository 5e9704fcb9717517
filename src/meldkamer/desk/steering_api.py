"""Reading the steering screens: Vandaag, Risicobord, Continuïteit, Lijnen, Geld, Bewijs. Nothing here writes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer import steering
from meldkamer.access import need
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.desk.steering_register_api import add_steering_register
from meldkamer.desk.steering_services_api import add_steering_services
from meldkamer.desk.steering_shelf import PlanState, Shelf, state_of
from meldkamer.desk.steering_views import (
    Adopted,
    LinesView,
    MoneyView,
    ReportView,
    RisksView,
    ScenarioName,
    ScenarioView,
    Today,
    ToJudge,
    WorkbookView,
    bodies_of,
    checked,
    counted,
    demand_view,
    everybody,
    judging_parties,
    named,
    report_view,
    roles_of,
    rooms_today,
    trial_view,
)
from meldkamer.desk.steering_what_if_api import add_what_if
from meldkamer.steering import (
    Adoption,
    Board,
    Demand,
    Difference,
    Innovation,
    Item,
    Judgement,
    Line,
    MoneyNote,
    Plan,
    Risk,
    RiskMatrix,
    account_chart,
    adoptions,
    axis_chart,
    budget_chart,
    changes,
    count_proposals,
    date_of,
    figures,
    load_scenario,
    risk_board,
    scenario_files,
    sensitivities,
)

Language = Literal["nl", "en"]
FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Revision = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$")]


def add_steering(api: Api, services: Services) -> None:
    """Register the operations."""
    add_steering_services(api, services)
    add_steering_register(api, services)
    add_what_if(api, services)
    shelf, tally = services.shelf, services.tally
    homes = {f.code: f.home_room for f in services.pack.functions}

    def may(request: Request) -> None:
        # The plan is national: an account that is bound to other regions has no business here.
        services.authority.may_see(request.session, services.pack.manifest.national_region)

    @api.op("GET", "/api/steering/plan", needs=need("steer"))
    async def steering_plan(request: Request) -> PlanState:
        """Which plan this room steers by, what is wrong with it, and whether it can be written here."""
        may(request)
        return await state_of(shelf)

    @api.op("GET", "/api/steering/today", needs=need("steer"), problems=("refused",))
    async def steering_today(request: Request) -> Today:
        """How the rooms are, what was counted, and what waits for a person."""
        may(request)
        plan, measured = await shelf.plan(), await tally.measured()
        report = await tally.of(lambda facts: steering.continuity_report(plan, services.pack, facts, request.now))
        owners = {f.name: f.owner for f in services.picture.functions.values()}
        board = risk_board(plan, date_of(request.now), measured)
        adopted = await _adoptions(shelf)
        newest = adopted[-1] if adopted else None
        since = await shelf.since(adopted[-1].tag) if adopted else None
        return Today(
            at=request.now,
            rooms=rooms_today(services.rooms.rows(), owners, homes),
            counted=counted(measured),
            checked=None if report is None or report.covers is None else checked(report),
            waits=_waits(
                plan, board, since, await shelf.aside(lambda: count_proposals(shelf.folder)) if shelf.writable else None
            ),
            adopted=_adopted(plan, newest),
            names=everybody(plan),
        )

    @api.op("GET", "/api/steering/risks", needs=need("steer"), problems=("refused",))
    async def steering_risks(request: Request) -> RisksView:
        """What each party judges of each risk, what was measured beside it, and the work list."""
        may(request)
        plan, measured = await shelf.plan(), await tally.measured()
        matrix = next(iter(plan.of(RiskMatrix)), None)
        return RisksView(
            board=risk_board(plan, date_of(request.now), measured),
            matrix=matrix,
            parties=judging_parties(plan, matrix),
            roles=roles_of(plan),
            judgements=plan.of(Judgement),
            causes={risk.id: (risk.cause, risk.effect) for risk in plan.of(Risk)},
            counted=counted(measured),
        )

    @api.op("GET", "/api/steering/continuity", needs=need("steer"), problems=("refused",))
    async def steering_continuity(request: Request) -> ReportView:
        """How soon what failed was back, against the targets; plans and their tests; chains, objectives and options."""
        may(request)
        plan = await shelf.plan()
        report = await tally.of(lambda facts: steering.continuity_report(plan, services.pack, facts, request.now))
        return report_view(plan, report)

    @api.op("GET", "/api/steering/proof", needs=need("steer"), problems=("refused",))
    async def steering_proof(request: Request) -> ReportView:
        """Measures with what their query shows now, what each party says of them, and critical systems."""
        may(request)
        plan = await shelf.plan()
        report = await tally.of(lambda facts: steering.proof_report(plan, services.pack, facts, request.now))
        return report_view(plan, report)

    @api.op("GET", "/api/steering/lines", needs=need("steer"), problems=("refused",))
    async def steering_lines(request: Request, language: Language = "nl") -> LinesView:
        """The development lines between continuity and renewal, who asked, and every version that was adopted."""
        may(request)
        plan = await shelf.plan()
        items, demands = plan.of(Item), plan.of(Demand)
        pointed = {id for item in items for id in (*item.asked_by, item.accountable, *item.expertise)}
        pointed |= {id for demand in demands for id in (demand.room, demand.owner)}
        pointed |= {trial.room for trial in plan.of(Innovation)}
        return LinesView(
            portfolio=steering.portfolio(plan),
            roles=roles_of(plan),
            bodies=bodies_of(plan),
            lines=tuple(sorted(plan.of(Line), key=lambda line: line.order)),
            items=items,
            demands=tuple(demand_view(demand) for demand in demands),
            innovations=tuple(trial_view(trial) for trial in plan.of(Innovation)),
            names=named(plan, pointed),
            chart=axis_chart(plan, language == "en"),
            adoptions=tuple(await _adoptions(shelf)),
        )

    @api.op("GET", "/api/steering/differences", needs=need("steer"), problems=("refused",))
    async def steering_differences(request: Request, before: Revision, after: Revision = "HEAD") -> list[Difference]:
        """What changed between two versions, each with the reasons that the later one gives."""
        may(request)
        return await shelf.aside(lambda: changes(shelf.folder, before, after))

    @api.op("GET", "/api/steering/money", needs=need("steer"), problems=("refused",))
    async def steering_money(request: Request, language: Language = "nl") -> MoneyView:
        """Both tables as adopted, where they do not add up, and the questions that can be asked of them."""
        may(request)
        plan = await shelf.plan()
        questions = await shelf.aside(lambda: [load_scenario(file, plan) for file in scenario_files(plan)])
        return MoneyView(
            adopted=_adopted(plan, None),
            budget=plan.budget,
            account=plan.account,
            reconciled=steering.reconcile(plan),
            users=plan.other_users,
            notes=plan.of(MoneyNote),
            sensitivities=sensitivities(plan),
            scenarios=tuple(
                ScenarioName(
                    file=q.file.removesuffix(".toml"),
                    name=q.name,
                    name_en=q.name_en,
                    question=q.question,
                    question_en=q.question_en,
                )
                for q in questions
            ),
            chart=budget_chart(plan, language),
        )

    @api.op("GET", "/api/steering/scenarios/{name}", needs=need("steer"), problems=("refused", "not_found"))
    async def steering_scenario(request: Request, name: FileName, language: Language = "nl") -> ScenarioView:
        """What if: bands per year, what would be passed, and how large an unknown amount may become."""
        may(request)
        plan = await shelf.plan()
        outcome = await shelf.outcome(name)
        if outcome is None:
            raise ProblemError("not_found", "scenario.unknown", params={"name": name})
        file = next(file for file in scenario_files(plan) if file.stem == name)
        known = await shelf.aside(lambda: figures(load_scenario(file, plan)))
        return ScenarioView(outcome=outcome, chart=account_chart(outcome, language), figures=known)

    @api.op("GET", "/api/steering/workbook", needs=need("steer"), problems=("refused",))
    async def steering_workbook(request: Request, language: Language = "nl") -> WorkbookView:
        """Money, every question of the plan, lines, risks and measures as one file for a spreadsheet."""
        may(request)
        plan, today, measured = await shelf.plan(), date_of(request.now), await tally.measured()
        outcomes = [await shelf.outcome(file.stem) for file in scenario_files(plan)]
        proof = await tally.of(lambda facts: steering.proof_report(plan, services.pack, facts, request.now))
        data = await shelf.aside(
            lambda: steering.workbook(
                plan,
                language,
                today,
                outcomes=[outcome for outcome in outcomes if outcome is not None],
                board=risk_board(plan, today, measured),
                proof=proof,
            )
        )
        return WorkbookView(name=f"plan-{plan.manifest.version}-{today}.xlsx", data=data)


async def _adoptions(shelf: Shelf) -> list[Adoption]:
    return await shelf.aside(lambda: adoptions(shelf.folder)) if shelf.versioned else []


def _adopted(plan: Plan, newest: Adoption | None) -> Adopted:
    decided = Adopted(decision=plan.manifest.decision, date=plan.manifest.date)
    if newest is None:
        return decided
    return msgspec.structs.replace(
        decided, tag=newest.tag, body=newest.body, adopted_on=newest.date, identity=newest.identity
    )


def _waits(plan: Plan, board: Board, since: list[Difference] | None, proposals: int | None) -> ToJudge:
    why = [todo.why for todo in board.to_do]
    items = plan.of(Item)
    return ToJudge(
        proposals=proposals,
        missing=why.count("not yet judged"),
        stale=why.count("stale"),
        otherwise=why.count("measured otherwise"),
        demands_open=sum(not demand.items for demand in plan.of(Demand)),
        items_without_dates=sum("unknown" in (item.start, item.end) for item in items),
        items_without_capacity=sum(item.capacity == "unknown" for item in items),
        unknown_amounts=sum(note.amount == "unknown" for note in plan.of(MoneyNote)),
        changes=None if since is None else len(since),
        unreasoned=None if since is None else sum(not change.reasons for change in since),
    )
