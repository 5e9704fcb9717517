"""Writing on the steering side over the API: who may propose, judge, review and adopt, and what the files hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from meldkamer.access import add_account
from meldkamer.domain import desk, function
from meldkamer.steering import Item, Judgement, Role, init_plan, load_plan, shipped_plan, write_judgement

from .conftest import PASSWORD, PEOPLE, TestRoom

STEERING = {
    "sturing": ("STURING",),
    "planner": ("STURING",),
    "risico": ("RIS",),
    "risicop": ("RIS-P",),
    "bestuur": ("BESTUUR",),
}
A, B = "a" * 32, "b" * 32
JUDGED = {"type": "judgement", "of": "R-overname", "party": "POL", "role": "rol-politie", "holds": True}
JUDGED |= {"likelihood": 2, "impact": 4, "reason": "twee keer gezien"}
CHANGED = {"type": "change", "of": "C-c2000", "role": "rol-planning", "fields": {"axis": 3}, "reason": "later"}
ASSESSED = {"type": "assessment", "of": "BIO2-5.30.01", "party": "POL", "role": "rol-politie", "applicable": True}
ASSESSED |= {"degree": 3, "evidence": "oefening van mei", "reason": "jaarlijks"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[TestRoom]:
    """A room that serves steering, with a plan of its own."""
    init_plan(tmp_path / "plan", shipped_plan())
    room = TestRoom(tmp_path)
    await room.people()
    accounts, known = room.gate.accounts, room.gate.roles
    for name, roles in STEERING.items():
        await add_account(accounts, room.passwords, known, name=name, room="RT", password=PASSWORD, roles=roles)
    await room.own("NL.steering")
    yield room
    await room.close()


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = await client.post(f"/api/steering/{path}", json=body)
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


async def propose(client: httpx.AsyncClient, id: str, wanted: dict[str, Any]) -> tuple[int, str]:
    return await post(client, "proposals", {"id": id, "wanted": wanted})


async def waiting(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/api/steering/proposals")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_judged_reviewed_and_adopted_each_by_their_own(room: TestRoom, tmp_path: Path) -> None:
    judge, planner, board = [await room.signed_in(name) for name in ("risicop", "planner", "bestuur")]
    assert await propose(judge, A, JUDGED) == (204, "")
    assert await propose(judge, A, JUDGED) == (204, ""), "sent twice it is made once"
    [proposal] = await waiting(planner)
    today = (await planner.get("/api/steering/today")).json()["waits"]
    assert (today["proposals"], today["missing"]) == (1, 90), "a proposal is no judgement yet"
    assert (proposal["by"], proposal["owner"]) == ("risicop", "rol-continuiteit")
    assert [change["id"] for change in proposal["differences"]] == ["POL-1"]
    own = await post(judge, f"proposals/{A}", {"accept": True, "role": "rol-continuiteit"})
    assert own == (422, "plan.repository"), "nobody reviews their own"
    other = await post(planner, f"proposals/{A}", {"accept": True, "role": "rol-planning"})
    assert other == (422, "plan.repository"), "only the accountable role reviews"
    assert await post(planner, f"proposals/{A}", {"accept": True, "role": "rol-continuiteit"}) == (204, "")
    board_now = (await planner.get("/api/steering/risks")).json()["board"]
    row = next(row for row in board_now["rows"] if row["risk"] == "R-overname")
    assert {cell["party"]: cell["state"] for cell in row["cells"]}["POL"] == "holds"
    assert row["score"] == 8
    assert [j.party for j in load_plan(tmp_path / "plan").of(Judgement)] == ["POL"]
    answer = await board.post("/api/steering/adoptions", json={"body": "BMB", "reason": "eerste"})
    assert answer.status_code == 201 and answer.json()["body"] == "BMB", answer.text
    assert (await planner.get("/api/steering/today")).json()["adopted"]["body"] == "BMB"
    assert room.picture.function("NL.steering").adopted == answer.json()["content"], "and every room knows"


async def test_a_fifth_party_stands_in_the_work_list_when_four_have_judged(room: TestRoom, tmp_path: Path) -> None:
    roles = load_plan(tmp_path / "plan").of(Role)
    by = {party: next(role.id for role in roles if role.party == party) for party in ("LMS", "RAV", "VR", "KMAR")}
    for party, role in by.items():
        write_judgement(
            tmp_path / "plan", risk="R-overname", party=party, by=role, date=date(2025, 12, 1), holds=True,
            likelihood=1, impact=3, reason="",
        )  # fmt: skip
    risks = (await (await room.signed_in("sturing")).get("/api/steering/risks")).json()
    left = [w["party"] for w in risks["board"]["to_do"] if w["risk"] == "R-overname" and w["why"] == "not yet judged"]
    assert left == ["POL"]


async def test_a_change_with_its_reason_is_reviewed_or_refused(room: TestRoom, tmp_path: Path) -> None:
    first, second = await room.signed_in("sturing"), await room.signed_in("planner")
    assert (await propose(first, A, CHANGED))[0] == 204
    assert (await propose(first, B, CHANGED))[0] == 204
    role = (await waiting(second))[0]["owner"]
    assert (await post(second, f"proposals/{A}", {"accept": False, "role": role}))[0] == 422, "a refusal says why"
    assert (await post(second, f"proposals/{A}", {"accept": False, "role": role, "reason": "nee"}))[0] == 204
    assert (await post(second, f"proposals/{B}", {"accept": True, "role": role}))[0] == 204
    assert await waiting(second) == []
    assert next(i for i in load_plan(tmp_path / "plan").of(Item) if i.id == "C-c2000").axis == 3


async def test_what_a_party_says_of_a_measure_is_reviewed_by_who_answers_for_it(room: TestRoom) -> None:
    judge, planner = await room.signed_in("risicop"), await room.signed_in("planner")
    assert (await propose(await room.signed_in("risico"), B, ASSESSED))[0] == 403, "not their party"
    assert await propose(judge, A, ASSESSED) == (204, "")
    [proposal] = await waiting(planner)
    assert proposal["owner"] == "rol-psd" and proposal["wanted"]["degree"] == 3
    assert await post(planner, f"proposals/{A}", {"accept": True, "role": "rol-psd"}) == (204, "")
    proof = (await planner.get("/api/steering/proof")).json()
    measure = next(m for m in proof["report"]["measures"] if m["measure"] == "BIO2-5.30.01")
    assert {s["party"]: s["degree"] for s in measure["said"]}["POL"] == 3
    assert {p["id"] for p in proof["parties"]} >= {"LMS", "POL"}


@pytest.mark.parametrize(
    ("person", "party", "status"),
    [
        ("risicop", "POL", 204), ("risicop", "RAV", 403), ("risicop", "LMS", 403), ("risico", "LMS", 204),
        ("risico", "POL", 403), ("sturing", "POL", 403), ("bestuur", "LMS", 403), ("risicop", "NERGENS", 403),
    ],
)  # fmt: skip
async def test_a_party_is_judged_for_by_its_own_people(room: TestRoom, person: str, party: str, status: int) -> None:
    role = {"POL": "rol-politie", "LMS": "rol-planning"}.get(party, "rol-politie")
    found = await propose(await room.signed_in(person), A, {**JUDGED, "party": party, "role": role})
    assert found[0] == status, found


async def test_walls_of_writing(room: TestRoom) -> None:
    acts: dict[str, dict[str, Any]] = {
        "proposals": {"id": A, "wanted": CHANGED},
        f"proposals/{A}": {"accept": True, "role": "x"},
        "adoptions": {"body": "BMB", "reason": "x"},
    }
    for path, body in acts.items():
        assert (await post(room.client(), path, body))[0] == 401
        for person in PEOPLE:
            assert (await post(await room.signed_in(person), path, body))[0] == 403, (path, person)
        for machine in room.tokens:
            assert (await post(room.client(machine), path, body))[0] == 403, (path, machine)
    for person in ("sturing", "risico", "risicop"):
        assert (await post(await room.signed_in(person), "adoptions", acts["adoptions"]))[0] == 403, person


async def test_only_where_steering_is_served(room: TestRoom, tmp_path: Path) -> None:
    await room.do(desk.DeclareRoomDown(room="RT", reason="x"), room="LB")
    await room.do(function.TakeFunction(function="NL.steering", to="LB", ground="declared", reason="x"), room="LB")
    client = await room.signed_in("sturing")
    answer = await client.post("/api/steering/proposals", json={"id": A, "wanted": CHANGED})
    assert (answer.status_code, answer.json()["type"]) == (409, "not_owner")
    assert answer.json()["params"] == {"function": "NL.steering", "owner": "LB"}
    assert (await client.get("/api/steering/today")).status_code == 200, "reading goes on everywhere"


async def test_the_shipped_plan_takes_no_proposal(app_room: TestRoom) -> None:
    gate = app_room.gate
    await add_account(
        gate.accounts, app_room.passwords, gate.roles, name="sturing", room="RT", password=PASSWORD, roles=("STURING",)
    )
    await app_room.own("NL.steering")
    client = await app_room.signed_in("sturing")
    assert await propose(client, A, CHANGED) == (422, "plan.read_only")
    assert await waiting(client) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {**CHANGED, "fields": {"accountable": "x"}},
        {**CHANGED, "of": "x" * 65},
        {**CHANGED, "reason": "x" * 1_001},
        {**CHANGED, "by": "me"},
        {**CHANGED, "type": "delete"},
        {**JUDGED, "likelihood": -1},
        {**ASSESSED, "degree": 5},
    ],
)
async def test_what_is_not_well_formed_never_reaches_the_files(room: TestRoom, wanted: dict[str, Any]) -> None:
    client = await room.signed_in("risicop")
    assert (await propose(client, A, wanted))[0] == 422
    assert await waiting(client) == []


DEMAND: dict[str, Any] = {
    "type": "addition",
    "kind": "demand",
    "of": "V-RTD-4",
    "role": "rol-hmk-RT",
    "reason": "gevraagd",
}
DEMAND |= {
    "fields": {
        "name": "Negenendertig", "name_en": "Thirty-nine", "serves": ["M113"], "room": "RT", "order": 4,
        "recorded": "2026-01-05", "owner": "rol-hmk-RT", "items": [],
    }
}  # fmt: skip
MATURITY: dict[str, Any] = {"type": "addition", "kind": "maturity", "of": "RY-1", "role": "rol-politie", "reason": "x"}
MATURITY |= {
    "fields": {"process": "PC-respons", "party": "POL", "by": "rol-politie", "date": "2026-01-05", "level": 2}
}  # fmt: skip


async def test_the_register_holds_every_kind_and_the_39th_demand_is_added(room: TestRoom) -> None:
    first, second = await room.signed_in("sturing"), await room.signed_in("planner")
    register = (await first.get("/api/steering/register")).json()
    assert register["kind"] == "demand" and len(register["rows"]) == 38
    assert {kind["kind"]: kind["count"] for kind in register["kinds"]}["demand"] == 38
    assert {option["id"] for option in register["options"]["site"]} >= {"RT", "LB"}
    assert await propose(first, A, DEMAND) == (204, "")
    assert await post(second, f"proposals/{A}", {"accept": True, "role": "rol-hmk-RT"}) == (204, "")
    rows = (await first.get("/api/steering/register?kind=demand")).json()["rows"]
    assert [row["id"] for row in rows if row["room"] == "RT"][-1] == "V-RTD-4"
    assert (await first.get("/api/steering/today")).json()["waits"]["demands_open"] >= 1
    for kind in (kind["kind"] for kind in register["kinds"]):
        answer = await first.get("/api/steering/register", params={"kind": kind})
        assert answer.status_code == 200 and answer.json()["kind"] == kind


async def test_the_register_is_for_those_who_steer_and_shows_nothing_sealed(room: TestRoom, tmp_path: Path) -> None:
    assert (await room.client().get("/api/steering/register")).status_code == 401
    for person in PEOPLE:
        assert (await (await room.signed_in(person)).get("/api/steering/register")).status_code == 403, person
    client = await room.signed_in("sturing")
    assert (await client.get("/api/steering/register", params={"kind": "planeet"})).status_code == 404
    assert (await client.get("/api/steering/register", params={"kind": "../x"})).status_code == 422
    file = tmp_path / "plan/risicos/risicos.toml"
    file.write_text(file.read_text().replace("[[risk]]\n", '[[risk]]\nsealed = "v1.geheim"\n', 1))
    answer = await client.get("/api/steering/register", params={"kind": "risk"})
    assert "geheim" not in answer.text and len(answer.json()["locked"]) == 1


async def test_a_party_says_of_itself_how_far_it_is_in_a_process(room: TestRoom) -> None:
    assert await propose(await room.signed_in("sturing"), A, MATURITY) == (403, "forbidden")
    assert await propose(await room.signed_in("risico"), A, MATURITY) == (403, "forbidden"), "not their party"
    assert await propose(await room.signed_in("risicop"), A, MATURITY) == (204, "")
