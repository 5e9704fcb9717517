"""Export, import, backup and restore give the same record again, or name the line; and their commands."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import shutil
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.record import RecordError, Write
from meldkamer.record.backup import backup, restore
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.transfer import ImportRefused, export_record, import_record
from meldkamer.record.verify import verify_file

from .conftest import CALL, MakeRoom, Plain, Room, plain_event


async def everything(path: Path) -> list[object]:
    record = SqliteRecord(path, read_only=True)
    entries = [entry for region in await record.regions() async for entry in record.replay(region)]
    await record.close()
    return list(entries)


async def filled(make_room: MakeRoom) -> tuple[Room, Path]:
    room = make_room()
    await room.fill(20)
    await room.put(Plain(n=1), subject="ev.NL.call.1")
    return room, room.folder / "record.sqlite"


def exported(path: Path) -> list[bytes]:
    out = io.BytesIO()
    export_record(path, out)
    return out.getvalue().splitlines(keepends=True)


async def test_an_import_of_an_export_is_the_same_record(make_room: MakeRoom, tmp_path: Path) -> None:
    room, path = await filled(make_room)
    lines = exported(path)
    assert json.loads(lines[0]) == {"meldkamer": "record", "format": 1, "regions": {"LB": 40, "NL": 1}}
    assert import_record(io.BytesIO(b"".join(lines)), tmp_path / "new.sqlite") == 41
    assert await everything(tmp_path / "new.sqlite") == await everything(path)
    assert verify_file(tmp_path / "new.sqlite", room.verifier, require_signatures=True).ok
    assert exported(tmp_path / "new.sqlite") == lines

    copy = SqliteRecord(tmp_path / "new.sqlite")  # and it goes on where it stood
    first = (await copy.read("ev.LB.call.0"))[0]
    assert (await copy.append("LB", [Write("ev.LB.call.0", (first.event, *()))])).duplicate
    done = await copy.append("LB", [Write("ev.LB.call.0", (plain_event("new"),), 8)])
    assert done.positions[0].seq == 41
    await copy.close()


def spoiled(lines: list[bytes], number: int, **change: object) -> list[bytes]:
    line = json.loads(lines[number - 1]) | change
    return [*lines[: number - 1], json.dumps(line, separators=(",", ":")).encode() + b"\n", *lines[number:]]


@pytest.mark.parametrize("number", [2, 17, 41])
async def test_a_tampered_line_is_refused_by_number(make_room: MakeRoom, tmp_path: Path, number: int) -> None:
    _, path = await filled(make_room)
    lines = exported(path)
    data = bytearray(base64.b64decode(json.loads(lines[number - 1])["data"]))
    data[60] ^= 1
    for bad in (
        spoiled(lines, number, data=base64.b64encode(data).decode()),
        spoiled(lines, number, seq=7_777),
        spoiled(lines, number, region="ZZ", seq=1),
        spoiled(lines, number, hash=base64.b64encode(bytes(32)).decode()),
        [*lines[: number - 1], b"{not json\n", *lines[number:]],
        [*lines[: number - 1], *lines[number:]] if number < 41 else spoiled(lines, number, seq=2),
        [*lines[: number - 1], lines[number - 1][:50]],
    ):
        with pytest.raises(ImportRefused, match=f"^line {number}: "):
            import_record(io.BytesIO(b"".join(bad)), tmp_path / "new.sqlite")
        assert not [name for name in os.listdir(tmp_path) if name.startswith("new.")], "nothing half made is left"


async def test_a_changed_signature_a_short_and_a_foreign_export_are_refused(
    make_room: MakeRoom, tmp_path: Path
) -> None:
    _, path = await filled(make_room)
    lines = exported(path)
    signature = base64.b64encode(bytes(64)).decode()
    for bad, number in (
        (spoiled(lines, 3, signature=signature), 43),
        (lines[:-1], 43),
        (lines[:-2] + lines[-1:], 42),
        ([], 1),
        ([b"hello\n"], 1),
        (spoiled(lines, 1, format=2), 1),
        (spoiled(lines, 1, meldkamer="other"), 1),
        (spoiled(lines, 1, regions={"LB": 50}), 43),
    ):
        with pytest.raises(ImportRefused, match=f"^line {number}: "):
            import_record(io.BytesIO(b"".join(bad)), tmp_path / "new.sqlite")
    with pytest.raises(RecordError, match="exists already"):
        import_record(io.BytesIO(b"".join(lines)), path)


async def test_a_backup_under_load_is_whole_and_restores(make_room: MakeRoom, tmp_path: Path) -> None:
    room, _ = await filled(make_room)
    stop = asyncio.Event()

    async def load() -> None:
        while not stop.is_set():
            await room.put(Plain(n=0), subject="ev.LB.call.load")

    task = asyncio.create_task(load())
    await asyncio.to_thread(backup, room.folder, tmp_path / "copy")
    stop.set()
    await task
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == ["destroyed.json", "record.sqlite"]
    report = verify_file(tmp_path / "copy" / "record.sqlite", room.verifier, require_signatures=True)
    assert report.ok and report.events >= 41
    assert not restore(tmp_path / "copy", tmp_path / "new")
    was = await everything(tmp_path / "copy" / "record.sqlite")
    assert await everything(tmp_path / "new" / "record.sqlite") == was
    again = SqliteRecord(tmp_path / "new" / "record.sqlite")
    await again.append("LB", [Write(CALL, (plain_event("new"),))])
    await again.close()
    with pytest.raises(RecordError, match="nothing is overwritten"):
        restore(tmp_path / "copy", tmp_path / "new")
    with pytest.raises(RecordError, match="nothing is overwritten"):
        backup(room.folder, tmp_path / "copy")


def command(*words: object) -> int:
    return main(["record", *map(str, words)])


async def test_the_commands(make_room: MakeRoom, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room, _ = await filled(make_room)

    def answer() -> dict[str, object]:
        found: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return found

    assert command("verify", room.folder, "--json", "--signed") == 0
    assert answer() | {"seconds": 0} == {
        "ok": True,
        "regions": [{"region": "LB", "events": 40, "last": 40}, {"region": "NL", "events": 1, "last": 1}],
        "events": 41,
        "subjects": 6,
        "batches": 21,
        "unsigned": 0,
        "problems": [],
        "more": 0,
        "seconds": 0,
    }
    assert command("tail", room.folder, "--count", 3, "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["region"], line["seq"]) for line in lines] == [("LB", 39), ("LB", 40), ("NL", 1)]
    assert command("tail", room.folder, "--region", "LB", "--count", 2) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["LB", "40", "test.rang", "ev.LB.call.4", "v8"]

    assert command("export", room.folder, tmp_path / "file", "--json") == 0
    assert answer()["events"] == 41
    assert command("export", room.folder, tmp_path / "file") == 2
    assert command("import", tmp_path / "new", tmp_path / "file") == 0
    assert command("import", tmp_path / "new", tmp_path / "file") == 2
    assert command("import", tmp_path / "newer", tmp_path / "no-file") == 2
    assert command("backup", room.folder, tmp_path / "copy", "--keys") == 0
    assert command("restore", tmp_path / "restored", tmp_path / "copy") == 1
    assert "newest list of destructions" in capsys.readouterr().err
    destroyed = ("--destroyed", tmp_path / "copy" / "destroyed.json")
    assert command("restore", tmp_path / "restored", tmp_path / "copy", *destroyed) == 0
    assert command("verify", tmp_path / "restored") == 0
    assert "clean: 41 events" in capsys.readouterr().out

    assert command("verify", tmp_path / "nowhere", "--json") == 2
    assert not answer()["ok"]
    await room.close()
    shutil.copytree(room.folder, tmp_path / "bad")
    store = (tmp_path / "bad" / "record.sqlite").read_bytes()
    at = store.rfind(b"test.rang")
    (tmp_path / "bad" / "record.sqlite").write_bytes(store[:at] + b"T" + store[at + 1 :])
    assert command("verify", tmp_path / "bad") == 1
    assert "does not fit its hash" in capsys.readouterr().err
    (tmp_path / "bad" / "record.sqlite").write_bytes(b"nonsense")
    assert command("verify", tmp_path / "bad") == 2


def test_settings_that_name_no_network_are_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "meldkamer.toml"
    for text, says in (
        ('data = "data"\nrooms = ["LB"]\n', "no table `[network]`: name the data folder instead"),
        ("nonsense = 1\n", "nonsense"),
        ("[", "meldkamer.toml"),
    ):
        settings.write_text(text, encoding="utf-8")
        for act in (("verify", settings), ("export", settings, tmp_path / "lines")):
            assert command(*act) == 2
            said = capsys.readouterr().err
            assert says in said and len(said.splitlines()) == 1
    assert not (tmp_path / "lines").exists() and not (tmp_path / "lines.part").exists()
