"""The table of requirements: every id once, a known state, and places and proofs that exist."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "requirements.csv"
SEED = ROOT.parent / "shared" / "seed" / "requirements.csv"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_says_where_and_how_it_is_proven() -> None:
    found = rows()
    assert len(found) == len({r["id"] for r in found}) == 346
    for row in found:
        assert row["state"] in {"works", "partly", "not yet"}, row["id"]
        assert bool(row["where"]) == bool(row["proof"]) == (row["state"] != "not yet"), row["id"]


def test_places_and_proofs_exist() -> None:
    named = {(r["id"], place) for r in rows() for place in (*r["where"].split(), *r["proof"].split())}
    missing = sorted(f"{id}: {place}" for id, place in named if not (ROOT / place).exists())
    assert not missing


def test_the_ids_are_those_of_the_plan() -> None:
    if not SEED.exists():
        pytest.skip("the plan's own table is not beside this checkout")
    with SEED.open(encoding="utf-8", newline="") as file:
        assert [r["id"] for r in csv.DictReader(file)] == [r["id"] for r in rows()]
