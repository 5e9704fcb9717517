"""The user's own map tiles: files that can be used and files that cannot, and who gets a tile."""

from __future__ import annotations

import gzip
import json
import logging
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest
from pmtiles.tile import TileType

from meldkamer.cli import main
from meldkamer.desk import create_app
from meldkamer.desk.tile_file import MAX_TILE, TileFile, TilesError, TilesGone, TileTooLarge
from meldkamer.settings import read_settings
from tests.tilemaker import AREA, PAPER, RD, WATER, mbtiles, plain, pmtiles, vector

from .conftest import TestRoom

PICTURE, OTHER = plain(PAPER), plain(WATER)
FOREST = vector({"water": [(AREA, [(0, 0), (4096, 0), (4096, 4096), (0, 4096)], {"class": "lake"})]})


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    tiles = {(0, 0, 0): PICTURE, (1, 0, 0): PICTURE, (1, 0, 1): OTHER}
    said = {
        "attribution": '<a href="https://elsewhere.invalid">&copy; Kadaster</a>\n 2026',
        "bounds": "3.2,50.7,7.3,53.6",
    }
    return mbtiles(tmp_path / "kaart.mbtiles", tiles, **RD, **said)


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    return pmtiles(tmp_path / "kaart.pmtiles", {(0, 0, 0): FOREST, (3, 4, 2): FOREST}, attribution="© Kadaster")


def test_pictures_in_the_national_grid(pictures: Path) -> None:
    tiles = TileFile(pictures)
    about = tiles.look()
    assert about is not None
    assert (about.kind, about.format, about.grid, about.tile_size) == ("raster", "png", "rd", 256)
    assert (about.min_zoom, about.max_zoom, about.bounds) == (0, 1, (3.2, 50.7, 7.3, 53.6))
    assert about.attribution == "© Kadaster 2026"
    # Rows from above, where the file counts from below.
    assert tiles.read(about.version, 1, 0, 0) == PICTURE and tiles.read(about.version, 1, 0, 1) == OTHER
    for z, x, y in ((1, 1, 1), (1, 2, 0), (1, 0, -1), (2, 0, 0), (60, 0, 0)):
        assert tiles.read(about.version, z, x, y) is None
    tiles.close()


def test_vectors_in_a_pmtiles_archive(vectors: Path) -> None:
    tiles = TileFile(vectors)
    about = tiles.look()
    assert about is not None
    assert (about.kind, about.format, about.grid, about.attribution) == ("vector", "pbf", "mercator", "© Kadaster")
    assert (about.min_zoom, about.max_zoom, about.bounds) == (0, 3, (3.0, 50.5, 7.5, 54.0))
    found = tiles.read(about.version, 3, 4, 2)
    assert found is not None and gzip.decompress(found) == FOREST
    assert tiles.read(about.version, 3, 4, 3) is None and tiles.read(about.version, 2, 0, 0) is None
    tiles.close()


def test_an_archive_too_large_for_one_directory(tmp_path: Path) -> None:
    """Its tiles are found through directories of its second level."""
    wanted = {(8, x, y): plain(PAPER, 64) + bytes([x, y]) for x in range(256) for y in range(100)}
    tiles = TileFile(pmtiles(tmp_path / "groot.pmtiles", wanted, TileType.PNG))
    about = tiles.look()
    assert about is not None and about.tile_size == 64
    for at in ((8, 0, 0), (8, 255, 99), (8, 131, 47)):
        assert tiles.read(about.version, *at) == wanted[at]
    assert tiles.read(about.version, 8, 0, 100) is None
    tiles.close()


def test_a_folder_of_tiles_becomes_a_file_as_the_document_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs/deploy.md").read_text(encoding="utf-8")
    program = text.partition("```python\n# pack.py")[2].partition("```")[0]
    folder = tmp_path / "tiles"
    (folder / "1" / "0").mkdir(parents=True)
    (folder / "1" / "0" / "0.pbf").write_bytes(gzip.compress(FOREST))
    said = {"name": "x", "format": "pbf", "minzoom": 1, "crs": "EPSG:28992", "tile_origin_upper_left_x": -285401.92}
    (folder / "metadata.json").write_text(json.dumps(said))
    monkeypatch.setattr("sys.argv", ["pack.py", str(folder), str(tmp_path / "kaart.mbtiles")])
    exec(compile("#" + program, "pack.py", "exec"), {})  # noqa: S102 - our own document
    tiles = TileFile(tmp_path / "kaart.mbtiles")
    about = tiles.look()
    assert about is not None and (about.kind, about.grid, about.min_zoom, about.max_zoom) == ("vector", "rd", 1, 1)
    found = tiles.read(about.version, 1, 0, 0)
    assert found is not None and gzip.decompress(found) == FOREST
    tiles.close()


