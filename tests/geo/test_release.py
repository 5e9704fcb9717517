"""Releases: built once, known by their hash, in force from a stated moment, taken back, and carried to another room."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.domain.clock import FakeClock
from meldkamer.geo import Geography, RdTransform, Release, ReleaseError, Releases, Schedule
from meldkamer.geo.gazetteer.import_run import run_import
from meldkamer.geo.gazetteer.sources.kinds import source_opener
from meldkamer.pack import Pack
from tests.geo.geodata import GOLDEN, square_of, squares, write_geojson

RD = RdTransform()


def make(folder: Path, kind: str = "objects", made: str = "2027-01-01T00:00:00Z") -> Release:
    releases = Releases(folder / "geo")
    path = GOLDEN / "csv" / ("objects.csv" if kind == "objects" else "names.csv")
    done = run_import(kind, path, source_opener(kind, RD, "2027-01-01"), releases, made)
    return releases.make(done.part, made)


def knows(geography: Geography, text: str) -> bool:
    return any(hit.source != "pack" for hit in geography.gazetteer.search(text))


def test_a_release_keeps_the_other_parts_and_names_where_it_came_from(tmp_path: Path) -> None:
    one = make(tmp_path)
    two = make(tmp_path, "names", "2027-01-02T00:00:00Z")
    three = make(tmp_path, "objects", "2027-01-03T00:00:00Z")
    assert [part.kind for part in two.parts] == ["names", "objects"]
    assert (two.after, three.after) == (one.hash, two.hash)
    assert three.part("names") == two.part("names")
    releases = Releases(tmp_path / "geo")
    assert [release.hash for release in releases.all()] == [one.hash, two.hash, three.hash]
    assert releases.find(two.hash[:8]) == two
    for name in ("", "abc", "zzzz"):
        with pytest.raises(ReleaseError):
            releases.find(name)


async def test_it_takes_effect_at_its_moment_and_can_be_taken_back(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    first, second = make(tmp_path), make(tmp_path, "names", "2027-01-02T00:00:00Z")
    schedule = Schedule(tmp_path / "geo" / "use.json")
    geography = Geography(pack, RD, tmp_path, clock)
    assert geography.now.release == "" and not knows(geography, "de kuil")
    schedule.use(first.hash, clock.now(), clock.now())
    schedule.use(second.hash, clock.now() + 60_000, clock.now())
    assert geography.refresh() and geography.now.release == first.hash
    assert geography.now.next == second.hash and geography.now.next_at == clock.now() + 60_000
    assert not geography.refresh()
    await clock.pump(61)
    assert geography.refresh() and geography.now.release == second.hash and geography.now.next == ""
    assert knows(geography, "de kuil")
    schedule.take_back(clock.now())
    assert geography.refresh() and geography.now.release == first.hash
    assert not knows(geography, "de kuil")
    geography.close()


def test_taking_back_the_first_leaves_the_pack_alone(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    release = make(tmp_path)
    schedule = Schedule(tmp_path / "geo" / "use.json")
    schedule.use(release.hash, clock.now(), clock.now())
    geography = Geography(pack, RD, tmp_path, clock)
    assert knows(geography, "voorbeeldziekenhuis")
    schedule.take_back(clock.now())
    assert geography.refresh() and geography.now.release == ""
    assert not knows(geography, "voorbeeldziekenhuis")
    with pytest.raises(ReleaseError, match="none to take back"):
        schedule.take_back(clock.now())
    geography.close()


def test_a_damaged_release_leaves_the_old_one_in_force_and_says_so(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    first, second = make(tmp_path), make(tmp_path, "names", "2027-01-02T00:00:00Z")
    schedule, releases = Schedule(tmp_path / "geo" / "use.json"), Releases(tmp_path / "geo")
    schedule.use(first.hash, clock.now(), clock.now())
    geography = Geography(pack, RD, tmp_path, clock)
    part = second.part("names")
    assert part is not None
    whole = releases.path(part).read_bytes()
    releases.path(part).write_bytes(whole[:5000] + b"damaged" + whole[5007:])
    schedule.use(second.hash, clock.now(), clock.now())
    assert not geography.refresh()
    assert geography.now.release == first.hash and "not what was built" in geography.now.problem
    assert knows(geography, "voorbeeldziekenhuis")
    releases.path(part).write_bytes(whole)
    assert geography.refresh() and geography.now.problem == "" and geography.now.release == second.hash
    geography.close()


def test_what_failed_is_not_read_again_until_something_changes(
    tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, release = FakeClock(), make(tmp_path)
    part = release.parts[0]
    path = Releases(tmp_path / "geo").path(part)
    path.write_bytes(path.read_bytes()[:-1])
    Schedule(tmp_path / "geo" / "use.json").use(release.hash, clock.now(), clock.now())
    geography = Geography(pack, RD, tmp_path, clock)
    assert "not what was built" in geography.now.problem
    checked: list[str] = []
    monkeypatch.setattr(Releases, "check", lambda self, release: checked.append(release.hash))
    assert not geography.refresh() and not checked
    path.write_bytes(path.read_bytes() + b"x")
    geography.refresh()
    assert checked == [release.hash]
    geography.close()


def test_two_imports_of_a_kind_do_not_meet(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "geo")
    with releases.alone("objects"), pytest.raises(ReleaseError, match="at work"):
        make(tmp_path)
    assert make(tmp_path).part("objects") is not None


@pytest.mark.parametrize("text", ["", "[", '[{"release": 1}]', "null"])
def test_a_damaged_schedule_is_a_problem_not_an_answer(tmp_path: Path, pack: Pack, text: str) -> None:
    clock = FakeClock()
    release = make(tmp_path)
    schedule = Schedule(tmp_path / "geo" / "use.json")
    schedule.use(release.hash, clock.now(), clock.now())
    geography = Geography(pack, RD, tmp_path, clock)
    schedule.path.write_text(text, encoding="utf-8")
    assert not geography.refresh()
    assert geography.now.release == release.hash and "cannot be read" in geography.now.problem
    geography.close()


def test_a_bundle_carries_a_release_to_another_room(tmp_path: Path) -> None:
    release = make(tmp_path / "a")
    bundle = tmp_path / "release.zip"
    Releases(tmp_path / "a" / "geo").export(release, bundle)
    other = Releases(tmp_path / "b" / "geo")
    assert other.receive(bundle) == release
    other.check(release)
    assert other.receive(bundle) == release  # twice is once
    assert not [path for path in other.workshop.iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("wrong", ["part", "manifest", "length", "kind", "missing", "zip"])
def test_a_bundle_that_was_changed_is_refused(tmp_path: Path, wrong: str) -> None:
    release = make(tmp_path / "a")
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    Releases(tmp_path / "a" / "geo").export(release, good)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("parts/"):
                data = data[:-1] + b"x" if wrong == "part" else data + b"x" if wrong == "length" else data
                if wrong == "missing":
                    continue
            elif wrong == "manifest":
                data = data.replace(b'"rows": 12', b'"rows": "12"')
            elif wrong == "kind":
                data = data.replace(b'"objects"', b'"../x"')
            target.writestr(name, data)
    if wrong == "zip":
        bad.write_bytes(good.read_bytes()[:200])
    other = Releases(tmp_path / "b" / "geo")
    with pytest.raises(ReleaseError):
        other.receive(bad)
    assert other.all() == [] and not list(other.parts.iterdir())


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object], str]:
    code = main(argv)
    caught = capsys.readouterr()
    return code, json.loads(caught.out) if caught.out.startswith("{") else {}, caught.err


def test_the_commands_from_import_to_taking_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "data")
    areas = write_geojson(tmp_path / "areas.geojson", squares())
    code, found, _ = run(capsys, "geo", "import", "areas", str(areas), "--data", data, "--json")
    assert code == 0 and found["level"] == "safety_region" and found["in_force"] is True and found["misfits"] == []
    x1, y1, _, _ = square_of(13)
    lat = lon = 0.0
    for dx, region in ((0.5, "VR13"), (-0.5, "VR12")):  # half a metre from the border, on both sides
        lat, lon = RD.to_wgs84(x1 + dx, y1 + 100)
        code, found, _ = run(capsys, "where", str(lat), str(lon), "--data", data, "--json")
        assert (found["safety_region"], found["certainty"], found["approximate"]) == (region, "official", False)
    code, found, _ = run(capsys, "where", str(lat), str(lon), "--data", data, "--radius", "100", "--json")
    assert found["shares_in_words"] == "50 % Kennemerland, 50 % Amsterdam-Amstelland"
    report = tmp_path / "report.csv"
    objects = ["geo", "import", "objects", str(GOLDEN / "csv" / "objects.csv"), "--data", data]
    code, found, _ = run(capsys, *objects, "--hold", "--report", str(report), "--json")
    assert code == 0 and (found["rows"], found["refused"], found["in_force"]) == (12, 4, False)
    assert report.read_text(encoding="utf-8").count("objects.csv") == 4
    held = str(found["release"])
    code, found, _ = run(capsys, "geo", "search", "voorbeeldziekenhuis", "--data", data, "--json")
    assert not [hit for hit in found["hits"] if hit["source"] != "pack"]  # type: ignore[attr-defined]
    assert run(capsys, "geo", "use", held[:8], "--data", data, "--json")[0] == 0
    code, found, _ = run(capsys, "geo", "search", "voorbeeldziekenhuis", "--data", data, "--json")
    assert found["release"] == held and found["hits"]
    code, found, _ = run(capsys, "geo", "reverse", "52.155", "5.387", "--data", data, "--json")
    assert code == 0 and found["safety_region"]
    assert run(capsys, "geo", "use", "--back", "--data", data)[0] == 0
    code, found, _ = run(capsys, "geo", "releases", "--data", data, "--json")
    assert code == 0 and found["in_force"] != held and len(found["releases"]) == 2  # type: ignore[arg-type]
    bundle = str(tmp_path / "bundle.zip")
    assert run(capsys, "geo", "export", held[:8], bundle, "--data", data)[0] == 0
    code, found, _ = run(capsys, "geo", "receive", bundle, "--data", str(tmp_path / "other"), "--json")
    assert found["release"] == held


def test_the_commands_refuse_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "data")
    path = write_geojson(tmp_path / "areas.geojson", squares()[:24])
    for argv in (
        ["import", "areas", str(path)],
        ["import", "areas", str(tmp_path / "nothing.geojson")],
        ["import", "bag", str(path)],
        ["import", "objects", str(GOLDEN / "csv" / "objects.csv"), "--at", "2027-01-01"],
        ["use", "abcd1234"],
        ["use"],
        ["use", "--back"],
        ["receive", str(path)],
    ):
        code, _, error = run(capsys, "geo", *argv, "--data", data)
        assert code in (1, 2) and error.startswith("meldkamer: ") and "Traceback" not in error, argv
    assert Releases(tmp_path / "data" / "geo").all() == []
