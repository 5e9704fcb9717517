"""The shipped pack and its answers, built once; and the reference data, where they are present."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from meldkamer.domain.clock import FakeClock
from meldkamer.geo import Geography, RdTransform, Releases, Schedule, Where
from meldkamer.geo.area_import import import_areas_file
from meldkamer.geo.gazetteer.import_run import run_import
from meldkamer.geo.gazetteer.sources.kinds import source_opener
from meldkamer.pack import Pack, load_pack
from tests.geo.geodata import GOLDEN, squares, write_bag, write_geojson, write_nwb


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


@pytest.fixture(scope="session")
def country(pack: Pack, rd: RdTransform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Geography]:
    """The geography of `geodata`, imported from files in every format and in force."""
    folder = tmp_path_factory.mktemp("country")
    releases = Releases(folder / "geo")
    files = {
        "bag": write_bag(folder / "bag.zip"),
        "nwb": write_nwb(folder / "nwb.gpkg"),
        "posts": GOLDEN / "csv" / "posts.csv",
        "objects": GOLDEN / "csv" / "objects.csv",
        "names": GOLDEN / "csv" / "names.csv",
    }
    for n, (kind, path) in enumerate(files.items()):
        done = run_import(kind, path, source_opener(kind, rd, "2027-01-01"), releases, "2027-01-01T00:00:00Z")
        releases.make(done.part, f"2027-01-01T00:00:0{n}Z")
    areas = write_geojson(folder / "areas.geojson", squares())
    done_areas = import_areas_file(areas, "safety_region", releases, pack, rd, "2027-01-01T00:00:00Z")
    release = releases.make(done_areas.part, "2027-01-01T00:00:09Z")
    clock = FakeClock()
    Schedule(folder / "geo" / "use.json").use(release.hash, clock.now(), clock.now())
    geography = Geography(pack, rd, folder, clock)
    assert geography.now.problem == ""
    yield geography
    geography.close()
