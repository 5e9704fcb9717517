"""The description is valid, and the application keeps to it under whatever a machine can think of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from .conftest import PASSWORD, TestRoom

SKIP = {"/api/sign-out", "/api/accounts/{name}", "/api/accounts"}
"""They would end the very session with which the machine asks, or cost a password hash each time."""
SECONDS = 45


async def test_the_description_is_valid_and_names_the_need_of_every_operation(app_room: TestRoom) -> None:
    document = app_room.app.api.openapi()
    validate(document)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"] and (operation["security"] or path in ("/api/sign-in", "/health")), (
                method,
                path,
            )
    served = (await app_room.client().get("/openapi.json")).json()
    assert served["paths"].keys() == document["paths"].keys()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestRoom, asyncio.AbstractEventLoop, str]]:
    """The application on a loop of its own, so that a synchronous tester can ask it."""
    loop = asyncio.new_event_loop()

    async def start() -> tuple[TestRoom, str]:
        room = TestRoom(tmp_path)
        await room.people()
        await room.an_incident()
        client = await room.signed_in("bram")
        return room, "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)

    room, cookie = loop.run_until_complete(start())
    yield room, loop, cookie
    loop.run_until_complete(room.close())
    loop.close()


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_no_generated_request_breaks_the_description(served: tuple[TestRoom, asyncio.AbstractEventLoop, str]) -> None:
    import time

    import httpx
    import schemathesis
    from hypothesis import HealthCheck, Phase, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    room, loop, cookie = served
    schema = schemathesis.openapi.from_dict(room.app.api.openapi())
    headers = {"cookie": cookie, "origin": "http://room"}
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    deadline, asked = time.monotonic() + SECONDS, 0

    async def ask(request: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(room.app), base_url="http://room") as client:
            return await client.request(
                request["method"],
                request["url"],
                params=request.get("params"),
                headers={**dict(request.get("headers") or {}), **headers},
                content=request.get("data"),
                json=request.get("json"),
            )

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in SKIP:
            continue

        from hypothesis import given

        @given(case=operation.as_strategy())
        @settings(
            max_examples=12,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def probe(case: Any) -> None:
            nonlocal asked
            if time.monotonic() > deadline:
                return
            if "wait" in (case.query or {}):
                case.query["wait"] = 0
            kwargs = case.as_transport_kwargs(base_url="http://room")
            answer = loop.run_until_complete(ask(kwargs))
            asked += 1
            import requests

            response = requests.Response()
            response.status_code, response._content = answer.status_code, answer.content
            response.headers.update(answer.headers)
            prepared = requests.Request(kwargs["method"], kwargs["url"], params=kwargs.get("params")).prepare()
            response.request, response.url = prepared, str(prepared.url)
            case.validate_response(
                schemathesis.Response.from_requests(response, verify=False), checks=checks, headers=headers
            )

        probe()
    assert asked > 150, asked
    assert PASSWORD
