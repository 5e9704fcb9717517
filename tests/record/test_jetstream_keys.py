"""Keys of the network: every room has them, also when it is cut off, and a destroyed one is gone from all of them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from meldkamer.record import KeyDestroyed, KeysLost
from meldkamer.record.jetstream_access import Access, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_keys import JetStreamKeys
from meldkamer.record.jetstream_reader import between
from meldkamer.record.secret import write_secret
from tests.nats.server import Server, Users, running, single

CALL = "ev.LB.call.c 1"
OpenKeys = Callable[..., AbstractAsyncContextManager[JetStreamKeys]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = single(tmp_path / "nats")
    with running([made]):
        yield made


@pytest.fixture
def opened(server: Server, tmp_path: Path) -> OpenKeys:
    users = Users(tmp_path / "nats")
    write_secret(tmp_path / "master", bytes(range(32)))

    @contextlib.asynccontextmanager
    async def open_keys(room: str, master: str = "master", seconds: float = 5.0) -> AsyncIterator[JetStreamKeys]:
        access = Access(servers=(server.url,), seed=str(users.room))
        keys = await JetStreamKeys.open(
            access, tmp_path / room, tmp_path / master, replicas=1, create=True, seconds=seconds
        )
        try:
            yield keys
        finally:
            await keys.close()

    return open_keys


async def comes(condition: Callable[[], bool]) -> None:
    """Until what another room did has come here."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 # another process brings it about
            await asyncio.sleep(0.01)


async def test_rooms_that_make_a_key_at_once_use_the_same_one_and_a_third_gets_it(opened: OpenKeys) -> None:
    async with opened("a") as a, opened("b") as b, opened("c") as c:
        one, two = await asyncio.gather(a.obtain(CALL, "caller"), b.obtain(CALL, "caller"))
        assert one == two
        await comes(lambda: c.find(CALL, "caller") == one)
        assert c.find(CALL, "medical") is None


async def test_known_keys_are_read_when_cut_off_and_no_new_one_is_made(server: Server, opened: OpenKeys) -> None:
    async with opened("a") as a, opened("b", seconds=0.2) as b:
        key = await a.obtain(CALL, "caller")
        await comes(lambda: b.find(CALL, "caller") == key)
        server.end()
        assert await b.obtain(CALL, "caller") == key
        with pytest.raises(Unreachable):
            await b.obtain(CALL, "medical")
        with pytest.raises(Unreachable):
            await b.destroy(CALL, "caller", 1, "over", "x")
        assert b.find(CALL, "caller") == key
        server.start()
        server.wait()
        await comes(lambda: a.connected and b.connected)
        assert await b.obtain(CALL, "medical") == await a.obtain(CALL, "medical")


async def test_a_destroyed_key_is_gone_from_the_stream_and_from_every_room(
    server: Server, opened: OpenKeys, tmp_path: Path
) -> None:
    async with opened("off") as off:
        key = await off.obtain(CALL, "caller")
    async with opened("a") as a, opened("b") as b:
        assert b.find(CALL, "caller") == key
        assert await a.destroy(CALL, "caller", 5, "the term is over", "fg")
        await comes(lambda: b.find(CALL, "caller") is None)
        assert b.destroyed() == a.destroyed() and [gone.reason for gone in b.destroyed()] == ["the term is over"]
        with pytest.raises(KeyDestroyed):
            await b.obtain(CALL, "caller")
        client = JetStreamClient(Access(servers=(server.url,), seed=str(Users(tmp_path / "nats").room)), "test")
        await client.open(5)
        (left,) = await between(client, "KEYS", 0, 2)
        assert left.seq == 2 and b"the term is over" in left.data
        await client.close()
    async with opened("off") as off:  # what was destroyed while it was away is wiped when it comes back
        assert off.find(CALL, "caller") is None and len(off.destroyed()) == 1
    content = (tmp_path / "off" / "keys.sqlite").read_bytes()
    assert b"the term is over" in content and CALL.encode() in content


async def test_a_core_that_was_made_anew_gets_the_keys_from_the_rooms_and_the_destroyed_ones_stay_so(
    server: Server, opened: OpenKeys
) -> None:
    async with opened("a") as a, opened("b") as b:
        key, gone = await a.obtain(CALL, "caller"), await a.obtain(CALL, "medical")
        await comes(lambda: b.find(CALL, "medical") == gone)
    async with opened("a") as a:
        assert await a.destroy(CALL, "medical", 5, "the term is over", "fg")
    server.end()
    shutil.rmtree(server.folder / "js")
    server.start()
    server.wait()
    async with opened("b") as b:  # was away when it was destroyed
        assert b.find(CALL, "medical") == gone
    async with opened("a") as a, opened("b") as b, opened("new") as new:
        assert a.find(CALL, "caller") == b.find(CALL, "caller") == new.find(CALL, "caller") == key
        await comes(lambda: b.find(CALL, "medical") is None)
        with pytest.raises(KeyDestroyed):
            await new.obtain(CALL, "medical")


async def test_a_master_key_of_another_network_is_named(opened: OpenKeys, tmp_path: Path) -> None:
    async with opened("a") as a:
        await a.obtain(CALL, "caller")
    write_secret(tmp_path / "other", bytes(32))
    with pytest.raises(KeysLost, match="other: not the master key"):
        async with opened("b", "other"):
            pass
    with pytest.raises(KeysLost, match="nowhere: missing"):
        async with opened("b", "nowhere"):
            pass
    write_secret(tmp_path / "short", b"x")
    with pytest.raises(KeysLost, match="1 bytes"):
        async with opened("b", "short"):
            pass
