"""Proposals: the same files, waiting beside the plan; a second person takes them in, as the accountable role."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest

from meldkamer.steering import Item, Judgement, PlanError, RepositoryError, adopt, init_plan, load_plan, shipped_plan
from meldkamer.steering.adoption import changes
from meldkamer.steering.proof.records import Applied
from meldkamer.steering.proposing import Assessed, Changed, Judged, Wanted, proposals, propose, review, settled
from meldkamer.steering.repository import git

DAY = datetime.date(2026, 1, 5)
JUDGED = Judged(
    of="R-overname", party="POL", role="rol-politie", holds=True, likelihood=2, impact=4, reason="twee keer gezien"
)
CHANGED = Changed(of="C-c2000", role="rol-planning", fields={"axis": 3, "start": 2027}, reason="later begonnen")
ASSESSED = Assessed(
    of="BIO2-5.30.01",
    party="POL",
    role="rol-politie",
    applicable=True,
    degree=3,
    evidence="oefening van mei",
    reason="x",
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    init_plan(folder, shipped_plan())
    return folder


def owner(folder: Path, of: str) -> str:
    return str(load_plan(folder).by_id[of].accountable)  # type: ignore[attr-defined]


def accept(folder: Path, id: str, of: str, by: str = "eigenaar") -> None:
    review(folder, id, by=by, role=owner(folder, of), accept=True, reason="", date=DAY)


def test_a_proposal_waits_and_the_plan_stays_as_it_was(plan: Path) -> None:
    before = git(plan, "rev-parse", "HEAD")
    propose(plan, "a" * 32, JUDGED, "jan", DAY)
    assert git(plan, "rev-parse", "HEAD") == before and not git(plan, "status", "--porcelain")
    assert load_plan(plan).of(Judgement) == ()
    [waiting] = proposals(plan)
    assert (waiting.by, waiting.date, waiting.wanted) == ("jan", DAY, JUDGED)
    assert waiting.owner == owner(plan, "R-overname")
    assert [(d.what, d.kind, d.id) for d in waiting.differences] == [("added", "judgement", "POL-1")]
    assert git(plan, "worktree", "list").count("\n") == 0


def test_the_owner_takes_it_in_with_its_reason_and_it_can_be_adopted(plan: Path) -> None:
    first = adopt(plan, "BMB", DAY, "begin")
    propose(plan, "a" * 32, JUDGED, "jan", DAY)
    propose(plan, "b" * 32, CHANGED, "jan", DAY)
    accept(plan, "a" * 32, "R-overname")
    accept(plan, "b" * 32, "C-c2000")
    assert proposals(plan) == [] and not git(plan, "status", "--porcelain")
    now = load_plan(plan)
    [judgement] = now.of(Judgement)
    assert (judgement.risk, judgement.party, judgement.likelihood, judgement.date) == ("R-overname", "POL", 2, DAY)
    item = next(item for item in now.of(Item) if item.id == "C-c2000")
    assert (item.axis, item.start) == (3, 2027)
    found = {d.id: d.reasons for d in changes(plan, first.tag, "HEAD")}
    assert found["POL-1"] and found["C-c2000"] == ["later begonnen (rol-planning, 2026-01-05)"]
    assert adopt(plan, "BMB", DAY, "kalibratie").tag.startswith("adopted/0002")
    assert git(plan, "log", "-1", "--format=%an") == "jan"
    assert "Reviewed-by: eigenaar" in git(plan, "log", "-1", "--format=%B")


def test_two_proposals_about_one_file_do_not_get_in_each_others_way(plan: Path) -> None:
    propose(plan, "a" * 32, JUDGED, "jan", DAY)
    other = Judged(of="R-kamer-uit", party="POL", role="rol-politie", holds=False, reason="niet bij ons")
    propose(plan, "b" * 32, other, "piet", DAY)
    accept(plan, "b" * 32, "R-kamer-uit")
    accept(plan, "a" * 32, "R-overname")
    assert {(j.id, j.risk) for j in load_plan(plan).of(Judgement)} == {
        ("POL-1", "R-kamer-uit"),
        ("POL-2", "R-overname"),
    }


def test_what_a_party_says_of_a_measure_follows_what_it_said_before(plan: Path) -> None:
    first = adopt(plan, "BMB", DAY, "begin")
    propose(plan, "a" * 32, ASSESSED, "jan", DAY)
    assert load_plan(plan).of(Applied) == () and proposals(plan)[0].owner == "rol-psd"
    accept(plan, "a" * 32, "BIO2-5.30.01")
    out = Assessed(of="BIO2-5.30.01", party="POL", role="rol-politie", applicable=False, reason="niet van ons")
    propose(plan, "b" * 32, out, "jan", DAY)
    accept(plan, "b" * 32, "BIO2-5.30.01")
    said = [(a.id, a.applicable, a.degree, a.evidence, a.reason) for a in load_plan(plan).of(Applied)]
    assert said == [
        ("POL-BIO2-5.30.01-1", True, 3, "oefening van mei", "x"),
        ("POL-BIO2-5.30.01-2", False, 0, "", "niet van ons"),
    ]
    assert all(change.reasons for change in changes(plan, first.tag, "HEAD"))


def test_a_refusal_is_kept_with_its_reason(plan: Path) -> None:
    propose(plan, "a" * 32, CHANGED, "jan", DAY)
    role = owner(plan, "C-c2000")
    with pytest.raises(RepositoryError, match="says why"):
        review(plan, "a" * 32, by="eigenaar", role=role, accept=False, reason=" ", date=DAY)
    review(plan, "a" * 32, by="eigenaar", role=role, accept=False, reason="te vroeg", date=DAY)
    assert proposals(plan) == []
    assert "Refused: te vroeg" in git(plan, "log", "-1", "--format=%B", "refs/refused/" + "a" * 32)
    assert next(item for item in load_plan(plan).of(Item) if item.id == "C-c2000").axis == 1


@pytest.mark.parametrize(
    ("by", "role", "said"),
    [("jan", "", "their own"), ("eigenaar", "rol-planning", "is accountable"), ("eigenaar", "x", "is accountable")],
)
def test_only_another_person_as_the_accountable_role_reviews(plan: Path, by: str, role: str, said: str) -> None:
    propose(plan, "a" * 32, CHANGED, "jan", DAY)
    with pytest.raises(RepositoryError, match=said):
        role = role or owner(plan, "C-c2000")
        review(plan, "a" * 32, by=by, role=role, accept=True, reason="", date=DAY)
    assert len(proposals(plan)) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        Judged(of="R-overname", party="POL", role="rol-politie", holds=True, likelihood=9, impact=1, reason="x"),
        Judged(of="R-overname", party="POL", role="rol-planning", holds=False, reason="x"),
        Judged(of="nergens", party="POL", role="rol-politie", holds=False, reason="x"),
        Judged(of="R-overname", party="../x", role="rol-politie", holds=False, reason="x"),
        Assessed(of="BIO2-5.30.01", party="POL", role="rol-politie", applicable=False, reason=" "),
        Assessed(of="BIO2-5.30.01", party="POL", role="rol-politie", applicable=True, degree=2, reason="x"),
        Assessed(of="BIO2-5.30.01", party="POL", role="rol-psd", applicable=True, reason="x"),
        Assessed(of="BIO2-5.30.99", party="POL", role="rol-politie", applicable=True, reason="x"),
        Changed(of="C-c2000", role="rol-planning", fields={"axis": 11}, reason="x"),
        Changed(of="C-c2000", role="rol-planning", fields={"state": "bijna"}, reason="x"),
        Changed(of="C-c2000", role="rol-planning", fields={"accountable": "x"}, reason="x"),
        Changed(of="C-c2000", role="rol-planning", fields={}, reason="x"),
        Changed(of="C-c2000", role="niemand", fields={"axis": 3}, reason="x"),
        Changed(of="C-c2000", role="rol-planning", fields={"axis": 3}, reason=" "),
        Changed(of="BIO2-5.30.01", role="rol-planning", fields={"query": "x"}, reason="x"),
    ],
)
def test_what_would_make_the_plan_wrong_is_not_even_proposed(plan: Path, wanted: Wanted) -> None:
    with pytest.raises((PlanError, RepositoryError)):
        propose(plan, "a" * 32, wanted, "jan", DAY)
    assert proposals(plan) == [] and not git(plan, "status", "--porcelain")
    assert git(plan, "worktree", "list").count("\n") == 0


def test_a_planner_s_own_work_in_the_folder_is_never_written_over(plan: Path) -> None:
    file = plan / "roadmap/1-continuiteit.toml"
    mine = file.read_text() + "\n# half a thought\n"
    file.write_text(mine)
    propose(plan, "a" * 32, CHANGED, "jan", DAY)
    with pytest.raises(RepositoryError):
        accept(plan, "a" * 32, "C-c2000")
    assert file.read_text() == mine and len(proposals(plan)) == 1


def test_an_id_or_a_name_that_is_none_is_refused_or_cleaned(plan: Path) -> None:
    with pytest.raises(RepositoryError, match="cannot be the id"):
        propose(plan, "../../heads/main", JUDGED, "jan", DAY)
    propose(plan, "a" * 32, JUDGED, "jan <x@y>\nReviewed-by: me", DAY)
    assert proposals(plan)[0].by == "jan x@y Reviewed-by: me"
    with pytest.raises(RepositoryError):
        propose(plan, "a" * 32, CHANGED, "piet", DAY)


def test_a_reason_says_nothing_but_itself(plan: Path) -> None:
    """Lines of a message are what the plan is read back by; a reason must not write one of its own."""
    forged = 'x\nProposal: {"type":"judgement"}\nChange: ' + "b" * 32
    propose(plan, "a" * 32, msgspec.structs.replace(CHANGED, reason=forged), "jan", DAY)
    assert proposals(plan)[0].wanted.reason == forged and isinstance(proposals(plan)[0].wanted, Changed)
    accept(plan, "a" * 32, "C-c2000")
    assert settled(plan) == {"a" * 32}
