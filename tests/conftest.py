"""The order of the whole suite: files that wait beside files that work, and none that takes long at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path

import pytest

WAIT = {
    "drill/test_drill.py": 120,
    "exercise/test_takeover.py": 65,
    "e2e/test_island_browsers.py": 60,
    "network/sites/test_core_of_three.py": 30,
    "pages/test_exercise.py": 40,
    "e2e/test_first_desk.py": 45,
    "record/test_jetstream_faults.py": 40,
    "network/sites/test_join_leave.py": 30,
    "e2e/test_island.py": 30,
    "simulate/test_living.py": 25,
    "e2e/test_two_rooms.py": 20,
    "e2e/test_overflow.py": 20,
    "pages/test_past.py": 45,
}
"""Files that mostly wait for what takes its time, such as a room that has to be silent first, and about how many
seconds. Two of them at once would leave a processor with nothing to do, so each has about as much work beside it."""
WORK = ("faults/", "pages/", "simulate/")
"""Where the tests are that work hardest: these are what goes on beside."""
WORK_SECONDS, SECONDS = 2.5, 0.3
"""Of one of these tests, and of any other, on average."""
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files, as they are handed to workers; within a file the tests stay as they stand."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path.relative_to(_HERE).as_posix(), []).append(item)
    items[:] = [item for path in _order({path: len(tests) for path, tests in files.items()}) for item in files[path]]


def _order(files: dict[str, int]) -> Iterable[str]:
    """files: each with the number of its tests."""
    work = deque(sorted((path for path in files if path not in WAIT), key=_rank))
    for waiting in (path for path in WAIT if path in files):
        yield waiting
        seconds = float(WAIT[waiting])
        while work and seconds > 0:
            path = work.popleft()
            seconds -= files[path] * (WORK_SECONDS if path.startswith(WORK) else SECONDS)
            yield path
    yield from work


def _rank(path: str) -> int:
    return next((rank for rank, start in enumerate(WORK) if path.startswith(start)), len(WORK))
