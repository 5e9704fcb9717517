"""The own account over HTTP: a second factor from its first sight to its end, and nobody else who sees the secret."""

from __future__ import annotations

import base64
from urllib.parse import unquote

import httpx

from meldkamer.access.totp import code_at, step_of

from .conftest import PASSWORD, TestRoom

PROOF = {"password": PASSWORD}


def code(room: TestRoom, secret: str) -> str:
    return code_at(base64.b32decode(secret), step_of(room.clock.now()))


async def enrol(room: TestRoom, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """The secret and the recovery codes; the clock is at the next code."""
    begun = (await client.post("/api/account/second-factor", json=PROOF)).json()
    first = {"code": code(room, begun["secret"])}
    codes = (await client.post("/api/account/second-factor/confirm", json=first)).json()["codes"]
    await room.clock.pump(30)
    return begun["secret"], codes


async def test_a_second_factor_is_shown_once_asked_at_sign_in_and_taken_away(app_room: TestRoom) -> None:
    client = await app_room.signed_in("bram")
    assert (await client.get("/api/account")).json()["second_factor"] is None
    begun = (await client.post("/api/account/second-factor", json=PROOF)).json()
    assert f"secret={begun['secret']}" in begun["uri"] and begun["uri"].startswith(
        "otpauth://totp/Meldkamer%20RT%3Abram"
    )
    assert begun["qr"].startswith("data:image/svg+xml") and "<path" in unquote(begun["qr"])
    secret, codes = await enrol(app_room, client)
    own = await client.get("/api/account")
    assert own.json()["second_factor"]["recovery_left"] == len(codes) == 10
    assert secret not in own.text and codes[0] not in own.text

    body = {"account": "bram", "password": PASSWORD}
    asked = await app_room.client().post("/api/sign-in", json=body)
    assert asked.status_code == 422 and asked.json()["code"] == "factor.needed" and "set-cookie" not in asked.headers
    fits = {**body, "code": code(app_room, secret)}
    assert (await app_room.client().post("/api/sign-in", json=fits)).status_code == 200
    again = await app_room.client().post("/api/sign-in", json=fits)
    assert again.status_code == 422 and again.json()["code"] == "factor.wrong"

    await app_room.clock.pump(30)
    refused = await client.post("/api/account/second-factor/remove", json=PROOF)
    assert refused.json()["code"] == "factor.needed"
    gone = {**PROOF, "code": code(app_room, secret)}
    assert (await client.post("/api/account/second-factor/remove", json=gone)).status_code == 204
    assert (await app_room.client().post("/api/sign-in", json=body)).status_code == 200


async def test_who_finds_a_desk_open_cannot_enrol_his_own_telephone(app_room: TestRoom) -> None:
    client = await app_room.signed_in("bram")
    wrong = await client.post("/api/account/second-factor", json={"password": "een-gok"})
    assert wrong.status_code == 401 and "secret" not in wrong.text
    begun = await client.post("/api/account/second-factor/confirm", json={"code": "123456"})
    assert begun.json()["code"] == "factor.not_begun"


async def test_an_administrator_sees_that_there_is_one_and_resets_it(app_room: TestRoom) -> None:
    bram, head = await app_room.signed_in("bram"), await app_room.signed_in("beheer")
    path = "/api/admin/people/bram/second-factor"
    assert (await head.get(path)).json() == {"since": None, "passkeys": 0, "demanded": False}
    secret, _ = await enrol(app_room, bram)
    seen = await head.get(path)
    assert seen.json()["since"] > 0 and secret not in seen.text
    for person in ("bram", "hoofd", "caco"):
        other = bram if person == "bram" else await app_room.signed_in(person)
        assert (await other.get(path)).status_code == 403
        assert (await other.post(f"{path}/reset", json={"reason": "zomaar"})).status_code == 403
    assert (await head.post(f"{path}/reset", json={"reason": "telefoon kwijt"})).json() == {"waits": False}
    assert (await bram.get("/api/session")).status_code == 401
    dossier = (await head.get("/api/admin/people/bram")).json()
    assert dossier["changes"][0]["what"] == "second factor reset" and secret not in str(dossier)
    own = await head.post("/api/admin/people/beheer/second-factor/reset", json={"reason": "eigen"})
    assert own.json()["code"] == "factor.own"


async def test_where_a_role_demands_it_nothing_opens_before(app_room: TestRoom) -> None:
    app_room.gate.sessions._demanded = frozenset({"FB"})
    client = await app_room.signed_in("beheer")
    session = (await client.get("/api/session")).json()
    assert session["lacking"] and session["rights"] == [] and session["roles"] == []
    for path in ("/api/admin/people", "/api/accounts", "/api/picture", "/api/feed?region=RT", "/metrics"):
        assert (await client.get(path)).status_code == 403, path
    secret, _ = await enrol(app_room, client)
    assert (await client.get("/api/admin/people")).status_code == 200
    assert not (await client.get("/api/session")).json()["lacking"]
    proof = {**PROOF, "code": code(app_room, secret)}
    refused = await client.post("/api/account/second-factor/remove", json=proof)
    assert refused.json()["code"] == "factor.demanded"


def test_no_code_and_no_secret_is_in_the_text_of_a_request_or_an_answer() -> None:
    from meldkamer.desk.account_api import FirstCode, NewSecret, Proof, RecoveryCodes
    from meldkamer.desk.session_api import SignInBody

    canary = "canary-7"
    said = repr([Proof(password=canary, code=canary), FirstCode(code=canary), RecoveryCodes(codes=(canary,))])
    said += repr([NewSecret(secret=canary, uri=canary, qr=canary), SignInBody(account="a", password="", code=canary)])
    assert canary not in said
