"""Personal fields: ciphertext in every byte that is stored, readable with the key only, gone with the key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from meldkamer.record import KeyDestroyed, KeysLost, Sealer, UnknownEvent
from meldkamer.record.backup import backup, read_list, restore
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.port import RecordError
from meldkamer.record.transfer import export_record
from meldkamer.record.upcast import Upcasts
from meldkamer.record.verify import verify_file

from .conftest import CALL, SECRET, TYPES, MakeRoom, Plain, Rang, Told


def bytes_of(folder: Path) -> bytes:
    return b"".join(
        path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "reserve"
    )


async def test_fields_come_back_to_whoever_may_open_them(make_room: MakeRoom) -> None:
    room = make_room()
    rang = Rang(line="112", name=SECRET, said="pijn op de borst")
    await room.put(rang, Told(compartment="police", text=SECRET), Plain(n=1))
    one, two, three = await room.record.read(CALL)
    assert set(one.event.sealed) == {"caller", "medical"} and set(two.event.sealed) == {"police"}
    assert three.event.sealed == {}
    assert room.sealer.decode(one, None) == (opened := room.sealer.decode(one, {"caller", "medical", "police"}))
    assert opened.event == rang and not opened.unreadable
    partly = room.sealer.decode(one, {"caller"})
    assert partly.event == Rang(line="112", name=SECRET) and partly.unreadable == {"medical"}
    assert room.sealer.decode(two, frozenset()).event == Told(compartment="police")
    assert SECRET.encode() not in bytes_of(room.folder)


async def test_ciphertext_under_another_event_subject_type_or_compartment_does_not_open(make_room: MakeRoom) -> None:
    room = make_room()
    await room.put(Rang(name=SECRET), Rang(name="ander"))
    await room.put(Rang(name="derde"), subject="ev.LB.call.c2")
    one, two = await room.record.read(CALL)
    sealed = one.event.sealed
    replace = msgspec.structs.replace
    for moved in (
        replace(two, event=replace(two.event, sealed=sealed)),
        replace(one, subject="ev.LB.call.c2"),
        replace(one, event=replace(one.event, sealed={"medical": sealed["caller"]})),
        replace(one, event=replace(one.event, sealed={"caller": sealed["caller"][:-1] + b"x"})),
        replace(one, event=replace(one.event, sealed={"caller": b"short"})),
    ):
        opened = room.sealer.decode(moved, None)
        assert isinstance(opened.event, Rang) and opened.event.name is None and opened.unreadable


async def test_a_destroyed_key_ends_the_text_and_the_proof_holds(make_room: MakeRoom, tmp_path: Path) -> None:
    room = make_room()
    await room.put(Rang(name=SECRET, said="medisch"))
    key = room.keys.find(CALL, "caller")
    with sqlite3.connect(room.folder / "keys.sqlite") as db:
        (wrapped,) = db.execute("SELECT wrapped FROM key WHERE compartment = 'caller'").fetchone()
    db.close()
    assert key is not None and wrapped in bytes_of(room.folder)
    assert await room.keys.destroy(CALL, "caller", 5, "end of term", "archivist")

    (entry,) = await room.record.read(CALL)
    opened = room.sealer.decode(entry, None)
    assert opened.event == Rang(said="medisch") and opened.unreadable == {"caller"}
    with pytest.raises(KeyDestroyed):
        await room.put(Rang(name="later"))
    backup(room.folder, tmp_path / "backup", keys=True)
    with (tmp_path / "export").open("wb") as out:
        export_record(room.folder / "record.sqlite", out)
    everything = bytes_of(tmp_path)
    assert wrapped not in everything and key not in everything and SECRET.encode() not in everything
    assert verify_file(room.folder / "record.sqlite", room.verifier).ok


async def test_a_backup_from_before_does_not_bring_a_destroyed_key_back(make_room: MakeRoom, tmp_path: Path) -> None:
    room = make_room()
    await room.put(Rang(name=SECRET, said="medisch"))
    backup(room.folder, tmp_path / "backup", keys=True)
    await room.keys.destroy(CALL, "caller", 5, "end of term", "archivist")
    with pytest.raises(RecordError, match="newest list"):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert restore(tmp_path / "backup", tmp_path / "new", read_list(room.folder / "keys.sqlite"))
    (tmp_path / "new" / "master.key").write_bytes((room.folder / "master.key").read_bytes())
    (tmp_path / "new" / "master.key").chmod(0o600)
    keys = SqliteKeys(tmp_path / "new")
    assert keys.find(CALL, "caller") is None and keys.find(CALL, "medical") == room.keys.find(CALL, "medical")
    assert [d.reason for d in keys.destroyed()] == ["end of term"]
    await keys.close()


async def test_lost_wrong_and_open_keys_are_named(make_room: MakeRoom) -> None:
    room = make_room()
    await room.put(Rang(name=SECRET))
    await room.close()
    master, store = room.folder / "master.key", room.folder / "keys.sqlite"
    assert master.stat().st_mode & 0o777 == 0o600 and store.stat().st_mode & 0o777 == 0o600
    kept = master.read_bytes()

    master.unlink()
    with pytest.raises(KeysLost, match=r"master\.key: missing"):
        SqliteKeys(room.folder)
    master.write_bytes(bytes(32))
    master.chmod(0o600)
    with pytest.raises(KeysLost, match=r"master\.key: not the master key of .*keys\.sqlite"):
        SqliteKeys(room.folder)
    master.write_bytes(kept[:-1])
    with pytest.raises(KeysLost, match="31 bytes"):
        SqliteKeys(room.folder)
    master.write_bytes(kept)
    master.chmod(0o644)
    with pytest.raises(KeysLost, match="others may read it"):
        SqliteKeys(room.folder)
    master.chmod(0o600)
    store.rename(store.with_suffix(".away"))
    with pytest.raises(KeysLost, match=r"keys\.sqlite: missing"):
        SqliteKeys(room.folder)
    store.write_bytes(b"nothing like a database, but long enough to look at" * 10)
    with pytest.raises(KeysLost, match=r"keys\.sqlite"):
        SqliteKeys(room.folder)


async def test_a_key_is_on_disk_before_anything_is_sealed_with_it(make_room: MakeRoom) -> None:
    """Another process's view right after `obtain`, without closing anything."""
    room = make_room()
    key = await room.keys.obtain(CALL, "caller")
    other = SqliteKeys(room.folder)
    assert other.find(CALL, "caller") == key
    await other.close()


