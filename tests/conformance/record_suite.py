"""What every engine must do, one test per sentence of the ports. An engine is added by a factory in test_record.py."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meldkamer.domain.clock import SeededIds
from meldkamer.record import (
    MAX_EVENT_BYTES,
    Appended,
    Conflict,
    Durability,
    Entry,
    Fence,
    Fenced,
    KeyDestroyed,
    KeyStore,
    Leases,
    NewEvent,
    Record,
    Reused,
    Snapshots,
    TooLarge,
    Write,
    canonical,
    fence_subject,
    subject,
)


class Engine(Protocol):
    """One engine's store; `open` may be called again after closing and finds the same store."""

    async def open(self) -> Record: ...

    async def open_once(self) -> Record:
        """The record that is open, for tests that run many examples over one."""
        ...

    async def leases(self) -> Leases: ...

    async def snapshots(self) -> Snapshots: ...

    async def keys(self) -> KeyStore: ...

    async def close(self) -> None: ...


_ids = SeededIds("conformance")
CALL = subject("LB", "call", "c1")
INCIDENT = subject("LB", "incident", "i1")


def event(id: str = "", **fields: object) -> NewEvent:
    given = {"type": "test.noted", "body": b"\x80", "occurred": 1, "recorded": 2, "room": "LB", "actor": "lb.1"}
    return NewEvent(id=id or _ids.new(), **(given | fields))  # type: ignore[arg-type]


def write(to: str = CALL, expected: int | None = None, count: int = 1) -> Write:
    return Write(to, tuple(event() for _ in range(count)), expected)


async def stored(record: Record, region: str = "LB", after: int = 0, until: int | None = None) -> list[Entry]:
    return [entry async for entry in record.replay(region, after, until)]


async def own(record: Record, function: str = "LB.A.dispatch", expected: int | None = None) -> Fence:
    """Put a fence record there and return the proof."""
    done = await record.append("LB", [write(fence_subject("LB", function), expected)])
    return Fence(function, done.positions[-1].version, done.positions[-1].seq)


class Collector:
    """Follows in a task; `until(n)` waits for the n-th entry."""

    def __init__(self, record: Record, after: dict[str, int]) -> None:
        self.entries: list[Entry] = []
        self._more = asyncio.Condition()
        self.task = asyncio.create_task(self._run(record, after))

    async def _run(self, record: Record, after: dict[str, int]) -> None:
        async for entry in record.follow(after):
            async with self._more:
                self.entries.append(entry)
                self._more.notify_all()

    async def until(self, count: int) -> list[Entry]:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.entries) >= count)
        return self.entries


_BATCH = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([None, None, 0, 1, 2]), st.integers(0, 30)),
    min_size=1,
    max_size=3,
    unique_by=(lambda w: w[0], lambda w: w[2]),
)


