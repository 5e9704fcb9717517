"""LoST over HTTP: who gets in, what is refused before it is LoST, and that its errors are answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from meldkamer.domain import function
from meldkamer.geo import LOST_LIMITS, LOST_MEDIA, read_xml

from .conftest import MACHINES, TestRoom

GOLDEN = Path(__file__).parents[1] / "geo" / "golden" / "lost"
HEADERS = {"content-type": LOST_MEDIA}
REQUEST = (GOLDEN / "civic_place.request.xml").read_bytes().replace(b"Grote Voorbeeldstad", b"Utrecht")


async def ask(
    client: httpx.AsyncClient, body: bytes = REQUEST, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await client.post("/api/lost", content=body, headers={**HEADERS, **(headers or {})})


async def test_a_proxy_gets_who_answers_there(app_room: TestRoom) -> None:
    answer = await ask(app_room.client("wegwijzer"))
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(LOST_MEDIA)
    root = read_xml(answer.content)
    assert root.name == "findServiceResponse"
    assert root.find("mapping") is not None and root.said("mapping", "uri") == "sip:MD.P.intake@meldkamer.invalid"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_answer_names_who_serves_now(app_room: TestRoom) -> None:
    body = REQUEST.replace(b"Utrecht", b"Rotterdam")
    before = read_xml((await ask(app_room.client("wegwijzer"), body)).content).said("mapping", "displayName")
    await app_room.do(function.TakeFunction(function="RT.P.intake", to="LB", ground="first"), room="LB")
    after = read_xml((await ask(app_room.client("wegwijzer"), body)).content).said("mapping", "displayName")
    assert "Rotterdam" in before and "Limburg" in after


@pytest.mark.parametrize("machine", sorted(set(MACHINES) - {"wegwijzer"}))
async def test_other_machines_stay_out(app_room: TestRoom, machine: str) -> None:
    answer = await ask(app_room.client(machine))
    assert answer.status_code == 403 and answer.json()["params"] == {"right": "scope:lost"}


async def test_people_and_strangers_stay_out(app_room: TestRoom) -> None:
    for person in ("anna", "beheer", "caco"):
        assert (await ask(await app_room.signed_in(person))).status_code == 403
    assert (await ask(app_room.client())).status_code == 401
    answer = await ask(app_room.client(), headers={"authorization": "Bearer mk_no_such_token"})
    assert answer.status_code == 401 and "findService" not in answer.text


@pytest.mark.parametrize("name", ["doctype", "entity_bomb", "unknown_profile", "abroad", "cut_off", "empty"])
async def test_errors_of_the_standard_are_answers(app_room: TestRoom, name: str) -> None:
    answer = await ask(app_room.client("wegwijzer"), (GOLDEN / f"{name}.request.xml").read_bytes())
    assert answer.status_code == 200 and read_xml(answer.content).name == "errors"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 415),
        ({"content-type": "text/xml"}, 415),
        ({"content-type": f"{LOST_MEDIA}; charset=utf-16"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"content-type": f"{LOST_MEDIA}; charset=UTF-8"}, 200),
    ],
)
async def test_what_is_not_lost_is_answered_as_http(app_room: TestRoom, headers: dict[str, str], status: int) -> None:
    assert (await ask(app_room.client("wegwijzer"), REQUEST, headers)).status_code == status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_only_post(app_room: TestRoom, method: str) -> None:
    answer = await app_room.client("wegwijzer").request(method, "/api/lost")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"


async def test_a_body_without_end_is_cut_off(app_room: TestRoom) -> None:
    assert (await ask(app_room.client("wegwijzer"), b" " * (LOST_LIMITS.bytes + 1))).status_code == 413
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 << 20:
            sent += 65_536
            yield b" " * 65_536

    answer = await app_room.client("wegwijzer").post("/api/lost", content=endless(), headers=HEADERS)
    assert answer.status_code == 413
    answer = await app_room.client("wegwijzer").post(
        "/api/lost", content=b"<a/>", headers={**HEADERS, "content-length": str(100 << 20)}
    )
    assert answer.status_code == 413


async def test_the_desk_finds_places_and_says_which_geography_it_runs(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna")
    found = (await desk.get("/api/places?q=rottdm")).json()[0]
    assert (found["name"], found["kind"], found["region"], found["exact"]) == ("Rotterdam", "place", "RT", False)
    near = (await desk.get(f"/api/places?q=hoek&near_x={found['x']}&near_y={found['y']}")).json()
    assert near[0]["distance_m"] < 40_000
    shares = (await desk.get("/api/where/shares?lat=52.18&lon=5.13&radius=5000")).json()
    assert shares["approximate"] and {share["safety_region"] for share in shares["shares"]} == {"VR09", "VR14"}
    assert (await desk.get("/api/where/shares?lat=52.18&lon=5.13&radius=0")).status_code == 422
    here = (await desk.get(f"/api/here?x={found['x']}&y={found['y']}")).json()
    assert here["place"]["name"] == "Rotterdam" and here["address"] is None
    now = (await desk.get("/api/geography")).json()
    assert (now["release"], now["problem"], now["parts"]) == ("", "", [])
