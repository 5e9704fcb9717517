"""`kill -9` at random moments under load, fifty times over one store: what was acknowledged is there exactly once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from meldkamer.record.signing import open_signers
from meldkamer.record.verify import verify_file
from tests.programs import PIPE, Program

from .checker import check

KILLS = 50
CHILD = Path(__file__).with_name("room_under_load.py")


def run_and_kill(folder: Path, seed: int, after_acks: int) -> list[str]:
    """Start the room, let it acknowledge so many commands, kill it, and return every acknowledgement it got out."""
    child = Program([CHILD, folder, str(seed)], stdout=PIPE, stderr=PIPE)
    assert child.stdout is not None and child.stderr is not None
    first = child.stdout.readline()
    assert first == "ready\n", child.stderr.read()
    lines = [child.stdout.readline() for _ in range(after_acks)]
    child.kill()
    # What was already in the pipe was acknowledged as well.
    lines += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    child.stderr.close()
    return [line for line in lines if line.endswith("\n")]


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_when_the_room_is_killed(tmp_path: Path) -> None:
    rng = random.Random(112)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        lines = run_and_kill(tmp_path, kill, rng.randint(1, 120))
        acknowledged |= {line.split()[0] for line in lines}
    assert len(acknowledged) >= KILLS
    assert check(tmp_path / "record.sqlite", acknowledged) == []
    report = verify_file(tmp_path / "record.sqlite", open_signers(tmp_path / "signing", ())[1])
    assert report.ok, report.problems[:5]


def test_the_checker_sees_a_lost_and_a_doubled_command(tmp_path: Path) -> None:
    """A checker that cannot fail proves nothing."""
    lines = run_and_kill(tmp_path, 1, 5)
    store = tmp_path / "record.sqlite"
    acknowledged = {line.split()[0] for line in lines}
    assert check(store, acknowledged) == []
    assert check(store, {*acknowledged, "0" * 32}) == [f"lost: {'0' * 32}"]
