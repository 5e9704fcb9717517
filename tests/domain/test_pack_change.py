"""Two people for every change of the country's data, and one line of texts per file: whatever anybody tries."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.pack_change import (
    FAR,
    MAX_WAITING,
    ApprovePackFile,
    PackCommand,
    PackFileApproved,
    PackFiles,
    ProposePackFile,
    WithdrawPackFile,
    decide,
    evolve,
)

NOW = 1_000_000
PEOPLE = ("anna", "Anna ", "bram", "cor")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def context(actor: str, now: int = NOW, room: str = "RT") -> Context:
    return Context(now=now, actor=actor, room=room)


def propose(change: str, before: str = "0", after: str = "1", file: str = "norms.csv") -> ProposePackFile:
    return ProposePackFile(
        change=change, file=file, before=sha(before), after=sha(after), text=b"x", reason="een nieuwe norm"
    )


def after(files: PackFiles, command: PackCommand, by: str, now: int = NOW, room: str = "RT") -> PackFiles:
    for event in decide(files, command, context(by, now, room)):
        files = evolve(files, event, now)
    return files


def refusal(files: PackFiles, command: PackCommand, by: str, now: int = NOW) -> str:
    with pytest.raises(Refused) as refused:
        decide(files, command, context(by, now))
    return refused.value.code


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["propose", "approve", "withdraw"]),
        st.sampled_from(PEOPLE),
        st.integers(0, 5),
        st.sampled_from("0123"),
        st.sampled_from("0123"),
        st.integers(-10, 30),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(STEPS)
def test_nobody_approves_what_he_proposed_and_each_text_follows_the_one_before(steps: list[Any]) -> None:
    files, now = PackFiles(), NOW
    for act, who, n, before, text, ahead, late in steps:
        now += 1
        id = str(n)
        decided = files.decided - (1 if late == 3 and files.decided else 0)
        command: PackCommand
        if act == "propose":
            command = propose(id, before, text)
        elif act == "approve":
            command = ApprovePackFile(change=id, effective=max(0, now + ahead), decided=decided)
        else:
            command = WithdrawPackFile(change=id, reason="toch niet", decided=decided)
        try:
            files = after(files, command, who, now)
        except Refused:
            continue
        for change in files.changes:
            assert change.approved_by.strip().casefold() != change.by.strip().casefold()
        standing = files.standing()
        # Of one file each text that counts was made on the one that counts before it, so nothing is undone unseen.
        for older, newer in pairwise(standing):
            assert newer.before == older.after and newer.effective > older.effective
        assert all(c.effective >= c.approved for c in standing)


def test_the_same_person_in_another_room_is_the_same_person() -> None:
    files = after(PackFiles(), propose("a"), "anna", room="RT")
    approve = ApprovePackFile(change="a", effective=0, decided=0)
    with pytest.raises(Refused, match=r"pack\.own"):
        decide(files, approve, context("ANNA", room="LB"))
    assert [type(e) for e in decide(files, approve, context("bram", room="LB"))] == [PackFileApproved]


def test_a_moment_that_is_past_means_now_and_one_too_far_is_refused() -> None:
    files = after(PackFiles(), propose("a"), "anna")
    found = after(files, ApprovePackFile(change="a", effective=0, decided=0), "bram", NOW + 5).find("a")
    assert found is not None and found.effective == NOW + 5
    assert refusal(files, ApprovePackFile(change="a", effective=NOW + FAR + 1, decided=0), "bram") == "pack.too_far"


def test_what_counts_is_not_withdrawn_and_what_comes_can_be() -> None:
    files = after(PackFiles(), propose("a"), "anna")
    files = after(files, ApprovePackFile(change="a", effective=NOW + 100, decided=0), "bram")
    withdraw = WithdrawPackFile(change="a", reason="toch niet", decided=1)
    assert refusal(files, withdraw, "bram", NOW + 100) == "pack.in_force"
    gone = after(files, withdraw, "anna", NOW + 99)
    assert gone.newest("norms.csv") is None
    assert refusal(gone, ApprovePackFile(change="a", effective=0, decided=2), "bram") == "pack.withdrawn"
    assert refusal(files, ApprovePackFile(change="a", effective=0, decided=1), "bram") == "pack.decided"


def test_who_was_overtaken_looks_again() -> None:
    files = after(PackFiles(), propose("a"), "anna")
    files = after(files, propose("b", file="classes.csv"), "anna")
    files = after(files, ApprovePackFile(change="a", effective=0, decided=0), "bram")
    assert refusal(files, ApprovePackFile(change="b", effective=0, decided=0), "bram") == "pack.overtaken"
    after(files, ApprovePackFile(change="b", effective=0, decided=1), "bram")


def test_a_change_that_others_are_built_on_stays_and_one_on_an_old_text_is_refused() -> None:
    files = after(PackFiles(), propose("a"), "anna")
    files = after(files, propose("late", "0", "9"), "anna")
    files = after(files, ApprovePackFile(change="a", effective=NOW + 100, decided=0), "bram")
    assert refusal(files, ApprovePackFile(change="late", effective=NOW + 200, decided=1), "bram") == "pack.moved_on"
    assert refusal(files, propose("x", "0", "7"), "anna") == "pack.moved_on"
    files = after(files, propose("b", "1", "2"), "anna")
    assert refusal(files, ApprovePackFile(change="b", effective=NOW + 100, decided=1), "bram") == "pack.before_other"
    files = after(files, ApprovePackFile(change="b", effective=NOW + 101, decided=1), "bram")
    withdraw = WithdrawPackFile(change="a", reason="toch niet", decided=2)
    assert refusal(files, withdraw, "bram") == "pack.followed"


def test_the_same_proposal_twice_is_one_and_another_under_its_id_none() -> None:
    files = after(PackFiles(), propose("a"), "anna")
    assert decide(files, propose("a"), context("anna")) == []
    assert refusal(files, propose("a", "0", "5"), "anna") == "pack.id_taken"
    assert refusal(files, propose("b", "1", "1"), "anna") == "pack.same"
    assert refusal(files, WithdrawPackFile(change="zz", reason="weg", decided=0), "anna") == "pack.unknown"
    for n in range(MAX_WAITING - 1):
        files = after(files, propose(f"n{n}", "0", f"t{n}"), "anna")
    assert refusal(files, propose("more", "0", "m"), "anna") == "pack.too_many"
