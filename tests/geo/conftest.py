"""The shipped pack and its answers, built once; and the reference data, where they are present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from meldkamer.geo import RdTransform, Where
from meldkamer.pack import Pack, load_pack


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="session")
def rd() -> RdTransform:
    return RdTransform()


@pytest.fixture(scope="session")
def where(pack: Pack, rd: RdTransform) -> Where:
    return Where(pack, rd)


@pytest.fixture(scope="session")
def reference() -> Path:
    """Official borders and postcode nodes for comparison. Not part of the project, so often absent."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("MELDKAMER_TESTDATA", beside)) / "nl" / "geo"
    if not (folder / "pc4_demand_nodes.csv").is_file():
        pytest.skip(f"no reference geography in {folder}: set MELDKAMER_TESTDATA to the folder that holds nl/geo")
    return folder
