"""The steering operations: who may read them, what they hold, and that the three kinds of fact stay apart."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meldkamer.access import add_account
from meldkamer.desk.steering_shelf import Shelf, state_of
from meldkamer.domain import desk, function
from meldkamer.steering import adopt, init_plan, load_plan, shipped_plan

from .conftest import PASSWORD, PEOPLE, TestRoom

READS = (
    "/api/steering/plan",
    "/api/steering/today",
    "/api/steering/risks",
    "/api/steering/continuity",
    "/api/steering/lines",
    "/api/steering/differences?before=HEAD",
    "/api/steering/money",
    "/api/steering/scenarios/nms-herstart",
    "/api/steering/proof",
    "/api/steering/proposals",
    "/api/steering/workbook",
    "/api/steering/register",
)


async def steering(room: TestRoom) -> httpx.AsyncClient:
    """Somebody of the management side."""
    await add_account(
        room.gate.accounts, room.passwords, room.gate.roles, name="sturing", room="RT", password=PASSWORD,
        roles=("STURING",), language="en",
    )  # fmt: skip
    return await room.signed_in("sturing")


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[TestRoom]:
    """A room with a plan of its own."""
    init_plan(tmp_path / "plan", shipped_plan())
    room = TestRoom(tmp_path)
    await room.people()
    yield room
    await room.close()


async def got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", READS)
async def test_nobody_but_the_management_side_reads_it(app_room: TestRoom, path: str) -> None:
    assert (await app_room.client().get(path)).status_code == 401
    for person in PEOPLE:
        answer = await (await app_room.signed_in(person)).get(path)
        assert (answer.status_code, answer.json()["type"]) == (403, "forbidden"), person
    for machine in app_room.tokens:
        assert (await app_room.client(machine).get(path)).status_code == 403, machine


async def test_an_account_bound_to_other_regions_does_not_steer(app_room: TestRoom) -> None:
    gate = app_room.gate
    await add_account(
        gate.accounts, app_room.passwords, gate.roles, name="elders", room="RT", password=PASSWORD,
        roles=("STURING",), regions=("LB",),
    )  # fmt: skip
    client = await app_room.signed_in("elders")
    assert {(await client.get(path)).status_code for path in READS} == {403}


async def test_the_shipped_plan_is_read_and_not_written(app_room: TestRoom) -> None:
    client = await steering(app_room)
    state = await got(client, "/api/steering/plan")
    assert (state["source"], state["writable"], state["faults"]) == ("shipped", False, [])
    assert state["name"] == load_plan().manifest.name


async def test_what_was_not_counted_is_not_zero(app_room: TestRoom) -> None:
    client = await steering(app_room)
    today = await got(client, "/api/steering/today")
    assert today["counted"] is None and today["checked"] is None, "an empty record has been looked at by nobody"
    assert today["waits"]["changes"] is None, "the shipped plan has no versions"
    risks = await got(client, "/api/steering/risks")
    assert all(row["seen"] is None for row in risks["board"]["rows"])


async def test_a_takeover_changes_today_and_the_risk_board_with_no_typing(app_room: TestRoom) -> None:
    await app_room.own("LB.112", "LB.B.dispatch", room="LB")
    client = await steering(app_room)
    shown = {m["measure"]: m["seen"] for m in (await got(client, "/api/steering/proof"))["report"]["measures"]}
    before = await got(client, "/api/steering/today")
    assert before["counted"]["counts"] == {"takeover": 0, "room_silent": 0, "room_declared_down": 0}
    await app_room.do(desk.DeclareRoomDown(room="LB", reason="brand"), actor="caco")
    for name in ("LB.112", "LB.B.dispatch"):
        await app_room.do(function.TakeFunction(function=name, to="RT", ground="declared", reason="brand"))
    after = await got(client, "/api/steering/today")
    assert after["counted"]["counts"] == {"takeover": 2, "room_silent": 0, "room_declared_down": 1}
    rooms = {room["room"]: room for room in after["rooms"]}
    assert rooms["LB"]["state"] == "down" and rooms["LB"]["reason"] == "brand"
    assert rooms["LB"]["away"] == ["LB.112", "LB.B.dispatch"]
    assert rooms["RT"]["foreign"] == ["LB.112", "LB.B.dispatch"]
    assert rooms["ZB"]["heartbeat_age"] is None
    assert after["checked"]["rooms"]["LB"]["declared_down"] == 1
    assert after["checked"]["provisions"][0]["availability"] is None, "nobody reports on telephony"
    report = (await got(client, "/api/steering/continuity"))["report"]
    row = next(row for row in report["functions"] if row["function"] == "LB.112")
    assert (row["away"], row["takeovers"], row["last_to"]) == (True, 1, "RT") and row["last_seconds"] is not None
    proof = (await got(client, "/api/steering/proof"))["report"]
    shows = {m["measure"]: m["seen"] for m in proof["measures"]}
    assert shown["BIO2-8.13.02"]["share"] is None, "no recovery was measured yet"
    assert shows["BIO2-8.13.02"]["share"] is not None, "recovery against its target"
    board = (await got(client, "/api/steering/risks"))["board"]
    seen = {row["risk"]: row["seen"] for row in board["rows"]}
    assert seen["R-overname"]["count"] == 2 and seen["R-kamer-neer"]["count"] == 1
    assert seen["R-expertise"] is None, "it has no indicator"


async def test_the_money_is_as_adopted_and_the_differences_stand_beside_it(app_room: TestRoom) -> None:
    money = await got(await steering(app_room), "/api/steering/money?language=en")
    plan = load_plan()
    printed = {row["line"]: row["amounts"] for row in money["budget"]["rows"]}
    assert printed == {row.line: list(row.amounts) for row in plan.budget.rows}
    assert len(money["reconciled"]) == 80
    assert money["adopted"]["decision"] == plan.manifest.decision
    assert money["chart"].startswith("<svg") and "Costs and room" in money["chart"]
    assert {s["file"] for s in money["scenarios"]} >= {"nms-herstart", "c2000-continuering"}


async def test_a_question_is_answered_and_an_unknown_one_is_not_found(app_room: TestRoom) -> None:
    client = await steering(app_room)
    answer = await got(client, "/api/steering/scenarios/nms-herstart?language=en")
    assert answer["outcome"]["gaps"] and answer["chart"].startswith("<svg")
    assert (await client.get("/api/steering/scenarios/geen")).status_code == 404
    assert (await client.get("/api/steering/scenarios/..%2Fplan")).status_code in (404, 422)


async def test_the_workbook_is_a_file_for_a_spreadsheet(app_room: TestRoom) -> None:
    import base64

    book = await got(await steering(app_room), "/api/steering/workbook?language=en")
    assert base64.b64decode(book["data"])[:4] == b"PK\x03\x04"
    assert book["name"].startswith(f"plan-{load_plan().manifest.version}-") and book["name"].endswith(".xlsx")


async def test_lines_show_recorded_demands_apart_from_met_ones(app_room: TestRoom) -> None:
    lines = await got(await steering(app_room), "/api/steering/lines")
    assert len(lines["demands"]) == 38 and all(demand["met"] == "no" for demand in lines["demands"])
    assert len(lines["items"]) == 72 and lines["adoptions"] == []
    asked = {id for item in lines["items"] for id in item["asked_by"]}
    assert asked <= lines["names"].keys()


async def test_two_versions_are_compared_with_a_reason_per_change(own: TestRoom, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    adopt(folder, "BMB", datetime.date(2025, 11, 28), "begin")
    file = folder / "roadmap/1-continuiteit.toml"
    file.write_text(file.read_text().replace("axis = 2", "axis = 3", 1))
    client = await steering(own)
    today = await got(client, "/api/steering/today")
    assert (today["waits"]["changes"], today["adopted"]["body"]) == (0, "BMB"), "not committed is not a version"
    commit(folder)
    today = await got(client, "/api/steering/today")
    assert (today["waits"]["changes"], today["waits"]["unreasoned"]) == (1, 1)
    tag = (await got(client, "/api/steering/lines"))["adoptions"][0]["tag"]
    [change] = await got(client, f"/api/steering/differences?before={tag}")
    assert change["fields"] == [{"field": "axis", "before": 2, "after": 3}] and change["reasons"] == []


@pytest.mark.parametrize("before", ["no-such-tag", "--output=x", "HEAD:plan.toml", "HEAD^{tree}"])
async def test_a_version_that_is_none_is_told_as_such(own: TestRoom, before: str) -> None:
    answer = await (await steering(own)).get("/api/steering/differences", params={"before": before})
    assert answer.status_code == 422 and answer.json()["type"] in ("refused", "not_valid")


async def test_a_plan_with_faults_is_named_and_never_shown_half(own: TestRoom, tmp_path: Path) -> None:
    client = await steering(own)
    file = tmp_path / "plan/risicos/risicos.toml"
    good = file.read_text()
    file.write_text(good.replace('accountable = "rol-continuiteit"', 'accountable = "nobody"', 1))
    state = await got(client, "/api/steering/plan")
    assert state["faults"][0]["file"] == "risicos/risicos.toml" and state["faults"][0]["field"] == "accountable"
    refused = await client.get("/api/steering/today")
    assert (refused.status_code, refused.json()["code"]) == (422, "plan.faults")
    file.write_text(good)
    await got(client, "/api/steering/today")
    shutil.rmtree(tmp_path / "plan")
    assert (await got(client, "/api/steering/plan"))["faults"]


def commit(folder: Path) -> None:
    from meldkamer.steering.repository import git

    git(folder, "commit", "--no-gpg-sign", "--quiet", "--all", "--message", "x")


async def test_a_room_without_a_folder_of_its_own_reads_the_version_in_force(tmp_path: Path) -> None:
    """What the record brought stands in a copy; from then on that is the plan, and it is not written."""
    copy = tmp_path / "plan-copy"
    init_plan(copy, shipped_plan())
    file = copy / "plan.toml"
    file.write_text(file.read_text().replace('version = "2025.1"', 'version = "2026.2"'))
    in_force: list[tuple[Path, str]] = []
    shelf = Shelf(None, lambda: in_force[0] if in_force else None)
    assert (await state_of(shelf)).source == "shipped"
    in_force.append((copy, "content"))
    state = await state_of(shelf)
    assert (state.source, state.version, state.writable) == ("shared", "2026.2", False)


async def test_a_question_is_asked_with_other_figures_and_nothing_is_kept(app_room: TestRoom) -> None:
    client = await steering(app_room)
    path = "/api/steering/scenarios/nms-herstart"
    before = (await client.get(path)).json()
    assert before["figures"][0]["amount"] == "unknown"
    answer = await client.post(path, json={"items": {"nms": {"years": 3, "amount": 20_000}}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"]["items"][0]["id"] == "nms" and not answer.json()["outcome"]["gaps"]
    assert (await client.get(path)).json() == before
    for wrong in ({"nms": {"start": 2024}}, {"nergens": {"amount": 1}}, {"nms": {"amount": -1}}, {"nms": {"x": 1}}):
        assert (await client.post(path, json={"items": wrong})).status_code == 422, wrong
    assert (await client.post("/api/steering/scenarios/nergens", json={})).status_code == 404
    assert (await app_room.client().post(path, json={})).status_code == 401
    for person in PEOPLE:
        assert (await (await app_room.signed_in(person)).post(path, json={})).status_code == 403, person
