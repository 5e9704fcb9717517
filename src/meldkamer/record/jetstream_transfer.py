"""From one machine to the network and back: the streams as lines (see `transfer`), and an embedded record into streams.

Both ways bit for bit: sequences, hashes and signatures stay what they are, so what verified before verifies after.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from meldkamer.record import canonical, store_file
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_message import nats_subject, parts, payload
from meldkamer.record.jetstream_outcome import Message
from meldkamer.record.port import Damaged, RecordError
from meldkamer.record.store_reader import Reader
from meldkamer.record.transfer import FORMAT, import_record

BLOCK = 1_000
Progress = Callable[[int], None]


async def export_streams(record: JetStreamRecord, out: BinaryIO, progress: Progress | None = None) -> int:
    """Write all regions as lines, up to where each ends now. Returns the number of entries.

    Raises Damaged at a message that is no entry or is lost: an export is whole or it is none.
    """
    sha, count = hashlib.sha256(), 0

    def put(line: object) -> None:
        data = msgspec.json.encode(line) + b"\n"
        sha.update(data)
        out.write(data)

    tails = {region: await record.tail(region) for region in await record.regions()}
    put({"meldkamer": "record", "format": FORMAT, "regions": tails})
    for region, last in tails.items():
        for seq, why in record.set_aside().get(region, {}).items():
            raise Damaged(region, seq, why)
        async for raw in record.messages(region, 0, last):
            data, hash, signature = (base64.b64encode(part).decode() for part in parts(raw.data))
            put({"region": region, "seq": raw.seq, "data": data, "hash": hash, "signature": signature})
            count += 1
            if progress is not None and count % BLOCK == 0:
                progress(count)
    out.write(msgspec.json.encode({"end": count, "sha256": sha.hexdigest()}) + b"\n")
    return count


async def import_streams(source: BinaryIO, record: JetStreamRecord, progress: Progress | None = None) -> int:
    """Put an export into streams that are empty, or hold the beginning of the same. Returns the number of entries.

    Raises ImportRefused before anything is stored; and as `move_in` does.
    """
    with tempfile.TemporaryDirectory() as folder:
        # A record of its own first: what a record checks is checked before the first entry is in the streams.
        store = Path(folder) / "record.sqlite"
        await asyncio.to_thread(import_record, source, store)
        return await move_in(store, record, progress)


async def move_in(store: Path, record: JetStreamRecord, progress: Progress | None = None) -> int:
    """Put an embedded record, which nobody writes to, into streams that are empty or hold the beginning of the same.
    May be run again after a break, and goes on. Returns the number of entries.

    Raises NotAStore, StoreTooNew, WrongWorld, Damaged; RecordError for a stream that holds something else.
    """
    store_file.must_be_live(store)
    reader = Reader(store)
    count = 0
    try:
        for region in reader.regions():
            at = await record.tail(region)
            await _same(reader, record, region, at)
            count += at
            while True:
                rows, damage = await asyncio.to_thread(reader.rows, region, at, None, BLOCK)
                if damage is not None:
                    raise damage
                if not rows:
                    break
                messages = [
                    Message(nats_subject(canonical.decode(data).subject), payload(data, hash, signature))
                    for _, data, hash, signature in rows
                ]
                await record.put_back(region, at, messages)
                at, count = rows[-1][0] & store_file.SEQ_MASK, count + len(rows)
                if progress is not None:
                    progress(count)
    finally:
        reader.close()
    return count


async def _same(reader: Reader, record: JetStreamRecord, region: str, at: int) -> None:
    """Raise RecordError unless the stream's last entry is the store's entry at that sequence."""
    if not at:
        return
    rows, _ = reader.rows(region, at - 1, at, 1)
    async for raw in record.messages(region, at - 1, at):
        if rows and parts(raw.data)[1] == rows[0][2]:
            return
    raise RecordError(f"region {region}: its stream holds something else already, up to sequence {at}")
