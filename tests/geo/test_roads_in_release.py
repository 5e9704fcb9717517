"""Roads as a part of a release: prepared before the moment, exchanged on it, taken back; old ones stay on any error."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from meldkamer.cli import main
from meldkamer.domain.clock import FakeClock, Millis
from meldkamer.geo import Geography, GeographyNow, RdTransform, Release, ReleaseError, Releases, RoadsError, Schedule
from meldkamer.geo import road_import as importing
from meldkamer.geo.road_import import import_roads_file, import_speeds_file
from meldkamer.geo.roads import NO_WAY, Closure
from meldkamer.geo.roads.graph import load_graph, save_graph
from meldkamer.pack import Pack
from tests.geo.roads.maps import a_grid
from tests.geo.roads.test_import import LAT, LON, STEP, write

RD = RdTransform()
BUILT = "2027-01-01T00:00:0{}Z"
PROFILES = ("light",)


def a_map(folder: Path, speed: str = "50") -> Path:
    """One straight road to the east."""
    return write(folder / f"{speed}.osm.pbf", [([1, 2, 3, 4, 5], {"highway": "primary", "maxspeed": speed})])


def make(folder: Path, speed: str, n: int = 1) -> Release:
    releases = Releases(folder / "geo")
    done = import_roads_file(a_map(folder, speed), releases, RD, BUILT.format(n))
    return releases.make(done.part, BUILT.format(n))


def opened(folder: Path, pack: Pack, clock: FakeClock) -> Geography:
    return Geography(pack, RD, folder, clock, profiles=PROFILES)


def seconds(geography: Geography) -> float:
    """Along the road of `a_map`; infinite without a map."""
    if geography.roads is None:
        return float("inf")
    start, end = RD.to_rd(LAT, LON + STEP), RD.to_rd(LAT, LON + 4 * STEP)
    found = int(geography.roads.millis(np.array([start[0]]), np.array([start[1]]), end, "light")[0])
    assert found != NO_WAY
    return found / 1000


def use(folder: Path, release: Release, at: Millis, clock: FakeClock) -> None:
    Schedule(folder / "geo" / "use.json").use(release.hash, at, clock.now())


async def test_roads_are_ready_before_the_moment_and_count_on_it(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    slow, fast = make(tmp_path, "30", 1), make(tmp_path, "80", 2)
    use(tmp_path, slow, clock.now(), clock)
    geography = opened(tmp_path, pack, clock)
    before = seconds(geography)
    told: list[GeographyNow] = []
    geography.exchanged.append(lambda: told.append(geography.now))
    use(tmp_path, fast, clock.now() + 90_000, clock)
    geography.prepare()
    assert geography.now.next == fast.hash and geography.now.next_ready
    assert not geography.exchange() and seconds(geography) == before, "it is not the moment yet"
    await clock.pump(89)
    geography.prepare()
    assert not geography.exchange()
    await clock.pump(1)
    assert geography.exchange() and seconds(geography) < before
    part = fast.part("roads")
    assert part is not None and geography.now.roads == part.sha256 and geography.now.release == fast.hash
    assert [now.release for now in told] == [fast.hash], "who keeps something of it is told, when all of it is there"
    Schedule(tmp_path / "geo" / "use.json").take_back(clock.now())
    assert geography.refresh() and seconds(geography) == before
    geography.close()


async def test_what_a_thread_made_ready_works_on_the_loop(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    slow, fast = make(tmp_path, "30", 1), make(tmp_path, "80", 2)
    use(tmp_path, slow, clock.now(), clock)
    geography = opened(tmp_path, pack, clock)
    before = seconds(geography)
    use(tmp_path, fast, clock.now() + 60_000, clock)
    await asyncio.to_thread(geography.prepare)
    await clock.pump(61)
    assert geography.exchange()
    after = seconds(geography)
    assert after < before
    assert geography.roads is not None
    x, y = RD.to_rd(LAT, LON + 2.5 * STEP)
    geography.roads.close(Closure(id="c", points=((x, y),), radius=50.0, slower=3.0, until=clock.now() + 60_000))
    assert seconds(geography) > after
    geography.close()


async def test_what_was_made_ready_and_then_called_off_never_counts(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    slow, fast = make(tmp_path, "30", 1), make(tmp_path, "80", 2)
    use(tmp_path, slow, clock.now(), clock)
    geography = opened(tmp_path, pack, clock)
    use(tmp_path, fast, clock.now() + 60_000, clock)
    geography.prepare()
    assert geography.now.next_ready
    kept = Schedule(tmp_path / "geo" / "use.json").decisions()[:1]
    (tmp_path / "geo" / "use.json").write_bytes(msgspec.json.encode(kept))
    await clock.pump(61)
    assert not geography.refresh() and geography.now.release == slow.hash and geography.now.next == ""
    geography.close()


def test_a_release_to_come_that_is_damaged_is_told_before_its_moment(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    slow, fast = make(tmp_path, "30", 1), make(tmp_path, "80", 2)
    use(tmp_path, slow, clock.now(), clock)
    geography = opened(tmp_path, pack, clock)
    before, roads = seconds(geography), geography.roads
    part = fast.part("roads")
    assert part is not None
    path = Releases(tmp_path / "geo").path(part)
    path.write_bytes(path.read_bytes()[:-9])
    use(tmp_path, fast, clock.now() + 60_000, clock)
    assert not geography.refresh()
    assert "not what was built" in geography.now.problem and not geography.now.next_ready
    assert seconds(geography) == before and geography.roads is roads
    geography.close()


async def test_a_room_that_starts_cut_off_goes_on_with_what_it_ran_last(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    slow, fast = make(tmp_path, "30", 1), make(tmp_path, "80", 2)
    use(tmp_path, slow, clock.now(), clock)
    first = opened(tmp_path, pack, clock)
    first._remember()  # as a room does once it runs
    wanted = seconds(first)
    first.close()
    part = fast.part("roads")
    assert part is not None
    path = Releases(tmp_path / "geo").path(part)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    use(tmp_path, fast, clock.now(), clock)
    started = opened(tmp_path, pack, clock)
    assert started.now.release == slow.hash and seconds(started) == wanted
    assert "not what was built" in started.now.problem
    path.write_bytes(whole)
    assert started.refresh() and started.now.release == fast.hash and started.now.problem == ""
    started.close()
    (tmp_path / "geo" / "use.json").write_text("[", encoding="utf-8")
    again = opened(tmp_path, pack, clock)
    assert again.now.release == slow.hash and "cannot be read" in again.now.problem
    again.close()


def test_a_map_that_runs_is_not_opened_again_for_another_part(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    use(tmp_path, make(tmp_path, "30", 1), clock.now(), clock)
    geography = opened(tmp_path, pack, clock)
    roads, before = geography.roads, seconds(geography)
    releases = Releases(tmp_path / "geo")
    table = tmp_path / "speeds.toml"
    shipped = (Path(importing.__file__).parent / "roads" / "speeds.toml").read_text(encoding="utf-8")
    table.write_text(shipped, encoding="utf-8")
    with_speeds = releases.make(import_speeds_file(table, releases, BUILT.format(2)), BUILT.format(2))
    use(tmp_path, with_speeds, clock.now(), clock)
    assert geography.refresh() and geography.roads is not roads and seconds(geography) == before
    roads = geography.roads
    use(tmp_path, with_speeds, clock.now() + 1, clock)
    assert not geography.refresh() and geography.roads is roads
    table.write_text("nothing", encoding="utf-8")
    with pytest.raises(RoadsError):
        import_speeds_file(table, releases, BUILT.format(3))
    geography.close()


def test_a_map_in_the_folder_of_a_room_counts_until_a_release_has_one(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    save_graph(a_grid(3, 500.0, 190_000.0, 362_000.0), tmp_path / "roads.npz")
    geography = opened(tmp_path, pack, clock)
    assert geography.now.roads == "own" and geography.now.release == "" and geography.roads is not None
    release = make(tmp_path, "30")
    use(tmp_path, release, clock.now(), clock)
    part = release.part("roads")
    assert part is not None
    assert geography.refresh() and geography.now.roads == part.sha256 and seconds(geography) > 0
    geography.close()
    commands = Geography(pack, RD, tmp_path, clock)
    assert commands.roads is None and commands.now.release == release.hash, "no roads are waited for"
    commands.close()


def test_an_import_broken_off_goes_on_with_its_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases, source = Releases(tmp_path / "geo"), a_map(tmp_path)

    def broken(graph: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(importing, "node_order", broken)
        with pytest.raises(OSError, match="no space"):
            import_roads_file(source, releases, RD, BUILT.format(1))
    assert not list(releases.parts.iterdir()), "nothing that could be taken for a part"
    told: list[str] = []
    done = import_roads_file(source, releases, RD, BUILT.format(1), lambda step, number: told.append(step))
    assert done.taken_up and told == ["order of the junctions"]
    assert [path.suffix for path in releases.workshop.iterdir()] == [".lock"]
    graph, order = load_graph(releases.path(done.part))
    assert graph.nodes == 2 and order is not None
    again = import_roads_file(source, releases, RD, BUILT.format(2))
    assert not again.taken_up and again.part.sha256 == done.part.sha256, "the same file gives the same part"
    with releases.alone("roads"), pytest.raises(ReleaseError, match="at work"):
        import_roads_file(source, releases, RD, BUILT.format(3))


def test_the_commands_bring_roads_and_say_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    relations = [
        ([("w", 100, "from"), ("w", 101, "via"), ("w", 100, "to")], {"type": "restriction", "restriction": "no_u_turn"})
    ]
    ways = [([1, 2, 3], {"highway": "primary"}), ([3, 4, 99], {"highway": "primary"})]
    source = write(tmp_path / "a.osm.pbf", ways, relations)
    report, bundle = tmp_path / "report.csv", tmp_path / "bundle.zip"
    brought = ["geo", "import", "roads", str(source), "--data", str(here), "--report", str(report), "--json"]
    assert main(brought) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["rows"], found["refused"], found["junctions"]) == ("roads", 2, 2, 3)
    lines = report.read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[1:3] for line in lines] == [["500", "relation"], ["101", "way"]]
    assert main(["geo", "export", found["release"][:8], str(bundle), "--data", str(here)]) == 0
    at = ["--at", "2099-01-01T00:00:00+01:00"]
    assert main(["geo", "receive", str(bundle), "--data", str(there), *at]) == 0
    capsys.readouterr()
    assert main(["geo", "releases", "--data", str(there), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["releases"]
    assert row["release"] == found["release"] and row["from"] == "2098-12-31T23:00:00.000Z" and not row["in_force"]
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(source.read_bytes()[:100])
    assert main(["geo", "import", "roads", str(broken), "--data", str(here)]) == 2
    assert main(["geo", "import", "roads", str(tmp_path / "absent"), "--data", str(here)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert [r.hash for r in Releases(here / "geo").all()] == [found["release"]]