async def test_old_events_are_lifted_with_their_sealed_fields(make_room: MakeRoom) -> None:
    room = make_room()
    await room.put(Rang(line="oud", name=SECRET))
    upcasts = Upcasts()

    def renamed(fields: dict[str, object]) -> dict[str, object]:
        return {"compartment": "caller", "text": fields.get("name")}

    upcasts.register("test.rang", 1, renamed, becomes="test.told")
    upcasts.register("test.told", 2, lambda fields: {**fields, "text": f"{fields['text']}!"})
    assert (upcasts.current("test.told"), upcasts.current("test.plain")) == (3, 1)
    sealer = Sealer(TYPES, room.keys, upcasts)
    (entry,) = await room.record.read(CALL)
    assert sealer.decode(entry, None).event == Told(compartment="caller", text=SECRET + "!")
    _, schema, _, _ = await sealer.encode(Told(compartment="caller"), CALL, "id")
    assert schema == 3


async def test_what_a_newer_program_wrote_is_unknown_not_misread(make_room: MakeRoom) -> None:
    room = make_room()
    await room.put(Plain(n=1))
    (entry,) = await room.record.read(CALL)
    replace = msgspec.structs.replace
    for newer in (
        replace(entry.event, type="test.tomorrow"),
        replace(entry.event, schema=2),
        replace(entry.event, body=b"\xc1"),
        replace(entry.event, body=msgspec.msgpack.encode({"type": "test.plain", "n": "text"})),
    ):
        with pytest.raises(UnknownEvent):
            room.sealer.decode(replace(entry, event=newer), None)
