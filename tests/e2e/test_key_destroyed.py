"""A key destroyed over the API of a real room: who called is unreadable in every copy there is, and the proof holds."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.record import Sealer
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.store_reader import Reader

from .real_room import RealRoom, program

NUMBER, NAME, SAID = "0612345678", "Kanarievogel-Jansen", "er ligt iemand onderaan de trap"
SECRETS = (NUMBER, NAME, SAID)
OTHER = "0687654321"
pytestmark = pytest.mark.timeout(120)


def secrets_in(folder: Path) -> list[str]:
    """Which secrets stand somewhere in these files, in clear text."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "reserve":
            content = path.read_bytes()
            found |= {f"{path.name}: {secret}" for secret in SECRETS if secret.encode() in content}
    return sorted(found)


def opened(folder: Path, subject: str) -> str:
    """Everything about one aggregate that whoever holds the whole folder with its master key can read."""

    async def read() -> str:
        reader, keys = Reader(folder / "record.sqlite"), SqliteKeys(folder)
        sealer = Sealer(EVENT_TYPES, keys)
        entries, _ = reader.chunk("RT", 0, None, 10_000)
        told = "".join(repr(sealer.decode(entry, None).event) for entry in entries if entry.subject == subject)
        reader.close()
        await keys.close()
        return told

    return asyncio.run(read())


class Scene:
    """A room with two calls; the key of the first is destroyed over the API, between two backups."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.room = folder, RealRoom(folder)
        self.before, self.after = folder / "backup-before", folder / "backup-after"
        room = self.room
        room.accounts()
        room.start()
        self.call = room.calls("c1", number=NUMBER, name=NAME, said=SAID).json()["call"]
        self.other = room.calls("c2", number=OTHER).json()["call"]
        self.subject = "ev.RT.call." + self.call.partition("/")[2]
        anna, head = room.client("anna"), room.client("hoofd")
        opening = {"type": "open_incident", "incident": "i1", "region": "RT", "disciplines": "B", "call": self.call}
        for n, command in enumerate(({"type": "answer_call", "call": self.call}, opening)):
            answer = anna.post("/api/commands", json={"command_id": f"{n:032x}", "command": command})
            assert answer.status_code == 200, answer.text
        assert anna.get(f"/api/calls/{self.call}").json()["caller"]["name"] == NAME
        with sqlite3.connect(f"file:{room.data}/keys.sqlite?mode=ro", uri=True) as db:
            (self.wrapped,) = db.execute("SELECT wrapped FROM key WHERE subject = ?", (self.subject,)).fetchone()
        db.close()
        assert self.wrapped in self.bytes_of(room.data)
        program("record", "backup", room.data, self.before, "--keys")
        body = {"kind": "call", "ref": self.call, "compartments": ["caller"], "reason": "the term is over"}
        self.answers = {
            "anna": anna.post("/api/keys/destroy", json=body),
            "hoofd": head.post("/api/keys/destroy", json=body),
        }
        command = {"type": "identify_caller", "call": self.call, "number": NUMBER}
        self.late = anna.post("/api/commands", json={"command_id": "f" * 32, "command": command})
        paths = (f"/api/calls/{self.call}", "/api/incidents/RT/i1", "/api/picture", f"/api/calls/{self.other}")
        self.read = {path: anna.get(path).text for path in paths}
        self.still_running = secrets_in(room.data), self.wrapped in self.bytes_of(room.data)
        program("record", "backup", room.data, self.after, "--keys")
        self.export = folder / "export.jsonl"
        program("record", "export", room.data, self.export)

    @staticmethod
    def bytes_of(folder: Path) -> bytes:
        return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "reserve")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("destroyed"))
    yield made
    made.room.stop()
    assert "Traceback" not in made.room.log() and NUMBER not in made.room.log()


def test_only_the_head_of_the_room_destroys_and_is_told_what_is_gone(scene: Scene) -> None:
    assert scene.answers["anna"].status_code == 403
    assert scene.answers["hoofd"].json() == {"compartments": ["caller"]}


def test_no_screen_shows_who_called_and_everything_else_stays(scene: Scene) -> None:
    call, incident, _, other = (json.loads(text) for text in scene.read.values())
    nobody: dict[str, Any] = dict.fromkeys(call["caller"])
    assert call["caller"] == nobody and call["unreadable"] == ["caller"] and call["call"]["state"] == "answered"
    assert incident["calls"][0]["caller"] == nobody
    assert other["caller"]["number"] == OTHER
    assert not [secret for secret in SECRETS for text in scene.read.values() if secret in text]


def test_nothing_personal_is_written_there_any_more(scene: Scene) -> None:
    assert scene.late.status_code == 422 and scene.late.json()["code"] == "key.destroyed"
    assert NUMBER not in scene.late.text


def test_no_file_of_the_running_room_holds_the_text_or_its_key(scene: Scene) -> None:
    assert scene.still_running == ([], False)


def test_neither_export_nor_a_new_backup_holds_the_text_or_its_key(scene: Scene) -> None:
    assert secrets_in(scene.after) == [] and scene.wrapped not in Scene.bytes_of(scene.after)
    assert not [secret for secret in SECRETS if secret.encode() in scene.export.read_bytes()]
    imported = scene.folder / "imported"
    program("record", "import", imported, scene.export)
    assert json.loads(program("record", "verify", imported, "--json").stdout)["ok"]


def test_a_backup_from_before_comes_back_without_the_key(scene: Scene) -> None:
    back = scene.folder / "back"
    refused = program("record", "restore", back, scene.before, code=None)
    assert refused.returncode != 0 and "newest list of destructions" in refused.stderr
    program("record", "restore", back, scene.before, "--destroyed", scene.after / "destroyed.json")
    # Whoever puts the master key beside it reads the other caller, and not this one.
    shutil.copy2(scene.room.data / "master.key", back / "master.key")
    told = opened(back, scene.subject)
    assert "CallReceived" in told and not [secret for secret in SECRETS if secret in told]
    assert OTHER in opened(back, "ev.RT.call." + scene.other.partition("/")[2])
    assert secrets_in(back) == [] and scene.wrapped not in Scene.bytes_of(back)
    assert json.loads(program("record", "verify", back, "--json").stdout)["ok"]


def test_after_a_restart_it_is_still_gone_and_the_record_is_clean(scene: Scene) -> None:
    room = scene.room
    room.stop()
    told = opened(room.data, scene.subject)
    assert "CallReceived" in told and not [secret for secret in SECRETS if secret in told]
    assert secrets_in(room.data) == [] and scene.wrapped not in Scene.bytes_of(room.data)
    report = json.loads(program("record", "verify", room.data, "--json", "--signed").stdout)
    assert report["ok"] and report["problems"] == []
    assert "the chain holds" in program("reads", "verify", room.data).stdout
    room.start()
    caller = room.client("anna").get(f"/api/calls/{scene.call}").json()["caller"]
    assert set(caller.values()) == {None}
