"""The parts of the network's engine by themselves: keys, subjects, and a reader that finds what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.record import NKey, NKeyError
from meldkamer.record.jetstream_access import Access, RequestFailed
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_message import NotAnEntry, entry, nats_subject, subject_of
from meldkamer.record.jetstream_outcome import Message, Moved, Refusal, Stored
from meldkamer.record.jetstream_reader import Hole, between, follow, get
from meldkamer.record.jetstream_safety import OLDEST
from meldkamer.record.jetstream_streams import WrongStream, check, info, region_stream, stream_of
from tests.nats.server import Users, running, single

# --- keys -----------------------------------------------------------------------------------------------------------

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
"""From the server's documentation on NKeys."""


def test_a_seed_is_read_as_the_servers_read_it() -> None:
    key = NKey.from_seed(SEED)
    assert (key.seed, key.public) == (SEED, PUBLIC)
    assert NKey.from_seed(NKey.generate().seed).public[0] == "U"


@pytest.mark.parametrize("seed", ["", "SU", SEED[:-1], SEED[:-1] + "A", PUBLIC, SEED.lower(), "S" + "A" * 57, "é"])
def test_what_is_no_seed_is_refused(seed: str) -> None:
    with pytest.raises(ValueError):
        NKey.from_seed(seed)


def test_a_seed_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "room.nk"
    NKey.generate().write(path)
    assert NKey.read(path).public[0] == "U"
    with pytest.raises(FileExistsError):
        NKey.generate().write(path)
    path.chmod(0o644)
    with pytest.raises(NKeyError, match=r"room\.nk"):
        NKey.read(path)


# --- subjects -------------------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_every_subject_has_one_that_servers_take_and_no_two_share_it(one: str, other: str) -> None:
    place = nats_subject(one)
    assert place.isascii() and not set(place) & set(" *>\t\r\n") and "" not in place.split(".")
    assert subject_of(place) == one
    assert (place == nats_subject(other)) == (one == other)


def test_the_usual_subjects_stay_as_they_are() -> None:
    for subject in ("ev.LB.unit.17-1234", "fence.LB.LB.A.dispatch", "ev.NL.call.0b5e"):
        assert nats_subject(subject) == subject


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x93\xc4\x00\xc4\x00\xc4\x00", b"\xff" * 40])
def test_what_is_no_entry_says_why(payload: bytes) -> None:
    with pytest.raises(NotAnEntry, match="its"):
        entry("LB", 1, "ev.LB.call.1", payload)


@pytest.mark.parametrize("region", ["", "L B", "LB.x", "*", "LB>"])
def test_a_stream_cannot_have_any_name(region: str) -> None:
    with pytest.raises(ValueError):
        stream_of(region)


# --- reading and storing --------------------------------------------------------------------------------------------


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[JetStreamClient]:
    """An operator's line, who may do everything."""
    server = single(tmp_path)
    with running([server]):
        access = Access(servers=(server.url,), seed=str(Users(tmp_path).operator))
        made = JetStreamClient(access, "test")
        await made.open(5)
        yield made
        await made.close()


async def fill(client: JetStreamClient, count: int, **settings: object) -> None:
    await client.ask("STREAM.CREATE.REG_LB", {**region_stream("LB", 1), **settings})
    for n in range(count):
        assert await client.store([Message(f"ev.LB.call.{n % 3}", b"%d" % n)], n, 5) == Stored(n + 1)


async def read(client: JetStreamClient, after: int, last: int) -> list[int]:
    seen: list[int] = []
    async with asyncio.timeout(20):
        async for raws in follow(client, "REG_LB", after):
            seen += [raw.seq for raw in raws]
            if seen[-1] >= last:
                break
    return seen


async def test_a_reader_gives_each_message_once_in_order(client: JetStreamClient) -> None:
    await fill(client, 30)
    assert await read(client, 0, 30) == list(range(1, 31))
    assert await read(client, 12, 30) == list(range(13, 31))


async def test_a_reader_says_where_a_message_is_missing(client: JetStreamClient) -> None:
    """A server skips a message that its disk has lost without a word."""
    await fill(client, 10, deny_delete=False)
    raw = await get(client, "REG_LB", 4)
    assert raw is not None and (raw.subject, raw.data) == ("ev.LB.call.0", b"3")
    await client.ask("STREAM.MSG.DELETE.REG_LB", {"seq": 4})
    for after in (0, 3):
        with pytest.raises(Hole) as caught:
            await read(client, after, 10)
        assert caught.value.seq == 4
    assert await read(client, 4, 10) == [5, 6, 7, 8, 9, 10]
    assert await get(client, "REG_LB", 4) is None and await get(client, "REG_LB", 11) is None


async def test_nothing_that_stands_can_be_deleted(client: JetStreamClient) -> None:
    await fill(client, 3)
    for act, body in (("STREAM.MSG.DELETE", {"seq": 2}), ("STREAM.PURGE", {})):
        with pytest.raises(RequestFailed):
            await client.ask(f"{act}.REG_LB", body)
    assert await read(client, 0, 3) == [1, 2, 3]


async def test_the_messages_of_one_subject_come_by_themselves(client: JetStreamClient) -> None:
    await fill(client, 30)
    found = await between(client, "REG_LB", 0, 29, "ev.LB.call.1")
    assert [raw.seq for raw in found] == list(range(2, 30, 3))
    assert [raw.seq for raw in await between(client, "REG_LB", 20, 26, "ev.LB.call.1")] == [23, 26]


async def test_a_batch_is_stored_whole_or_not_at_all(client: JetStreamClient) -> None:
    await fill(client, 3)
    two = [Message("ev.LB.call.0", b"a", 1), Message("ev.LB.call.1", b"b", 2)]
    assert await client.store(two, 2, 5) == Moved(3), "the stream goes on"
    assert await client.store([two[0], Message("ev.LB.call.1", b"b", 1)], 3, 5) == Moved(2), "a subject does"
    assert await client.store(two, 3, 5) == Stored(5)
    assert isinstance(await client.store([Message("elsewhere.x", b"")], None, 1), Refusal)


async def test_a_stream_that_may_forget_is_refused(client: JetStreamClient) -> None:
    await fill(client, 0, max_msgs_per_subject=3)
    found = await info(client, "REG_LB")
    assert found is not None
    with pytest.raises(WrongStream, match="max_msgs_per_subject is 3, must be -1"):
        check(found, region_stream("LB", 1))
    assert await info(client, "REG_ZB") is None and client.version >= OLDEST
    assert msgspec.json.encode(region_stream("LB", 5))
