"""From one machine to the network and back again, bit for bit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from meldkamer.record import Entry, Record, RecordError, Write
from meldkamer.record.jetstream_source import verify_streams
from meldkamer.record.jetstream_transfer import export_streams, import_streams, move_in
from meldkamer.record.signing import open_signers
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.transfer import ImportRefused, export_record, import_record
from meldkamer.record.verify import verify_file
from tests.nats.opening import event, opened
from tests.nats.server import Server, running, single

REGIONS = ("LB", "NL")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = single(tmp_path / "nats")
    with running([made]):
        yield made


async def everything(record: Record) -> list[Entry]:
    return [entry for region in REGIONS for entry in [e async for e in record.replay(region)]]


async def embedded(folder: Path) -> tuple[Path, list[Entry]]:
    """A signed record of one machine, with 1,500 entries."""
    signers, _ = open_signers(folder / "signing", ["LB"])
    record = SqliteRecord(folder / "record.sqlite", signers)
    for n in range(500):
        region = REGIONS[n % 2]
        events = tuple(event(body=b"%d" % n) for _ in range(3))
        await record.append(region, [Write(f"ev.{region}.call.{n % 40}", events)])
    entries = await everything(record)
    await record.close()
    return folder / "record.sqlite", entries


async def test_a_record_of_one_machine_moves_to_the_network_and_back(server: Server, tmp_path: Path) -> None:
    store, before = await embedded(tmp_path)
    signers, verifier = open_signers(tmp_path / "signing", ["LB"])
    async with opened([server], tmp_path / "a", signers, regions=REGIONS) as record:
        assert await move_in(store, record) == 1_500
        assert await everything(record) == before
        assert (await verify_streams(record, verifier, require_signatures=True)).ok
        again = await record.append("LB", [Write(before[0].subject, (before[0].event,))])
        assert again.duplicate, "what was acknowledged on one machine is known in the network"
        await record.append("LB", [Write("ev.LB.call.new", (event(),), 0)])
        out = io.BytesIO()
        assert await export_streams(record, out) == 1_501
        after = await everything(record)
    out.seek(0)
    assert import_record(out, tmp_path / "back.sqlite") == 1_501
    back = SqliteRecord(tmp_path / "back.sqlite", read_only=True)
    assert await everything(back) == after
    await back.close()
    assert verify_file(tmp_path / "back.sqlite", verifier).ok


async def test_moving_goes_on_where_it_was_broken_off(server: Server, tmp_path: Path) -> None:
    store, before = await embedded(tmp_path)
    async with opened([server], tmp_path / "a", regions=REGIONS) as record:

        def stop(count: int) -> None:
            raise KeyError(count)

        with pytest.raises(KeyError):
            await move_in(store, record, stop)
        assert await record.tail("LB") > 0
        assert await move_in(store, record) == 1_500
        assert await everything(record) == before


async def test_streams_that_hold_something_else_are_left_alone(server: Server, tmp_path: Path) -> None:
    store, _ = await embedded(tmp_path)
    async with opened([server], tmp_path / "a", regions=REGIONS) as record:
        await record.append("LB", [Write("ev.LB.call.1", (event(),))])
        with pytest.raises(RecordError, match="something else"):
            await move_in(store, record)
        assert await record.tail("LB") == 1


async def test_a_bad_export_is_refused_before_anything_is_stored(server: Server, tmp_path: Path) -> None:
    store, before = await embedded(tmp_path)
    out = io.BytesIO()
    export_record(store, out)
    lines = out.getvalue().splitlines(keepends=True)
    async with opened([server], tmp_path / "a", regions=REGIONS) as record:
        with pytest.raises(ImportRefused):
            await import_streams(io.BytesIO(b"".join(lines[:-1])), record)
        with pytest.raises(ImportRefused):
            await import_streams(io.BytesIO(b"".join([*lines[:5], *lines[6:]])), record)
        assert await record.regions() == []
        assert await import_streams(io.BytesIO(out.getvalue()), record) == 1_500
        assert await everything(record) == before
