"""The command as a manager types it: files, JSON, beside a running room, and never a stack trace."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import pytest

from meldkamer.cli import main
from meldkamer.record import Damaged, Record

from .conftest import Day, a_reader, live_through


@pytest.fixture
async def folder(day: Day, tmp_path: Path) -> Path:
    """A data folder whose record is still open for writing."""
    await live_through(day)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[str, str]:
    assert main(["report", *map(str, words)]) == code
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return found.out, found.err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """The command in a thread of its own, as it starts a loop of its own."""
    import asyncio

    return lambda *words, code=0: asyncio.to_thread(said, capsys, *words, code=code)


async def test_json_holds_everything(folder: Path, run) -> None:
    out, _ = await run(folder, "--json")
    report = json.loads(out)
    answers = report["blocks"][0]
    assert (answers["measure"], answers["all"]["measured"], answers["all"]["p90"]["value"]) == ("answer_112", 4, 30.0)
    assert answers["by"]["room"][9]["p50"] is None
    assert len(answers["quality"]["rooms"]) == 10


async def test_a_period_and_text_in_both_languages(folder: Path, run) -> None:
    until = "2026-01-01T09:05"
    dutch, _ = await run(folder, "--until", until)
    english, _ = await run(folder, "--from", "2026-01-01", "--until", until, "--language", "en")
    assert "niet te meten" in dutch and "4,0 s" in dutch
    assert "could not measure" in english and "4.0 s" in english


async def test_the_page_opens_alone(folder: Path, run, tmp_path: Path) -> None:
    for language, word in (("nl", "niet te meten"), ("en", "could not measure")):
        file = tmp_path / f"{language}.html"
        _, err = await run(folder, "--html", file, "--language", language)
        page = file.read_text(encoding="utf-8")
        assert str(file) in err and word in page and f'<html lang="{language}">' in page
        assert "default-src 'none'" in page and "<script" not in page
        links = set(re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?([^"')> ]+)""", page))
        assert not links and not re.search(r"@import", page)
        assert set(re.findall(r"https?://[^\"' <]+", page)) <= {"http://www.w3.org/2000/svg"}
        drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
        assert len(drawings) >= 6
        for drawing in drawings:
            root = ElementTree.fromstring(drawing)  # noqa: S314 - our own
            assert root.get("role") == "img" and root[0].text and root[1].text


async def test_the_table_has_no_empty_time(folder: Path, run, tmp_path: Path) -> None:
    await run(folder, "--csv", tmp_path / "week.csv")
    with (tmp_path / "week.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row[p] for row in rows for p in ("p50", "p50_low", "p90_high", "p95"))
    assert all(row["p50"] == "not_measured" for row in rows if row["measured"] == "0")
    assert {row["verdict"] for row in rows if row["norm"]} <= {
        "meets", "misses", "undecided", "no_target", "not_measured",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("--from", "yesterday"), "--from"),
        (("--from", "2026-01-02", "--until", "2026-01-01"), "before --until"),
        (("--zone", "Europe/Atlantis"), "Atlantis"),
        (("--week", "2026-W60"), "2025-W47"),
        (("--week", "last", "--from", "2026-01-01"), "instead"),
    ],
)
async def test_a_wrong_call_is_2(folder: Path, run, words: tuple[str, ...], about: str) -> None:
    _, err = await run(folder, *words, code=2)
    assert about in err


async def test_no_record_there_is_1(tmp_path: Path, run) -> None:
    _, err = await run(tmp_path / "nothing", code=1)
    assert "nothing" in err
    out, _ = await run(tmp_path / "nothing", "--json", code=1)
    assert json.loads(out)["ok"] is False


class Torn:
    """A record with one place that cannot be read."""

    def __init__(self, day: Day, seq: int) -> None:
        self.record, self.seq = day.record, seq

    async def regions(self) -> list[str]:
        return await self.record.regions()

    async def tail(self, region: str) -> int:
        return await self.record.tail(region)

    async def replay(self, region: str, after: int = 0, until: int | None = None):
        async for entry in self.record.replay(region, after, until):
            if region == "RT" and entry.seq == self.seq:
                raise Damaged(region, entry.seq, "its content does not fit its hash")
            yield entry


async def test_a_damaged_place_is_passed_and_named_once(day: Day) -> None:
    await live_through(day)
    whole = await day.book()
    torn = a_reader()
    for _ in range(2):
        await torn.catch_up(cast(Record, Torn(day, 9)), lambda line: None, lambda: 0.0)
    book = torn.book()
    assert whole.gaps == () and len(book.gaps) == 1 and "RT sequence 9" in book.gaps[0]
    assert book.entries == whole.entries - 1


async def test_progress_is_told_once_it_takes_long(day: Day) -> None:
    await live_through(day)
    told: list[str] = []
    passed = iter(range(100_000))
    await a_reader().catch_up(day.record, told.append, lambda: float(next(passed)))
    assert told and re.fullmatch(r"events read: \d+ of \d+", told[0])
    quiet: list[str] = []
    await a_reader().catch_up(day.record, quiet.append, lambda: 1.0)
    assert quiet == []


async def test_a_week_is_named_for_a_timer(folder: Path, run) -> None:
    out, _ = await run(folder, "--week", "2026-W01", "--json")
    period = json.loads(out)["period"]
    # Monday 29 December 2025 until Monday 5 January 2026, midnight in the Netherlands.
    assert (period["since"], period["until"]) == (1_766_962_800_000, 1_767_567_600_000)
    last, _ = await run(folder, "--week", "last", "--json")
    assert json.loads(last)["period"]["until"] - json.loads(last)["period"]["since"] >= 6 * 86_400_000


async def test_parquet_holds_the_same_as_the_table(folder: Path, run, tmp_path: Path) -> None:
    from arro3.io import read_parquet

    await run(folder, "--csv", tmp_path / "week.csv")
    await run(folder, "--parquet", tmp_path / "week.parquet")
    with (tmp_path / "week.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = read_parquet(tmp_path / "week.parquet").read_all()
    assert table.column_names == list(rows[0])
    found = {name: table.column(name).to_pylist() for name in table.column_names}
    for name in ("measure", "discipline", "grouping", "group", "norm", "verdict"):
        assert found[name] == [row[name] for row in rows]
    assert found["measured"] == [int(row["measured"]) for row in rows]
    absent = {"", "not_measured", "unbounded"}
    for name in ("p50", "p90_low", "p95_high", "target", "share"):
        assert found[name] == [None if row[name] in absent else float(row[name]) for row in rows]
