"""The judge must see what it is there for: tampered records, and a book that says more than they hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
import pytest

from meldkamer.domain.basics import Event
from meldkamer.domain.clock import derived_id
from meldkamer.domain.function import FunctionOwned
from meldkamer.domain.incident import ConflictFound
from meldkamer.drill.book import Act, Outcome
from meldkamer.drill.checker import Copy, Verdict, check
from meldkamer.drill.witness import Claim
from meldkamer.record import Entry, NewEvent, Write, fence_subject
from meldkamer.record.signing import Verifier, open_signers
from meldkamer.record.sqlite import SqliteRecord

FUNCTION = "LB.A.dispatch"
CALL = "ev.LB.call.c1"

Found = Mapping[int, Entry | str]


class Made:
    """A record of one region, well made: LB serves, acts, loses the function to OB, which acts as well."""

    def __init__(self, found: Found, verifier: Verifier) -> None:
        self.found, self.verifier = found, verifier

    def judge(
        self, *acts: Act, found: Found | None = None, other: Found | None = None, claims: tuple[Claim, ...] = ()
    ) -> Verdict:
        core = self.found if found is None else found
        copies = [Copy("core-LB", "LB", core), Copy("room-OB", "LB", core if other is None else other)]
        return check(acts, copies, claims, self.verifier)


def act(number: int, outcome: Outcome = "SAFE", room: str = "LB") -> Act:
    return Act(id=f"command-{number}", room=room, region="LB", what="note", sent=0.0, outcome=outcome, seq=number)


def event(number: int, room: str, epoch: int | None = None, of: Event | None = None) -> NewEvent:
    return NewEvent(
        id=derived_id(f"command-{number}", "0"),
        type=str(of.__struct_config__.tag) if of is not None else "call.answered",
        body=msgspec.msgpack.encode(of) if of is not None else b"\x80",
        occurred=number,
        recorded=number,
        room=room,
        actor="x",
        epochs={} if epoch is None else {FUNCTION: epoch},
        cause=f"command-{number}",
    )


def owned(number: int, room: str, epoch: int) -> NewEvent:
    return event(number, room, of=FunctionOwned(function=FUNCTION, owner=room, epoch=epoch, ground="first"))


async def record_of(folder: Path, *events: tuple[str, NewEvent]) -> Made:
    signers, verifier = open_signers(folder / "signing", ["LB", "OB"])
    record = SqliteRecord(folder / "record.sqlite", signers)
    try:
        for subject, one in events:
            await record.append("LB", [Write(subject, (one,))])
        return Made({entry.seq: entry async for entry in record.replay("LB")}, verifier)
    finally:
        await record.close()


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Made]:
    fence = fence_subject("LB", FUNCTION)
    yield await record_of(
        tmp_path,
        (fence, owned(1, "LB", 1)),
        (CALL, event(2, "LB", 1)),
        (fence, owned(3, "OB", 2)),
        (CALL, event(4, "OB", 2)),
        (CALL, event(5, "LB")),
    )


def test_a_good_record_that_holds_what_was_promised_passes(made: Made) -> None:
    claims = (Claim(FUNCTION, 1, "LB"), Claim(FUNCTION, 2, "OB"))
    found = made.judge(act(2), act(4, room="OB"), act(5, "LOCAL"), act(6, "refused"), act(7, "unknown"), claims=claims)
    assert found.ok and found.entries == 5
    assert (found.acked, found.local, found.unknown, found.refused) == (3, 1, 1, 1)


@pytest.mark.parametrize("outcome", ["SAFE", "LOCAL"])
def test_what_was_acknowledged_and_is_nowhere_is_lost(made: Made, outcome: Outcome) -> None:
    found = made.judge(act(9, outcome))
    assert found.lost == 1 and not found.ok and "not in core-LB, room-OB" in found.problems[0]


def test_what_one_room_lacks_is_lost_there(made: Made) -> None:
    short = {seq: entry for seq, entry in made.found.items() if seq != 5}
    found = made.judge(act(5), other=short)
    assert found.lost == 1 and "not in room-OB" in found.problems[0]
    assert any("differ in LB: 4 and 5 messages, first at sequence 5" in text for text in found.problems)


def test_a_hole_and_a_broken_chain_are_named(made: Made) -> None:
    found = made.judge(found={seq: entry for seq, entry in made.found.items() if seq != 4})
    assert not found.ok
    assert any("sequence 4: missing" in text for text in found.problems)
    assert any("version 3 follows 1" in text for text in found.problems)


def test_an_entry_whose_content_was_changed_is_named(made: Made) -> None:
    entry = made.found[2]
    assert isinstance(entry, Entry)
    changed = msgspec.structs.replace(entry, event=msgspec.structs.replace(entry.event, actor="somebody else"))
    found = made.judge(found={**made.found, 2: changed})
    assert any("sequence 2: its content does not fit its hash" in text for text in found.problems)


def test_a_message_that_is_no_entry_is_named(made: Made) -> None:
    found = made.judge(found={**made.found, 6: "its payload cannot be read"})
    assert any("sequence 6: its payload cannot be read" in text for text in found.problems)


def test_the_same_event_twice_is_a_duplicate(made: Made) -> None:
    entry = made.found[5]
    assert isinstance(entry, Entry)
    found = made.judge(act(5), found={**made.found, 6: msgspec.structs.replace(entry, seq=6)})
    assert found.duplicated and any("stands 2 times" in text for text in found.problems)


async def test_a_command_that_was_stored_in_two_appends_is_a_duplicate(tmp_path: Path) -> None:
    again = msgspec.structs.replace(event(1, "LB"), id="another")
    made = await record_of(tmp_path, (CALL, event(1, "LB")), (CALL, again))
    found = made.judge(act(1))
    assert found.duplicated == 1 and found.lost == 0


@pytest.mark.parametrize(("room", "epoch"), [("LB", 1), ("LB", 2), ("OB", 1)])
async def test_writing_for_a_function_that_another_serves_is_an_overlap(tmp_path: Path, room: str, epoch: int) -> None:
    fence = fence_subject("LB", FUNCTION)
    made = await record_of(
        tmp_path, (fence, owned(1, "LB", 1)), (fence, owned(2, "OB", 2)), (CALL, event(3, room, epoch))
    )
    found = made.judge()
    assert found.overlaps == 1 and not found.ok and f"{room} wrote for {FUNCTION} epoch {epoch}" in found.problems[0]


async def test_an_island_may_write_under_an_epoch_that_is_over(tmp_path: Path) -> None:
    fence = fence_subject("LB", FUNCTION)
    alone = msgspec.structs.replace(event(3, "LB", 1), island=True)
    made = await record_of(tmp_path, (fence, owned(1, "LB", 1)), (fence, owned(2, "OB", 2)), (CALL, alone))
    assert made.judge().ok


@pytest.mark.parametrize("epoch", [1, 3])
async def test_epochs_go_up_one_by_one(tmp_path: Path, epoch: int) -> None:
    fence = fence_subject("LB", FUNCTION)
    made = await record_of(tmp_path, (fence, owned(1, "LB", 1)), (fence, owned(2, "OB", epoch)))
    assert made.judge().overlaps == 1


def test_a_room_that_claims_what_the_record_does_not_give_it_is_an_overlap(made: Made) -> None:
    assert made.judge(claims=(Claim(FUNCTION, 2, "LB"),)).overlaps == 1
    assert made.judge(claims=(Claim(FUNCTION, 3, "OB"),)).overlaps == 1


def test_an_answer_with_another_ones_place_is_named(made: Made) -> None:
    found = made.judge(msgspec.structs.replace(act(5), seq=4))
    assert not found.ok and found.problems == ("problem: note of LB was answered with LB 4, where it is not",)


def test_a_refusal_that_was_stored_all_the_same_is_named(made: Made) -> None:
    assert made.judge(act(5, "refused")).contradicted == 1


async def test_conflicts_are_counted_once_for_all_rooms(tmp_path: Path) -> None:
    conflict = ConflictFound(conflict="x", about="priority", kept="1", other="2")
    made = await record_of(tmp_path, ("ev.LB.incident.i1", event(1, "LB", of=conflict)))
    assert made.judge().conflicts == 1
