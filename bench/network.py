"""The network at rest: what ten rooms ask of a machine beside the fifteen servers that they work over.

idle     processor seconds per second of five core servers, ten room servers and ten applications with nobody signed in,
         against the same servers alone, in the same run.
memory   of all of them, each page counted once (PSS), against the 1.5 GB that they may take on one machine.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import Ratio
from tests.nats.server import binary

SETTLE_SECONDS, START_SECONDS = 12.0, 400.0
_TICK = os.sysconf("SC_CLK_TCK")
_LIMIT_MB = 1_500


def run(quick: bool) -> list[Ratio]:
    """Quick: two sites' applications, which says nothing of ten. Takes a free machine and about three minutes."""
    seconds = 10.0 if quick else 60.0
    sites = ("LB", "OB") if quick else ("all",)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "network"
        _program("init", str(folder), "--demonstration", "--port", "25100")
        with _up(folder, ()) as pids:
            bare = _load(pids(), seconds)
        with _up(folder, sites) as pids:
            full, memory = _load(pids(), seconds), _memory(pids())
    return [
        Ratio(
            name="idle: processor time of servers and rooms",
            ours=full,
            baseline=bare,
            unit="s/s",
            bound=2.5,
            more_is_better=False,
            against="the same fifteen servers without rooms",
        ),
        Ratio(
            name="memory of servers and rooms",
            ours=memory,
            baseline=_LIMIT_MB,
            unit="MB",
            bound=1.0,
            more_is_better=False,
            against="the 1.5 GB that they may take",
        ),
    ]


def _program(*args: str) -> None:
    subprocess.run([sys.executable, "-m", "meldkamer.cli", "network", *args], check=True, capture_output=True)  # noqa: S603


@contextlib.contextmanager
def _up(folder: Path, applications: tuple[str, ...]) -> Iterator[Callable[[], list[int]]]:
    """The network of a folder, at rest; gives a function that lists its processes."""
    more = [part for site in applications for part in ("--application", site)]
    command = [sys.executable, "-m", "meldkamer.cli", "network", "up", str(folder), "--server", binary(), *more]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
    said, ready = list[str](), threading.Event()

    def read() -> None:
        for line in process.stderr or ():
            said.append(line)
            if "the network is up" in line:
                ready.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        if not ready.wait(START_SECONDS):
            raise RuntimeError("the network did not come up: " + "".join(said[-5:]))
        time.sleep(SETTLE_SECONDS)  # what a start leaves to be done
        yield lambda: _children(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _children(parent: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(parent)], check=False, capture_output=True, text=True)  # noqa: S603, S607
    return [int(pid) for pid in found.stdout.split()]


def _load(pids: list[int], seconds: float) -> float:
    """Processor seconds per second of these processes together."""
    before, began = sum(map(_used, pids)), time.monotonic()
    time.sleep(seconds)
    return (sum(map(_used, pids)) - before) / (time.monotonic() - began)


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _memory(pids: list[int]) -> float:
    """Megabytes, shared pages shared out."""
    return sum(_pss(pid) for pid in pids) / 1_000


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
