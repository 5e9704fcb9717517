"""The server under test as the world outside the desk sees it: lines that ring, units that report, an API to ask."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx

from tests.programs import PIPE, Program

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
AMERSFOORT = {"source": "operator", "place": "Amersfoort", "x": 155_000.0, "y": 463_000.0}
ROTTERDAM = {"source": "operator", "place": "Rotterdam", "x": 92_400.0, "y": 437_300.0}
"""Places with coordinates, for incidents to which units must find the way."""

# The room closes a connection that nobody used for five seconds: one that is just being closed must not be used again.
LIMITS = httpx.Limits(keepalive_expiry=1)


class House:
    """A running server. `people`: account -> room."""

    def __init__(self, said: dict[str, Any], control: IO[str] | None = None, answers: IO[str] | None = None) -> None:
        self._control, self._answers = control, answers
        self.url: str = said["url"]
        self.password: str = said["password"]
        self.people: dict[str, str] = said["people"]
        self.rooms: list[str] = said["rooms"]
        self._gateways: dict[str, str] = said["gateways"]
        self._http = httpx.Client(base_url=self.url, timeout=20, limits=LIMITS)
        self._people: dict[str, httpx.Client] = {}

    def tell(self, word: str) -> None:
        """Say something to the server itself; see the script that it runs."""
        assert self._control is not None
        print(word, file=self._control, flush=True)

    def ask(self, word: str) -> Any:
        """Say something to the server itself and wait for what it answers, in JSON."""
        assert self._answers is not None
        self.tell(word)
        line = self._answers.readline()
        assert line, f"{word}: the server has ended"
        return json.loads(line)

    def gateway(self, name: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What a machine outside tells the room."""
        answer = self._http.post(path, json=body, headers={"Authorization": f"Bearer {self._gateways[name]}"})
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def ring(self, function: str, number: str, name: str, *, waited: float = 0.0, **more: Any) -> str:
        """A call comes in at this function; its reference. waited: seconds that it rang before it was told of."""
        event: dict[str, Any] = {"event_id": secrets.token_hex(16), "call_id": secrets.token_hex(16), "kind": "offered"}
        event |= {"function": function, "number": number, "name": name, "channel": "112"}
        if waited:
            event["occurred"] = int((time.time() - waited) * 1000)
        return str(self.gateway("telephony", "/api/telephony/events", {**event, **more})["call"])

    def report(self, unit: dict[str, Any], code: str) -> None:
        """A unit presses a key of its terminal."""
        region = unit["ref"].split("/")[0]
        path = f"/api/field/{region}/{unit['call_sign']}/status"
        self.gateway("units", path, {"code": code, "event_id": secrets.token_hex(16)})

    def order(self, unit: dict[str, Any]) -> dict[str, Any] | None:
        """The order that the unit's terminal would show now."""
        token = {"Authorization": f"Bearer {self._gateways['units']}"}
        answer = self._http.get(f"/api/field/{unit['ref']}/orders", headers=token)
        assert answer.is_success, answer.text
        order: dict[str, Any] | None = answer.json()["order"]
        return order

    def positions(self, places: list[dict[str, Any]]) -> None:
        """Where vehicles are."""
        self.gateway("units", "/api/field/positions", {"positions": places})

    def as_person(self, account: str) -> httpx.Client:
        """The API with somebody's session, signed in once."""
        if account not in self._people:
            client = httpx.Client(base_url=self.url, timeout=20, limits=LIMITS, headers={"Origin": self.url})
            answer = client.post("/api/sign-in", json={"account": account, "password": self.password})
            assert answer.is_success, answer.text
            self._people[account] = client
        return self._people[account]

    def do(self, account: str, **command: Any) -> dict[str, Any]:
        """One act of a person, stored."""
        body: dict[str, Any] = {"command_id": secrets.token_hex(16), "command": command}
        answer = self.as_person(account).post("/api/commands", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def incident(self, account: str, region: str, disciplines: str, text: str, **more: Any) -> str:
        """An open incident; its reference."""
        given: dict[str, Any] = {"incident": secrets.token_hex(16), "region": region, "disciplines": disciplines}
        given |= {"location": {"text": text, "source": "operator"}, "priority": 2}
        return str(self.do(account, type="open_incident", **{**given, **more})["ref"])

    def picture(self, account: str, region: str) -> dict[str, Any]:
        """What the lists of this region hold, as the API says."""
        return self._get(account, f"/api/picture?regions={region}")

    def detail(self, account: str, incident: str) -> dict[str, Any]:
        """An incident with its notes, as this person may read it."""
        return self._get(account, f"/api/incidents/{incident}")

    def feed(self, region: str, after: int = 0) -> dict[str, Any]:
        """A page of what stands in the record of a region after this number, as integrators read it."""
        token = {"Authorization": f"Bearer {self._gateways['feed']}"}
        answer = self._http.get(f"/api/feed?region={region}&after={after}&limit=1000", headers=token)
        assert answer.is_success, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def supposed(self, account: str, incident: str, name: str, value: str) -> dict[str, Any]:
        """What the room would be advised to send if this characteristic stood so, by discipline."""
        path = f"/api/incidents/{incident}/proposal?name={name}&value={value}"
        return {a["proposal"]["discipline"]: a for a in self._get(account, path)["advice"]}

    def unit(self, account: str, call_sign: str) -> dict[str, Any]:
        """A unit's row now."""
        region = self.people[account]
        return next(u for u in self.picture(account, region)["units"] if u["call_sign"] == call_sign)

    def free(self, account: str, discipline: str, number: int = 0) -> dict[str, Any]:
        """A unit of the account's region that can be sent."""
        units = self.picture(account, self.people[account])["units"]
        return [u for u in units if u["discipline"] == discipline and u["free"]][number]

    def until(self, at: int) -> None:
        """Wait until this moment (milliseconds UTC) is over on the clock of this machine, which is the server's too."""
        while (left := at - time.time() * 1000) >= 0:
            time.sleep(left / 1000 + 0.001)

    def _get(self, account: str, path: str) -> dict[str, Any]:
        answer = self.as_person(account).get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def close(self) -> None:
        """Close the connections."""
        for client in [self._http, *self._people.values()]:
            client.close()


@contextmanager
def running(folder: Path, script: str = "server.py") -> Iterator[House]:
    """A server of its own process, stopped as an administrator would stop it."""
    command = [Path(__file__).with_name(script), folder / "data"]
    errors = folder / "server.log"
    with errors.open("w") as log:
        server = Program(command, stdin=PIPE, stdout=PIPE, stderr=log, folder=ROOT)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, errors.read_text()[-2000:]
        house = House(json.loads(line), server.stdin, server.stdout)
        _until_answers(house.url)
        yield house
        house.close()
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _until_answers(url: str) -> None:
    """The line is printed before the server listens to HTTP: try until it answers."""
    transport = httpx.HTTPTransport(retries=5)
    with httpx.Client(transport=transport, timeout=START_SECONDS) as client:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                client.get(f"{url}/health")
                return
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
