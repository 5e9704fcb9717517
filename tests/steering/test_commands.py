"""The commands as a planner types them: exit codes, JSON, and never a stack trace."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from meldkamer.cli import main
from meldkamer.steering import RepositoryError, init_plan, load_plan, shipped_plan

HERE = Path(__file__).parent


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    assert main(["plan", *words]) == code
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return found.out, found.err


def test_reconcile_gives_exactly_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "money", "--reconcile", "--json")
    with (HERE / "reconciliation.csv").open(newline="") as file:
        expected = list(csv.DictReader(file))
    assert [{key: str(value) for key, value in row.items()} for row in json.loads(out)] == expected


def test_money_shows_printed_and_computed(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "money")
    assert "207.979 [207.981]" in out and "114.344 [114.345]" in out and "106.134" in out
    assert "25 of 80 relations differ" in out and "6.587" in out and "NAVO-top" in out
    data = json.loads(said(capsys, "money", "--json")[0])
    assert data["sensitivities"]["closing_last"] == 106_135
    assert len(data["differences"]) == 25 and len(data["lists"]) == 23
    assert data["other_users"][0] == {"year": 2025, "recovered": 8807, "known_shares": 0, "complete": False}


def test_a_scenario_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "money", "--scenario", "nms-herstart")
    assert "unknown" in out and "from 2027: 35.378" in out
    answer = json.loads(said(capsys, "money", "--scenario", "nms-herstart", "--json")[0])
    assert (answer["scenario"], answer["gaps"][0]["unknown"]) == ("nms-herstart.toml", ["years", "amount"])
    all_of_them = json.loads(said(capsys, "money", "--scenario", "all", "--json")[0])
    assert len(all_of_them) == 16


def test_tables_and_charts_are_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said(capsys, "money", "--scenario", "all", "--csv", str(tmp_path / "t"), "--svg", str(tmp_path / "c"), "--dutch")
    assert len(list((tmp_path / "t").glob("*.csv"))) == 3 + 16
    drawings = sorted((tmp_path / "c").glob("*.svg"))
    assert len(drawings) == 1 + 16
    for drawing in drawings:
        root = ElementTree.parse(drawing).getroot()  # noqa: S314 - our own
        title, description = root[0], root[1]
        assert title.text and description.text and "2029" in description.text
        assert root.get("role") == "img"
    said(capsys, "money", "--svg", str(tmp_path / "en"), "--language", "en")
    assert "million euro" in (tmp_path / "en" / "budget.svg").read_text()


def test_init_makes_a_repository_that_checks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    out, _ = said(capsys, "init", str(folder))
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert commit[:12] in out
    status = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True)
    assert status.stdout == ""
    out, _ = said(capsys, "check", str(folder), "--json")
    assert json.loads(out) | {"records": {}} == {
        "ok": True,
        "name": "Beheer- en bestedingsplan meldkamers 2025-2029",
        "version": "2025.1",
        "records": {},
        "demands_recorded": 38,
        "demands_taken_up": 36,
        "demands_met": 0,
        "items_without_dates": 70,
        "items_without_capacity": 72,
        "unserved": [],
    }
    assert "is not an empty folder" in said(capsys, "init", str(folder), code=1)[1]


def test_a_repository_is_made_inside_another_and_under_a_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git tells its children which repository it works in; ours must not end up there."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    commit = init_plan(tmp_path / "plan", shipped_plan())
    assert (tmp_path / "plan" / ".git").is_dir() and len(commit) == 40


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git is not installed"):
        init_plan(tmp_path / "plan", shipped_plan())
    assert not (tmp_path / "plan").exists()


def test_check_reads_scenarios_too(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    file = folder / "scenarios" / "nis2.toml"
    file.write_text(file.read_text().replace('funding = "drawdown"', 'funding = "pot"'))
    out, err = said(capsys, "check", str(folder), "--json", code=1)
    (fault,) = json.loads(out)["faults"]
    assert (fault["file"], fault["field"]) == ("nis2.toml", "funding")
    assert f"nis2.toml, line {fault['line']}, field funding: 'pot' is not one of" in err


def test_the_present_folder_is_the_plan_when_it_holds_one(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = folder / "plan.toml"
    manifest.write_text(manifest.read_text().replace('"2025.1"', '"2025.2"'))
    monkeypatch.chdir(folder)
    assert json.loads(said(capsys, "check", "--json")[0])["version"] == "2025.2"


def test_what_is_not_there_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, err = said(capsys, "check", str(tmp_path / "no"), "--json", code=1)
    assert json.loads(out)["faults"][0]["message"] == "is not a folder" and err
    assert "there are aanwending-later" in said(capsys, "money", "--scenario", "nis3", code=1)[1]
    assert "no.csv" in said(capsys, "money", "--realisation", str(tmp_path / "no.csv"), code=1)[1]
    (tmp_path / "file").write_text("")
    assert said(capsys, "money", "--svg", str(tmp_path / "file"), code=1)[1]


def test_a_year_further_is_a_draft_that_is_not_yet_a_table(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    out, _ = said(capsys, "roll", str(folder))
    drafts = [Path(line) for line in out.splitlines()]
    assert [draft.name for draft in drafts] == ["2026-2030.csv", "2025-2030.csv"]
    load_plan(folder)  # the adopted tables stand as they were
    manifest = folder / "plan.toml"
    text = manifest.read_text().replace("begroting/2025-2029.csv", "begroting/2026-2030.csv")
    manifest.write_text(text.replace("first_year = 2025", "first_year = 2026"))
    out, _ = said(capsys, "check", str(folder), "--json", code=1)
    unknown = [fault for fault in json.loads(out)["faults"] if "still unknown" in fault["message"]]
    assert len(unknown) == 13 and {fault["field"] for fault in unknown} == {"2030"}


def test_a_draft_is_never_written_over(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    said(capsys, "roll", str(folder))
    assert "2026-2030.csv is there already" in said(capsys, "roll", str(folder), code=1)[1]


LEDGER = "line;year;month;amount;kind;source\nvz1;2025;1;1.000.000,10;cost;F-1\nvz1;2025;3;2.500.000,40;cost;F-2\n"
LEDGER += "vz1;2025;3;-499.999,50;correction;F-3\n"


def test_what_was_spent_stands_beside_the_budget(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text(LEDGER)
    (row,) = json.loads(said(capsys, "money", "--realisation", str(file), "--json")[0])
    assert row == {
        "line": "vz1",
        "name": "Voorziening 1 Spoedvraag",
        "year": 2025,
        "budget": 34_028,
        "realised_cents": 300_000_100,
        "realised": 3_000,
        "left": 31_028,
        "through_month": 3,
        "year_end": 12_000,
    }
    assert "34.028" in said(capsys, "money", "--realisation", str(file))[0]


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("vz1;2025;1", "vz9;2025;1", "line", "is not a cost line"),
        ("vz1;2025;1", "vz1;2024;1", "year", "is not a year of the budget"),
        ("vz1;2025;1", "vz1;2025;13", "month", "is not a month"),
        ("1.000.000,10", "1000000.10", "amount", "is not a number"),
        ("1.000.000,10", "1,001", "amount", "is not a whole number of cents"),
        ("1.000.000,10", "-1,00", "amount", "must not be negative"),
        ("correction", "korting", "kind", "is not one of cost, correction"),
        ("F-1", "", "source", "every figure has a source"),
        (";source", ";bron", "source", "this column is missing"),
    ],
)
def test_a_ledger_that_is_wrong_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, field: str, says: str
) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text(LEDGER.replace(old, new, 1))
    out, _ = said(capsys, "money", "--realisation", str(file), "--json", code=1)
    faults = json.loads(out)["faults"]
    assert [f for f in faults if f["field"] == field and says in f["message"] and f["line"]], faults
