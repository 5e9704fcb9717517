"""The order of the whole suite: a file that takes long must not be the last, with the other cores idle."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = ("drill/test_drill.py", "faults/test_kill.py", "e2e/", "exercise/", "pages/test_exercise.py", "simulate/")
"""Where the tests are that take tens of seconds each, the longest first."""
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first, everything else as it stood. Files are handed to workers whole, in this order."""
    items.sort(key=lambda item: _rank(item.path.relative_to(_HERE).as_posix()))


def _rank(path: str) -> int:
    return next((rank for rank, long in enumerate(LONG) if path.startswith(long)), len(LONG))
