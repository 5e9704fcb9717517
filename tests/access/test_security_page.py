"""The page on security promises tests by name; a promise without its test is worse than none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_page_names_exists() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 30
    missing = []
    for file, name in named:
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
        if not any(isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name for n in tree.body):
            missing.append(f"{file}::{name}")
    assert not missing


def test_every_row_of_the_table_of_threats_names_its_proof() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| \*\*[STRIDE]\*\* \|", line)]
    assert {row[4] for row in rows} == set("STRIDE")
    assert all("::test_" in row for row in rows)