class Model:
    """What a record is, in a list."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.log: list[tuple[int, str, int, str]] = []

    def writes(self, batch: list[tuple[int, int | None, int]]) -> list[Write]:
        region = self.region
        return [
            Write(subject(region, "call", str(n)), (event(f"{region}-{id}", body=bytes([id])),), expected)
            for n, expected, id in batch
        ]

    def append(self, writes: list[Write]) -> tuple[object, ...]:
        places = {id: (seq, version) for seq, _, version, id in self.log}
        ids = [w.events[0].id for w in writes]
        known = [places[id] for id in ids if id in places]
        if len(known) == len(ids):
            return ("again", *known)
        if known:
            return ("reused",)
        new: list[tuple[int, str, int, str]] = []
        for write in writes:
            version = sum(name == write.subject for _, name, _, _ in self.log)
            if write.expected not in (None, version):
                return ("conflict", write.subject, version)
            new.append((len(self.log) + len(new) + 1, write.subject, version + 1, write.events[0].id))
        self.log += new
        return ("stored", *((seq, version) for seq, _, version, _ in new))


def _outcome(result: Appended | BaseException) -> tuple[object, ...]:
    match result:
        case Reused():
            return ("reused",)
        case Conflict():
            return ("conflict", result.subject, result.actual)
        case BaseException():
            raise result
    places = ((p.seq, p.version) for p in result.positions)
    return ("again" if result.duplicate else "stored", *places)


class RecordSuite:
    async def test_an_append_says_where_and_how_safely(self, engine: Engine) -> None:
        record = await engine.open()
        done = await record.append("LB", [write(CALL, 0, 2), write(INCIDENT, 0)])
        assert [(p.region, p.seq, p.subject, p.version) for p in done.positions] == [
            ("LB", 1, CALL, 1),
            ("LB", 2, CALL, 2),
            ("LB", 3, INCIDENT, 1),
        ]
        assert done.durability is Durability.SAFE and not done.duplicate

    async def test_everything_comes_back_as_it_was_offered_also_after_opening_again(self, engine: Engine) -> None:
        record = await engine.open()
        offered = event(
            schema=3,
            sealed={"medical": b"\x01", "caller": b"\x00\xff"},
            epochs={"LB.A.dispatch": 4},
            audience="PA",
            cause="c",
            correlation="é",
            island=True,
            occurred=-5,
        )
        await record.append("LB", [Write(CALL, (offered,), 0)])
        before = await stored(record)
        assert before[0].event == offered
        await engine.close()
        assert await stored(await engine.open()) == before

    async def test_sequences_are_contiguous_per_region_and_versions_per_subject(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0), write(INCIDENT, 0, 2)])
        await record.append("NL", [write(subject("NL", "call", "x"), 0)])
        await own(record)
        await record.append("LB", [write(CALL, 1, 2)])
        entries = await stored(record)
        assert [e.seq for e in entries] == [1, 2, 3, 4, 5, 6]
        assert [e.version for e in entries if e.subject == CALL] == [1, 2, 3]
        assert [e.seq for e in await stored(record, "NL")] == [1]

    async def test_a_batch_is_marked_from_its_first_to_its_last_entry(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0, 2), write(INCIDENT, 0)])
        entries = await stored(record)
        assert {e.batch for e in entries} == {entries[0].event.id}
        assert [(e.n, e.of) for e in entries] == [(0, 3), (1, 3), (2, 3)]

    async def test_each_subject_is_a_hash_chain_over_what_is_stored(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0, 2), write(INCIDENT, 0)])
        await record.append("LB", [write(CALL, 2)])
        previous = b""
        for entry in await record.read(CALL):
            assert entry.previous == previous
            assert entry.hash == canonical.hash_of(entry) and len(entry.hash) == 32
            previous = entry.hash

    async def test_the_hash_covers_ciphertext(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [Write(CALL, (event(sealed={"caller": b"abc"}),), 0)])
        (entry,) = await record.read(CALL)
        other = msgspec.structs.replace(entry.event, sealed={"caller": b"abd"})
        assert canonical.hash_of(msgspec.structs.replace(entry, event=other)) != entry.hash

    @pytest.mark.parametrize("expected", [0, 1, 3])
    async def test_a_subject_that_has_moved_on_is_a_conflict(self, engine: Engine, expected: int) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0, 2)])
        with pytest.raises(Conflict) as caught:
            await record.append("LB", [write(CALL, expected)])
        assert (caught.value.subject, caught.value.expected, caught.value.actual) == (CALL, expected, 2)

    async def test_an_append_is_all_or_nothing(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(INCIDENT, 0)])
        with pytest.raises(Conflict):
            await record.append("LB", [write(CALL, 0, 3), write(INCIDENT, 0)])
        assert await record.tail("LB") == 1 and await record.version(CALL) == 0
        done = await record.append("LB", [write(CALL, 0), write(INCIDENT, 1)])
        assert [p.seq for p in done.positions] == [2, 3]

    async def test_a_fact_always_fits(self, engine: Engine) -> None:
        record = await engine.open()
        done = await asyncio.gather(*(record.append("LB", [write(CALL)]) for _ in range(40)))
        assert sorted(d.positions[0].version for d in done) == list(range(1, 41))

    async def test_one_of_many_writers_wins_each_version(self, engine: Engine) -> None:
        record = await engine.open()
        for version in range(5):
            tries = (record.append("LB", [write(CALL, version)]) for _ in range(20))
            results = await asyncio.gather(*tries, return_exceptions=True)
            assert sum(not isinstance(r, BaseException) for r in results) == 1
            assert sum(isinstance(r, Conflict) for r in results) == 19

    async def test_one_that_fails_takes_no_other_with_it(self, engine: Engine) -> None:
        record = await engine.open()
        fence = Fence("LB.A.dispatch", 1, 99)
        tries = []
        for n in range(30):
            tries.append(record.append("LB", [write(subject("LB", "call", str(n)), 0)]))
            tries.append(record.append("LB", [write(subject("LB", "call", str(n)), 7)]))
            tries.append(record.append("LB", [write(subject("LB", "unit", str(n)), 0)], [fence]))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(r).__name__ for r in results] == ["Appended", "Conflict", "Fenced"] * 30
        assert await record.tail("LB") == 30

    # --- fences

    async def test_the_owner_may_write_and_a_deposed_one_may_not(self, engine: Engine) -> None:
        record = await engine.open()
        first = await own(record, expected=0)
        await record.append("LB", [write(CALL, 0)], [first])
        second = await own(record, expected=1)
        with pytest.raises(Fenced) as caught:
            await record.append("LB", [write(CALL, 1)], [first])
        assert (caught.value.token, caught.value.actual) == (first.token, second.token)
        await record.append("LB", [write(CALL, 1)], [second])

    @pytest.mark.parametrize("token", [0, 1, -1])
    async def test_nobody_owns_what_nobody_took(self, engine: Engine, token: int) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0)])
        with pytest.raises(Fenced):
            await record.append("LB", [write(CALL, 1)], [Fence("LB.B.dispatch", 1, token)])

    async def test_every_fence_must_hold(self, engine: Engine) -> None:
        record = await engine.open()
        good = await own(record)
        with pytest.raises(Fenced):
            await record.append("LB", [write(CALL, 0)], [good, Fence("LB.B.dispatch", 1, good.token)])
        assert await record.version(CALL) == 0

    async def test_the_newest_fence_record_can_be_read(self, engine: Engine) -> None:
        record = await engine.open()
        assert await record.fence("LB", "LB.A.dispatch") is None
        await own(record)
        token = (await own(record)).token
        newest = await record.fence("LB", "LB.A.dispatch")
        assert newest is not None and (newest.seq, newest.version) == (token, 2)

    async def test_of_two_that_take_over_at_once_one_does(self, engine: Engine) -> None:
        record = await engine.open()
        results = await asyncio.gather(own(record, expected=0), own(record, expected=0), return_exceptions=True)
        assert sorted(type(r).__name__ for r in results) == ["Conflict", "Fence"]

    # --- exactly once

    async def test_the_same_events_again_return_the_first_positions_for_ever(self, engine: Engine) -> None:
        record = await engine.open()
        again = [write(CALL, 0, 2), write(INCIDENT, 0)]
        first = await record.append("LB", again)
        await record.append("LB", [write(CALL, 2, 5)])
        for _ in range(2):
            done = await record.append("LB", again)
            assert done.duplicate and done.positions == first.positions
            await engine.close()
            record = await engine.open()
        assert await record.tail("LB") == 8

    async def test_a_repeat_is_answered_whatever_expectation_and_fence_say(self, engine: Engine) -> None:
        record = await engine.open()
        offered = event()
        first = await record.append("LB", [Write(CALL, (offered,))])
        for expected in (None, 0, 1, 9):
            done = await record.append("LB", [Write(CALL, (offered,), expected)], [Fence("LB.A.dispatch", 1, 77)])
            assert done.positions == first.positions and done.duplicate

    async def test_the_same_fact_offered_many_times_at_once_stands_once(self, engine: Engine) -> None:
        record = await engine.open()
        offered = event()
        done = await asyncio.gather(*(record.append("LB", [Write(CALL, (offered,))]) for _ in range(30)))
        assert {d.positions for d in done} == {done[0].positions}
        assert sum(not d.duplicate for d in done) == 1 and await record.tail("LB") == 1

    async def test_a_batch_with_some_stored_ids_is_refused_rather_than_half_acknowledged(self, engine: Engine) -> None:
        record = await engine.open()
        old, new = event(), event()
        await record.append("LB", [Write(CALL, (old,), 0)])
        with pytest.raises(Reused) as caught:
            await record.append("LB", [Write(CALL, (old, new))])
        assert caught.value.event_ids == (old.id,)
        assert await record.resolve("LB", new.id) is None and await record.tail("LB") == 1

    async def test_resolve_tells_where_an_event_stands_or_that_it_does_not(self, engine: Engine) -> None:
        record = await engine.open()
        one, other = event(), event()
        done = await record.append("LB", [Write(CALL, (one,), 0)])
        assert await record.resolve("LB", one.id) == done.positions[0]
        assert await record.resolve("LB", other.id) is None

    async def test_resolve_is_final_for_an_append_whose_caller_gave_up(self, engine: Engine) -> None:
        record = await engine.open()
        for n in range(30):
            offered = event()
            attempt = asyncio.create_task(record.append("LB", [Write(CALL, (offered,))]))
            for _ in range(n % 4):
                await asyncio.sleep(0)
            attempt.cancel()
            place = await record.resolve("LB", offered.id)
            await record.append("LB", [write(INCIDENT)])
            assert await record.resolve("LB", offered.id) == place

    async def test_any_text_is_an_id(self, engine: Engine) -> None:
        record = await engine.open()
        for id in ("x", "A" * 32, "a" * 32, "00 11 22 33 44 55 66 77 88 99 aa", "é"):
            await record.append("LB", [Write(CALL, (event(id),))])
        assert [e.event.id for e in await record.read(CALL)][:3] == ["x", "A" * 32, "a" * 32]
        assert (await record.resolve("LB", "a" * 32)) != (await record.resolve("LB", "A" * 32))

    # --- what is no append

    async def test_too_large_is_refused_and_the_largest_is_not(self, engine: Engine) -> None:
        record = await engine.open()
        half = MAX_EVENT_BYTES // 2
        await record.append("LB", [Write(CALL, (event(body=b"x" * half, sealed={"caller": b"y" * half}),), 0)])
        with pytest.raises(TooLarge):
            await record.append("LB", [Write(CALL, (event(body=b"x" * half, sealed={"caller": b"y" * (half + 1)}),))])
        await record.append("LB", [write(CALL, 1, 1_000)])
        with pytest.raises(TooLarge):
            await record.append("LB", [write(CALL, None, 1_001)])
        assert await record.version(CALL) == 1_001

    async def test_what_is_no_batch_is_a_mistake_of_the_caller(self, engine: Engine) -> None:
        record = await engine.open()
        same = event()
        for writes in (
            [],
            [Write(CALL, ())],
            [Write(CALL, (same, same))],
            [Write(subject("NL", "call", "c1"), (event(),))],
            [Write("LB", (event(),))],
        ):
            with pytest.raises(ValueError):
                await record.append("LB", writes)
        assert await record.tail("LB") == 0 and await record.regions() == []

    # --- reading

    async def test_read_gives_one_subject_between_two_versions(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0, 3), write(INCIDENT, 0), write(CALL, 3, 2)])
        assert [e.version for e in await record.read(CALL)] == [1, 2, 3, 4, 5]
        assert [e.version for e in await record.read(CALL, 3)] == [4, 5]
        assert [e.version for e in await record.read(CALL, 1, 3)] == [2, 3]
        assert await record.read(CALL, 5) == [] == await record.read(subject("LB", "call", "none"))

    async def test_replay_gives_a_region_between_two_sequences(self, engine: Engine) -> None:
        record = await engine.open()
        for _ in range(3):
            await record.append("LB", [write(CALL, None, 900)])
        assert [e.seq for e in await stored(record)] == list(range(1, 2_701))
        assert [e.seq for e in await stored(record, after=998, until=1_003)] == [999, 1_000, 1_001, 1_002, 1_003]
        assert await stored(record, after=2_700) == [] == await stored(record, "ZZ")

    async def test_tail_version_and_regions(self, engine: Engine) -> None:
        record = await engine.open()
        assert (await record.tail("LB"), await record.version(CALL), await record.regions()) == (0, 0, [])
        await record.append("ZB", [write(subject("ZB", "call", "1"), 0)])
        await record.append("LB", [write(CALL, 0, 4)])
        assert (await record.tail("LB"), await record.version(CALL)) == (4, 4)
        assert await record.regions() == ["LB", "ZB"]
        await engine.close()
        record = await engine.open()
        assert (await record.tail("LB"), await record.version(CALL)) == (4, 4)

    # --- following

    async def test_follow_replays_then_goes_on_live_each_entry_once(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL, 0, 5)])
        follower = Collector(record, {"LB": 2, "NL": 0})
        await follower.until(3)
        await record.append("LB", [write(CALL, 5)])
        await record.append("NL", [write(subject("NL", "call", "1"), 0)])
        await record.append("ZB", [write(subject("ZB", "call", "1"), 0)])
        await record.append("LB", [write(CALL, 6)])
        entries = await follower.until(6)
        assert [e.seq for e in entries if e.region == "LB"] == [3, 4, 5, 6, 7]
        assert [e.seq for e in entries if e.region == "NL"] == [1] and len(entries) == 6
        assert [e for e in entries if e.region == "LB"] == await stored(record, after=2)

    async def test_followers_that_start_while_many_write_see_everything_in_order(self, engine: Engine) -> None:
        record = await engine.open()
        followers = []

        async def writer(n: int) -> None:
            for version in range(25):
                await record.append("LB", [write(subject("LB", "call", str(n)), version)])
                if version == n:
                    followers.append(Collector(record, {"LB": 0}))

        await asyncio.gather(*(writer(n) for n in range(12)))
        expected = await stored(record)
        for follower in followers:
            assert await follower.until(300) == expected

    async def test_a_slow_follower_never_loses(self, engine: Engine) -> None:
        record = await engine.open()
        await record.append("LB", [write(CALL)])
        seen = []
        async with asyncio.timeout(60):
            async for entry in record.follow({"LB": 0}):
                seen.append(entry.seq)
                if entry.seq == 1:  # far more than any queue holds, while this one does not read
                    for _ in range(12):
                        await record.append("LB", [write(CALL, None, 1_000)])
                if entry.seq == 12_001:
                    break
        assert seen == list(range(1, 12_002))

    async def test_closing_ends_followers_and_finishes_what_was_accepted(self, engine: Engine) -> None:
        record = await engine.open()
        follower = Collector(record, {"LB": 0})
        await asyncio.sleep(0)
        offered: Sequence[NewEvent] = [event() for _ in range(50)]
        appends = [asyncio.create_task(record.append("LB", [Write(CALL, (e,))])) for e in offered]
        await asyncio.sleep(0)
        await record.close()
        assert sorted(d.positions[0].version for d in await asyncio.gather(*appends)) == list(range(1, 51))
        async with asyncio.timeout(20):
            await follower.task
        await engine.close()
        assert await (await engine.open()).version(CALL) == 50

    # --- against a model

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(batches=st.lists(_BATCH, max_size=14), at_once=st.booleans())
    async def test_random_batches_do_what_a_list_in_memory_does(
        self, engine: Engine, batches: list[list[tuple[int, int | None, int]]], at_once: bool
    ) -> None:
        """A batch: (subject, expectation or None, id) per write; ids overlap on purpose."""
        record = await engine.open_once()
        model = Model(f"H{_ids.new()[:10].upper()}")
        offered = [model.writes(batch) for batch in batches]
        expected, results = [], []
        if at_once:
            tasks = [asyncio.create_task(record.append(model.region, writes)) for writes in offered]
            results = await asyncio.gather(*tasks, return_exceptions=True)
            expected = [model.append(writes) for writes in offered]
        else:
            for writes in offered:
                expected.append(model.append(writes))
                results += await asyncio.gather(record.append(model.region, writes), return_exceptions=True)
        assert [_outcome(r) for r in results] == expected
        entries = await stored(record, model.region)
        assert [(e.seq, e.subject, e.version, e.event.id) for e in entries] == model.log
        for name in {e.subject for e in entries}:
            chain = await record.read(name)
            assert [e.previous for e in chain] == [b"", *(e.hash for e in chain[:-1])]


class LeasesSuite:
    async def test_a_lease_grows_by_compare_and_set(self, engine: Engine) -> None:
        leases = await engine.leases()
        assert await leases.all() == {}
        lease = await leases.renew("LB", "p1", 0)
        assert (lease.room, lease.n, lease.holder) == ("LB", 1, "p1")
        await leases.renew("LB", "p1", 1)
        await leases.renew("ZB", "p2", 0)
        assert {room: (x.n, x.holder) for room, x in (await leases.all()).items()} == {"LB": (2, "p1"), "ZB": (1, "p2")}

    async def test_one_of_two_that_renew_at_once_fails(self, engine: Engine) -> None:
        leases = await engine.leases()
        results = await asyncio.gather(leases.renew("LB", "a", 0), leases.renew("LB", "b", 0), return_exceptions=True)
        assert sorted(type(r).__name__ for r in results) == ["Conflict", "Lease"]

    async def test_somebody_else_having_moved_it_is_a_conflict(self, engine: Engine) -> None:
        leases = await engine.leases()
        await leases.renew("LB", "a", 0)
        for expected in (0, 2):
            with pytest.raises(Conflict):
                await leases.renew("LB", "b", expected)
        assert (await leases.all())["LB"].holder == "a"

    async def test_leases_survive_opening_again(self, engine: Engine) -> None:
        await (await engine.leases()).renew("LB", "a", 0)
        await engine.close()
        assert (await (await engine.leases()).renew("LB", "b", 1)).n == 2


class SnapshotsSuite:
    async def test_the_newest_of_a_key_comes_back_also_after_opening_again(self, engine: Engine) -> None:
        snapshots = await engine.snapshots()
        assert await snapshots.latest("picture-1") is None
        await snapshots.save("picture-1", {"LB": 1}, b"old")
        await snapshots.save("picture-1", {"LB": 7, "NL": 2}, b"new" * 100_000)
        await snapshots.save("picture/2", {}, b"")
        await engine.close()
        snapshots = await engine.snapshots()
        assert await snapshots.latest("picture-1") == ({"LB": 7, "NL": 2}, b"new" * 100_000)
        assert await snapshots.latest("picture/2") == ({}, b"")

    async def test_many_savers_leave_a_whole_one(self, engine: Engine) -> None:
        snapshots = await engine.snapshots()
        await asyncio.gather(*(snapshots.save("k", {"LB": n}, bytes([n]) * 50_000) for n in range(20)))
        found = await snapshots.latest("k")
        assert found is not None and found[1] == bytes([found[0]["LB"]]) * 50_000


class KeyStoreSuite:
    async def test_a_key_is_made_once_per_subject_and_compartment(self, engine: Engine) -> None:
        keys = await engine.keys()
        assert keys.find(CALL, "caller") is None
        made = await asyncio.gather(*(keys.obtain(CALL, "caller") for _ in range(20)))
        assert len(set(made)) == 1 and len(made[0]) == 32
        assert keys.find(CALL, "caller") == made[0]
        assert len({made[0], await keys.obtain(CALL, "medical"), await keys.obtain(INCIDENT, "caller")}) == 3

    async def test_a_key_is_there_after_opening_again(self, engine: Engine) -> None:
        key = await (await engine.keys()).obtain(CALL, "caller")
        await engine.close()
        assert (await engine.keys()).find(CALL, "caller") == key

    async def test_a_destroyed_key_never_comes_back_and_its_end_is_told(self, engine: Engine) -> None:
        keys = await engine.keys()
        await keys.obtain(CALL, "caller")
        other = await keys.obtain(CALL, "medical")
        assert await keys.destroy(CALL, "caller", 123, "end of term", "archivist")
        assert not await keys.destroy(CALL, "caller", 456, "again", "somebody")
        assert not await keys.destroy(INCIDENT, "caller", 456, "never made", "somebody")
        for _ in range(2):
            assert keys.find(CALL, "caller") is None and keys.find(CALL, "medical") == other
            with pytest.raises(KeyDestroyed):
                await keys.obtain(CALL, "caller")
            (gone,) = keys.destroyed()
            assert (gone.subject, gone.compartment, gone.at, gone.reason) == (CALL, "caller", 123, "end of term")
            await engine.close()
            keys = await engine.keys()
