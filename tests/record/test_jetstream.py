"""What the network's engine adds to the port: rooms on one stream, servers it does not trust, caches, strangers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from meldkamer.record import (
    Conflict,
    Damaged,
    Entry,
    Fence,
    Fenced,
    InUse,
    Lease,
    NewEvent,
    NKey,
    RecordError,
    Unknown,
    Write,
    fence_subject,
    jetstream_reader,
)
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_reader import Raw
from meldkamer.record.jetstream_source import verify_streams
from meldkamer.record.port import Unsafe
from meldkamer.record.signing import open_signers
from tests.nats.opening import accesses, event, opened
from tests.nats.server import Server, Users, cluster, running, single

CALL = "ev.LB.call.c1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = single(tmp_path / "nats")
    with running([made]):
        yield made


async def put(record: JetStreamRecord, count: int = 1, subject: str = CALL) -> list[NewEvent]:
    made = [event() for _ in range(count)]
    for one in made:
        await record.append("LB", [Write(subject, (one,))])
    return made


async def stored(record: JetStreamRecord) -> list[Entry]:
    return [entry async for entry in record.replay("LB")]


async def stored_after(record: JetStreamRecord, after: int) -> list[Entry]:
    return [entry async for entry in record.replay("LB", after)]


async def until(record: JetStreamRecord, seq: int, after: int = 0) -> list[Entry]:
    """What a follower sees up to a sequence."""
    seen: list[Entry] = []
    async with asyncio.timeout(20):
        async for entry in record.follow({"LB": after}):
            seen.append(entry)
            if entry.seq == seq:
                return seen
    raise AssertionError("the follower ended")


# --- several rooms on one stream ------------------------------------------------------------------------------------


async def test_rooms_that_write_at_once_make_one_record(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as one, opened([server], tmp_path / "b") as two:

        async def work(record: JetStreamRecord, name: str) -> None:
            for version in range(30):
                await record.append("LB", [Write(f"ev.LB.call.{name}", (event(),), version)])
                await record.append("LB", [Write(CALL, (event(),))])

        await asyncio.gather(*(work(record, f"{n}{w}") for n, record in enumerate((one, two)) for w in range(3)))
        assert [e.seq for e in await until(one, 360)] == list(range(1, 361))
        assert await until(two, 360) == await stored(one) == await stored(two)
        assert [e.version for e in await one.read(CALL)] == list(range(1, 181))
        assert (await verify_streams(one)).ok


async def test_the_same_event_from_two_rooms_stands_once(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as one, opened([server], tmp_path / "b") as two:
        await put(one)
        await two.tail("LB")
        for n in range(20):
            same = event(f"same-{n}")
            # On subjects of their own, where no version tells that somebody else was faster.
            tries = [record.append("LB", [Write(f"ev.LB.call.{n}{record is one}", (same,))]) for record in (one, two)]
            first, second = await asyncio.gather(*tries)
            assert first.positions == second.positions and first.duplicate != second.duplicate
        assert await one.tail("LB") == 21


async def test_a_deposed_owner_is_refused_though_it_has_not_heard(server: Server, tmp_path: Path) -> None:
    function = "LB.A.dispatch"
    async with opened([server], tmp_path / "a") as old, opened([server], tmp_path / "b") as new:
        done = await old.append("LB", [Write(fence_subject("LB", function), (event(),), 0)])
        fence = Fence(function, 1, done.positions[0].seq)
        await new.tail("LB")
        refused = 0
        for epoch in range(1, 21):
            # Sent at once: whatever the old owner has heard, the stream takes its order before the take-over or never.
            taking = new.append("LB", [Write(fence_subject("LB", function), (event(),), epoch)])
            ordering = old.append("LB", [Write(f"ev.LB.unit.{epoch}", (event(),), 0)], [fence])
            taken, ordered = await asyncio.gather(taking, ordering, return_exceptions=True)
            assert not isinstance(taken, BaseException)
            if isinstance(ordered, BaseException):
                assert isinstance(ordered, Fenced)
                refused += 1
            else:
                assert ordered.positions[0].seq < taken.positions[0].seq
            with pytest.raises(Fenced):
                await old.append("LB", [Write(CALL, (event(),))], [fence])
            fence = Fence(function, epoch + 1, taken.positions[0].seq)
            old, new = new, old
        assert refused, "some take-overs come first"


async def test_a_room_that_knows_less_decides_again(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as one, opened([server], tmp_path / "b") as two:
        await put(one)
        await put(two)
        await put(one, 3)
        with pytest.raises(Conflict) as caught:
            await two.append("LB", [Write(CALL, (event(),), 2)])
        assert 3 <= caught.value.actual <= 5, "as far as it has read, and beyond what it expected"
        # What the caller has heard from elsewhere is not a conflict before it was looked up.
        assert (await two.append("LB", [Write(CALL, (event(),), 5)])).positions[0].version == 6


async def test_a_room_whose_replica_gives_nothing_writes_and_shows_all_the_same(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lagging(*_: object) -> AsyncIterator[list[Raw]]:
        await asyncio.Event().wait()
        yield []

    async with opened([server], tmp_path / "a") as one, opened([server], tmp_path / "b") as other:
        with monkeypatch.context() as patch:
            patch.setattr(jetstream_reader, "follow", lagging)
            await put(other)
        await put(one, 3)
        await put(other)
        assert [entry.version for entry in await until(other, 5)] == [1, 2, 3, 4, 5]


async def test_a_follower_waits_for_a_stream_that_another_room_makes(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as one, opened([server], tmp_path / "b") as two:
        waiting = asyncio.create_task(until(two, 1))
        await asyncio.sleep(0)
        await put(one)
        assert [e.seq for e in await waiting] == [1]


# --- servers --------------------------------------------------------------------------------------------------------


async def test_a_server_that_acknowledges_before_it_fsyncs_is_refused(tmp_path: Path) -> None:
    with running([single(tmp_path, sync="2m")]) as servers, pytest.raises(Unsafe, match=r"n0.*sync_interval: always"):
        async with opened(servers, tmp_path / "a"):
            pass


async def test_one_such_server_of_three_is_enough_to_refuse(tmp_path: Path) -> None:
    servers = cluster(tmp_path, syncs=("always", "2m", "always"))
    with running(servers), pytest.raises(Unsafe, match="n1"):
        async with opened(servers, tmp_path / "a"):
            pass


async def test_a_server_that_comes_back_unsafe_is_not_written_to(tmp_path: Path) -> None:
    server = single(tmp_path)
    with running([server]):
        async with opened([server], tmp_path / "a", seconds=5) as record:
            await put(record)
            server.end(signal.SIGTERM)
            server.set("sync_interval: always", "sync_interval: 2m")
            server.start()
            async with asyncio.timeout(20):
                while True:
                    try:
                        await put(record)
                    except Unsafe as error:
                        assert "n0" in str(error)
                        break
            with pytest.raises(Unsafe):
                await record.renew("LB", "p", 0)
            assert len(await stored(record)) >= 1, "reading goes on"


async def test_nobody_there_is_said_with_the_addresses(tmp_path: Path) -> None:
    server = single(tmp_path)
    with pytest.raises(Unreachable, match=f"127.0.0.1:{server.port}"):
        async with opened([server], tmp_path / "a", patience=0.5):
            pass


async def test_who_is_not_known_to_the_servers_is_told_so(server: Server, tmp_path: Path) -> None:
    NKey.generate().write(tmp_path / "other.nk")
    core, audit = accesses([server])
    other = msgspec.structs.replace(core, seed=str(tmp_path / "other.nk"))
    with pytest.raises(Unreachable, match=r"(?i)authorization"):
        await JetStreamRecord.open(other, audit, tmp_path / "a", patience=1)


async def test_a_room_that_was_locked_out_works_again_once_it_is_let_in(server: Server, tmp_path: Path) -> None:
    """A client of nats-py gives up for ever when a server refuses it."""
    room = NKey.read(Users(tmp_path / "nats").room).public
    async with opened([server], tmp_path / "a", seconds=0.5) as record:
        await put(record)
        server.set(room, nobody := NKey.generate().public)
        server.tell(signal.SIGHUP)
        async with asyncio.timeout(20):
            while True:
                try:
                    await put(record)
                except Unknown:
                    break
        server.set(nobody, room)
        server.tell(signal.SIGHUP)
        async with asyncio.timeout(20):
            while True:
                try:
                    await put(record)
                    break
                except Unknown:
                    continue


async def test_leases_are_read_and_renewed_after_a_restart_and_not_before(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as record:
        await record.renew("LB", "p", 0)
        await record.renew("ZB", "q", 0)
        server.end(signal.SIGKILL)
        with pytest.raises((Unreachable, Unknown)):
            await record.renew("LB", "p", 1)
        with pytest.raises(Unreachable):
            await record.all()
        server.start()
        leases: dict[str, Lease] = {}
        async with asyncio.timeout(20):
            while not leases:
                with contextlib.suppress(Unreachable):
                    leases = await record.all()
                await asyncio.sleep(0)
        assert {room: lease.n for room, lease in leases.items()} == {"LB": 1, "ZB": 1}
        assert (await record.renew("LB", "p", 1)).n == 2
        assert (await record.all())["LB"].n == 2


async def test_followers_go_on_after_a_restart(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as one, opened([server], tmp_path / "b") as two:
        seen = asyncio.create_task(until(two, 20))
        await put(one, 10)
        server.end(signal.SIGKILL)
        server.start()
        await put(one, 10)
        assert [e.seq for e in await seen] == list(range(1, 21))


async def test_unknown_is_settled_once_the_server_answers_again(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a", seconds=0.5) as record:
        await put(record)
        server.pause()
        lost, late = event(), event()
        first = asyncio.create_task(record.append("LB", [Write(CALL, (lost,), 1)]))
        with pytest.raises(Unknown) as caught:
            await first
        assert caught.value.event_ids == (lost.id,)
        with pytest.raises(Unknown):
            await record.append("LB", [Write(CALL, (late,))])
        server.tell(signal.SIGCONT)
        async with asyncio.timeout(30):
            while True:
                try:
                    place = await record.resolve("LB", lost.id)
                    break
                except Unknown:
                    continue
        assert await record.resolve("LB", late.id) is None, "it was never sent"
        await put(record)
        assert await record.resolve("LB", lost.id) == place
        ids = [e.event.id for e in await stored(record)]
        assert ids.count(lost.id) == (0 if place is None else 1) and late.id not in ids
        again = await record.append("LB", [Write(CALL, (lost,))])
        assert place is None or (again.duplicate and again.positions[0] == place)


# --- strangers and damage -------------------------------------------------------------------------------------------


async def stranger(server: Server, subject: str, payload: bytes) -> None:
    """Store a message as somebody would who has the keys of a room but not its program."""
    core, _ = accesses([server])
    client = JetStreamClient(core, "stranger")
    await client.open(5)
    await client.request(subject, payload, 5)
    await client.close()


async def test_what_is_no_entry_is_set_aside_and_disturbs_nobody(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as record, opened([server], tmp_path / "b") as other:
        await put(record, 2)
        await stranger(server, CALL, b"garbage")
        await stranger(server, "ev.LB.call.c%202", b"\x93\xc4\x00\xc4\x00\xc4\x00")
        await put(record, 2)
        await put(other, 1, "ev.LB.call.c 2")
        assert [e.seq for e in await until(record, 7)] == [1, 2, 5, 6, 7]
        assert [e.version for e in await other.read(CALL)] == [1, 2, 3, 4]
        assert list(record.set_aside()["LB"]) == [3, 4] and "payload" in record.set_aside()["LB"][3]
        report = await verify_streams(record)
        assert [(p.seq, p.region) for p in report.problems] == [(3, "LB"), (4, "LB")]
    async with opened([server], tmp_path / "c") as fresh:
        assert [e.seq for e in await stored(fresh)] == [1, 2, 5, 6, 7]
        assert list(fresh.set_aside()["LB"]) == [3, 4]


async def test_an_entry_of_another_chain_is_set_aside(server: Server, tmp_path: Path) -> None:
    elsewhere = single(tmp_path / "elsewhere")
    with running([elsewhere]):
        async with opened([elsewhere], tmp_path / "x") as forger:
            await put(forger, 2)
            core, _ = accesses([elsewhere])
            client = JetStreamClient(core, "copy")
            await client.open(5)
            copied = await client.ask("STREAM.MSG.GET.REG_LB", {"seq": 2})
            await client.close()

    async with opened([server], tmp_path / "a") as record:
        await put(record)
        await stranger(server, CALL, base64.b64decode(copied["message"]["data"]))
        await put(record)
        assert [e.version for e in await record.read(CALL)] == [1, 2]
        assert "hash chain" in record.set_aside()["LB"][2]


async def test_an_entry_that_the_disk_has_lost_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    """The server checks a message when it reads it, and passes over one that does not fit without a word."""
    server = single(tmp_path / "nats")
    with running([server]):
        async with opened([server], tmp_path / "a") as record:
            for n in range(8):
                await record.append("LB", [Write(f"ev.LB.call.{n}", (event(body=b"n%d" % n * 40),))])
        server.end(signal.SIGTERM)
        (block,) = server.folder.rglob("REG_LB/msgs/1.blk")
        block.write_bytes(block.read_bytes().replace(b"n3n3n3", b"n3n2n3", 1))
        server.start()
        server.wait()
        for cache in ("a", "b"):
            async with opened([server], tmp_path / cache) as record:
                with pytest.raises(Damaged) as caught:
                    await stored(record)
                assert (caught.value.region, caught.value.seq) == ("LB", 4)
                assert [e.seq for e in await until(record, 8, after=4)] == [5, 6, 7, 8]
                report = await verify_streams(record)
                assert [(p.region, p.seq) for p in report.problems] == [("LB", 4)] and report.events == 7
        async with opened([server], tmp_path / "b") as record:
            assert await until(record, 8, after=4) == (await stored_after(record, 4))
            await put(record, 1, "ev.LB.call.2")
            assert [e.version for e in await record.read("ev.LB.call.2")] == [1, 2] and await record.tail("LB") == 9


async def test_a_disk_that_was_rolled_back_is_refused(tmp_path: Path) -> None:
    server = single(tmp_path / "nats")
    with running([server]):
        async with opened([server], tmp_path / "a") as record:
            await put(record, 5)
        server.end(signal.SIGTERM)
        shutil.copytree(server.folder / "js", tmp_path / "old")
        server.start()
        server.wait()
        async with opened([server], tmp_path / "a") as record:
            await put(record, 5)
        server.end(signal.SIGTERM)
        shutil.rmtree(server.folder / "js")
        shutil.copytree(tmp_path / "old", server.folder / "js")
        server.start()
        server.wait()
        async with opened([server], tmp_path / "a") as record:
            with pytest.raises(Damaged) as caught:
                await put(record)
            assert (caught.value.region, caught.value.seq) == ("LB", 6)


# --- the cache ------------------------------------------------------------------------------------------------------


async def test_a_cache_that_is_gone_or_torn_is_made_anew(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "a"
    async with opened([server], cache) as record:
        made = await put(record, 30)
    index = cache / "index-LB.sqlite"

    def drop() -> None:
        with contextlib.closing(sqlite3.connect(index)) as db:
            db.execute("DROP TABLE event")

    for spoil in (lambda: shutil.rmtree(cache), lambda: index.write_bytes(b"torn"), drop, lambda: None):
        spoil()
        async with opened([server], cache) as record:
            assert await record.version(CALL) == 30
            done = await record.append("LB", [Write(CALL, (made[3],))])
            assert done.duplicate and done.positions[0].seq == 4


async def test_a_cache_of_another_stream_is_not_believed(server: Server, tmp_path: Path) -> None:
    other = single(tmp_path / "other")
    with running([other]):
        async with opened([other], tmp_path / "a") as record:
            await put(record, 3)
    async with opened([server], tmp_path / "a") as record:
        assert await record.tail("LB") == 0
        assert (await record.append("LB", [Write(CALL, (event(),), 0)])).positions[0].seq == 1


async def test_two_processes_do_not_share_a_cache(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a"):
        with pytest.raises(InUse):
            async with opened([server], tmp_path / "a"):
                pass


# --- the rest -------------------------------------------------------------------------------------------------------


async def test_each_batch_is_signed_on_its_last_entry(server: Server, tmp_path: Path) -> None:
    signers, verifier = open_signers(tmp_path / "signing", ["LB"])
    async with opened([server], tmp_path / "a", signers) as record:
        tries = [record.append("LB", [Write(f"ev.LB.call.{n}", (event(), event()))]) for n in range(10)]
        await asyncio.gather(*tries)
        assert [bool(e.signature) for e in await stored(record)] == [False, True] * 10
        report = await verify_streams(record, verifier, require_signatures=True)
        assert report.ok and report.batches == 10 and report.unsigned == 0


async def test_batches_that_nobody_we_know_has_signed_are_not_shown(server: Server, tmp_path: Path) -> None:
    good, verifier = open_signers(tmp_path / "signing", ["LB"])
    forged, _ = open_signers(tmp_path / "forged", ["LB"])
    async with opened([server], tmp_path / "a", good, verifier) as record:
        await put(record, 1, "ev.LB.call.first")
        follower = asyncio.create_task(until(record, 9))
        for n, signers in enumerate((good, forged, {}, good)):
            async with opened([server], tmp_path / f"room{n}", signers) as room:
                await room.append("LB", [Write(CALL, (event(), event()))])
        assert [e.seq for e in await follower] == [1, 2, 3, 8, 9]
        assert [e.version for e in await record.read(CALL)] == [1, 2, 7, 8]
        assert list(record.distrusted()["LB"]) == [4, 5, 6, 7]
        assert (await record.append("LB", [Write(CALL, (event(),), 8)])).positions[0].version == 9
        report = await verify_streams(record, verifier, require_signatures=True)
        assert [(p.seq, p.why) for p in report.problems] == [
            (5, "the signature of room LB does not fit"),
            (7, "the signature of room LB does not fit"),
        ]
    async with opened([server], tmp_path / "a", good, verifier) as record:
        assert [e.seq for e in await stored(record)] == [1, 2, 3, 8, 9, 10]


async def test_the_newest_batch_of_a_subject_is_checked_after_an_absence(server: Server, tmp_path: Path) -> None:
    good, verifier = open_signers(tmp_path / "signing", ["LB"])
    async with opened([server], tmp_path / "a", good) as room:
        await put(room, 3)
    async with opened([server], tmp_path / "b") as room:
        await put(room, 1, "ev.LB.call.c2")
    async with opened([server], tmp_path / "c", good, verifier) as record:
        assert [e.seq for e in await stored(record)] == [1, 2, 3]
        assert list(record.distrusted()["LB"]) == [4]


async def test_a_batch_is_shown_when_all_of_it_has_come(server: Server, tmp_path: Path) -> None:
    """A server gives it in pieces."""
    good, verifier = open_signers(tmp_path / "signing", ["LB"])
    async with opened([server], tmp_path / "a", good) as room, opened([server], tmp_path / "b", {}, verifier) as other:
        follower = asyncio.create_task(until(other, 3_000))
        for n in range(3):
            await room.append("LB", [Write(f"ev.LB.call.{n}", tuple(event() for _ in range(1_000)))])
        assert [e.seq for e in await follower] == list(range(1, 3_001))
        assert other.distrusted() == {"LB": {}}


async def test_a_region_needs_a_name_that_a_stream_can_have(server: Server, tmp_path: Path) -> None:
    async with opened([server], tmp_path / "a") as record:
        with pytest.raises(ValueError, match="letters, digits"):
            await record.append("L B", [Write("ev.L B.call.1", (event(),))])
        with pytest.raises(ValueError, match="neither"):
            await record.append("LB", [Write("lease.LB.x", (event(),))])
        await record.close()
        with pytest.raises(RecordError, match="closed"):
            await put(record)
