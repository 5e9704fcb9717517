"""The shipped plan, read once, and a copy of it that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meldkamer.steering import Plan, load_plan, shipped_plan

SEED = Path(__file__).parents[3] / "shared" / "seed"


@pytest.fixture(scope="session")
def plan() -> Plan:
    return load_plan()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_plan(), tmp_path / "plan"))


@pytest.fixture
def seed() -> Path:
    """The adopted plan's own tables."""
    if not SEED.is_dir():
        pytest.skip("the plan's own tables are not beside this checkout")
    return SEED
