"""The file that says which window shows what: what it means, what is wrong with it, and who is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from meldkamer.desk.workplaces import FILE, LARGEST, MOST, Workplaces

from .conftest import TestRoom

GOOD = """
[[workplace]]
name = "wand"
room = "RT"
seats = "wand-?"

[[workplace]]
name = "brand"
seats = "RT-B*"

[[window]]
workplace = "wand"
name = "bord"
screen = "wallboard"

[[window]]
workplace = "brand"
name = "inzet"
screen = "operator"

[[window]]
workplace = "brand"
name = "kaart"
screen = "map"
display = 2
part = "left"
loose = true
"""


def written(folder: Path, text: str) -> Workplaces:
    (folder / FILE).write_text(text, encoding="utf-8")
    return Workplaces(folder, ["RT", "LB"])


def names(places: Workplaces, room: str, seat: str, coordinates: bool = False) -> list[str]:
    return [window.name for window in places.of(room, seat, coordinates).windows]


def test_the_first_layout_that_fits_a_seat_counts(tmp_path: Path) -> None:
    places = written(tmp_path, GOOD)
    assert places.problem == ""
    assert names(places, "RT", "WAND-1") == ["bord"]
    assert names(places, "LB", "rt-b4") == ["inzet", "kaart"]
    for room, seat in (("LB", "wand-1"), ("RT", "wand-12"), ("RT", ""), ("RT", "LB-B1")):
        assert names(places, room, seat) == ["operator", "map", "comms"], (room, seat)
    assert names(places, "RT", "", coordinates=True) == ["caco", "map", "comms"]
    kaart = places.of("RT", "RT-B1", False).windows[1]
    assert (kaart.screen, kaart.display, kaart.part, kaart.loose) == ("map", 2, "left", True)


def test_without_a_file_a_desk_has_its_windows(tmp_path: Path) -> None:
    places = Workplaces(tmp_path, ["RT"])
    view = places.of("RT", "RT-B1", False)
    assert (places.problem, view.name, [w.display for w in view.windows]) == ("", "", [1, 2, 3])


ONE = '[[workplace]]\nname = "a"\n[[window]]\nworkplace = "a"\nname = "x"\nscreen = "map"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE.replace('"map"', '"radio"'), "workplaces.toml, row 6, column screen: Invalid enum value 'radio'"),
        (ONE + 'part = "half"\n', "row 7, column part: Invalid enum value 'half'"),
        (ONE + "display = 0\n", "row 7, column display: Expected `int` >= 1"),
        (ONE + 'colour = "red"\n', "row 7, column colour: Object contains unknown field `colour`"),
        (ONE.replace('screen = "map"\n', ""), "row 3, column screen: Object missing required field `screen`"),
        (
            ONE.replace('workplace = "a"', 'workplace = "b"'),
            "row 4, column workplace: 'b' is no workplace of this file",
        ),
        (ONE + ONE[ONE.index("[[window]]") :], "row 9, column name: 'x' is there twice in 'a'"),
        ('[[workplace]]\nname = "a"\n', "row 1: 'a' has no window"),
        ('[[workplace]]\nname = "a"\nroom = "ZZ"\n' + ONE[ONE.index("[[window]]") :], "row 3, column room: 'ZZ' is no"),
        (ONE + '[[workplace]]\nname = "b"\nseats = "*"\n', "row 9, column seats: never counts: 'a' is for the same"),
        (ONE + ONE[: ONE.index("[[window]]")], "row 8, column name: 'a' is there twice"),
        (ONE + 'name = "Groot"\n', "row 7: cannot be read as TOML"),
        (ONE.replace('"x"', '"Een naam"'), "row 5, column name: Expected `str` matching regex"),
        ("[[windows]]\n" + ONE, "column windows: is not known here"),
        ("workplace = 1\n", "must be written as [[workplace]]"),
        ("[[workplace", "cannot be read as TOML"),
        ("#" * (LARGEST + 1), "workplaces.toml: is larger than 64 kB"),
        (
            '[[workplace]]\nname = "a"\n'
            + "".join(f'[[window]]\nworkplace = "a"\nname = "x{n}"\nscreen = "map"\n' for n in range(MOST + 1)),
            f"row 1: 'a' has {MOST + 1} windows, at most {MOST}",
        ),
    ],
)
def test_a_mistake_is_told_by_line_and_field_and_nothing_of_the_file_counts(
    tmp_path: Path, text: str, said: str
) -> None:
    places = written(tmp_path, text)
    assert said in places.problem
    assert names(places, "RT", "x") == ["operator", "map", "comms"]


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    assert "not UTF-8 text" in Workplaces(tmp_path, ["RT"]).problem


def test_a_file_that_changes_counts_at_once_and_a_bad_one_leaves_the_last_good_one(tmp_path: Path) -> None:
    places = written(tmp_path, GOOD)
    (tmp_path / FILE).write_text(GOOD.replace('"inzet"', '"uitgifte"'))
    later(tmp_path, 1)
    places.look()
    assert names(places, "RT", "RT-B1") == ["uitgifte", "kaart"]
    (tmp_path / FILE).write_text("[[workplace")
    later(tmp_path, 2)
    places.look()
    assert "cannot be read as TOML" in places.problem
    assert names(places, "RT", "RT-B1") == ["uitgifte", "kaart"]
    (tmp_path / FILE).unlink()
    places.look()
    assert (places.problem, names(places, "RT", "RT-B1")) == ("", ["operator", "map", "comms"])


def later(folder: Path, seconds: int) -> None:
    """The file is of another moment, also where the disk counts them coarsely."""
    found = (folder / FILE).stat()
    os.utime(folder / FILE, ns=(found.st_atime_ns, found.st_mtime_ns + seconds * 10**9))


async def test_whoever_sits_there_is_told_the_windows_of_that_seat(app_room: TestRoom, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD)
    desk = await app_room.signed_in("bram", "RT-B3")
    answer = (await desk.get("/api/workplace")).json()
    assert answer["name"] == "brand"
    assert answer["windows"][1] == {"name": "kaart", "screen": "map", "display": 2, "part": "left", "loose": True}
    caco = (await (await app_room.signed_in("caco")).get("/api/workplace")).json()
    assert (caco["name"], caco["windows"][0]["screen"]) == ("", "caco")
    assert (await app_room.client().get("/api/workplace")).status_code == 401
    for machine in ("waker", "keten", "centrale"):
        refused = await app_room.client(machine).get("/api/workplace")
        assert (refused.status_code, refused.json()["params"]) == (403, {"right": "read"})
