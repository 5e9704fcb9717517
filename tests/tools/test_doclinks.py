"""The document check finds what is broken and lets pass what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import doclinks

COMMANDS = ("run", "test")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text("# Overname & terug\n\n## Same\n\n## Same\n\n## The `dev` script\n")
    return tmp_path


def wrong(root: Path, text: str) -> list[str]:
    (root / "README.md").write_text(text)
    return doclinks.problems(root, COMMANDS)


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/other.md)",
        "[a](docs/other.md#overname--terug)",
        "[a](docs/other.md#same-1)",
        "[a](docs/other.md#the-dev-script)",
        "[a](https://example.org/nothing) and [mail](mailto:a@example.org)",
        "[a][b]\n\n[b]: docs/other.md",
        "# Here\n\n[up](#here)",
        '<a id="spot"></a>\n\n[to](#spot)',
        "```\n[a](nowhere.md)\n```",
        "`[a](nowhere.md)`",
        "Type `./dev run` or `./dev test -k x`.",
        "./dev is a script, and ./dev nothing outside code says nothing",
    ],
)
def test_right_documents_pass(root: Path, text: str) -> None:
    assert wrong(root, text) == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[a](nowhere.md)", 1, "nowhere.md does not exist"),
        ("\n![a](nowhere.png)", 2, "nowhere.png does not exist"),
        ("[a](docs/other.md#same-2)", 1, "no heading gives #same-2"),
        ("[a](#nothing)", 1, "no heading gives #nothing"),
        ("[a][b]\n\n[b]: gone.md", 3, "gone.md does not exist"),
        ('<img src="gone.png">', 1, "gone.png does not exist"),
        ("[a](../../etc/passwd)", 1, "leads out of the project"),
        ("[a]()", 1, "empty link"),
        ("`./dev tset`", 1, "there is no command ./dev tset"),
        ("```\n./dev start\n```", 2, "there is no command ./dev start"),
        ("```\n# not a heading\n```\n[a](#not-a-heading)", 4, "no heading gives #not-a-heading"),
    ],
)
def test_a_planted_fault_is_found(root: Path, text: str, line: int, what: str) -> None:
    found = wrong(root, text)
    assert len(found) == 1
    assert found[0].startswith(f"README.md:{line}: ")
    assert what in found[0]
