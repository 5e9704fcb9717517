"""The order of the whole suite: files that wait beside files that work, and none that takes long at the end.

Some files mostly wait, for a room that has to be silent first or for servers that choose a leader. A processor that
waits with them is lost to all others, so there is one process of the tests more than there are processors, and that one
takes these files, one after the other, while the others work.
"""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest

WAITING = (
    "tests/drill/test_drill.py",
    "tests/exercise/test_takeover.py",
    "tests/e2e/test_island_browsers.py",
    "tests/pages/test_past.py",
    "tests/record/test_jetstream_faults.py",
    "tests/e2e/test_first_desk.py",
    "tests/pages/test_exercise.py",
    "tests/network/sites/test_core_of_three.py",
    "tests/network/sites/test_join_leave.py",
    "tests/e2e/test_island.py",
    "tests/simulate/test_living.py",
    "tests/e2e/test_two_rooms.py",
    "tests/e2e/test_overflow.py",
)
"""Files that mostly wait, the longest first: together less than a whole run."""
WORKING = ("tests/faults/", "tests/pages/", "tests/simulate/")
"""Where the tests are that work hardest: these come first of all others, so that what ends a run is short."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files, as they are handed to workers; within a file the tests stay as they stand."""
    items.sort(key=lambda item: _rank(item.nodeid.partition("::")[0]))


def _rank(path: str) -> int:
    if path in WAITING:
        return WAITING.index(path)
    group = next((number for number, start in enumerate(WORKING) if path.startswith(start)), len(WORKING))
    return len(WAITING) + group


def pytest_collection_finish() -> None:
    """What is loaded now stays for the whole run: no search for garbage need look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """`-n auto`: one more than there are processors, for the files that wait."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # who says it otherwise
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile`: whole files, and those that wait to one worker for as long as there are any."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class ByWaiting(LoadFileScheduling):
        def _assign_work_unit(self, node: Any) -> None:
            waits = node is self.nodes[-1]
            chosen = next((path for path in self.workqueue if (path in WAITING) == waits), None)
            if chosen is not None:
                self.workqueue.move_to_end(chosen, last=False)
            super()._assign_work_unit(node)

    return ByWaiting(config, log)
