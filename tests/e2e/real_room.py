"""A real room in a process of its own, set up by hand as the documentation says, and reached over HTTP only."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.programs import Program, run

PASSWORD = "vier paarden drinken thee"
PROGRAM = ("-m", "meldkamer.cli")


def program(*args: str | Path, given: str = "", code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run `meldkamer ARGS`. code: the exit code that it must have; None = any."""
    done = run([*PROGRAM, *args], given)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def until(condition: Callable[[], bool], why: Callable[[], str], seconds: float = 60.0) -> None:
    """Poll for something that another process brings about and announces nowhere."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (httpx.TransportError, KeyError):
            pass
        time.sleep(0.05)  # another process: there is nothing to await
    raise AssertionError(f"not in {seconds} s:\n{why()}")


class RealRoom:
    """`meldkamer room FILE.toml` for Rotterdam with its accounts, in `folder`; the data may lie elsewhere."""

    room = "RT"
    people: tuple[tuple[str, tuple[str, ...]], ...] = (("anna", ("CTL-112", "CTL-B")), ("hoofd", ("HMK",)))

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.folder, self.data = folder, data or folder / "data"
        self.file = folder / "rotterdam.toml"
        self.file.write_text(f'data = "{self.data}"\nrooms = ["RT"]\nport = 0\n')
        self.url = ""
        self.process: Program | None = None
        self._starts = 0

    def accounts(self) -> None:
        """People and a telephone exchange, made on the command line."""
        self.data.mkdir(parents=True, exist_ok=True)
        for name, roles in self.people:
            given = [part for role in roles for part in ("--role", role)]
            program("account", "add", self.data, name, "--room", self.room, *given, given=PASSWORD + "\n")
        made = program("account", "machine", self.data, "centrale", "--room", self.room, "--scope", "telephony")
        self.token = made.stdout.strip()

    def start(self) -> RealRoom:
        """Start it and wait until it says that all is fine."""
        self._starts += 1
        self._log = self.folder / f"room-{self._starts}.log"
        with self._log.open("wb") as log:
            self.process = Program([*PROGRAM, "room", self.file], stdout=log, stderr=log)
        until(self._is_open, self.log)
        return self

    def _is_open(self) -> bool:
        assert self.alive, self.log()
        _, found, rest = self.log().partition(" open at ")
        if not found or "\n" not in rest:
            return False
        self.url = rest.partition("\n")[0].rstrip("/")
        return self.health() in ("fine", "degraded")

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def health(self) -> str:
        return str(httpx.get(f"{self.url}/health", timeout=10).json()["state"])

    def client(self, person: str) -> httpx.Client:
        """A signed-in person."""
        client = httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=30)
        answer = client.post(
            "/api/sign-in", json={"account": person, "password": PASSWORD, "seat": f"{self.room}-{person}"}
        )
        assert answer.status_code == 200, answer.text
        return client

    def calls(self, call_id: str, **more: Any) -> httpx.Response:
        """The telephone exchange tells of a call."""
        event = {
            "event_id": f"{call_id}-1",
            "call_id": call_id,
            "kind": "offered",
            "function": f"{self.room}.112",
            **more,
        }
        return httpx.post(
            f"{self.url}/api/telephony/events", json=event, headers={"Authorization": f"Bearer {self.token}"}
        )

    def stop(self) -> None:
        """Ask it to stop and take what it says at the end."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def verify(self) -> dict[str, Any]:
        """The record's own check."""
        report: dict[str, Any] = httpx.Response(
            200, text=program("record", "verify", self.data, "--json", code=None).stdout
        ).json()
        return report
