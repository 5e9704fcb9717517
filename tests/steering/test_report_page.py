"""The plan's report as a page: whole in both languages, three kinds of fact apart, and no request to anybody."""

from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.steering import adopt, init_plan, load_plan, risk_board, shipped_plan, write_judgement
from meldkamer.steering.report_page import Contents, as_html
from meldkamer.steering.report_words import _WORDS, Language
from meldkamer.steering.repository import git

DAY = datetime.date(2026, 1, 5)


class Reader(HTMLParser):
    """Fails on a tag that is closed in the wrong order; keeps what is asked of others."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.asks += [f"{tag} {value}" for name, value in attrs if name in ("src", "href") and value]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def contents() -> Contents:
    plan = load_plan()
    return Contents(
        plan=plan,
        date=DAY,
        board=risk_board(plan, DAY),
        outcomes=[],
        adoptions=[],
        since=None,
        continuity=None,
        proof=None,
    )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_is_whole_and_asks_nothing(language: Language) -> None:
    page = as_html(contents(), language, ["budget.csv"])
    reader = Reader()
    reader.feed(page)
    assert reader.open == [] and reader.asks == ["a budget.csv"]
    assert "<script" not in page and "url(" not in page and "@import" not in page
    assert f'<html lang="{language}">' in page
    assert not re.search(r"\{\w+\}", page.partition("</style>")[2].replace("{}", "")), "a parameter was left open"


def test_what_nobody_looked_at_is_not_checked() -> None:
    page = as_html(contents(), "nl")
    for title in ("Hersteltijd per functie", "Bewijs"):
        after = page.partition(title)[2][:1_500]
        assert "niet gecontroleerd" in after, title
    assert "nog niets vastgesteld" in page and "0 keer" not in page


def test_the_adopted_amounts_stand_as_they_are() -> None:
    page = as_html(contents(), "en")
    for row in load_plan().budget.rows:
        cells = "".join(f"<td>{amount:,}</td>" for amount in row.amounts)
        assert f"{row.name_en}</th>{cells}" in page, row.line


def test_both_languages_have_every_word() -> None:
    assert all(nl and en for nl, en in _WORDS.values())
    holes = {key for key, (nl, en) in _WORDS.items() if set(re.findall(r"{\w+}", nl)) != set(re.findall(r"{\w+}", en))}
    assert holes == set()


def test_the_command_writes_page_and_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "plan", tmp_path / "out"
    init_plan(folder, shipped_plan())
    adopt(folder, "BMB", DAY, "begin")
    said = {"risk": "R-overname", "party": "POL", "by": "rol-politie", "date": DAY}
    write_judgement(folder, **said, holds=True, likelihood=2, impact=4, reason="x")  # type: ignore[arg-type]
    git(folder, "add", "--all")
    git(folder, "commit", "--no-gpg-sign", "--quiet", "--message", "x")
    assert main(["plan", "report", str(folder), "--out", str(out), "--language", "en"]) == 0
    assert capsys.readouterr().out == f"{out / 'index.html'}\n"
    page = (out / "index.html").read_text()
    assert "adopted/0001-2026-01-05-BMB" in page and "POL-1</code></th><td>no reason given" in page
    named = set(re.findall(r'<a href="([^"]+)"', page))
    assert named == {file.name for file in out.glob("*.csv")} and named
    assert page.count("<svg xmlns") == 2 + len(list((folder / "scenarios").glob("*.toml")))


def test_a_plan_that_is_wrong_gives_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.toml").write_text("name = 3")
    assert main(["plan", "report", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "plan.toml" in capsys.readouterr().err and not (tmp_path / "out").exists()