def _sqlite(path: Path) -> Path:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE other (a)")
    db.commit()
    db.close()
    return path


def _text(path: Path) -> Path:
    path.write_text("this is no map")
    return path


def _torn(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-2_000])
    return path


def _old(path: Path) -> Path:
    path.write_bytes(b"PMTiles\x02" + bytes(200))
    return path


ONE = {(0, 0, 0): PICTURE}
SECOND = {
    (0, 0, 0): vector({"water": [(AREA, [(n, n), (n + 9, 0), (7, n * 5)], {"n": str(n * n)}) for n in range(900)]})
}
FAULTS = {
    "No such file": lambda path: path,
    "is not a file": lambda path: path.mkdir() or path,
    "neither an MBTiles nor a PMTiles": _text,
    "is not MBTiles: no such table": _sqlite,
    "torn: ": lambda path: _torn(mbtiles(path, {(1, 0, 0): PICTURE, (1, 0, 1): b"\x89PNG" + os.urandom(9_000)})),
    "is torn:": lambda path: _torn(pmtiles(path, SECOND)),
    "is PMTiles version 2": _old,
    "holds no tile": lambda path: mbtiles(path, {}),
    "format 'gif' is none of": lambda path: mbtiles(path, ONE, "gif"),
    "say webp, and its first tile is none": lambda path: mbtiles(path, ONE, "webp"),
    "its grid 'EPSG:25832' is neither": lambda path: mbtiles(path, ONE, crs="EPSG:25832"),
    "tile_dimension_zoom_0 is 3440": lambda path: mbtiles(path, ONE, **{**RD, "tile_dimension_zoom_0": "3440"}),
    "its zoom levels are 0 to 30": lambda path: mbtiles(path, {**ONE, (30, 0, 0): PICTURE}),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_file_that_cannot_be_used_says_which_and_why(tmp_path: Path, words: str) -> None:
    path = FAULTS[words](tmp_path / "kaart")
    with pytest.raises(TilesError) as raised:
        TileFile(path)
    assert str(raised.value).startswith(f"{path}: ") and words in str(raised.value)


def test_a_file_that_vanishes_is_told_once_and_taken_again_when_it_is_back(
    pictures: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tiles = TileFile(pictures)
    first = tiles.look()
    assert first is not None
    away = pictures.rename(tmp_path / "away")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            assert tiles.look() is None
            with pytest.raises(TilesGone):
                tiles.read(first.version, 0, 0, 0)
    assert len(caplog.records) == 1 and str(pictures) in caplog.text
    assert str(pictures) in tiles.why()
    away.rename(pictures)
    assert tiles.look() == first and tiles.read(first.version, 0, 0, 0) == PICTURE and tiles.why() == ""
    # Another one in its place counts from then on, one that is torn does not, and neither does what was read before.
    other = mbtiles(tmp_path / "other", {(2, 0, 0): OTHER})
    other.replace(pictures)
    second = tiles.look()
    assert second is not None and second.version != first.version and second.grid == "mercator"
    with pytest.raises(KeyError):
        tiles.read(first.version, 0, 0, 0)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        pictures.write_bytes(b"nothing")
        assert tiles.look() is None and tiles.look() is None
    assert len(caplog.records) == 1 and "neither an MBTiles nor" in caplog.text
    tiles.close()


def test_a_page_that_breaks_in_use_is_told_and_not_read_again(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "kaart", {(6, x, y): PICTURE + os.urandom(3_000) for x in range(8) for y in range(8)})
    tiles = TileFile(path)
    about = tiles.look()
    assert about is not None
    stood = path.stat()
    with path.open("r+b") as file:  # all but the first pages, under the file that is open
        file.seek(16_384)
        file.write(b"\xff" * (stood.st_size - 16_384))
    os.utime(path, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    with pytest.raises(TilesGone):
        for at in range(64):
            tiles.read(about.version, 6, at // 8, at % 8)
    assert tiles.look() is None and str(path) in tiles.why()
    tiles.close()


def test_a_tile_that_is_none_is_not_sent(tmp_path: Path) -> None:
    tiles = TileFile(mbtiles(tmp_path / "kaart", {**ONE, (1, 0, 0): bytes(MAX_TILE + 1)}))
    about = tiles.look()
    assert about is not None
    with pytest.raises(TileTooLarge):
        tiles.read(about.version, 1, 0, 0)
    assert tiles.read(about.version, 0, 0, 0) == PICTURE
    tiles.close()


def given(room: TestRoom, path: Path) -> TileFile:
    """Let the room have this file."""
    tiles = TileFile(path)
    room.services = msgspec.structs.replace(room.services, tiles=tiles)
    room.app = create_app(room.services)
    return tiles


async def test_only_who_may_read_the_map_gets_a_tile(app_room: TestRoom, pictures: Path) -> None:
    tiles = given(app_room, pictures)
    about = tiles.look()
    assert about is not None
    path = f"/tiles/{about.version}/1/0/1"
    for headers in ({}, {"authorization": "Bearer mkt_" + "x" * 43}, {"cookie": "meldkamer-rt=" + "x" * 43}):
        answer = await app_room.client().get(path, headers=headers)
        assert answer.status_code == 401 and b"PNG" not in answer.content
    for machine in ("waker", "centrale", "wegwijzer", "keten", "wagens"):
        assert (await app_room.client(machine).get(path)).status_code == 403
    assert (await app_room.client().get(path, headers={"host": "elsewhere"})).status_code == 400
    desk = await app_room.signed_in("bram")
    answer = await desk.get(path)
    assert answer.status_code == 200 and answer.content == OTHER
    assert answer.headers["content-type"] == "image/png" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=86400" and "Cookie" in answer.headers["vary"]
    again = await desk.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content
    tiles.close()


async def test_a_room_says_what_it_has_and_when_it_is_gone(app_room: TestRoom, pictures: Path, tmp_path: Path) -> None:
    desk = await app_room.signed_in("bram")
    assert (await desk.get("/api/tiles")).json() == {"state": "none", "about": None}
    assert (await desk.get("/tiles/x/0/0/0")).status_code == 404
    tiles = given(app_room, pictures)
    desk = await app_room.signed_in("bram")
    said = (await desk.get("/api/tiles")).json()
    assert said["state"] == "ready" and said["about"]["grid"] == "rd"
    base = f"/tiles/{said['about']['version']}"
    for away in ("/1/1/1", "/1/7/7", "/9/0/0"):
        answer = await desk.get(base + away)
        assert answer.status_code == 204 and not answer.content
    assert (await desk.get(base + "/1/-1/0")).status_code == 404
    assert (await desk.get("/tiles/other/0/0/0")).status_code == 404
    assert (await desk.post(base + "/0/0/0")).status_code == 405
    os.rename(pictures, tmp_path / "away")
    answer = await desk.get(base + "/0/0/0")
    assert answer.status_code == 503 and answer.json()["type"] == "away" and str(tmp_path) not in answer.text
    assert answer.headers["retry-after"] == "10" and answer.headers["cache-control"] == "no-cache"
    assert (await desk.get("/api/tiles")).json() == {"state": "gone", "about": None}
    tiles.close()


async def test_a_packed_tile_goes_as_it_is_to_who_takes_that(app_room: TestRoom, vectors: Path) -> None:
    tiles = given(app_room, vectors)
    about = tiles.look()
    assert about is not None
    desk = await app_room.signed_in("bram")
    path = f"/tiles/{about.version}/0/0/0"
    packed = await desk.get(path, headers={"accept-encoding": "gzip"})
    plainly = await desk.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plainly.headers
    assert packed.content == plainly.content == FOREST and packed.headers["etag"] != plainly.headers["etag"]
    assert packed.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    tiles.close()


def test_a_room_does_not_start_with_a_file_that_it_cannot_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "meldkamer.toml"
    file.write_text('data = "data"\nrooms = ["RT"]\nport = 0\n[map]\ntiles = "kaart.pmtiles"\n')
    assert read_settings(file).map.tiles == str(tmp_path / "kaart.pmtiles")
    assert main(["room", str(file)]) == 1
    assert f"map: tiles: {tmp_path}/kaart.pmtiles: No such file" in capsys.readouterr().err
