"""Names from OpenStreetMap: a map of our own, written for the test, and files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.geo import RdTransform, Releases
from meldkamer.geo.gazetteer import GazetteerPart, open_part
from meldkamer.geo.gazetteer.import_run import Imported, SourceError, run_import
from meldkamer.geo.gazetteer.sources.kinds import source_opener

osmium = pytest.importorskip("osmium", reason="the extra `roads` is not installed")
RD = RdTransform()


def write_map(path: Path) -> Path:
    path.unlink(missing_ok=True)
    writer = osmium.SimpleWriter(str(path))

    def node(number: int, x: float, y: float, **tags: str) -> None:
        lat, lon = RD.to_wgs84(x, y)
        writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), tags=tags))

    node(1, 155_000, 463_000)
    node(2, 155_200, 463_000)
    node(3, 155_400, 463_000)
    node(4, 155_200, 463_300)
    node(5, 155_050, 463_050, place="village", name="Kaartdorp", population="1200")
    node(6, 158_000, 463_000, place="hamlet", name="Gehucht")
    node(7, 155_210, 463_010, amenity="hospital", name="Kaartziekenhuis")
    node(8, 160_000, 470_000, highway="motorway_junction", name="Kaartplein", ref="9")
    node(9, 160_000, 469_000)
    node(10, 400_000, 900_000, amenity="pub", name="Ver Weg")
    node(11, 155_300, 463_200)
    ways = [
        (1, [1, 2, 3], {"highway": "residential", "name": "Kerkstraat"}),
        (2, [2, 4], {"highway": "residential", "name": "Dorpsstraat"}),
        (3, [8, 9], {"highway": "motorway", "ref": "A28;E232"}),
        (4, [1, 99], {"highway": "residential", "name": "Halve Weg"}),
        (5, [97, 98], {"highway": "residential", "name": "Zonder Punten"}),
        (6, [11, 4, 2, 11], {"building": "yes", "name": "Dorpshuis"}),
        (7, [1, 2], {"highway": "service"}),
    ]
    for number, nodes, tags in ways:
        writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    writer.close()
    return path


def take(path: Path, folder: Path) -> tuple[Imported, GazetteerPart]:
    releases = Releases(folder / "geo")
    done = run_import("osm", path, source_opener("osm", RD, "2027-01-01"), releases, "2027-01-01T00:00:00Z")
    return done, GazetteerPart("osm", open_part(releases.path(done.part)))


def test_places_streets_junctions_objects_and_lines(tmp_path: Path) -> None:
    done, part = take(write_map(tmp_path / "a.osm.pbf"), tmp_path)
    entries = set(part.db.execute("SELECT kind, name, place, detail FROM entry"))
    assert entries == {
        ("place", "Kaartdorp", "", "village"),
        ("place", "Gehucht", "", "hamlet"),
        ("street", "Kerkstraat", "Kaartdorp", ""),
        ("street", "Dorpsstraat", "Kaartdorp", ""),
        ("street", "Halve Weg", "Kaartdorp", ""),
        ("road", "A28", "", ""),
        ("junction", "Dorpsstraat / Kerkstraat", "Kaartdorp", ""),
        ("junction", "Halve Weg / Kerkstraat", "Kaartdorp", ""),
        ("junction", "Kaartplein", "", "9"),
        ("object", "Kaartziekenhuis", "", "hospital"),
        ("object", "Dorpshuis", "", "building"),
    }
    assert part.db.execute("SELECT weight FROM entry WHERE name = 'Kaartdorp'").fetchone() == (1200,)
    x, y = part.db.execute("SELECT x, y FROM entry WHERE name LIKE 'Dorpsstraat /%'").fetchone()
    assert (x, y) == pytest.approx((155_200, 463_000), abs=0.1)
    roads = set(part.db.execute("SELECT name, road FROM section"))
    assert roads == {("Kerkstraat", ""), ("Dorpsstraat", ""), ("", "A28")}
    assert [(fault.field, fault.reason.split()[-1]) for fault in done.refused] == [
        ("location", "metres"), ("nodes", "file"), ("nodes", "file"),
    ]  # fmt: skip


def test_a_file_that_is_no_map_is_refused(tmp_path: Path) -> None:
    whole = write_map(tmp_path / "a.osm.pbf").read_bytes()
    for n, content in enumerate((b"", b"no map", whole[: len(whole) // 2], whole[:-20] + b"x" * 20)):
        path = tmp_path / f"{n}.osm.pbf"
        path.write_bytes(content)
        with pytest.raises(SourceError):
            take(path, tmp_path)
    assert Releases(tmp_path / "geo").all() == []


def test_a_real_corner_of_amsterdam(reference: Path, tmp_path: Path) -> None:
    """Runs only where the reference data are."""
    path = reference.parents[1] / "osm" / "amsterdam_tiny.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the reference data")
    done, part = take(path, tmp_path)
    names = {name for (name,) in part.db.execute("SELECT name FROM entry")}
    assert {"Kruislaan", "Darwinplantsoen", "Kruislaan / Maxwellstraat"} <= names and done.part.refused == 0
