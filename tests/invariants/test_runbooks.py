"""Each state that the program can name has its page, each page is about something, and quotes what is really said."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from meldkamer.desk.runbooks import GENERAL, RUNBOOKS, kind, runbook
from meldkamer.network.sites import runbooks as pages
from tools import doclinks

ROOT = Path(__file__).parents[2]
RUN = ROOT / "docs" / "run"
SOURCE = ROOT / "src" / "meldkamer"
PROCEDURES = {"join-and-leave", "revoked-room", "upgrade"}
NAMED = {*pages.PAGES, *RUNBOOKS.values(), GENERAL}

FAULT = re.compile(r'\(?pages\.([A-Z_]+)(?:, |\), \[\()f?"([^"{}]{8,})')
"""A page and the words of a fault, as `status` puts them together."""


def test_every_state_has_a_page_and_every_page_a_state() -> None:
    there = {path.stem for path in RUN.glob("*.md")} - {"README"}
    assert there == NAMED | PROCEDURES


def test_the_list_of_pages_is_whole_and_has_the_titles_that_they_have() -> None:
    listed = dict(re.findall(r"^\* \[(.+)\]\((.+)\.md\)$", (RUN / "README.md").read_text(encoding="utf-8"), re.M))
    titles = {
        path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "): path.stem
        for path in RUN.glob("*.md")
        if path.stem != "README"
    }
    assert listed == titles


@pytest.mark.parametrize("path", sorted(RUN.glob("*.md")), ids=lambda path: path.stem)
def test_a_page_says_what_it_means_what_goes_on_and_what_to_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.stem != "README":
        for part in ("**It says**", "**It means.**", "**Meanwhile.**", "**Do**\n\n1. ", "**It is over when**"):
            assert part in text, part


def test_the_links_of_the_pages_hold() -> None:
    assert [found for found in doclinks.problems(ROOT) if "docs/run" in str(found)] == []


def test_a_page_quotes_the_words_of_the_state_that_leads_to_it() -> None:
    source = (SOURCE / "network" / "sites" / "status.py").read_text(encoding="utf-8")
    found = FAULT.findall(source)
    assert len(found) >= 12, "the words are found in the source"
    for name, words in found:
        page = getattr(pages, name)
        quoted = words.partition(":")[0].partition(" (")[0].strip().removesuffix(" in")
        assert quoted in (RUN / f"{page}.md").read_text(encoding="utf-8"), (page, quoted)


def test_every_health_check_of_a_room_has_a_page() -> None:
    checks = {name for path in ("room.py", "engines.py") for name in _check_names(SOURCE / path)}
    assert {"picture", "disk", "core", "trust", "entries", "geography", "heart-beat", "certificate"} <= checks
    assert {name for name in checks if name not in RUNBOOKS} == set()
    assert (kind("heart-beat LB"), runbook("heart-beat LB"), runbook("adapter x")) == (
        "heart-beat",
        "room-lost",
        GENERAL,
    )


def _check_names(path: Path) -> set[str]:
    """The first words of the names that stand beside a check: `("disk", …)`, `(f"heart-beat {code}", …)`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Call | ast.Name):
            name = node.elts[0].values[0] if isinstance(node.elts[0], ast.JoinedStr) else node.elts[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add(kind(name.value))
    return found
