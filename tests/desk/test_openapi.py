"""The description is valid, and the application keeps to it under whatever a machine can think of."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .conftest import PASSWORD, TestRoom

SKIP = {"/api/sign-out", "/api/accounts/{name}", "/api/accounts"}
"""They would end the very session with which the machine asks, or cost a password hash each time."""
SECONDS = 45


async def test_the_description_is_valid_and_names_the_need_of_every_operation(app_room: TestRoom) -> None:
    document = (await app_room.client().get("/openapi.json")).json()
    validate(document)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"] and (
                operation["security"] or path.startswith("/api/sign-in") or path == "/health"
            ), (
                method,
                path,
            )


class Told(uvicorn.Server):
    """Says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


class Served:
    """The application on a port, on a thread and a loop of its own, so that a synchronous tester can ask it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.url, self.cookie = "", ""
        self.document: dict[str, Any] = {}

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)

    async def _serve(self) -> None:
        room = TestRoom(self._folder, hosts=frozenset({"127.0.0.1"}))
        await room.people()
        await room.an_incident()
        config = uvicorn.Config(room.app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
        self._server = Told(config)
        serving = asyncio.create_task(self._server.serve())
        await self._server.up.wait()
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        secret, _ = await room.gate.sign_in("bram", PASSWORD, "", "127.0.0.1")
        self.cookie = f"{room.services.cookie.name}={secret}"
        self.document = msgspec.json.decode(msgspec.json.encode(room.app.api.openapi()))
        self._ready.set()
        await serving
        await room.close()


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_no_generated_request_breaks_the_description(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        schema = schemathesis.openapi.from_dict(served.document)
        schema.config.update(base_url=served.url)
        headers = {"cookie": served.cookie, "origin": served.url}
        checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
        deadline, asked = time.monotonic() + SECONDS, [0]

        def probe_one(case: Any) -> None:
            if time.monotonic() > deadline:
                return
            case.query.pop("wait", None)
            case.call_and_validate(checks=checks, headers=headers, timeout=60)
            asked[0] += 1

        for result in schema.get_all_operations():
            operation = result.ok()  # type: ignore[union-attr]
            if operation.path not in SKIP:
                probe = given(case=operation.as_strategy())(probe_one)
                settings(
                    max_examples=12,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )(probe)()
        assert asked[0] > 150, asked
