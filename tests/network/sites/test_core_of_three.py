"""A core of three with R3 streams: a server is lost, work goes on, and nothing is left running at the end."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meldkamer.record import NewEvent, Write, subject
from meldkamer.record.jetstream import JetStreamRecord
from tests.network.sites.running import Running, access, network, run, status, up, written


def event(id: str) -> NewEvent:
    return NewEvent(id=id, type="NoteAdded", body=b"{}", occurred=1, recorded=2, room="LB", actor="lb.caco")


def seen(folder: Path, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first report that shows it; each takes a while by itself."""
    report: dict[str, Any] = {}
    for _ in range(60):
        report = status(folder)
        if what(report):
            return report
    raise AssertionError(report)


@pytest.mark.slow
async def test_the_loss_of_one_core_server_is_named_and_costs_nothing(tmp_path: Path) -> None:
    sites = network(cores=3, rooms=3)
    folder = tmp_path / "net"
    keys = written(folder, sites)
    with up(folder, sites) as running:
        report = seen(folder, lambda found: found["ok"])
        assert {(row["copies"], row["of"]) for row in report["streams"]} == {(3, 3)}
        cores = {server.name: server for server in sites.servers() if server.kind == "core"}
        ways = [access(keys, "LB", server) for server in cores.values()]
        way = msgspec.structs.replace(ways[0], servers=tuple(way.servers[0] for way in ways))
        audit = msgspec.structs.replace(way, seed=way.seed.replace("app.nk", "audit.nk"))
        record = await JetStreamRecord.open(way, audit, tmp_path / "cache", regions=list(sites.regions), seconds=30)
        try:
            name = subject("LB", "incident", "1")
            await record.append("LB", [Write(name, (event("e1"),), 0)])
            lost = next(row["leader"] for row in status(folder)["streams"] if row["name"] == "REG_LB")
            (pid,) = [p for p in running.pids("core.conf") if os.readlink(f"/proc/{p}/cwd").endswith(lost[-2:])]
            os.kill(pid, signal.SIGKILL)
            await record.append("LB", [Write(name, (event("e2"),), 1)])
            assert [entry.event.id for entry in await record.read(name)] == ["e1", "e2"]
            # The new leader first has to hear from the follower that is left.
            report = seen(folder, lambda found: all(row["copies"] == 2 for row in found["streams"]))
            assert [row["name"] for row in report["servers"] if row["state"] == "unchecked"] == [lost]
            row = next(row for row in report["streams"] if row["name"] == "REG_LB")
            assert row["leader"] not in ("", lost) and lost in row["why"]
        finally:
            await record.close()


@pytest.mark.slow
def test_one_server_at_a_time_is_stopped(tmp_path: Path) -> None:
    sites = network(cores=3, rooms=3)
    folder = tmp_path / "net"
    written(folder, sites)
    with up(folder, sites) as running:
        assert run("stop", str(folder), "core-XX")[0] == 2
        code, _, said = run("stop", str(folder), "core-OB")
        assert code == 0 and "core-OB has ended" in said
        running.wait_for("core-OB has ended (exit code")
        seen(folder, lambda found: {row["leader"] for row in found["streams"]} <= {"core-LB", "core-ZB"})
        code, _, said = run("stop", str(folder), "core-LB")
        assert code == 1 and "core-OB" in said and "must not be stopped now" in said
        assert run("stop", str(folder), "room-ZB")[0] == 0
        assert len(running.pids()) == 4
        again = Running(folder, sites, "--only", "core-OB", "--only", "room-ZB")
        try:
            again.wait_for("these servers are up")
            seen(folder, lambda found: found["ok"])
            code, _, said = run("stop", str(folder), "core-LB")
            assert code == 0, said
        finally:
            again.end()


@pytest.mark.faults
def test_servers_end_with_the_program_that_was_killed(tmp_path: Path) -> None:
    sites = network(cores=1, rooms=1)
    written(tmp_path, sites)
    running = Running(tmp_path, sites)
    running.wait_for("the network is up")
    assert len(running.pids()) == 2
    watched = [os.pidfd_open(pid) for pid in running.pids()]
    running.end(signal.SIGKILL)
    for fd in watched:
        _ended(fd)
    assert running.pids() == []


def test_a_second_up_and_a_server_that_cannot_start_are_said(tmp_path: Path) -> None:
    sites = network(cores=1, rooms=1)
    keys = written(tmp_path, sites)
    with up(tmp_path, sites):
        second = Running(tmp_path, sites)
        assert second.end(signal.SIGCONT) == 1
        assert "runs here already" in second.said[0]
    (keys.site("LB") / "core.conf").write_text("nonsense {")
    third = Running(tmp_path, sites)
    third.wait_for("core-LB has ended")
    assert third.end(signal.SIGCONT) == 1
    assert any("core.log" in line for line in third.said) and third.pids() == []


def _ended(fd: int) -> None:
    try:
        assert select.select([fd], [], [], 30)[0]
    finally:
        os.close(fd)
