"""Versions of the plan: what changed and why, what was adopted, and every way to tamper with a tag."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.steering import PlanError, RepositoryError, init_plan, shipped_plan
from meldkamer.steering.adoption import Adoption, adopt, adoptions, changes, check_adoptions
from meldkamer.steering.repository import git
from meldkamer.steering.versions import content_hash

FIRST, SECOND = datetime.date(2025, 3, 1), datetime.date(2025, 7, 1)
GMS = "roadmap/1-continuiteit.toml"
BUDGET = "begroting/2025-2029.csv"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    init_plan(tmp_path / "plan", shipped_plan())
    return tmp_path / "plan"


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--no-gpg-sign", "--quiet", "--message", "Change")


def reason(folder: Path, of: str, n: int = 1) -> None:
    file = folder / "kalibraties.toml"
    text = file.read_text() if file.exists() else ""
    record = f'[[change]]\nid = "KAL-{n}"\nof = "{of}"\nreason = "capaciteit"\n'
    file.write_text(f'{text}{record}by = "rol-planning"\ndate = 2025-06-30\n\n')


def calibrated(folder: Path) -> tuple[Adoption, Adoption]:
    """Two adoptions with one change between them."""
    first = adopt(folder, "KALIBRATIE", FIRST, "Eerste kalibratie")
    edit(folder, GMS, "axis = 3", "axis = 4")
    reason(folder, "C-telefonie")
    commit(folder)
    return first, adopt(folder, "KALIBRATIE", SECOND, "Tweede kalibratie")


def test_two_calibrations_are_compared_with_a_reason_per_change(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = calibrated(repository)
    (change,) = changes(repository, first.tag, second.tag)
    assert (change.what, change.kind, change.id) == ("changed", "item", "C-telefonie")
    assert [(field.field, field.before, field.after) for field in change.fields] == [("axis", 3, 4)]
    assert change.reasons == ["capaciteit (rol-planning, 2025-06-30)"]
    assert main(["plan", "diff", str(repository), first.tag, second.tag]) == 0
    out = capsys.readouterr().out
    assert "changed item C-telefonie: capaciteit" in out and "  axis: 3 -> 4" in out
    assert "1 changes, 0 without a reason" in out


def test_money_differs_by_cell_and_records_come_and_go(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(repository, BUDGET, ",34028,", ",34029,")
    edit(repository, "registers/beleid.toml", 'id = "TR-schaarste"', 'id = "TR-tekort"')
    commit(repository)
    assert main(["plan", "diff", str(repository), "HEAD~1", "--json"]) == 0
    found = {(row["what"], row["kind"], row["id"]): row for row in json.loads(capsys.readouterr().out)}
    assert set(found) == {
        ("changed", "budget", "vz1"),
        ("removed", "trend", "TR-schaarste"),
        ("added", "trend", "TR-tekort"),
    }
    assert found["changed", "budget", "vz1"]["fields"] == [{"field": "2025", "before": 34028, "after": 34029}]
    assert all(row["reasons"] == [] for row in found.values())


def test_a_change_without_a_reason_is_not_adopted(repository: Path) -> None:
    adopt(repository, "KALIBRATIE", FIRST, "Eerste")
    edit(repository, GMS, "axis = 3", "axis = 4")
    edit(repository, "vraag/NN.toml", "items = [", 'answer = "ja"\nitems = [')
    reason(repository, "C-telefonie")
    commit(repository)
    with pytest.raises(RepositoryError, match=r"without a reason: V-NNL-1$"):
        adopt(repository, "KALIBRATIE", SECOND, "Tweede")
    reason(repository, "V-NNL-1", 2)
    commit(repository)
    assert adopt(repository, "KALIBRATIE", SECOND, "Tweede").tag == "adopted/0002-2025-07-01-KALIBRATIE"


def test_an_adoption_says_body_date_and_contents(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "plan",
        "adopt",
        str(repository),
        "--body",
        "BMB",
        "--date",
        "2025-03-01",
        "--reason",
        "Jaarplan",
        "--json",
    ]
    assert main(words) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["tag"], done["previous"]) == ("adopted/0001-2025-03-01-BMB", "none")
    assert done["content"] == content_hash(repository, "HEAD")
    assert main(["plan", "adoptions", str(repository), "--expect", done["identity"]]) == 0
    assert "1 adoptions, the row holds" in capsys.readouterr().out
    assert main(["plan", "check", str(repository)]) == 0


@pytest.mark.parametrize(
    ("body", "date", "why", "says"),
    [
        ("RAAD", FIRST, "x", "'RAAD' is not the id of a body"),
        ("BMB", datetime.date(2024, 1, 1), "x", "lies before the last adoption"),
        ("BMB", SECOND, " ", "an adoption says why"),
    ],
)
def test_what_cannot_be_adopted(repository: Path, body: str, date: datetime.date, why: str, says: str) -> None:
    adopt(repository, "BMB", FIRST, "Eerste")
    with pytest.raises(RepositoryError, match=says):
        adopt(repository, body, date, why)


def test_only_what_is_committed_and_good_is_adopted(repository: Path) -> None:
    edit(repository, GMS, "axis = 3", "axis = 4")
    with pytest.raises(RepositoryError, match="changes that are not committed"):
        adopt(repository, "BMB", FIRST, "Eerste")
    edit(repository, GMS, "axis = 4", "axis = 40")
    commit(repository)
    with pytest.raises(PlanError, match="40 is not 0"):
        adopt(repository, "BMB", FIRST, "Eerste")


def _move(folder: Path, first: Adoption, second: Adoption) -> None:
    """The tag's own words, over other contents."""
    message = git(folder, "cat-file", "-p", first.identity).split("\n\n", 1)[1]
    git(folder, "tag", "--force", "--annotate", "--cleanup=verbatim", "--message", message, first.tag, second.commit)


