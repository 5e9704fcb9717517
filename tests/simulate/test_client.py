"""The client against a small application in this process: what it sends, what it makes of every answer."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from meldkamer.client import (
    Ack,
    AsgiTransport,
    Client,
    Conflict,
    Forbidden,
    NotOwner,
    NotValid,
    Refused,
    SlowDown,
    StoreFull,
    Unknown,
    envelope,
)
from meldkamer.domain.clock import SeededIds, SystemClock


class Quick(SystemClock):
    """Waiting costs nothing and is counted."""

    def __init__(self):
        super().__init__()
        self.waited = []

    async def wait(self, seconds):
        self.waited.append(seconds)


class House:
    """Answers as told and remembers what it was asked."""

    def __init__(self):
        self.seen = []
        self.answers = []
        self.heard = None
        self.app = Starlette(
            routes=[
                WebSocketRoute("/api/live", self.live),
                Route("/{path:path}", self.http, methods=["GET", "POST"]),
            ]
        )

    async def http(self, request):
        body = await request.body()
        self.seen.append(
            (request.method, request.url.path, dict(request.query_params), json.loads(body) if body else None,
             request.headers.get("authorization", ""), request.headers.get("cookie", ""))
        )  # fmt: skip
        return self.answers.pop(0) if self.answers else JSONResponse({"outcome": "SAFE", "region": "RT", "seq": 7})

    async def live(self, socket):
        await socket.accept(subprotocol="mk.v1")
        self.heard = json.loads(await socket.receive_text())
        await socket.send_text(json.dumps({"t": "hello", "now": 5}))
        await socket.send_text(json.dumps({"t": "ev", "region": "RT", "seq": 9, "rows": [{"kind": "call"}]}))
        await socket.send_bytes(b"\x01" * 16)
        await socket.close(4001)


@pytest.fixture
def house():
    return House()


@pytest.fixture
def client(house):
    return Client(AsgiTransport(house.app), "mkt_x", clock=Quick(), ids=SeededIds(1))


def problem(status, type, **more):
    headers = {"retry-after": "3"} if status == 429 else {}
    return JSONResponse({"type": type, "status": status, "code": "c", **more}, status, headers)


async def test_a_command_travels_with_its_id_and_token(house, client):
    ack = await client.command({"type": "answer_call", "call": "RT/1"}, occurred=12)
    assert ack == Ack("SAFE", "RT", 7)
    method, path, _, body, token, _ = house.seen[0]
    assert (method, path, token) == ("POST", "/api/commands", "Bearer mkt_x")
    assert body["command"] == {"type": "answer_call", "call": "RT/1"}
    assert (len(body["command_id"]), body["occurred"]) == (32, 12)


@pytest.mark.parametrize(
    ("status", "type", "error"),
    [
        (422, "refused", Refused),
        (422, "not_valid", NotValid),
        (413, "too_large", NotValid),
        (401, "no_session", Forbidden),
        (403, "forbidden", Forbidden),
        (409, "conflict", Conflict),
        (409, "older_epoch", Conflict),
        (409, "not_owner", NotOwner),
        (429, "slow_down", SlowDown),
        (507, "store_full", StoreFull),
        (404, "not_found", NotValid),
    ],
)
async def test_every_problem_is_its_own_exception(house, client, status, type, error):
    house.answers = [problem(status, type, params={"owner": "LB"})]
    with pytest.raises(error) as caught:
        await client.command({"type": "x"})
    assert caught.value.problem.params == {"owner": "LB"}
    assert getattr(caught.value, "retry_after", 3.0) == 3.0


async def test_an_unknown_outcome_is_asked_again_under_the_same_id(house, client):
    house.answers = [problem(503, "unknown"), Response(b"<html>", 502)]
    assert (await client.command({"type": "x"})).seq == 7
    ids = [seen[3]["command_id"] for seen in house.seen]
    assert len(ids) == 3 and len(set(ids)) == 1
    assert client.clock.waited == [0.1, 0.2]


async def test_it_gives_up_in_the_end_and_says_unknown(house, client):
    house.answers = [problem(503, "unknown")] * 20
    with pytest.raises(Unknown):
        await client.command({"type": "x"})
    assert len(house.seen) == 8


async def test_an_answer_that_is_not_a_problem_document_is_still_an_error(house, client):
    house.answers = [PlainTextResponse("no such thing", 404)]
    with pytest.raises(NotValid, match="no such thing"):
        await client.get("/api/nothing")


async def test_a_batch_is_cut_at_the_limit_and_answers_in_order(house, client):
    def many(n, **last):
        return JSONResponse(
            {"results": [{"ok": {"outcome": "SAFE", "region": "RT", "seq": i}} for i in range(n)] + [last] * bool(last)}
        )

    house.answers = [many(199, problem={"type": "conflict", "status": 409}), many(1)]
    answers = await client.commands([envelope({"type": "x"}, f"{i:032x}") for i in range(201)])
    assert [len(seen[3]["commands"]) for seen in house.seen] == [200, 1]
    assert isinstance(answers[199], Conflict) and isinstance(answers[200], Ack)


async def test_a_batch_with_an_unknown_result_is_sent_again(house, client):
    unknown = {"results": [{"problem": {"type": "unknown", "status": 503}}]}
    known = {"results": [{"ok": {"outcome": "SAFE", "region": "RT", "seq": 1, "duplicate": True}}]}
    house.answers = [JSONResponse(unknown), JSONResponse(known)]
    answers = await client.commands([envelope({"type": "x"}, "0" * 32)])
    assert answers == [Ack("SAFE", "RT", 1, duplicate=True)]
    assert house.seen[0] == house.seen[1]


async def test_doors_and_reading_know_their_paths(house, client):
    house.answers = [
        JSONResponse({"call": "RT/1", "seq": 3}),
        JSONResponse({"outcome": "SAFE", "region": "RT", "seq": 1}),
    ]
    assert (await client.telephony({"event_id": "e"})).call == "RT/1"
    await client.field_status("RT/17-0131", "ut", "e", 5)
    house.answers = [JSONResponse({"epoch": 2, "order": {"assignment": "a", "epoch": 2}})]
    orders = await client.field_orders("RT/17-0131")
    assert orders.order is not None and orders.order.assignment == "a"
    house.answers = [JSONResponse({"now": 1, "positions": {"RT": 4}, "calls": [{"ref": "RT/1"}]})]
    picture = await client.picture(["RT", "NL"])
    assert picture.positions == {"RT": 4} and bytes(picture.calls[0]) == b'{"ref":"RT/1"}'
    paths = [seen[1] for seen in house.seen]
    assert paths == [
        "/api/telephony/events",
        "/api/field/RT/17-0131/status",
        "/api/field/RT/17-0131/orders",
        "/api/picture",
    ]
    assert house.seen[3][2] == {"regions": "RT,NL"}


async def test_a_session_belongs_to_one_client_only(house, client):
    cookie = JSONResponse({"person": "p"}, headers={"set-cookie": "mk=s; HttpOnly"})
    house.answers = [cookie]
    person, other = client.speaking_as(""), client.speaking_as("mkt_other")
    await person.sign_in("a", "b")
    await person.get("/x")
    await other.get("/x")
    assert [seen[4:] for seen in house.seen[1:]] == [("", "mk=s"), ("Bearer mkt_other", "")]


async def test_the_live_channel_in_process(house, client):
    frames = [frame async for frame in client.live(["RT"], {"RT": 8})]
    assert house.heard == {"regions": ["RT"], "after": {"RT": 8}}
    assert [f.t for f in frames] == ["hello", "ev", "positions"]
    assert (frames[1].region, frames[1].seq, len(frames[2].data)) == ("RT", 9, 16)


async def test_leaving_the_live_channel_ends_the_other_side(house, client):
    async def forever(socket):
        await socket.accept()
        await socket.receive_text()
        await socket.send_text('{"t":"beat"}')
        await socket.receive_text()

    house.app.router.routes[0] = WebSocketRoute("/api/live", forever)
    live = client.live(["RT"], {})
    assert (await anext(live)).t == "beat"
    await live.aclose()
    await asyncio.sleep(0)
    assert not [t for t in asyncio.all_tasks() if t is not asyncio.current_task() and not t.done()]
