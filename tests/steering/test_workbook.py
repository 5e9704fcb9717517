"""The plan as a workbook: read back as another program reads it, cell by cell."""

from __future__ import annotations

import datetime
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from meldkamer.cli import main
from meldkamer.pack import load_pack
from meldkamer.steering import (
    Demand,
    Item,
    Plan,
    RecordFacts,
    load_plan,
    load_scenario,
    proof_report,
    risk_board,
    run,
    scenario_files,
    workbook,
    write_judgement,
)

DAY = datetime.date(2026, 1, 5)
NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
Rows = list[list[str | float | None]]


def read(data: bytes) -> dict[str, Rows]:
    """Sheet -> rows of values; asserts that no cell holds a formula and nothing points outside."""
    with zipfile.ZipFile(BytesIO(data)) as book:
        parts = {name: book.read(name) for name in book.namelist() if name.endswith(("xml", "rels"))}
    xml = {name: ElementTree.fromstring(part) for name, part in parts.items()}  # noqa: S314 - our own
    texts = ["".join(t.text or "" for t in si.iter(f"{{{NS['m']}}}t")) for si in xml["xl/sharedStrings.xml"]]
    target = {r.get("Id"): r.get("Target") for r in xml["xl/_rels/workbook.xml.rels"]}
    assert not any(r.get("TargetMode") for name, root in xml.items() if name.endswith("rels") for r in root)
    found: dict[str, Rows] = {}
    for sheet in xml["xl/workbook.xml"].iterfind("m:sheets/m:sheet", NS):
        rows = found[str(sheet.get("name"))] = []
        for row in xml[f"xl/{target[sheet.get(REL)]}"].iterfind("m:sheetData/m:row", NS):
            values: list[str | float | None] = []
            for cell in row:
                assert cell.find("m:f", NS) is None
                at = (
                    sum((ord(c) - 64) * 26**n for n, c in enumerate(reversed(str(cell.get("r")).rstrip("0123456789"))))
                    - 1
                )
                values += [None] * (at - len(values))
                value = cell.find("m:v", NS)
                text = None if value is None or value.text is None else value.text
                values.append(None if text is None else texts[int(text)] if cell.get("t") == "s" else float(text))
            rows.append(values)
    return found


def whole(plan: Plan, language: str = "nl") -> dict[str, Rows]:
    outcomes = [run(plan, load_scenario(file, plan)) for file in scenario_files(plan)[:2]]
    proof = proof_report(plan, load_pack(), RecordFacts(), 0)
    board = risk_board(plan, DAY)
    return read(workbook(plan, language, DAY, outcomes=outcomes, board=board, proof=proof))  # type: ignore[arg-type]


def test_money_stands_as_adopted_and_says_so(plan: Plan) -> None:
    found = whole(plan)
    budget = found["Begroting"]
    assert "Vastgesteld" in str(budget[0][0]) and budget[1][3:] == [str(year) for year in plan.budget.years]
    assert [row[3:] for row in budget[2:]] == [[float(a) for a in row.amounts] for row in plan.budget.rows]
    assert [row[3:] for row in found["Rekening-courant"][2:]] == [
        list(map(float, r.amounts)) for r in plan.account.rows
    ]
    assert len(found["Verbanden"]) == 2 + 80 and sum(bool(row[5]) for row in found["Verbanden"][2:]) == 25
    assert [row[3] for row in found["Lijsten"][2:]].count("onbekend") > 5


def test_lines_demands_risks_and_measures_are_whole(plan: Plan) -> None:
    found = whole(plan, "en")
    assert [row[0] for row in found["Lines"][2:]] == [item.id for item in plan.of(Item)]
    assert [row[0] for row in found["Demands"][2:]] == [demand.id for demand in plan.of(Demand)]
    assert {row[6] for row in found["Demands"][2:]} == {"no"} and "recorded is not met" in str(found["Demands"][0][0])
    risks = found["Risks"]
    seen = risks[1].index("Times seen (measured)")
    assert {row[seen] for row in risks[2:]} == {"not checked"}, "nobody looked"
    assert {row[4] for row in risks[2:]} == {"not yet"} and str(risks[1][4]).endswith("(judged)")
    measures = found["Measures"]
    assert len(measures) == 2 + 144 and measures[2][3] == "Privacy, security and durable accessibility"
    assert set(measures[1][4:7]) == {"Value (measured)", "Share (measured)", "Days old (measured)"}


def test_a_judgement_stands_in_its_own_column(folder: Path) -> None:
    write_judgement(
        folder,
        risk="R-overname",
        party="POL",
        by="rol-politie",
        date=DAY,
        holds=True,
        likelihood=2,
        impact=4,
        reason="",
    )
    risks = whole(load_plan(folder))["Risico's"]
    row = next(row for row in risks if row[0] == "R-overname")
    assert row[risks[1].index("POL (gewogen)")] == "2 x 4 = 8" and row[risks[1].index("Netwerk (gewogen)")] == 8


def test_a_text_that_looks_like_a_formula_or_a_link_stays_a_text(folder: Path) -> None:
    file = folder / "roadmap" / "1-continuiteit.toml"
    text = file.read_text()
    name = next(line for line in text.split("\n") if line.startswith("name = "))
    file.write_text(text.replace(name, 'name = "=HYPERLINK(\\"http://x\\")"', 1))
    found = read(workbook(load_plan(folder), "nl", DAY))
    assert '=HYPERLINK("http://x")' in {row[2] for row in found["Lijnen"][2:]}, "the name of the line"


def test_names_of_sheets_are_those_that_the_format_allows(folder: Path) -> None:
    scenario = folder / "scenarios" / "onzekerheid.toml"
    text = scenario.read_text()
    name = next(line for line in text.split("\n") if line.startswith("name = "))
    scenario.write_text(text.replace(name, 'name = "Wat [als]: het/alles * erg lang is en nog veel langer?"', 1))
    plan = load_plan(folder)
    outcome = run(plan, load_scenario(scenario, plan))
    found = read(workbook(plan, "nl", DAY, outcomes=[outcome, outcome]))
    named = [name for name in found if name.startswith("Wat")]
    assert len(named) == 2 and all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in named)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.xlsx"
    assert main(["plan", "workbook", "--out", str(out), "--scenario", "nms-herstart", "--language", "en"]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert "NMS restarts" in read(out.read_bytes())
    assert main(["plan", "workbook", "--out", str(tmp_path / "no" / "x.xlsx")]) == 1
    assert "Traceback" not in capsys.readouterr().err
