"""`propose` and `runcards` on the fresh clone: answers, exit codes, and sentences instead of stack traces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.geo.roads.graph import save_graph
from tests.geo.roads.maps import a_grid

ROTTERDAM = "51.92,4.48"


def run(capsys: pytest.CaptureFixture[str], *call: str) -> tuple[int, str, str]:
    code = main(list(call))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_fresh_clone_proposes_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "propose", "--at", ROTTERDAM, "--class", "brgb01", "--level", "middel", "--json")
    answer = json.loads(out)
    fire = next(a for a in answer["advice"] if a["proposal"]["discipline"] == "B")
    assert code == 0 and answer["room"] == "RT" and "TS" in fire["needs"] and fire["level"] == "middel"
    for filled in fire["proposal"]["filled"]:
        going = filled["going"]
        assert going["call_sign"] and going["seconds"] > 0 and going["source"] == "straight line" and going["reasons"]
    assert fire["proposal"]["rejected"] and not fire["proposal"]["shortfall"]
    code, out, _ = run(capsys, "propose", "--at", ROTTERDAM, "--class", "gzra")
    assert code == 0 and "A A0: AMB + Eerste" in out


def test_at_the_border_the_neighbour_goes_when_it_is_faster(capsys: pytest.CaptureFixture[str]) -> None:
    for at, room, neighbour in (("52.02,4.52", "RT", "DH"), ("51.9,4.7", "DH", "RT")):
        answer = json.loads(run(capsys, "propose", "--at", at, "--class", "gzoz", "--json")[1])
        going = answer["advice"][0]["proposal"]["filled"][0]["going"]
        assert answer["room"] == room and going["owner"] == neighbour and going["consent"] == "agreed"
        assert {"agreed"} <= {reason["code"] for reason in going["reasons"]}


def test_with_roads_the_time_is_by_road(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    save_graph(a_grid(40, 500.0, 82_000.0, 428_000.0), tmp_path / "r.npz")
    call = ("propose", "--at", ROTTERDAM, "--class", "brgb01", "--discipline", "B", "--json")
    straight = json.loads(run(capsys, *call)[1])["advice"][0]["proposal"]["filled"][0]["going"]
    by_road = json.loads(run(capsys, *call, "--roads", str(tmp_path / "r.npz"))[1])["advice"][0]["proposal"]["filled"]
    assert straight["source"] == "straight line" and by_road[0]["going"]["source"] == "road"
    (tmp_path / "d" / "geo").mkdir(parents=True)
    (tmp_path / "r.npz").rename(tmp_path / "d" / "roads.npz")
    of_room = json.loads(run(capsys, *call, "--data", str(tmp_path / "d"))[1])["advice"][0]["proposal"]["filled"]
    assert of_room[0]["going"] == by_road[0]["going"], "by the geography of a room, which has no record yet"
    (tmp_path / "d" / "geo" / "use.json").write_text("[", encoding="utf-8")
    assert "cannot be read" in run(capsys, *call, "--data", str(tmp_path / "d"))[2]


def test_what_if_tries_another_day_place_set_and_characteristic(capsys: pytest.CaptureFixture[str]) -> None:
    call = ("runcards", "what-if", "--at", "52.6,6.0", "--class", "brgb01", "--discipline", "B", "--json")
    assert json.loads(run(capsys, *call)[1])["advice"][0]["needs"] == "TS-6"
    more = (*call, "--object-type", "Gestapelde woning", "--risk", "Rieten dak", "--date", "2030-01-01")
    needs = json.loads(run(capsys, *more)[1])["advice"][0]["needs"]
    assert "RV" in needs and "2 TS-6" in needs
    flat = (*call, "--characteristic", "Soort woning=Flat")
    assert json.loads(run(capsys, *flat)[1])["advice"][0]["needs"] == "TS-6 + RV"


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        (("propose", "--at", "north", "--class", "gzra"), 2, "give latitude and longitude"),
        (("propose", "--at", ROTTERDAM, "--class", "xyz"), 2, "no such class"),
        (("propose", "--at", ROTTERDAM, "--class", "brgb01", "--level", "enorm"), 2, "groot, middel, zeer groot"),
        (("propose", "--at", ROTTERDAM, "--class", "brgb01", "--discipline", "Q"), 2, "is not a discipline"),
        (("propose", "--at", ROTTERDAM, "--class", "brgb01", "--room", "QQ"), 2, "no such room"),
        (("propose", "--at", ROTTERDAM, "--class", "brgb01", "--risk", "Draken"), 2, "one of Werken op hoogte"),
        (("propose", "--at", "54.5,3.0", "--class", "brgb01"), 1, "not in the area"),
        (("propose", "--at", ROTTERDAM, "--class", "brgb01", "--roads", "absent.npz"), 1, "no such file"),
        (("runcards", "check", "absent"), 1, "is not a folder"),
    ],
)
def test_a_wrong_call_is_answered_with_a_sentence(
    capsys: pytest.CaptureFixture[str], call: tuple[str, ...], code: int, said: str
) -> None:
    found, _, err = run(capsys, *call)
    assert found == code and said in err and "Traceback" not in err


def test_the_shipped_cards_pass_the_linter(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "runcards", "check", "--json")
    answer = json.loads(out)
    assert code == 0 and answer["ok"] and {f["severity"] for f in answer["findings"]} <= {"warning"}