def _lightweight(folder: Path, first: Adoption, second: Adoption) -> None:
    git(folder, "tag", "--force", first.tag, first.commit)


def _remake(folder: Path, first: Adoption, second: Adoption) -> None:
    """All right by itself, with another reason in it."""
    message = git(folder, "cat-file", "-p", first.identity).split("\n\n", 1)[1]
    message = message.replace("Eerste kalibratie", "Iets anders")
    git(folder, "tag", "--force", "--annotate", "--cleanup=verbatim", "--message", message, first.tag, first.commit)


def _delete(folder: Path, first: Adoption, second: Adoption) -> None:
    git(folder, "tag", "--delete", first.tag)


def _rename(folder: Path, first: Adoption, second: Adoption) -> None:
    git(folder, "update-ref", "refs/tags/adopted/0001-2025-03-01-BMB", first.identity)
    git(folder, "tag", "--delete", first.tag)


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (_move, "the contents are not those that were adopted"),
        (_lightweight, "it is not a tag that an adoption makes"),
        (_remake, "the adoption before it was tampered with"),
        (_delete, "is number 0002 where 0001 should stand"),
        (_rename, "inside stands KALIBRATIE, 2025-03-01"),
    ],
)
def test_a_tampered_tag_is_found(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[Path, Adoption, Adoption], None],
    says: str,
) -> None:
    tamper(repository, *calibrated(repository))
    assert says in str(next(check_adoptions(repository)))
    assert main(["plan", "check", str(repository)]) == 1
    assert says in capsys.readouterr().err
    with pytest.raises(RepositoryError):
        adopt(repository, "BMB", datetime.date(2026, 1, 1), "Derde")


def test_the_newest_tag_is_held_against_what_was_written_down(repository: Path) -> None:
    _, second = calibrated(repository)
    assert not list(check_adoptions(repository, second.identity))
    git(repository, "tag", "--delete", second.tag)
    (fault,) = check_adoptions(repository, second.identity)
    assert "its identity is not the expected one" in fault.message


def test_attributes_of_git_do_not_hide_a_file_from_the_hash(repository: Path) -> None:
    (repository / ".gitattributes").write_text("* export-ignore\n")
    commit(repository)
    before = content_hash(repository, "HEAD")
    edit(repository, BUDGET, ",34028,", ",34029,")
    commit(repository)
    assert content_hash(repository, "HEAD") != before


def test_what_is_no_revision_or_no_repository_is_told(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["diff", str(repository), "no-such"],
        ["diff", str(repository), "--", "--output=x"],
        ["diff", str(tmp_path / "no"), "HEAD"],
        ["adoptions", str(shipped_plan())],
        ["adopt", str(shipped_plan()), "--body", "BMB", "--date", "2025-03-01", "--reason", "x"],
    ):
        assert main(["plan", *words]) == 1
        err = capsys.readouterr().err
        assert err.startswith("meldkamer: ") and "Traceback" not in err


def test_the_repository_is_an_ordinary_one(repository: Path) -> None:
    assert adoptions(repository) == []
    fsck = subprocess.run(["git", "fsck", "--strict"], cwd=repository, capture_output=True, check=False)
    assert fsck.returncode == 0
