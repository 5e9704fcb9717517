"""Damage anywhere is found, named with its place, and read around; a follower loses nothing."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from meldkamer.record import Damaged, canonical
from meldkamer.record.signing import SigningKeyError, Verifier, open_signers, read_public
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.verify import Report, verify_file

from .conftest import MakeRoom, Plain, Room


async def broken(make_room: MakeRoom, *statements: str) -> tuple[Room, Report]:
    """A record of 40 entries in 20 batches, changed behind the engine's back, and what verify says."""
    room = make_room()
    await room.fill(20)
    await room.close()
    path = room.folder / "record.sqlite"
    assert verify_file(path, room.verifier, require_signatures=True).ok
    with sqlite3.connect(path) as db:
        for statement in statements:
            assert db.execute(statement).rowcount > 0
    db.close()
    return room, verify_file(path, room.verifier)


POS = f"pos = {(1 << 40) + 7}"
"""Region 1, sequence 7: the first of a batch of two."""


@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        (
            f"UPDATE event SET data = CAST(substr(data, 1, 90) || x'ff' || substr(data, 92) AS BLOB) WHERE {POS}",
            7,
            "hash",
        ),
        (f"UPDATE event SET hash = zeroblob(32) WHERE {POS}", 7, "hash"),
        (f"UPDATE event SET data = x'93' WHERE {POS}", 7, "hash"),
        (f"DELETE FROM event WHERE {POS}", 7, "missing"),
        ("DELETE FROM event WHERE pos = (1 << 40) + 1", 1, "missing"),
        ("DELETE FROM event WHERE pos = (1 << 40) + 40", 39, "not whole"),
        ("UPDATE event SET signature = zeroblob(64) WHERE pos = (1 << 40) + 8", 8, "signature"),
        ("UPDATE event SET signature = x'' WHERE pos = (1 << 40) + 8", 8, "signature"),
    ],
)
async def test_verify_names_the_place(make_room: MakeRoom, statement: str, seq: int, why: str) -> None:
    _, report = await broken(make_room, statement)
    assert not report.ok
    assert report.problems[0].region == "LB" and report.problems[0].seq <= seq <= report.problems[0].until + 1
    assert any(why in problem.why for problem in report.problems), report.problems
    assert report.events >= 39


async def test_a_rewritten_entry_with_a_fitting_hash_breaks_the_chain_and_the_signature(make_room: MakeRoom) -> None:
    """Somebody with the file and this program, but without the room's key."""
    room, _ = await broken(make_room)
    path = room.folder / "record.sqlite"
    with sqlite3.connect(path) as db:
        (data,) = db.execute(f"SELECT data FROM event WHERE {POS}").fetchone()
        stored = canonical.decode(data)
        event = canonical.encode_event(msgspec.structs.replace(stored.event, actor="somebody else"))
        forged = canonical.encode(
            stored.previous, stored.subject, stored.version, stored.batch, stored.n, stored.of, event
        )
        db.execute(f"UPDATE event SET data = ?, hash = ? WHERE {POS}", (forged, canonical.digest(forged)))
    db.close()
    reasons = " ".join(problem.why for problem in verify_file(path, room.verifier).problems)
    assert "chain is broken" in reasons and "signature of room LB does not fit" in reasons


async def test_any_single_flipped_bit_is_found_and_never_a_stack_trace(make_room: MakeRoom) -> None:
    room, _ = await broken(make_room)
    path = room.folder / "record.sqlite"
    whole = path.read_bytes()
    with sqlite3.connect(path) as db:
        stored = [row[0] for row in db.execute("SELECT data FROM event UNION ALL SELECT hash FROM event")]
    db.close()
    rng = random.Random(112)
    for _ in range(60):
        piece = rng.choice(stored)
        at = whole.find(piece) + rng.randrange(len(piece))
        flipped = bytearray(whole)
        flipped[at] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        report = verify_file(path, room.verifier)
        assert not report.ok and report.problems[0].region == "LB", f"byte {at}"
    path.write_bytes(whole)
    assert verify_file(path, room.verifier).ok


