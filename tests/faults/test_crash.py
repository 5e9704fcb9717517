"""`kill -9` of a bare record at random moments under load, fifty times over one store.

Each acknowledged append is there exactly once, at the place that was acknowledged, and the whole record verifies.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from meldkamer.record import canonical
from meldkamer.record.store_reader import Reader
from meldkamer.record.verify import verify_file
from tests.programs import PIPE, Program

from .checker import check

KILLS = 50
CHILD = Path(__file__).with_name("record_under_load.py")


def run_and_kill(folder: Path, seed: int, after: int) -> list[list[str]]:
    """Let it acknowledge `after` appends, kill it, and return every acknowledgement it got out."""
    with Program([CHILD, folder, str(seed)], stdout=PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        lines = [child.stdout.readline() for _ in range(after)]
        child.kill()
        lines += child.stdout.readlines()  # what was in the pipe was acknowledged as well
    assert child.returncode == -9, "it was to be killed, not to end by itself"
    return [line.split() for line in lines if line.endswith("\n")]


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    rng = random.Random(112)
    acknowledged: dict[str, list[str]] = {}
    for kill in range(KILLS):
        lines = run_and_kill(tmp_path, kill, rng.randint(1, 150))
        acknowledged |= {cause: places for cause, *places in lines}
        if kill % 10 == 9:
            assert verify_file(tmp_path / "record.sqlite").ok
    assert len(acknowledged) > 10 * KILLS
    assert check(tmp_path / "record.sqlite", set(acknowledged)) == []

    reader = Reader(tmp_path / "record.sqlite")
    stored: dict[str, list[str]] = {}
    for region in reader.regions():
        after = 0
        while True:
            entries, damage = reader.chunk(region, after, None, 1_000)
            assert damage is None
            if not entries:
                break
            for entry in entries:
                assert entry.hash == canonical.hash_of(entry)
                place = f"{region}:{entry.seq}:{entry.subject}:{entry.version}"
                stored.setdefault(entry.event.cause, []).append(place)
            after = entries[-1].seq
    reader.close()
    assert {cause: stored[cause] for cause in acknowledged} == acknowledged
    report = verify_file(tmp_path / "record.sqlite")
    assert report.ok and report.batches == len(stored), report.problems[:5]
