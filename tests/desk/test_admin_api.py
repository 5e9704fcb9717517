"""The screens of access from the server's side: who gets them, what they tell, and what they refuse."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from meldkamer.access import add_account
from meldkamer.desk.accounts_api import ONE_TIME_MILLIS

from .conftest import PASSWORD, PEOPLE, TestRoom
from .world import CANARY, Desk, settle

OWN = "een-eigen-zin-is-sterker"
WHY = "de beller bedreigt een collega"
OPENING = {"compartment": "caller", "minutes": 15, "reason": WHY}
ADMINISTER, LOG, GLASS = {"beheer"}, {"hoofd"}, {"beheer", "hoofd"}
ID = "0" * 32
OPERATIONS = [
    ("GET", "/api/admin/people", ADMINISTER),
    ("GET", "/api/admin/people/bram", ADMINISTER),
    ("GET", "/api/admin/people/bram/second-factor", ADMINISTER),
    ("POST", "/api/admin/people/bram/second-factor/reset", ADMINISTER),
    ("GET", "/api/admin/people/bram/provider", ADMINISTER),
    ("POST", "/api/admin/people/bram/provider", ADMINISTER),
    ("POST", "/api/admin/people/bram/provider/remove", ADMINISTER),
    ("GET", "/api/admin/roles", ADMINISTER),
    ("GET", "/api/admin/sessions", ADMINISTER),
    ("POST", "/api/admin/sessions/0000000000000000/end", ADMINISTER),
    ("GET", "/api/accounts", ADMINISTER),
    ("POST", "/api/accounts", ADMINISTER),
    ("POST", "/api/accounts/bram", ADMINISTER),
    ("GET", "/api/admin/confirm", ADMINISTER),
    ("POST", f"/api/admin/confirm/{ID}", ADMINISTER),
    ("POST", f"/api/admin/confirm/{ID}/refuse", ADMINISTER),
    ("GET", "/api/admin/pack", ADMINISTER),
    ("GET", f"/api/admin/pack/text?file=norms.csv&sha={ID * 2}", ADMINISTER),
    ("POST", "/api/admin/pack/check", ADMINISTER),
    ("POST", "/api/admin/pack/changes", ADMINISTER),
    ("GET", f"/api/admin/pack/changes/{ID}", ADMINISTER),
    ("POST", f"/api/admin/pack/changes/{ID}/approve", ADMINISTER),
    ("POST", f"/api/admin/pack/changes/{ID}/withdraw", ADMINISTER),
    ("GET", "/api/read-log?why=supervision", LOG),
    ("GET", "/api/admin/glass", GLASS),
    ("POST", "/api/admin/glass", {"hoofd"}),
    ("POST", "/api/admin/glass/0000000000000000/close", GLASS),
    ("POST", "/api/admin/glass/0000000000000000/judge", GLASS),
]


async def of_another_room(room: TestRoom, name: str = "gast", roles: tuple[str, ...] = ("FB",)) -> httpx.AsyncClient:
    """Somebody of room LB, which the same process hosts as well."""
    gate = room.gate
    await add_account(gate.accounts, room.passwords, gate.roles, name=name, room="LB", password=PASSWORD, roles=roles)
    return await room.signed_in(name)


@pytest.mark.parametrize("person", sorted(PEOPLE))
async def test_only_who_has_the_right_is_heard(app_room: TestRoom, person: str) -> None:
    client = await app_room.signed_in(person)
    for method, path, allowed in OPERATIONS:
        answer = await client.request(method, path, json=None if method == "GET" else {})
        assert (answer.status_code != 403) == (person in allowed), (person, method, path, answer.text)


async def test_every_operation_of_these_screens_is_looked_at_above(app_room: TestRoom) -> None:
    looked_at = {
        (m, p.partition("?")[0].replace("bram", "{}").replace(ID, "{}").replace("0" * 16, "{}"))
        for m, p, _ in OPERATIONS
    }
    declared = {
        (o.method, o.path.replace("{name}", "{}").replace("{id}", "{}"))
        for o in app_room.app.api.operations
        if o.path.startswith(("/api/admin", "/api/accounts", "/api/read-log"))
    }
    assert declared == looked_at


async def test_the_list_tells_states_roles_and_compartments(app_room: TestRoom) -> None:
    admin = await app_room.signed_in("beheer")
    await app_room.signed_in("ambu")
    await admin.post("/api/accounts/paul", json={"disabled": True, "reason": "uit dienst"})
    await admin.post("/api/accounts/anna", json={"one_time_password": True, "reason": "kwijt"})
    page = (await admin.get("/api/admin/people")).json()
    shown = {p["name"]: p for p in page["people"]}
    assert set(shown) == set(PEOPLE) and page["total"] == len(PEOPLE)
    states = {name: shown[name]["state"] for name in ("ambu", "bram", "paul", "anna")}
    assert states == {"ambu": "active", "bram": "never", "paul": "blocked", "anna": "once"}
    assert page["counts"] == {"active": 2, "never": 4, "blocked": 1, "once": 1}
    ambu = shown["ambu"]
    assert (ambu["qualified"], ambu["disciplines"], ambu["compartments"]) == (
        ["A.dispatch"],
        "A",
        ["caller", "medical"],
    )
    assert ambu["last_sign_in"] == app_room.clock.now() and ambu["open_sessions"] == 1
    assert shown["bram"]["last_sign_in"] is None
    for query, names in {
        "search=UIT-B": {"bram"},
        "search=an+ctl": {"anna"},
        "is_state=blocked": {"paul"},
        "role=FB": {"beheer"},
        "search=niemand": set(),
        "skip=1&limit=2": {"anna", "beheer"},
    }.items():
        found = (await admin.get(f"/api/admin/people?{query}")).json()["people"]
        assert {p["name"] for p in found} == names, query
    machines = (await admin.get("/api/admin/people?machines=true")).json()["people"]
    assert {p["name"] for p in machines} == set(app_room.tokens)
    roles_of_machines = {p["name"]: p["compartments"] for p in machines}
    assert roles_of_machines["robot"] == ["caller"] and roles_of_machines["keten"] == []
    await app_room.clock.pump(ONE_TIME_MILLIS / 1000)
    admin = await app_room.signed_in("beheer")
    assert (await admin.get("/api/admin/people?search=anna")).json()["people"][0]["state"] == "expired"


async def test_nothing_of_another_room_is_shown_or_touched(app_room: TestRoom) -> None:
    guest = await of_another_room(app_room)
    bram, admin = await app_room.signed_in("bram"), await app_room.signed_in("beheer")
    head = await app_room.signed_in("hoofd")
    session = next(s for s in (await admin.get("/api/admin/sessions")).json() if s["person"] == "bram")
    opening = (await head.post("/api/admin/glass", json=OPENING)).json()
    assert [p["name"] for p in (await guest.get("/api/admin/people")).json()["people"]] == ["gast"]
    assert [s["person"] for s in (await guest.get("/api/admin/sessions")).json()] == ["gast"]
    assert (await guest.get("/api/admin/glass")).json()["openings"] == []
    judged = {"justified": True, "text": "dat was wel in orde"}
    for method, path, body in [
        ("GET", "/api/admin/people/bram", None),
        ("POST", "/api/accounts/bram", {"roles": [], "reason": "zomaar"}),
        ("POST", f"/api/admin/sessions/{session['id']}/end", {"reason": "zomaar"}),
        ("POST", f"/api/admin/glass/{opening['id']}/judge", judged),
        ("POST", f"/api/admin/glass/{opening['id']}/close", {}),
    ]:
        assert (await guest.request(method, path, json=body)).status_code == 404, path
    assert (await bram.get("/api/session")).status_code == 200


async def test_a_new_account_chooses_its_own_password_at_its_first_sign_in(app_room: TestRoom) -> None:
    admin = await app_room.signed_in("beheer")
    body = {"name": "Dirk.2", "display": "Dirk de Vries", "roles": ["CTL-B"], "reason": "nieuwe collega"}
    made = (await admin.post("/api/accounts", json=body)).json()
    once = made["one_time_password"]
    assert len(once) > 12 and made["waits"] and made["until"] == 0
    dirk = app_room.client()
    first = {"account": "dirk.2", "password": once, "new_password": OWN}
    assert (await dirk.post("/api/sign-in", json=first)).status_code == 401
    assert (await admin.get("/api/admin/people/dirk.2")).status_code == 404
    waiting = (await admin.get("/api/admin/confirm")).json()
    assert [(w["name"], w["kind"], w["may_confirm"]) for w in waiting["waiting"]] == [("dirk.2", "new", False)]
    assert waiting["others"] == 0 and once not in str(waiting)
    own = await admin.post(f"/api/admin/confirm/{waiting['waiting'][0]['id']}", json={})
    assert own.status_code == 422 and own.json()["code"] == "account.own_request"
    await app_room.confirm()
    await app_room.clock.pump(ONE_TIME_MILLIS / 1000 - 1)  # three days from the confirmation on
    admin = await app_room.signed_in("beheer")
    for path in ("/api/admin/people", "/api/admin/people/dirk.2", "/api/accounts"):
        assert once not in (await admin.get(path)).text
    answer = await dirk.post("/api/sign-in", json={"account": "dirk.2", "password": once})
    assert answer.status_code == 422 and answer.json()["code"] == "password.once"
    assert "set-cookie" not in answer.headers and (await dirk.get("/api/session")).status_code == 401
    answer = await dirk.post("/api/sign-in", json={"account": "dirk.2", "password": once, "new_password": OWN})
    assert answer.status_code == 200 and answer.json()["roles"] == ["CTL-B"]
    again = app_room.client()
    answer = await again.post("/api/sign-in", json={"account": "dirk.2", "password": once, "new_password": OWN + "!"})
    assert answer.status_code == 401
    assert (await again.post("/api/sign-in", json={"account": "dirk.2", "password": OWN})).status_code == 200
    assert (
        await admin.post("/api/accounts/dirk.2", json={"roles": ["CTL-B"], "reason": "nog eens"})
    ).status_code == 200
    about = (await admin.get("/api/admin/people/dirk.2")).json()
    assert [(c["by"], c["what"], c["reason"]) for c in about["changes"]] == [
        ("beheer", "roles: CTL-B > CTL-B", "nog eens"),
        ("dirk.2", "password changed", ""),
        ("tweede", "confirmed: new CTL-B, beheer", "nieuwe collega"),
        ("beheer", "asked: new CTL-B", "nieuwe collega"),
    ]


@pytest.mark.parametrize("body", [
    {"roles": ["FB", "AUDIT"], "reason": "handig voor mij"}, {"roles": [], "reason": "ik stop"},
    {"disabled": True, "reason": "ik stop"},
])  # fmt: skip
async def test_an_administrator_decides_nothing_about_himself(app_room: TestRoom, body: dict[str, Any]) -> None:
    admin = await app_room.signed_in("beheer")
    answer = await admin.post("/api/accounts/beheer", json=body)
    assert answer.status_code == 422 and answer.json()["code"] == "account.own"
    about = (await admin.get("/api/admin/people/beheer")).json()
    assert about["own"] and about["person"]["roles"] == ["FB"] and about["person"]["state"] == "active"


async def test_nothing_is_changed_without_a_reason(app_room: TestRoom) -> None:
    admin = await app_room.signed_in("beheer")
    await app_room.signed_in("bram")
    session = next(s for s in (await admin.get("/api/admin/sessions")).json() if s["person"] == "bram")
    before = (await admin.get("/api/admin/people/bram")).json()
    bodies: dict[str, dict[str, Any]] = {
        "/api/accounts/bram": {"roles": ["CTL-A"]},
        "/api/accounts": {"name": "dirk", "roles": []},
        f"/api/admin/sessions/{session['id']}/end": {},
    }
    reasons: list[dict[str, str]] = [{}, {"reason": "x"}]
    for path, body in bodies.items():
        for reason in reasons:
            assert (await admin.post(path, json={**body, **reason})).status_code == 422, path
    assert (await admin.get("/api/admin/people/bram")).json() == before


async def test_an_ended_session_is_over_and_its_seat_free(app_room: TestRoom) -> None:
    bram, admin = await app_room.signed_in("bram", "RT-07"), await app_room.signed_in("beheer")
    cookie = "; ".join(f"{c.name}={c.value}" for c in bram.cookies.jar)
    desk = Desk(app_room.app, [(b"host", b"room"), (b"origin", b"http://room"), (b"cookie", cookie.encode())])
    desk.subscribe("RT")
    await settle()
    found = sorted((await admin.get("/api/admin/sessions")).json(), key=lambda s: str(s["mine"]))
    assert [(s["person"], s["seat"], s["mine"]) for s in found] == [("bram", "RT-07", False), ("beheer", "", True)]
    assert all(value not in str(found) for value in (*bram.cookies.values(), *admin.cookies.values()))
    path = f"/api/admin/sessions/{found[0]['id']}/end"
    assert (await admin.post(path, json={"reason": "scherm verlaten"})).status_code == 204
    assert (await bram.get("/api/session")).status_code == 401
    app_room.hub.tick()
    await settle()
    assert desk.closed == 4401
    assert not app_room.picture.desk("RT").seats.get("RT-07") or not app_room.picture.desk("RT").seats["RT-07"].person
    assert (await admin.post(path, json={"reason": "scherm verlaten"})).status_code == 404
    changes = (await admin.get("/api/admin/people/bram")).json()["changes"]
    assert (changes[0]["what"], changes[0]["reason"]) == ("session ended: RT-07", "scherm verlaten")


async def test_reading_the_read_log_is_itself_read(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, head = await app_room.signed_in("bram"), await app_room.signed_in("hoofd")
    for _ in range(3):
        await bram.get("/api/calls/RT/c1")
    assert (await head.get("/api/read-log")).status_code == 422
    page = (await head.get("/api/read-log?why=complaint&person=bram&newest=true&limit=2")).json()
    assert [line["n"] for line in page["readings"]] == [3, 2] and page["next"] == 2
    older = (await head.get("/api/read-log?why=complaint&person=bram&newest=true&limit=2&before=2")).json()
    assert [line["n"] for line in older["readings"]] == [1]
    now = app_room.clock.now()
    own = (await head.get(f"/api/read-log?why=supervision&ref=read-log&since={now}&until={now + 1}")).json()
    told = [(r["reading"]["person"], r["reading"]["ref"], r["reading"]["purpose"]) for r in own["readings"]]
    # The one that asks stands in it already.
    assert told == [("hoofd", "read-log/bram", "complaint")] * 2 + [("hoofd", "read-log/read-log", "supervision")]
    assert (await head.get(f"/api/read-log?why=supervision&until={now}")).json()["readings"] == []
    app_room.read_log.close()
    assert (await head.get("/api/read-log?why=supervision")).status_code == 507


async def test_broken_glass_opens_for_a_while_and_waits_for_somebody_else(app_room: TestRoom) -> None:
    await app_room.an_incident()
    head, admin, bram = [await app_room.signed_in(p) for p in ("hoofd", "beheer", "bram")]
    closed = await head.get("/api/calls/RT/c1")
    assert CANARY not in closed.text and closed.json()["unreadable"] == ["caller"]
    assert (await head.get("/api/admin/glass")).json()["may_open"] == ["caller"]
    for body, status in (
        ({**OPENING, "compartment": "medical"}, 403),
        ({**OPENING, "compartment": "staff"}, 403),
        ({**OPENING, "minutes": 61}, 422),
        ({**OPENING, "reason": "even kijken"}, 422),
    ):
        assert (await head.post("/api/admin/glass", json=body)).status_code == status
    made = (await head.post("/api/admin/glass", json=OPENING)).json()
    assert CANARY + "number" in (await head.get("/api/calls/RT/c1")).text
    assert CANARY + "medical" not in (await head.get("/api/incidents/RT/i1")).text
    told = (await admin.get("/api/admin/glass")).json()
    assert [(o["person"], o["reason"], o["review"]) for o in told["openings"]] == [("hoofd", WHY, None)]
    assert told["may_judge"] and told["may_open"] == []
    path, verdict = f"/api/admin/glass/{made['id']}/judge", {"justified": True, "text": "dat was wel in orde"}
    assert (await bram.post(path, json=verdict)).status_code == 403
    own = await head.post(path, json=verdict)
    assert own.status_code == 422 and own.json()["code"] == "glass.own"
    assert (await admin.post(path, json=verdict)).json()["review"]["by"] == "beheer"
    await app_room.clock.pump(15 * 60)
    assert CANARY not in (await head.get("/api/calls/RT/c1")).text
    changes = (await admin.get("/api/admin/people/hoofd")).json()["changes"]
    assert [c["what"] for c in changes[:2]] == ["glass justified", "glass opened: caller 15"]


async def test_an_administrator_closes_what_stands_open_and_a_colleague_does_not(app_room: TestRoom) -> None:
    await app_room.an_incident()
    gate = app_room.gate
    await add_account(
        gate.accounts, app_room.passwords, gate.roles, name="crisis", room="RT", password=PASSWORD, roles=["CRISIS"]
    )
    head, admin, crisis = [await app_room.signed_in(p) for p in ("hoofd", "beheer", "crisis")]
    made = (await head.post("/api/admin/glass", json=OPENING)).json()
    path = f"/api/admin/glass/{made['id']}/close"
    # Whoever may only open sees no more than what is his own.
    assert (await crisis.get("/api/admin/glass")).json()["openings"] == []
    assert (await crisis.post(path, json={})).status_code == 403
    assert (await admin.post(path, json={})).status_code == 200
    assert CANARY not in (await head.get("/api/calls/RT/c1")).text
