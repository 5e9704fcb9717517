"""Imports: every format, every way a file or a row can be wrong, resuming, and that what is in force stays."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from meldkamer.geo import RdTransform, Releases
from meldkamer.geo.gazetteer import GazetteerPart, open_part
from meldkamer.geo.gazetteer.import_run import Imported, Item, Source, SourceError, refused_rows, run_import
from meldkamer.geo.gazetteer.rows import Refused
from meldkamer.geo.gazetteer.sources.kinds import source_opener
from meldkamer.geo.gazetteer.sources.nwb import road_number, side_of
from meldkamer.geo.gazetteer.sources.objects import ObjectsCsv
from tests.geo.geodata import GOLDEN, wkb_line, wkb_point, write_bag, write_geopackage, write_nwb

RD = RdTransform()
NOW = "2027-01-01T00:00:00Z"


def take(kind: str, path: Path, folder: Path) -> tuple[Imported, GazetteerPart]:
    releases = Releases(folder / "geo")
    done = run_import(kind, path, source_opener(kind, RD, "2027-01-01"), releases, NOW)
    return done, GazetteerPart(kind, open_part(releases.path(done.part)))


def test_the_bag_extract_gives_its_addresses_and_names_every_bad_object(tmp_path: Path) -> None:
    done, part = take("bag", write_bag(tmp_path / "bag.zip"), tmp_path)
    addresses = part.db.execute(
        "SELECT e.name, e.place, a.number, a.letter, a.addition, a.postcode, a.designation, a.object FROM address a "
        "JOIN entry e ON e.id = a.street ORDER BY a.designation"
    ).fetchall()
    assert [(name, place, number, f"{letter}{addition}", code) for name, place, number, letter, addition, code, _, _ in
            addresses] == [
        ("Dorpsstraat", "Voorbeelddorp", 12, "", "9001AA"),
        ("Dorpsstraat", "Voorbeelddorp", 12, "A", "9001AA"),
        ("Dorpsstraat", "Grote Voorbeeldstad", 12, "2", "9002BB"),
        ("Plein 1944", "Grote Voorbeeldstad", 3, "", "9002CC"),
        ("Burgemeester van der Heijdenlaan", "Grote Voorbeeldstad", 101, "bbis", "9002DD"),
        ("Haven", "Voorbeelddorp", 1, "", ""),
        ("Kerklaan", "Grote Voorbeeldstad", 7, "", "9002EE"),
    ]  # fmt: skip
    assert addresses[6][7] == 9999010000000005  # a side address stands where its building is
    faults = {(fault.file.rpartition("/")[2][4:7], fault.row, fault.field) for fault in done.refused}
    assert faults == {
        ("WPL", 4, "naam"),
        ("NUM", 7, "huisnummer"),
        ("NUM", 8, "postcode"),
        ("VBO", 7, "geometrie"),
        ("VBO", 8, "geometrie"),
        ("VBO", 9, "geometrie"),
        ("LIG", 2, "geometrie"),
    }
    assert any("swapped" in fault.reason for fault in done.refused)
    assert done.part.refused == len(done.refused) == 7
    names = {name for (name,) in part.db.execute("SELECT name FROM entry")}
    assert not names & {"Oud Dorp", "Verdwenen Weg"}


def test_a_berth_stands_in_the_middle_of_its_ring(tmp_path: Path) -> None:
    _, part = take("bag", write_bag(tmp_path / "bag.zip"), tmp_path)
    assert part.db.execute("SELECT x, y FROM address WHERE postcode = ''").fetchone() == (155_510.0, 463_505.0)


@pytest.mark.parametrize("layer", ["adres", "verblijfsobject"])
def test_addresses_from_a_geopackage(tmp_path: Path, layer: str) -> None:
    columns = ("identificatie", "openbare_ruimte_naam", "huisnummer", "huisletter", "toevoeging", "postcode",
               "woonplaats_naam", "status", "adresseerbaar_object_identificatie")  # fmt: skip
    good = ("0307010000000001", "Lange Straat", 4, "a", None, "3811 AB", "Amersfoort", "in gebruik", "0307010000000009")
    rows = [
        (*good, wkb_point(155_000, 463_000)),
        (*good[:2], 6, *good[3:], wkb_point(155_010, 463_000)),
        (*good[:7], "Verblijfsobject ingetrokken", good[8], wkb_point(155_020, 463_000)),
        (*good[:1], "", *good[2:], wkb_point(155_000, 463_000)),
        (*good[:2], "vier", *good[3:], wkb_point(155_000, 463_000)),
        (*good, wkb_point(463_000, 155_000)),
        (*good, b"\x01\x02"),
    ]
    rows += [(*good[:2], 10 + n, *good[3:], wkb_point(155_100 + n, 463_000)) for n in range(4)]
    done, part = take("bag", write_geopackage(tmp_path / "a.gpkg", {layer: (columns, rows)}), tmp_path)
    assert [(fault.row, fault.field) for fault in done.refused] == [
        (4, "openbare_ruimte_naam"), (5, "huisnummer"), (6, "geom"), (7, "geom"),
    ]  # fmt: skip
    own, other = ("designation", "object") if layer == "adres" else ("object", "designation")
    row = part.db.execute(f"SELECT number, postcode, {own}, {other} FROM address ORDER BY number").fetchone()
    assert row[:3] == (4, "3811AB", 307010000000001 if layer == "adres" else 307010000000009)
    assert {kind for (kind,) in part.db.execute("SELECT kind FROM entry")} == {"street", "place"}


def test_a_geopackage_in_degrees(tmp_path: Path) -> None:
    lat, lon = RD.to_wgs84(155_000, 463_000)
    columns = ("openbare_ruimte_naam", "huisnummer", "woonplaats_naam")
    path = write_geopackage(
        tmp_path / "a.gpkg", {"adres": (columns, [("Straat", 1, "Dorp", wkb_point(lon, lat))])}, 4326
    )
    _, part = take("bag", path, tmp_path)
    assert part.db.execute("SELECT x, y FROM address").fetchone() == pytest.approx((155_000, 463_000), abs=0.01)


def test_the_nwb_gives_roads_streets_junctions_and_posts(tmp_path: Path) -> None:
    done, part = take("nwb", write_nwb(tmp_path / "nwb.gpkg"), tmp_path)
    posts = part.db.execute("SELECT road, hm, side, letter FROM post ORDER BY road, hm").fetchall()
    assert posts == [("A28", 224, "R", ""), ("A28", 225, "R", ""), ("A28", 226, "R", "a"), ("N201", 31, "L", "")]
    entries = {(kind, name) for kind, name in part.db.execute("SELECT kind, name FROM entry")}
    assert entries == {
        ("junction", "Dorpsstraat / Kerkstraat"), ("street", "Dorpsstraat"), ("street", "Kerkstraat"),
        ("street", "Provincialeweg"), ("road", "A28"), ("road", "N201"),
    }  # fmt: skip
    faults = [(fault.file.rpartition(":")[2], fault.row, fault.field) for fault in done.refused]
    assert faults == [
        ("wegvakken", 7, "geom"), ("wegvakken", 8, "geom"),
        ("hectopunten", 5, "wvk_id"), ("hectopunten", 6, "wvk_id"), ("hectopunten", 7, "geom"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "road"),
    [
        ({"routeltr": "A", "routenr": "28"}, "A28"),
        ({"wegnummer": "N201"}, "N201"),
        ({"stt_naam": "Rijksweg A12", "wegnummer": ""}, "A12"),
        ({"wegbehsrt": "R", "wegnummer": "028"}, "A28"),
        ({"wegbehsrt": "P", "wegnummer": "201"}, "N201"),
        ({"wegbehsrt": "G", "wegnummer": "5"}, ""),
        ({"wegnummer": None}, ""),
    ],
)
def test_road_numbers_in_all_their_spellings(fields: dict[str, str], road: str) -> None:
    assert road_number(fields) == road


def test_sides_in_all_their_spellings() -> None:
    assert [side_of(text) for text in ("Re", "rechts", "HRR", "L", "HRL", "", "x")] == ["R", "R", "R", "L", "L", "", ""]


def test_posts_as_csv(tmp_path: Path) -> None:
    done, part = take("posts", GOLDEN / "csv" / "posts.csv", tmp_path)
    assert [fault.field for fault in done.refused] == ["hm", "road", "x"]
    assert part.db.execute("SELECT count(*) FROM post").fetchone() == (4,)
    kilometres = tmp_path / "km.csv"
    kilometres.write_text("weg;km;zijde;lat;lon\nA28;22,4;Li;52,155;5,387\n", encoding="utf-8")
    _, part = take("posts", kilometres, tmp_path)
    assert part.db.execute("SELECT road, hm, side FROM post").fetchall() == [("A28", 224, "L")]


def test_objects_and_names_as_csv(tmp_path: Path) -> None:
    done, _ = take("objects", GOLDEN / "csv" / "objects.csv", tmp_path)
    assert [(fault.row, fault.field) for fault in done.refused] == [(4, "name"), (5, "x"), (6, "x"), (7, "x")]
    assert "swapped" in done.refused[1].reason
    done, _ = take("names", GOLDEN / "csv" / "names.csv", tmp_path)
    assert [fault.row for fault in done.refused] == [3, 4] and "swapped" in done.refused[0].reason


@pytest.mark.parametrize(
    ("kind", "name", "content", "why"),
    [
        ("objects", "a.csv", b"", "not a CSV file with a header"),
        ("objects", "a.csv", b"naam;x\nA;1\n", "neither x, y nor lat, lon"),
        ("objects", "a.csv", b"x;y\n1;2\n", "the header has no name"),
        ("objects", "a.csv", b"\xff\xfe\x00n", "not a CSV file"),
        ("objects", "a.csv", b"naam,x,y\n", "there is nothing in it"),
        ("objects", "a.csv", b"naam,x,y\nA,1,2\nB,3,4\n", "2 of 2 rows cannot be used"),
        ("bag", "a.zip", b"PK\x03\x04broken", "not a BAG extract"),
        ("bag", "a.gpkg", b"SQLite format 3\0" + b"x" * 100, "not a GeoPackage"),
        ("nwb", "a.gpkg", b"SQLite format 3\0" + b"x" * 100, "not a GeoPackage"),
        ("bag", "a.xml", (GOLDEN / "bag" / "broken.xml").read_bytes(), "not well-formed"),
        ("bag", "a.xml", (GOLDEN / "bag" / "doctype.xml").read_bytes(), "document type is not allowed"),
    ],
)
def test_a_file_that_is_something_else_is_refused_whole(
    tmp_path: Path, kind: str, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=why):
        take(kind, path, tmp_path)
    assert not list((tmp_path / "geo" / "parts").iterdir())
    assert Releases(tmp_path / "geo").all() == []


def test_a_zip_without_the_register_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("9999PND01012027.zip", b"")
    with pytest.raises(SourceError, match="no BAG objects"):
        take("bag", path, tmp_path)


def test_a_geopackage_without_the_layers_is_refused(tmp_path: Path) -> None:
    path = write_geopackage(tmp_path / "a.gpkg", {"bomen": (("soort",), [("eik", wkb_point(1, 1))])})
    with pytest.raises(SourceError, match="no layer has street"):
        take("bag", path, tmp_path)
    with pytest.raises(SourceError, match="no layer wegvakken"):
        take("nwb", path, tmp_path)
    columns = ("wvk_id", "wegnummer", "stt_naam")
    path = write_geopackage(
        tmp_path / "b.gpkg", {"wegvakken": (columns, [(1, "", "X", wkb_line([(5, 52), (5, 53)]))])}, 4326
    )
    with pytest.raises(SourceError, match="not RD"):
        take("nwb", path, tmp_path)


class Breaking:
    """A source that fails after some rows, once."""

    def __init__(self, inner: Source, after: int) -> None:
        self._inner, self._after, self.read = inner, after, 0

    def units(self) -> Sequence[str]:
        return self._inner.units()

    def rows(self, unit: str) -> Iterator[Item]:
        for item in self._inner.rows(unit):
            self.read += 1
            if self.read > self._after:
                raise OSError("the disk went away")
            yield item


@pytest.mark.parametrize("after", range(0, 12, 3))
def test_a_broken_import_goes_on_and_gives_the_same(tmp_path: Path, after: int) -> None:
    path, releases = GOLDEN / "csv" / "objects.csv", Releases(tmp_path / "geo")
    with pytest.raises(OSError, match="disk"):
        run_import("objects", path, lambda p: Breaking(ObjectsCsv(p, RD, "object"), after), releases, NOW, batch=2)
    assert releases.all() == [] and not list(releases.parts.iterdir())
    done = run_import("objects", path, source_opener("objects", RD, "2027-01-01"), releases, NOW, batch=2)
    whole = run_import("objects", path, source_opener("objects", RD, "2027-01-01"), Releases(tmp_path / "b"), NOW)
    assert done.taken_up == after // 2 * 2
    assert (done.part.rows, done.part.refused, done.names) == (whole.part.rows, whole.part.refused, whole.names)
    assert set(done.refused) == set(whole.refused)
    assert not [path for path in releases.workshop.iterdir() if path.suffix != ".lock"]


def test_a_changed_file_begins_anew(tmp_path: Path) -> None:
    releases, path = Releases(tmp_path / "geo"), tmp_path / "a.csv"
    path.write_text("naam,x,y\nEen,155000,463000\nTwee,155000,463000\nDrie,155000,463000\n", encoding="utf-8")
    with pytest.raises(OSError, match="disk"):
        run_import("objects", path, lambda p: Breaking(ObjectsCsv(p, RD, "object"), 2), releases, NOW, batch=1)
    path.write_text("naam,x,y\nVier,155000,463000\n", encoding="utf-8")
    done = run_import("objects", path, source_opener("objects", RD, "2027-01-01"), releases, NOW)
    assert (done.taken_up, done.names) == (0, 1)


def test_a_damaged_work_file_is_thrown_away(tmp_path: Path) -> None:
    releases, path = Releases(tmp_path / "geo"), GOLDEN / "csv" / "objects.csv"
    with pytest.raises(OSError, match="disk"):
        run_import("objects", path, lambda p: Breaking(ObjectsCsv(p, RD, "object"), 4), releases, NOW, batch=2)
    for work in releases.workshop.glob("*.sqlite*"):
        work.write_bytes(b"nothing that is a database")
    done = run_import("objects", path, source_opener("objects", RD, "2027-01-01"), releases, NOW)
    assert (done.taken_up, done.part.rows) == (0, 12)


def test_progress_is_told_and_all_refused_rows_are_kept(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    releases = Releases(tmp_path / "geo")
    path = GOLDEN / "csv" / "objects.csv"
    opener = source_opener("objects", RD, "2027-01-01")
    done = run_import("objects", path, opener, releases, NOW, lambda step, rows: told.append((step, rows)), batch=5)
    assert [rows for step, rows in told if step == "objects.csv"] == [5, 10, 12]
    assert ("write", 0) in told
    kept = list(refused_rows(releases.path(done.part)))
    assert kept == sorted(done.refused, key=lambda fault: fault.row)
    assert kept[0] == Refused("objects.csv", 4, "name", "empty")


def test_a_finished_part_is_read_only_and_whole(tmp_path: Path) -> None:
    _, part = take("objects", GOLDEN / "csv" / "objects.csv", tmp_path)
    with pytest.raises(sqlite3.Error):
        part.db.execute("DELETE FROM entry")
    assert part.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not part.db.execute("SELECT name FROM sqlite_master WHERE name LIKE 'stage%'").fetchall()
