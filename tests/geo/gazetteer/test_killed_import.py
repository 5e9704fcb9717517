"""An import that is killed: nothing changes, and the next one goes on where it was."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from meldkamer.geo import Releases
from tests.e2e.real_room import until

ROWS = 120_000
PROGRAM = (sys.executable, "-m", "meldkamer.cli")


def read_so_far(folder: Path) -> int:
    """Rows that the unfinished file holds for good."""
    for work in folder.glob("geo/workshop/*.sqlite"):
        try:
            with sqlite3.connect(f"{work.as_uri()}?mode=ro", uri=True) as database:
                return int(database.execute("SELECT coalesce(sum(rows), 0) FROM progress").fetchone()[0])
        except sqlite3.Error:
            return 0
    return 0


@pytest.mark.faults
def test_a_killed_import_goes_on(tmp_path: Path) -> None:
    source, data = tmp_path / "objects.csv", tmp_path / "data"
    lines = (f"Object {n},{100_000 + n % 90_000},{400_000 + n % 70_000}" for n in range(ROWS))
    source.write_text("naam,x,y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    command = [*PROGRAM, "geo", "import", "objects", str(source), "--data", str(data), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: read_so_far(data) > 0 or process.poll() is not None, lambda: "nothing was read")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    releases = Releases(data / "geo")
    assert releases.all() == [] and not list(releases.parts.iterdir())
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    found = json.loads(done.stdout)
    assert 0 < found["taken_up"] < ROWS
    assert (found["rows"], found["names"], found["refused"]) == (ROWS, ROWS, 0)
    part = releases.all()[0].part("objects")
    assert part is not None
    with sqlite3.connect(releases.path(part)) as database:
        assert database.execute("SELECT count(DISTINCT name) FROM entry").fetchone() == (ROWS,)
