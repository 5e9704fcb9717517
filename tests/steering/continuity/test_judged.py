"""What people say about continuity: options by what they buy, clocks of the law, plans, and mistakes by name."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from meldkamer.pack import load_pack
from meldkamer.steering import PlanError, RecordFacts, continuity_report, load_plan
from meldkamer.steering.continuity.judged import months_later
from tests.steering.continuity.history import START, History


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def test_options_by_minutes_avoided_per_euro(folder: Path, tmp_path: Path) -> None:
    unknown = 'cost_per_year = "unknown"\navoids = "unknown"'
    before = 'for_functions = ["multi"]\n'
    change(folder, "continuiteit/opties.toml", before + unknown, before + "cost_per_year = 200\navoids = 50")
    h = History()
    h.owned(0, "RT.multi", "RT", "first")
    h.down(60, "RT")
    h.owned(660, "RT.multi", "DH", "declared", "brand")
    found = continuity_report(load_plan(folder), load_pack(), await h.facts(tmp_path / "x"), START + 3_600_000)
    first, *rest = found.options
    assert (first.option, first.minutes_lost_per_year, first.minutes_avoided) == ("OP-derde-caco", 10.0, 5.0)
    assert first.per_thousand == 5 / 200
    assert all(row.per_thousand is None for row in rest), "unknown stays unknown and stands last"


CLOCKS = """
[[notifiable]]
id = "MELD-1"
name = "Inbraak"
name_en = "Intrusion"
serves = ["M150"]
accountable = "rol-psd"
known = 2025-02-28T00:00:00Z
clocks = ["KL-24u", "KL-72u", "KL-maand", "KL-avg"]

[[notification]]
id = "MELD-1-24"
notifiable = "MELD-1"
clock = "KL-24u"
at = 2025-02-28T12:00:00+01:00
by = "rol-psd"

[[notification]]
id = "MELD-1-avg"
notifiable = "MELD-1"
clock = "KL-avg"
at = 2025-03-04T00:00:00Z
by = "rol-psd"
"""


def test_the_clocks_of_the_law_run_by_themselves(folder: Path) -> None:
    (folder / "continuiteit/meldingen.toml").write_text(CLOCKS)
    plan, pack = load_plan(folder), load_pack()

    def rows(days: float):
        found = continuity_report(plan, pack, RecordFacts(), START + round(days * 86_400_000))
        return {row.clock: row for row in found.clocks}

    early = rows(0)
    assert {c: r.state for c, r in early.items()} == {
        "KL-24u": "done",
        "KL-72u": "running",
        "KL-maand": "running",
        "KL-avg": "late",
    }
    assert early["KL-72u"].left_hours == 48.0 and not early["KL-72u"].confirmed
    assert early["KL-maand"].due == datetime.datetime(2025, 3, 28, tzinfo=datetime.UTC)
    late = rows(3)
    assert (late["KL-72u"].state, late["KL-maand"].state) == ("overdue", "running")


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "says"),
    [
        ("bia.toml", 'needs = ["B-netwerk"]', 'needs = ["B-record"]', "needs", "goes round: B-record -> B-record"),
        ("bia.toml", 'service = "NETWERK"\n', "", "function", "names a function or a service"),
        ("bia.toml", 'service = "NETWERK"', 'service = "RADIO"', "service", "'RADIO' is not the id of a service"),
        ("bia.toml", "recover_seconds = 15", "recover_seconds = -1", "recover_seconds", "must not be negative"),
        ("bia.toml", 'service = "NETWERK"', 'service = "NETWERK"\nafter = [5, 1]\nweight = [1, 2]', "after", "goes up"),
        ("bia.toml", 'service = "NETWERK"', 'service = "NETWERK"\nafter = [5]\nweight = [9]', "weight", "weighs 1"),
        ("bia.toml", 'service = "NETWERK"', 'service = "GMS"', "", "the impact of GMS already stands in"),
        ("klokken.toml", "hours = 24", "hours = 0", "hours", "a number of hours or a number of months"),
        ("plannen.toml", "kamer-valt-uit.md", "weg.md", "file", "is missing"),
        ("plannen.toml", "every_months = 12", "every_months = 0", "every_months", "is not a number of months"),
        ("opties.toml", 'avoids = "unknown"', "avoids = 101", "avoids", "is not a share"),
        ("processen.toml", 'target = "unknown"', "target = 6", "target", "is not one of the 5 levels"),
        ("ketens.toml", 'services = ["NL-ALERT", "WAS"]', 'services = ["NL-ALERT", "X"]', "services", "'X' is not"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, file: str, old: str, new: str, field: str, says: str) -> None:
    change(folder, f"continuiteit/{file}", old, new)
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    assert [f for f in caught.value.faults if f.field == field and says in f.message], str(caught.value)


def test_nothing_recovers_faster_than_what_it_needs(folder: Path) -> None:
    old = 'service = "TELEFONIE"\nneeds = ["B-netwerk"]\nrecover_seconds = "unknown"'
    change(folder, "continuiteit/bia.toml", old, old.replace('"unknown"', "3600"))
    with pytest.raises(PlanError, match="works again within 15 s, but needs B-telefonie, which takes 3600 s"):
        load_plan(folder)


def test_a_moment_without_a_zone_is_refused(folder: Path) -> None:
    (folder / "continuiteit/meldingen.toml").write_text(CLOCKS.replace("00:00:00Z", "00:00:00", 1))
    with pytest.raises(PlanError, match="has no zone"):
        load_plan(folder)


def test_months_later() -> None:
    assert months_later(datetime.date(2025, 1, 31), 1) == datetime.date(2025, 2, 28)
    assert months_later(datetime.date(2025, 11, 30), 3) == datetime.date(2026, 2, 28)


def test_processes_show_how_far_each_party_is(folder: Path) -> None:
    said = '[[maturity]]\nid = "{0}"\nprocess = "PC-respons"\nparty = "VR"\nby = "rol-brandweer"\n'
    said += "date = {1}\nlevel = {2}\n"
    path = folder / "continuiteit" / "rijpheid.toml"
    path.write_text(said.format("RY-1", "2025-01-01", 1) + said.format("RY-2", "2025-02-01", 3))
    rows = {
        row.process: row for row in continuity_report(load_plan(folder), load_pack(), RecordFacts(), START).processes
    }
    assert set(rows) >= {"PC-respons", "PC-wijzigen"}
    assert rows["PC-respons"].levels == {"LMS": 0, "RAV": 0, "VR": 3, "POL": 0, "KMAR": 0}, "0 is not yet judged"
    path.write_text(said.format("RY-1", "2025-01-01", 6))
    with pytest.raises(PlanError, match="6 is not one of the 5 levels"):
        load_plan(folder)
