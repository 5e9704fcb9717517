"""The reports' operations and files: for whom they are, that they hold what was counted by hand, and items of gaps."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from meldkamer.access import add_account
from meldkamer.domain import call
from meldkamer.insight import span_of, week_at

from .conftest import PASSWORD, TestRoom
from .world import CANARY

READS = ("overview", "rooms", "groups?by=hour", "groups?measure=arrival&discipline=B&by=priority", "overflow", "gaps")
WEEK = 7 * 86_400


async def somebody(room: TestRoom, name: str, role: str, **more: Any) -> httpx.AsyncClient:
    await add_account(
        room.gate.accounts, room.passwords, room.gate.roles, name=name, room="RT", password=PASSWORD, roles=(role,),
        language="en", **more,
    )  # fmt: skip
    return await room.signed_in(name)


async def got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    "path", [*(f"/api/reports/{read}" for read in READS), *(f"/reports/report.{k}" for k in ("csv", "parquet", "html"))]
)
async def test_only_who_has_the_right_sees_them(app_room: TestRoom, path: str) -> None:
    assert (await app_room.client().get(path)).status_code == 401
    for person in ("anna", "bram", "caco", "beheer", "lezer"):
        answer = await (await app_room.signed_in(person)).get(path)
        assert (answer.status_code, answer.json()["type"]) == (403, "forbidden"), person
    for machine in app_room.tokens:
        assert (await app_room.client(machine).get(path)).status_code == 403, machine
    bound = await somebody(app_room, "elders", "KWAL", regions=("LB",))
    assert (await bound.get(path)).status_code == 403
    for name, role in (("kwal", "KWAL"), ("sturing", "STURING"), ("bestuur", "BESTUUR"), ("risico", "RIS-B")):
        assert (await (await somebody(app_room, name, role)).get(path)).status_code == 200, role
    assert (await (await app_room.signed_in("hoofd")).get(path)).status_code == 200


async def test_what_was_counted_by_hand_stands_there(app_room: TestRoom) -> None:
    await app_room.own("RT.112")
    for n, seconds in enumerate((4, 6, 25)):
        await app_room.do(call.ReceiveCall(call=f"h{n}", region="RT", function="RT.112", channel="112"))
        await app_room.clock.pump(seconds)
        await app_room.do(call.AnswerCall(call=f"RT/h{n}"))
    head = await app_room.signed_in("hoofd")
    view = await got(head, "/api/reports/overview?language=en")
    row = next(r for r in view["shows"]["rows"] if r["measure"] == "answer_112")
    assert (row["name"], row["row"]["measured"], row["row"]["p50"]["value"]) == ("112 answer time", 3, 6.0)
    (within,) = row["row"]["within"]
    assert (within["share"]["met"], within["share"]["of"]) == (2, 3)
    assert view["until"] == app_room.clock.now() and view["may"] is True
    rooms = await got(head, "/api/reports/rooms?measure=answer_112")
    (mine,) = [q for q in rooms["shows"]["quality"]["rooms"] if q["room"] == "RT"]
    assert (mine["share"]["met"], mine["share"]["of"]) == (2, 3) and rooms["shows"]["chart"].startswith("<svg")
    other = span_of(week_at(app_room.clock.now(), app_room.pack.zone), app_room.pack.zone).before
    empty = await got(head, f"/api/reports/overview?period={other}")
    assert empty["span"]["name"] == other and all(r["row"]["measured"] == 0 for r in empty["shows"]["rows"])


async def test_what_is_new_is_counted_when_the_book_is_not_young_any_more(app_room: TestRoom) -> None:
    await app_room.own("RT.112")
    head = await app_room.signed_in("hoofd")

    async def counted() -> int:
        view = await got(head, "/api/reports/overview")
        return int(next(r for r in view["shows"]["rows"] if r["measure"] == "answer_112")["row"]["measured"])

    assert await counted() == 0
    await app_room.do(call.ReceiveCall(call="h", region="RT", function="RT.112", channel="112"))
    await app_room.do(call.AnswerCall(call="RT/h"))
    assert await counted() == 0
    await app_room.clock.pump(11)
    assert await counted() == 1


@pytest.mark.parametrize("period", ["nonsense", "2026-W60", "2026-02-30", "2020-01-01..2026-01-01"])
async def test_what_is_no_period_is_refused(app_room: TestRoom, period: str) -> None:
    head = await app_room.signed_in("hoofd")
    for path in ("/api/reports/overview", "/reports/report.csv"):
        answer = await head.get(f"{path}?period={period}")
        assert (answer.status_code, answer.json()["code"]) == (422, "reports.period")
    assert (await head.get("/reports/report.exe")).status_code == 404
    assert (await head.get("/reports/report.csv?language=fr")).status_code == 422


async def test_the_files_and_that_nobody_is_in_them(app_room: TestRoom) -> None:
    await app_room.an_incident()
    head = await app_room.signed_in("hoofd")
    table = await head.get("/reports/report.csv?language=en")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert any(r["measure"] == "answer_112" and r["group"] == "RT" and r["measured"] == "1" for r in rows)
    name = f"quality-{week_at(app_room.clock.now(), app_room.pack.zone)}.csv"
    assert table.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert table.headers["cache-control"] == "no-store"
    parquet = await head.get("/reports/report.parquet")
    assert parquet.content[:4] == b"PAR1" == parquet.content[-4:]
    page = await head.get("/reports/report.html?language=nl")
    assert page.text.startswith("<!doctype html>") and 'lang="nl"' in page.text
    texts = [table.text, page.text, str(parquet.content)]
    texts += [(await head.get(f"/api/reports/{read}")).text for read in READS]
    for text in texts:
        assert CANARY not in text and "Coolsingel" not in text and "17-0131" not in text


async def slow(room: TestRoom) -> None:
    """Four weeks, of which the last has not ended, in which LB answers in time and RT does not."""
    await room.own("RT.112")
    await room.own("LB.112", room="LB")
    for week in range(4):
        for n in range(30):
            for region, seconds in (("RT", 20), ("LB", 2)):
                ref = f"w{week}-{n}"
                await room.do(
                    call.ReceiveCall(call=ref, region=region, function=f"{region}.112", channel="112"), room=region
                )
                await room.clock.pump(seconds)
                await room.do(call.AnswerCall(call=f"{region}/{ref}"), room=region)
        await room.clock.pump(WEEK - 30 * 22)


def asked(room: TestRoom, **more: Any) -> dict[str, Any]:
    fields = {"room": "RT", "measure": "answer_112", "owner": "HMK", "owner_room": "RT", "action": "meer mensen"}
    return {"id": room.ids.new(), "due": "2030-01-31", **fields, **more}


async def test_a_lasting_gap_becomes_an_item_until_its_result_is_in(app_room: TestRoom) -> None:
    await slow(app_room)
    head, reader = await app_room.signed_in("hoofd"), await somebody(app_room, "bestuur", "BESTUUR")
    (lag,) = (await got(head, "/api/reports/gaps"))["shows"]["lasting"]["lags"]
    assert (lag["room"], lag["measure"], lag["standings"].count("worse")) == ("RT", "answer_112", 3)
    body = asked(app_room)
    assert (await reader.post("/api/reports/gaps", json=body)).status_code == 403
    for _ in range(2):
        assert (await head.post("/api/reports/gaps", json=body)).status_code == 204, "sent twice, opened once"
    again = await head.post("/api/reports/gaps", json=asked(app_room))
    assert (again.status_code, again.json()["code"]) == (422, "gap.open_already")
    (item,) = (await got(reader, "/api/reports/gaps"))["shows"]["items"]
    assert (item["by"], item["owner"], item["action"], item["found"]) == ("hoofd", "HMK", "meer mensen", lag["found"])

    async def give(client: httpx.AsyncClient, **command: Any) -> httpx.Response:
        about = {"room": "RT", "measure": "answer_112"}
        return await client.post(
            "/api/commands", json={"command_id": app_room.ids.new(), "command": {**about, **command}}
        )

    change = {"type": "change_gap", "owner": "C-MKA", "owner_room": "RT", "action": "rooster", "due": "2030-02-01"}
    close = {"type": "close_gap", "reached": "smaller", "result": "nog vijf procentpunten"}
    for command in ({**change, "reason": "ziek"}, close):
        assert (await give(reader, **command)).status_code == 403
        assert (await give(head, **command)).status_code == 200
    (item,) = (await got(reader, "/api/reports/gaps"))["shows"]["items"]
    assert (item["owner"], item["reached"], item["closed_by"]) == ("C-MKA", "smaller", "hoofd")
    await app_room.clock.pump(11)
    page = await head.get("/reports/report.html?language=en")
    assert "nog vijf procentpunten" in page.text


async def test_what_does_not_last_is_no_item(app_room: TestRoom) -> None:
    head = await app_room.signed_in("hoofd")
    for body, code in (
        (asked(app_room), "gap.not_lasting"),
        (asked(app_room, owner="KEIZER"), "gap.no_owner"),
        (asked(app_room, owner_room="XX"), "gap.no_owner"),
    ):
        answer = await head.post("/api/reports/gaps", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    command = {"type": "open_gap", **asked(app_room)}
    answer = await head.post("/api/commands", json={"command_id": app_room.ids.new(), "command": command})
    assert answer.status_code == 422, "what was measured cannot be sent in"


async def test_an_account_of_one_region_closes_no_item_of_another(app_room: TestRoom) -> None:
    bound = await somebody(app_room, "elders", "KWAL", regions=("LB",))
    command = {"type": "close_gap", "room": "RT", "measure": "answer_112", "reached": "gone", "result": "x"}
    answer = await bound.post("/api/commands", json={"command_id": app_room.ids.new(), "command": command})
    assert (answer.status_code, answer.json()["params"]) == (403, {"right": "region:RT"})
