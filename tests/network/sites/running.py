"""A network of real servers on this machine, started by the program itself and ended with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meldkamer.domain.clock import SystemClock
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network, Ports, Server, Site
from meldkamer.network.sites.setting_up import set_up
from meldkamer.network.sites.streams import Plan
from meldkamer.record.jetstream_access import Access
from meldkamer.record.jetstream_streams import key_stream, lease_stream, region_stream
from tests import programs
from tests.nats.server import binary, free_ports
from tests.programs import PIPE, Program

NETWORK = ("-m", "meldkamer.cli", "network")
UP_SECONDS = 90.0
CODES = ("LB", "OB", "ZB")


def network(cores: int, rooms: int, extra_regions: dict[str, str] | None = None) -> Network:
    """Sites on free ports; the first `cores` have a core server."""
    codes = CODES[:rooms]
    ports = free_ports(5 * rooms)
    sites = tuple(
        Site(
            code=code,
            rooms=(code,),
            host="127.0.0.1",
            listen="127.0.0.1",
            core=n < cores,
            ports=Ports(**dict(zip(("core", "cluster", "leaf", "room", "desk"), ports[5 * n :], strict=False))),
        )
        for n, code in enumerate(codes)
    )
    return Network(name="test", regions={code: code for code in codes} | (extra_regions or {}), sites=sites)


def plan(network: Network) -> Plan:
    """The streams that the record wants."""
    copies = len(network.cores)
    regions = {region: region_stream(region, copies) for region in network.regions}
    return Plan(regions, lease_stream(copies), key_stream(copies))


def written(folder: Path, network: Network) -> Keyring:
    """The folder as `init` writes it."""
    set_up(folder, network, plan(network), SystemClock())
    return Keyring(folder, SystemClock())


class Running:
    """`meldkamer network up` over a folder."""

    def __init__(self, folder: Path, network: Network, *more: str) -> None:
        self.folder, self.network = folder, network
        self.keys = Keyring(folder, SystemClock())
        self.said: list[str] = []
        self._news = threading.Condition()
        self._process = Program([*NETWORK, "up", folder, "--server", binary(), *more], stderr=PIPE)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str, seconds: float = UP_SECONDS) -> None:
        """Until it says so."""
        with self._news:
            found = self._news.wait_for(
                lambda: any(text in line for line in self.said) or self._process.poll() is not None, seconds
            )
        assert found and any(text in line for line in self.said), f"never said {text!r}: {self.said}"

    def pids(self, only: str = "") -> list[int]:
        """The servers that run from this folder; `only`: whose folder and file hold this text."""
        return [pid for pid, said in _processes() if str(self.folder / "sites") in said and only in said]

    def tell(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and wait until it is gone."""
        if self._process.poll() is None:
            self._process.send_signal(sign)
        code = self._process.wait(30)
        self._reader.join(10)
        return code

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._news:
                self.said.append(line.rstrip())
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


@contextlib.contextmanager
def up(folder: Path, network: Network) -> Iterator[Running]:
    """The network, working."""
    running = Running(folder, network)
    try:
        running.wait_for("the network is up")
        yield running
    finally:
        running.end()
        assert running.pids() == []


def run(*arguments: str) -> tuple[int, str, str]:
    """One `meldkamer network …` command: its exit code and what it says."""
    done = programs.run([*NETWORK, *arguments], timeout=120)
    return done.returncode, done.stdout, done.stderr


def status(folder: Path) -> dict[str, Any]:
    """`status --json`, whatever it finds."""
    code, said, wrong = run("status", str(folder), "--json", "--server", binary())
    report: dict[str, Any] = json.loads(said) if said else {"said": wrong}
    assert code == (0 if report.get("ok") else 1), wrong
    return report


def access(keys: Keyring, site: str, server: Server, certificate: str = "app", seed: str = "app") -> Access:
    """How a program at a site reaches a server, with files of its own folder."""
    folder = keys.site(site) if site else keys.operator
    return Access(
        servers=(f"tls://{server.site.host}:{server.port}",),
        ca=str(folder / "ca.pem"),
        certificate=str(folder / f"{certificate}.pem"),
        key=str(folder / f"{certificate}.key"),
        seed=str(folder / f"{seed}.nk"),
    )


def _processes() -> Iterator[tuple[int, str]]:
    """Every nats-server on this machine: pid, and the folder and configuration that it runs in."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words and words[0].endswith(b"nats-server"):
                yield int(entry.name), f"{os.readlink(entry / 'cwd')} {b' '.join(words).decode()}"
