"""The contract layer: what it lets in, what it says no to and how, and that its description is true."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from meldkamer.access import (
    PUBLIC,
    SESSION,
    Forbidden,
    Need,
    NotKept,
    ReadLogFailed,
    Session,
    SlowDown,
    WrongCredentials,
    need,
)
from meldkamer.desk.contract import KINDS, MAX_BODY, MAX_DISCARDED, Api, ProblemError, Request, problem_error
from meldkamer.desk.security import CONTENT_SECURITY_POLICY, Guard, SessionCookie, Site
from meldkamer.domain.basics import Id, Refused
from meldkamer.domain.clock import FakeClock
from meldkamer.record import (
    Conflict,
    Damaged,
    Fenced,
    KeyDestroyed,
    KeysLost,
    StoreFull,
    TooLarge,
    Unknown,
    Unsafe,
)

SESSIONS = {
    "operator": Session(id="s1", person="rt.brand", name="B", room="RT", rights=frozenset({"read", "operate"})),
    "reader": Session(id="s2", person="rt.lezer", name="L", room="RT", rights=frozenset({"read"})),
    "feed": Session(id="s3", person="bi", name="BI", room="RT", machine=True, scopes=frozenset({"feed"})),
    "nothing": Session(id="s4", person="rt.niets", name="N", room="RT"),
}


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sample operation takes."""

    line: Id
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the sample operations answer."""

    line: str
    by: str = ""
    count: int = 0


def who(connection: HTTPConnection) -> Session | None:
    return SESSIONS.get(connection.headers.get("authorization", "").removeprefix("Bearer "))


@pytest.fixture
def api() -> Api:
    api = Api("sample", "1", identify=who, clock=FakeClock())

    @api.op("GET", "/api/ping", needs=PUBLIC)
    async def ping(request: Request) -> Kept:
        """Say that it is there."""
        return Kept(line="pong", by=request.anybody.person if request.anybody else "")

    @api.op("GET", "/api/notes/{region}/{id}", needs=need("read", "scope:feed"), problems=("not_found",))
    async def read_note(
        request: Request, region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")], id: Id, count: int = 1
    ) -> Kept:
        """Read one."""
        if region == "ZZ":
            raise ProblemError("not_found")
        return Kept(line=id, by=request.session.person, count=count)

    @api.op("POST", "/api/notes/{region}/{id}", needs=need("operate"), problems=("conflict", "refused"))
    async def write_note(
        request: Request, region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")], id: Id, body: Note
    ) -> Kept:
        """Write one."""
        return Kept(line=body.line, by=request.session.person, count=body.priority)

    @api.op("GET", "/api/picture", needs=need("read"))
    async def picture(
        request: Request, regions: tuple[Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")], ...] = (), x: float = 0.0
    ) -> list[str]:
        """Read the picture."""
        return list(regions)

    @api.op("POST", "/api/leave", needs=SESSION)
    async def leave(request: Request) -> None:
        """Leave."""
        request.headers.append(SessionCookie("RT", tls=True).take())

    return api


@pytest.fixture
def client(api: Api) -> TestClient:
    return TestClient(api.app(), raise_server_exceptions=True, headers={"authorization": "Bearer operator"})


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["type"], body["status"]) == (status, kind, status), body
    assert response.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code", "params"}
    return body


# --- who may ---------------------------------------------------------------------------------------------------------


def test_without_a_session_nothing_but_the_public_is_answered(api: Api) -> None:
    client = TestClient(api.app())
    for operation in api.operations:
        path = operation.path.replace("{region}", "RT").replace("{id}", "1")
        response = client.request(operation.method, path, content=b"not even json")
        if operation.needs.public:
            assert response.status_code == 200
        else:
            assert problem(response, 401, "no_session")
            assert response.headers["www-authenticate"] == "Bearer"


def test_rights_and_scopes_are_enforced_before_the_body_is_looked_at(client: TestClient) -> None:
    def status(who: str, method: str, path: str) -> int:
        return client.request(method, path, headers={"authorization": f"Bearer {who}"}, content=b"[").status_code

    assert status("feed", "GET", "/api/notes/RT/1") == 200
    assert status("reader", "GET", "/api/notes/RT/1") == 200
    assert status("nothing", "GET", "/api/notes/RT/1") == 403
    assert status("reader", "POST", "/api/notes/RT/1") == 403
    assert status("feed", "POST", "/api/notes/RT/1") == 403
    assert status("feed", "GET", "/api/picture") == 403
    response = client.post("/api/notes/RT/1", headers={"authorization": "Bearer reader"}, json={})
    assert problem(response, 403, "forbidden")["params"] == {"right": "operate"}


def test_an_operation_that_does_not_say_what_it_needs_cannot_be_registered(api: Api) -> None:
    async def handler(request: Request) -> Kept:
        return Kept(line="")

    with pytest.raises(TypeError):
        api.op("GET", "/api/x")(handler)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        api.op("GET", "/api/x", needs=None)(handler)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nobody"):
        api.op("GET", "/api/x", needs=Need())(handler)


def test_a_declaration_that_is_not_whole_is_refused_at_start(api: Api) -> None:
    async def no_answer(request: Request):
        return None

    async def no_request(id: str) -> Kept:
        return Kept(line=id)

    async def no_slot(request: Request) -> Kept:
        return Kept(line="")

    for handler in (no_answer, no_request):
        with pytest.raises(TypeError):
            api.op("GET", "/api/x", needs=PUBLIC)(handler)
    with pytest.raises(TypeError, match="does not take"):
        api.op("GET", "/api/x/{id}", needs=PUBLIC)(no_slot)
    with pytest.raises(ValueError, match="unknown problems"):
        api.op("GET", "/api/x", needs=PUBLIC, problems=("made_up",))(no_slot)
    api.op("GET", "/api/x", needs=PUBLIC)(no_slot)
    with pytest.raises(ValueError, match="already"):
        api.op("GET", "/api/x", needs=PUBLIC)(no_slot)


# --- what is well-formed ----------------------------------------------------------------------------------------------


def test_a_good_request_is_answered(client: TestClient) -> None:
    response = client.post("/api/notes/RT/7", json={"line": "7", "text": "brand"})
    assert (response.status_code, response.json()) == (200, {"line": "7", "by": "rt.brand", "count": 3})
    assert client.get("/api/notes/RT/7?count=5").json()["count"] == 5
    assert client.get("/api/picture?regions=RT,LB").json() == ["RT", "LB"]
    left = client.post("/api/leave")
    assert (left.status_code, left.content) == (204, b"")
    assert "Max-Age=0" in left.headers["set-cookie"]


def test_head_is_get_without_the_body(client: TestClient) -> None:
    got, head = client.get("/api/ping"), client.head("/api/ping")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-length"] == str(len(got.content))
    assert client.head("/openapi.json").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/api/notes/RT/1", "GET, HEAD, POST"),
        ("OPTIONS", "/api/ping", "GET, HEAD"),
        ("QUERY", "/api/leave", "POST"),
        ("HEAD", "/api/leave", "POST"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_a_wrong_method_names_every_right_one(client: TestClient, method: str, path: str, allow: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allow)


def test_an_unknown_path_is_a_problem_too(client: TestClient) -> None:
    problem(client.get("/api/nowhere"), 404, "not_found")
    problem(client.get("/api/notes/ZZ/1"), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "field"),
    [("count=x", "$.count"), ("count=1&count=2", "$.count"), ("count=" + "9" * 4000, "$.count"), ("count=", "$.count")],
)
def test_a_wrong_parameter_is_named(client: TestClient, query: str, field: str) -> None:
    assert problem(client.get(f"/api/notes/RT/1?{query}"), 422, "not_valid")["params"]["field"] == field


@pytest.mark.parametrize("x", ["nan", "inf", "-Infinity", "1e999"])
def test_a_number_is_a_number(client: TestClient, x: str) -> None:
    problem(client.get(f"/api/picture?x={x}"), 422, "not_valid")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"line": "1"}, "$.text"),
        ({"line": "1", "text": ""}, "$.text"),
        ({"line": "1", "text": "x", "priority": 6}, "$.priority"),
        ({"line": "1", "text": "x", "extra": 1}, "$.extra"),
        ({"line": "1", "text": "x" * 201}, "$.text"),
        ([], "$"),
    ],
)
def test_a_wrong_body_names_the_field(client: TestClient, body: Any, field: str) -> None:
    found = problem(client.post("/api/notes/RT/1", json=body), 422, "not_valid")
    assert (found["code"], found["params"]["field"]) == ("request.not_valid", field)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b'"\xff"', b"\xff\xfe{", b'{"line": "\\ud800"}', b"[" * 100_000, b'{"x":' * 40_000],
    ids=["empty", "cut off", "NaN", "not UTF-8", "UTF-16", "surrogate", "deep list", "deep object"],
)
def test_what_is_not_json_is_400_whatever_it_is(client: TestClient, body: bytes) -> None:
    response = client.post("/api/notes/RT/1", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["type"] == "not_valid"


def test_a_number_of_two_hundred_thousand_digits_costs_nothing(client: TestClient) -> None:
    body = b'{"line":"1","text":"x","priority":' + b"9" * 200_000 + b"}"
    response = client.post("/api/notes/RT/1", content=body, headers={"content-type": "application/json"})
    problem(response, 422, "not_valid")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": ""},
    ],
)
def test_only_plain_json_is_taken(client: TestClient, headers: dict[str, str]) -> None:
    problem(client.post("/api/notes/RT/1", content=b"{}", headers=headers), 415, "not_valid")


def test_a_query_is_bounded(client: TestClient) -> None:
    problem(client.get("/api/picture?regions=" + "RT," * 5_000), 413, "too_large")


# --- size, while it arrives -------------------------------------------------------------------------------------------


async def send(api: Api, headers: list[tuple[bytes, bytes]], chunks: AsyncIterator[bytes]) -> tuple[int, int]:
    """The status, and how many bytes the application took before it answered."""
    taken, status = 0, 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        async for chunk in chunks:
            taken += len(chunk)
            return {"type": "http.request", "body": chunk, "more_body": True}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def answer(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/notes/RT/1",
        "raw_path": b"/api/notes/RT/1",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer operator"), (b"content-type", b"application/json"), *headers],
        "client": ("192.0.2.1", 5),
        "server": ("room", 80),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    await api.app()(scope, receive, answer)
    return status, taken


async def test_a_body_without_an_end_is_cut_off_at_the_limit(api: Api) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    status, taken = await send(api, [], endless())
    assert status == 413 and taken <= MAX_BODY + 65_536


async def test_a_body_that_says_it_is_too_large_is_not_read_at_all(api: Api) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    for length in (str(MAX_DISCARDED + 1), "9" * 40):
        assert await send(api, [(b"content-length", length.encode())], never()) == (413, 0)


async def test_a_body_that_is_somewhat_too_large_is_heard_out_so_that_the_answer_arrives(api: Api) -> None:
    async def whole() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"x" * 65_536

    length = 160 * 65_536
    assert await send(api, [(b"content-length", str(length).encode())], whole()) == (413, length)


async def test_a_body_that_lies_about_its_length_is_still_bounded(api: Api) -> None:
    async def more() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 65_536

    status, _ = await send(api, [(b"content-length", b"10")], more())
    assert status == 413


async def test_a_body_that_trickles_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meldkamer.desk.contract.body.BODY_SECONDS", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)  # a turn of the loop: it comes on and on, and never to an end
            yield b" "

    status, _ = await send(api, [], trickle())
    assert status == 408


# --- problems ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Refused("unit.busy", unit="17-0131"), 422, "refused"),
        (Forbidden("A.dispatch"), 403, "forbidden"),
        (WrongCredentials(), 401, "wrong_credentials"),
        (SlowDown(12.2), 429, "slow_down"),
        (Conflict("ev.RT.call.1", 1, 2), 409, "conflict"),
        (Fenced("RT.B.dispatch", 1, 2), 409, "not_owner"),
        (Unknown(["1"], "cut"), 503, "unknown"),
        (TooLarge(), 413, "too_large"),
        (Unsafe("server n0: jetstream { sync_interval: always } is not set"), 503, "unsafe"),
        (Damaged("RT", 7, "the hash is broken"), 500, "damaged"),
        (StoreFull(), 507, "store_full"),
        (KeysLost("keys.sqlite: disk I/O error"), 507, "store_full"),
        (KeyDestroyed("ev.RT.call.1", "caller"), 422, "refused"),
        (ReadLogFailed(), 507, "store_full"),
        (NotKept(), 507, "store_full"),
    ],
)
def test_every_refusal_of_ours_has_its_problem(error: Exception, status: int, kind: str) -> None:
    found = problem_error(error)
    assert found is not None and (found.problem.status, found.problem.type) == (status, kind)


def test_the_reason_and_the_wait_travel_along() -> None:
    refused, slow = problem_error(Refused("unit.busy", unit="17-0131")), problem_error(SlowDown(12.2))
    assert refused is not None and slow is not None
    assert (refused.problem.code, refused.problem.params) == ("unit.busy", {"unit": "17-0131"})
    assert slow.headers["Retry-After"] == "13"


def test_a_mistake_of_ours_tells_nothing_to_the_caller(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    @api.op("GET", "/api/broken", needs=SESSION)
    async def broken(request: Request) -> Kept:
        raise RuntimeError("secret of the house")

    client = TestClient(api.app(), headers={"authorization": "Bearer operator"})
    response = client.get("/api/broken?token=abc")
    problem(response, 500, "broken")
    assert "secret" not in response.text
    assert "GET /api/broken failed for s1" in caplog.text
    assert "abc" not in caplog.text and "Bearer" not in caplog.text


def test_every_kind_of_problem_in_the_documentation_exists() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    table = page.partition("| status | type |")[2].partition("\n\n")[0]
    rows = [row.split("|") for row in table.splitlines()[2:]]
    named = {row[2].strip().strip("`"): row[1] for row in rows}
    assert named
    for kind, statuses in named.items():
        assert str(KINDS[kind][0]) in statuses, kind


# --- the description --------------------------------------------------------------------------------------------------


def test_the_description_is_valid_and_says_what_each_operation_needs(api: Api) -> None:
    document = json.loads(TestClient(api.app()).get("/openapi.json").content)
    validate(document)
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert paths["/api/ping"]["get"]["security"] == []
    assert paths["/api/leave"]["post"]["security"] == [{"session": []}, {"token": []}]
    assert paths["/api/notes/{region}/{id}"]["get"]["security"] == [
        {"session": ["read"]},
        {"token": ["read"]},
        {"token": ["scope:feed"]},
    ]
    assert {"400", "401", "403", "408", "413", "415", "422"} <= set(
        paths["/api/notes/{region}/{id}"]["post"]["responses"]
    )
    assert "204" in paths["/api/leave"]["post"]["responses"]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_what_schemathesis_sends_finds_no_difference_from_the_description(api: Api, mode: GenerationMode) -> None:
    app = Guard(api.app(), Site(hosts=frozenset({"localhost", "testserver"})))
    headers = {"authorization": "Bearer operator"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    schema.config.generation.update(modes=[mode])
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        if mode is GenerationMode.NEGATIVE and operation.path in ("/api/ping", "/api/leave"):
            continue

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            nonlocal tried
            # 2.0 is an integer to a JSON schema; the wire takes 2 only, and the description says so in words.
            assume(not (isinstance(case.body, dict) and isinstance(case.body.get("priority"), float)))
            tried += 1
            # It takes a token in `headers` for its own made-up one; that 401 comes without any is asserted above.
            case.call_and_validate(headers=headers, excluded_checks=[ignored_auth])

        one()
    assert tried > 80


# --- before every request ---------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(api: Api) -> TestClient:
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    site = Site(hosts=frozenset({"room.test", "[::1]"}), origins=frozenset({"https://meldkamer.test"}))
    app = Guard(api.app([WebSocketRoute("/api/live", live)]), site)
    return TestClient(app, base_url="http://room.test:8000", headers={"authorization": "Bearer operator"})


def test_every_answer_wears_the_headers_also_a_refusal(guarded: TestClient) -> None:
    for path, host in (("/api/ping", "room.test:8000"), ("/api/nowhere", "room.test"), ("/api/ping", "evil.test")):
        headers = guarded.get(path, headers={"host": host}).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
    assert guarded.get("/page", headers={"host": "room.test"}).headers["cache-control"] == "no-cache"


def test_under_tls_the_browser_is_told_to_stay_there(api: Api) -> None:
    app = Guard(api.app(), Site(hosts=frozenset({"room.test"}), tls=True))
    assert "strict-transport-security" in TestClient(app, base_url="https://room.test").get("/api/ping").headers


@pytest.mark.parametrize("host", ["evil.test", "room.test.evil.test", "", "room.test@evil.test"])
def test_a_foreign_host_is_refused(guarded: TestClient, host: str) -> None:
    problem(guarded.get("/api/ping", headers={"host": host}), 400, "not_valid")


def test_an_ipv6_host_is_known_with_and_without_port(guarded: TestClient) -> None:
    assert guarded.get("/api/ping", headers={"host": "[::1]:8000"}).status_code == 200
    assert guarded.get("/api/ping", headers={"host": "[::1]"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://room.test:8000"}, 204),
        ({"origin": "https://meldkamer.test"}, 204),
        ({"origin": "http://room.test:8001"}, 403),
        ({"origin": "https://room.test:8000"}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 204),
        ({}, 204),
    ],
)
def test_a_state_changing_request_comes_from_the_own_origin(
    guarded: TestClient, headers: dict[str, str], status: int
) -> None:
    assert guarded.post("/api/leave", headers=headers).status_code == status


def test_a_cookie_without_an_origin_is_not_a_browser_of_ours(api: Api) -> None:
    app = Guard(api.app(), Site(hosts=frozenset({"room.test"})))
    client = TestClient(app, base_url="http://room.test")
    problem(client.post("/api/leave", headers={"cookie": "meldkamer-rt=x"}), 403, "forbidden")


def test_a_live_channel_opens_for_the_own_origin_only(guarded: TestClient) -> None:
    url = "ws://room.test:8000/api/live"
    with guarded.websocket_connect(
        url, headers={"origin": "http://room.test:8000", "host": "room.test:8000"}
    ) as socket:
        assert socket.receive_text() == "hello"
    for origin in ("http://evil.test", "null"):
        headers = {"origin": origin, "host": "room.test:8000"}
        with pytest.raises(WebSocketDisconnect) as closed, guarded.websocket_connect(url, headers=headers):
            pass
        assert closed.value.code == 1008


def test_the_cookie_is_bound_as_tight_as_it_can_be() -> None:
    plain, tls = SessionCookie("RT", tls=False), SessionCookie("RT", tls=True)
    assert SessionCookie("LB", tls=False).name != plain.name
    assert tls.name.startswith("__Host-") and "Secure" in tls.give("x")[1]
    for cookie in (plain, tls):
        assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(cookie.give("x")[1].split("; "))
        assert "Domain" not in cookie.give("x")[1]