async def test_a_torn_page_is_set_aside_and_the_rest_is_checked(make_room: MakeRoom) -> None:
    room = make_room()
    await room.fill(400)
    await room.close()
    path = room.folder / "record.sqlite"
    whole = path.read_bytes()
    found = 0
    for page in range(2, len(whole) // 4096, 5):
        path.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        try:
            report = verify_file(path, room.verifier)
        except Exception as error:
            assert type(error).__name__ == "NotAStore", error
            continue
        found += not report.ok
    assert found >= 5


async def test_reading_stops_at_damage_and_goes_on_after_it(make_room: MakeRoom) -> None:
    await broken(make_room, f"UPDATE event SET hash = zeroblob(32) WHERE {POS}")
    again = make_room()
    seen, damages, after = [], [], 0
    while True:
        try:
            async for entry in again.record.replay("LB", after):
                seen.append(after := entry.seq)
            break
        except Damaged as found:
            damages.append(found)
            after = found.seq
    assert [d.seq for d in damages] == [7] and seen == [n for n in range(1, 41) if n != 7]

    with pytest.raises(Damaged) as caught:
        await again.record.read("ev.LB.call.3")
    damage = caught.value
    assert (damage.region, damage.seq, damage.subject, damage.version) == ("LB", 7, "ev.LB.call.3", 1)
    assert [e.version for e in await again.record.read("ev.LB.call.3", damage.version)] == [2, 3, 4, 5, 6, 7, 8]
    assert await again.record.read("ev.LB.call.3", 0, damage.version - 1) == []
    await again.put(Plain(n=1), subject="ev.LB.call.3")  # and work goes on


async def test_a_slow_follower_with_a_small_queue_loses_nothing(tmp_path: Path, make_room: MakeRoom) -> None:
    room = make_room()
    await room.record.close()
    room.record = SqliteRecord(room.folder / "record.sqlite", feed_limit=3)
    seen: list[int] = []
    following = room.record.follow({"LB": 0})
    await room.put(Plain(n=0))
    async for entry in following:
        seen.append(entry.seq)
        if len(seen) in (1, 3, 4, 10, 40):
            for n in range(7):
                await room.put(Plain(n=n), Plain(n=n))
        if len(seen) == 71:
            break
    assert seen == list(range(1, 72))


async def test_a_room_that_changed_its_signing_key_keeps_its_old_batches(make_room: MakeRoom) -> None:
    room = make_room()
    await room.put(Plain(n=1))
    await room.close()
    (room.folder / "signing" / "LB.pem").unlink()
    room = make_room()
    await room.put(Plain(n=2))
    assert len(read_public(room.folder / "signing")["LB"]) == 2
    assert verify_file(room.folder / "record.sqlite", room.verifier, require_signatures=True).ok
    _, stranger = open_signers(room.folder / "elsewhere", ["LB"])
    (both,) = verify_file(room.folder / "record.sqlite", stranger).problems
    assert (both.seq, both.until) == (1, 2)
    unknown = Verifier({})
    report = verify_file(room.folder / "record.sqlite", unknown)
    assert report.ok and report.unsigned == 2
    assert not verify_file(room.folder / "record.sqlite", unknown, require_signatures=True).ok


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "LB.pem").chmod(0o644), "others may read it"),
        (lambda folder: (folder / "LB.pem").write_text("no key"), "not a private key"),
        (lambda folder: (folder / "rooms.pub").write_text('{"LB": ["zz"]}'), "not a list of public keys"),
        (lambda folder: (folder / "rooms.pub").write_text("["), "not a list of public keys"),
    ],
)
def test_a_signing_key_that_cannot_be_used_is_named(tmp_path: Path, spoil: Callable[[Path], None], why: str) -> None:
    open_signers(tmp_path, ["LB"])
    assert (tmp_path / "LB.pem").stat().st_mode & 0o777 == 0o600
    spoil(tmp_path)
    with pytest.raises(SigningKeyError, match=why):
        open_signers(tmp_path, ["LB"])


async def test_damage_inside_a_subject_of_a_live_room_is_told_to_its_follower(make_room: MakeRoom) -> None:
    await broken(make_room, f"DELETE FROM event WHERE {POS}")
    again = make_room()
    with pytest.raises(Damaged, match="LB sequence 7: missing, the next entry is 8"):
        async for _ in again.record.follow({"LB": 0}):
            pass
    async for entry in again.record.follow({"LB": 7}):
        assert entry.seq == 8
        break
