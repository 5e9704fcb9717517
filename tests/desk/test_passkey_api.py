"""Passkeys over HTTP: made, used and forgotten; and whatever is no honest answer."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from meldkamer.access import add_account
from meldkamer.access.rate import LONGEST
from tests.access.device import VERIFIED, Device

from .conftest import ORIGIN, PASSWORD, TestRoom

PROOF = {"password": PASSWORD}
KEYS, ASK, COME = "/api/account/passkeys", "/api/sign-in/passkey/ask", "/api/sign-in/passkey"


async def made(client: httpx.AsyncClient, name: str = "sleutel van dienst") -> Device:
    """A passkey of whoever is signed in."""
    device = Device(ORIGIN)
    asked = await client.post(f"{KEYS}/begin", json=PROOF)
    assert asked.status_code == 200, asked.text
    answer = await client.post(KEYS, json={"name": name, "credential": device.make(asked.json())})
    assert answer.status_code == 204, answer.text
    return device


async def comes(client: httpx.AsyncClient, device: Device, seat: str = "", **lie: Any) -> httpx.Response:
    """Sign in with a passkey, or try to."""
    asked = (await client.post(ASK)).json()
    return await client.post(COME, json={"credential": device.sign(asked, **lie), "seat": seat})


async def test_a_passkey_is_made_opens_the_account_with_its_seat_and_is_forgotten(app_room: TestRoom) -> None:
    bram, desk = await app_room.signed_in("bram"), app_room.client()
    assert (await desk.get("/api/sign-in/passkey")).json() == {"at": ORIGIN}
    device = await made(bram, "  sleutel   van dienst ")
    (shown,) = (await bram.get(KEYS)).json()["keys"]
    assert shown["name"] == "sleutel van dienst" and shown["used"] == 0 and shown["here"]
    assert (await bram.get("/api/account")).json()["passkeys"] == 1

    # At a desk that several people share each comes in with an own key, and the seat goes on.
    other = await made(await app_room.signed_in("ambu"))
    for key, person in ((device, "bram"), (other, "ambu"), (device, "bram")):
        session = await comes(desk, key, "B01")
        assert session.status_code == 200 and session.json()["person"] == person
        assert session.json()["seat"] == "B01" and not session.json()["lacking"]
        assert "HttpOnly" in session.headers["set-cookie"] and "SameSite=Strict" in session.headers["set-cookie"]
        assert (await desk.get("/api/session")).json()["person"] == person
        await desk.post("/api/sign-out")

    assert (await bram.get(KEYS)).json()["keys"][0]["used"] == app_room.clock.now()
    wrong = await bram.post(f"{KEYS}/forget", json={"id": shown["id"], "password": "een-gok"})
    assert wrong.status_code == 401
    assert (await bram.post(f"{KEYS}/forget", json={"id": shown["id"], **PROOF})).status_code == 204
    again = await bram.post(f"{KEYS}/forget", json={"id": shown["id"], **PROOF})
    assert again.json()["code"] == "passkey.none"
    gone = await comes(desk, device)
    assert gone.status_code == 401 and gone.json()["type"] == "wrong_credentials"
    assert (await desk.get("/api/session")).status_code == 401
    said = [change.what for change in await app_room.gate.accounts.changes(2, "bram")]
    assert said == ["passkey removed: sleutel van dienst", "passkey added: sleutel van dienst"]


async def test_who_finds_a_desk_open_makes_no_key_and_forgets_none_of_another(app_room: TestRoom) -> None:
    bram, ambu = await app_room.signed_in("bram"), await app_room.signed_in("ambu")
    refused = await bram.post(f"{KEYS}/begin", json={"password": "een-gok"})
    assert refused.status_code == 401 and "challenge" not in refused.text
    asked = (await bram.post(f"{KEYS}/begin", json=PROOF)).json()
    body = {"name": "van een ander", "credential": Device(ORIGIN).make(asked)}
    assert (await ambu.post(KEYS, json=body)).json()["code"] == "passkey.not_fitting"
    assert (await app_room.client().post(KEYS, json=body)).status_code == 401
    device = await made(bram)
    foreign = await ambu.post(f"{KEYS}/forget", json={"id": device.id.hex(), **PROOF})
    assert foreign.json()["code"] == "passkey.none"
    assert (await comes(app_room.client(), device)).status_code == 200


async def test_an_answer_opens_once_in_the_browser_that_was_asked(app_room: TestRoom) -> None:
    device, desk = await made(await app_room.signed_in("bram")), app_room.client()
    asked = await desk.post(ASK)
    cookie = asked.headers["set-cookie"]
    assert "meldkamer-rt-asked=" in cookie and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    body = {"credential": device.sign(asked.json())}
    assert (await app_room.client().post(COME, json=body)).status_code == 401
    elsewhere = app_room.client()
    await elsewhere.post(ASK)
    assert (await elsewhere.post(COME, json=body)).status_code == 401
    assert (await desk.post(COME, json=body)).status_code == 200
    replayed = await desk.post(COME, json=body)
    assert replayed.status_code == 401 and "set-cookie" not in replayed.headers


async def test_what_is_no_honest_answer_opens_nothing(app_room: TestRoom) -> None:
    device, desk = await made(await app_room.signed_in("bram")), app_room.client()
    lies = ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"without": VERIFIED}, {"handle": "AAAA"})
    for lie in lies:
        await app_room.clock.pump(LONGEST)
        answer = await comes(desk, device, **lie)
        assert answer.status_code == 401 and "set-cookie" not in answer.headers, lie
    await app_room.clock.pump(LONGEST)
    assert (await comes(desk, Device(ORIGIN))).status_code == 401  # nobody's key
    await app_room.clock.pump(LONGEST)

    good = device.sign((await desk.post(ASK)).json())
    for field, bad, status in (
        ("signature", "A" * 5_000, 422),
        ("clientDataJSON", "{}", 422),
        ("authenticatorData", None, 422),
        ("userHandle", "A" * 200, 422),
        ("signature", "AAAA", 401),
    ):
        body = {"credential": {**good, "response": {**good["response"], field: bad}}}
        assert (await desk.post(COME, json=body)).status_code == status, field
    body = {"credential": {**good, "id": "A" * 2_000}}
    assert (await desk.post(COME, json=body)).status_code == 422
    large = await desk.post(COME, json={"credential": good, "seat": "A" * 300_000})
    assert large.status_code == 413
    assert (await desk.get("/api/session")).status_code == 401


async def test_wrong_keys_are_slowed_down(app_room: TestRoom) -> None:
    desk = app_room.client()
    asked = (await desk.post(ASK)).json()
    body = json.dumps({"credential": Device(ORIGIN).sign(asked)})
    headers = {"content-type": "application/json"}
    seen = [(await desk.post(COME, content=body, headers=headers)).status_code for _ in range(6)]
    assert set(seen[:3]) == {401} and seen[-1] == 429


async def test_where_a_role_demands_it_a_passkey_is_enough_and_the_last_one_stays(app_room: TestRoom) -> None:
    app_room.gate.sessions._demanded = frozenset({"FB"})
    head = await app_room.signed_in("beheer")
    assert (await head.get("/api/session")).json()["lacking"]
    device = await made(head)
    assert (await head.get("/api/admin/people")).status_code == 200
    weak = await app_room.signed_in("beheer")
    for path, body in (
        (f"{KEYS}/begin", PROOF),
        (f"{KEYS}/forget", {"id": device.id.hex(), **PROOF}),
        ("/api/account/second-factor", PROOF),
    ):
        refused = await weak.post(path, json=body)
        assert refused.json()["code"] == "passkey.use", path
    strong = app_room.client()
    assert not (await comes(strong, device)).json()["lacking"]
    last = await strong.post(f"{KEYS}/forget", json={"id": device.id.hex(), **PROOF})
    assert last.json()["code"] == "factor.demanded"
    await made(strong, "reserve")
    assert (await strong.post(f"{KEYS}/forget", json={"id": device.id.hex(), **PROOF})).status_code == 204


async def test_an_administrator_takes_lost_keys_away_and_those_of_who_has_power_with_a_second_one(
    app_room: TestRoom,
) -> None:
    gate, passwords = app_room.gate, app_room.passwords
    await add_account(gate.accounts, passwords, gate.roles, name="tweede", room="RT", password=PASSWORD, roles=["FB"])
    admin = await app_room.signed_in("beheer")
    lost = {"reason": "sleutels kwijt"}
    bram = await app_room.signed_in("bram")
    device = await made(bram)
    path = "/api/admin/people/bram/second-factor"
    seen = await admin.get(path)
    assert seen.json() == {"since": None, "passkeys": 1, "demanded": False} and device.id.hex() not in seen.text
    assert (await admin.post(f"{path}/reset", json=lost)).json() == {"waits": False}
    assert (await bram.get("/api/session")).status_code == 401
    assert (await comes(app_room.client(), device)).status_code == 401

    hoofd = await app_room.signed_in("hoofd")
    device = await made(hoofd)
    path = "/api/admin/people/hoofd/second-factor"
    assert (await admin.post(f"{path}/reset", json=lost)).json() == {"waits": True}
    assert (await comes(app_room.client(), device)).status_code == 200
    twice = await admin.post(f"{path}/reset", json=lost)
    assert twice.json()["code"] == "account.waits"
    (asked,) = (await admin.get("/api/admin/confirm")).json()["waiting"]
    assert (asked["kind"], asked["name"], asked["may_confirm"]) == ("factors", "hoofd", False)
    yes = f"/api/admin/confirm/{asked['id']}"
    assert (await admin.post(yes)).json()["code"] == "account.own_request"
    assert (await (await app_room.signed_in("tweede")).post(yes)).status_code == 204
    assert (await hoofd.get("/api/session")).status_code == 401
    assert (await comes(app_room.client(), device)).status_code == 401
    newest = (await gate.accounts.changes(1, "hoofd"))[0]
    assert (newest.by, newest.what, newest.reason) == (
        "tweede",
        "confirmed: factors HMK, beheer",
        "sleutels kwijt",
    )


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "   "}, {"name": "a" * 61}])
async def test_a_passkey_has_a_name(app_room: TestRoom, body: dict[str, str]) -> None:
    bram = await app_room.signed_in("bram")
    asked = (await bram.post(f"{KEYS}/begin", json=PROOF)).json()
    answer = await bram.post(KEYS, json={**body, "credential": Device(ORIGIN).make(asked)})
    assert answer.status_code == 422
    assert (await bram.get(KEYS)).json()["keys"] == []


async def test_a_room_without_an_address_has_no_passkeys(app_room: TestRoom) -> None:
    app_room.passkeys.origin = ""
    desk, bram = app_room.client(), await app_room.signed_in("bram")
    assert (await desk.get("/api/sign-in/passkey")).json() == {"at": ""}
    assert (await desk.post(ASK)).json()["code"] == "passkey.off"
    assert (await bram.post(f"{KEYS}/begin", json=PROOF)).json()["code"] == "passkey.off"
    assert (await bram.get(KEYS)).json() == {"at": "", "keys": []}
