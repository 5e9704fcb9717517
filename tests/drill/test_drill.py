"""A short drill as anybody can run it: real servers, real rooms, real faults. Nothing may be lost, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from meldkamer.drill.disk import why_not
from tests.nats.server import binary


def left(folder: Path) -> list[str]:
    """Processes that still run in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            int(entry.name)
            if os.readlink(entry / "cwd").startswith(str(folder)):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def drilled(folder: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "meldkamer.cli", "drill", "--rooms", "3", "--core", "3", "--json"]
    done = subprocess.run(
        [*command, "--server", binary(), "--folder", str(folder), *more], capture_output=True, text=True, timeout=280
    )
    report: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, report, done.stderr


def held(report: dict[str, Any], said: str) -> None:
    """What must hold on any machine, however slow; whether the seconds are kept is for a machine of its own."""
    counts = ("lost", "duplicated", "overlaps", "contradicted", "unknown")
    assert {name: report[name] for name in counts} == dict.fromkeys(counts, 0), (report, said)
    assert not report["problems"] and not report["differences"], report
    assert report["acked"] > 100 and {row["verdict"] for row in report["faults"]} <= {"good", "over"}, (report, said)
    assert {row["fault"] for row in report["skipped"]} >= {"slow-disk"}


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(300)
def test_a_short_drill_of_killed_stopped_and_ended_processes_passes(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    # Each of the faults gets its turn: none is begun when the time is over, and the longest takes half a minute.
    code, report, said = drilled(folder, "--minutes", "0.55", "--faults", "kill-app,term-core,stop-app", "--seed", "1")
    held(report, said)
    assert code == (0 if report["ok"] else 1)
    assert {row["fault"] for row in report["faults"]} == {"kill-app", "term-core", "stop-app"}
    assert 5 < report["takeover_s"]["silent"] < 40 and report["handback_s"] < 10
    assert (folder / "acts.jsonl").stat().st_size and (folder / "entries.jsonl").stat().st_size
    assert left(folder) == []


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(300)
def test_a_site_that_is_cut_off_goes_on_alone_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    code, report, said = drilled(folder, "--minutes", "0.02", "--faults", "cut-refused", "--seed", "1")
    held(report, said)
    assert code == (0 if report["ok"] else 1)
    (row,) = report["faults"]
    assert row["seen"]["alone"] == 1 and report["local"] > 10 and report["island_s"] < 20
    assert left(folder) == []


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.skipif(bool(why_not()), reason=f"file systems of their own: {why_not()}")
def test_a_site_that_loses_its_power_while_it_is_alone_loses_nothing_of_what_it_promised(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    _, report, said = drilled(folder, "--minutes", "0.02", "--faults", "power-loss-alone", "--disks", "--seed", "1")
    held(report, said)
    (row,) = report["faults"]
    assert row["seen"]["alone"] == 1 and report["local"] > 10
    assert left(folder) == [] and str(folder) not in Path("/proc/mounts").read_text()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(120)
def test_a_drill_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    command = [sys.executable, "-m", "meldkamer.cli", "drill", "--rooms", "2", "--core", "1", "--folder", str(folder)]
    process = subprocess.Popen(
        [*command, "--server", binary(), "--faults", "hand-over"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "1. hand-over" in line:
                break
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait(60) == 1
        assert "ended by a signal; nothing was judged" in said and "Traceback" not in said
    finally:
        process.kill()
    assert left(folder) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--faults", "everything"), "everything: no such fault; there are kill-app"),
        (("--rooms", "1", "--core", "1"), "at least two"),
        (("--rooms", "3", "--core", "5"), "one for each of the 5 core servers"),
        (("--minutes", "0"), "must be above zero"),
        (("--other", "/nowhere/meldkamer"), "/nowhere/meldkamer: is no program"),
    ],
)
def test_a_call_that_is_wrong_says_so(arguments: tuple[str, ...], why: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meldkamer.cli", "drill", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and why in done.stderr and not done.stdout


def test_the_faults_can_be_listed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meldkamer.cli", "drill", "--faults", "list"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and "kill-app" in done.stdout and "cut-black-hole" in done.stdout
