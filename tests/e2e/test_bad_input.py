"""What nobody should send or leave behind, given to the real program: a clear error, nothing lost, and it lives."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .real_room import RealRoom, program

NUMBER = "0612345678"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRoom]:
    running = RealRoom(tmp_path_factory.mktemp("bad_input"))
    running.accounts()
    running.start()
    yield running
    running.stop()
    assert running.process is not None and running.process.returncode == 0, running.log()
    assert "Traceback" not in running.log()
    assert running.verify()["ok"]


@pytest.fixture(scope="module")
def anna(room: RealRoom) -> httpx.Client:
    client = room.client("anna")
    act(client, 900, type="open_incident", incident="i1", region="RT", disciplines="B")
    return client


def act(client: httpx.Client, n: int, **command: Any) -> httpx.Response:
    return client.post("/api/commands", json={"command_id": f"{n:032x}", "command": command})


def note(client: httpx.Client, n: int, line: str, text: str) -> httpx.Response:
    return act(client, n, type="write_note", incident="RT/i1", line=line, text=text)


# --- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10_000_000, 200_000], ids=["10 MB", "200 KB"])
def test_a_note_that_is_too_long_is_refused_and_the_link_holds(room: RealRoom, anna: httpx.Client, size: int) -> None:
    answer = note(anna, size, f"long-{size}", "x" * size)
    kind, field = (answer.json()["type"], answer.json()["params"].get("field"))
    assert (kind, field) == (("too_large", None) if size > 10**6 else ("not_valid", "$.command.text"))
    assert note(anna, size + 1, f"short-{size}", "het past nu wel").status_code == 200
    assert room.alive


BOMBS = {
    "deep list": b"[" * 200_000,
    "deep object": b'{"event_id":' * 20_000,
    "huge integer": b'{"event_id":"x","call_id":"x","kind":"offered","occurred":1' + b"0" * 200_000 + b"}",
    "infinite": b'{"event_id":"x","call_id":"x","kind":"offered","location":{"lat":1e999,"lon":4}}',
    "not a number": b'{"event_id":"x","call_id":"x","kind":"offered","location":{"lat":NaN,"lon":4}}',
    "UTF-16": '{"event_id":"x"}'.encode("utf-16"),
    "Latin-1": '{"event_id":"x","call_id":"x","kind":"offered","said":"café"}'.encode("latin-1"),
    "half a surrogate": b'{"event_id":"x","call_id":"x","kind":"offered","said":"\\ud800"}',
    "cut off": b'{"event_id":"x","call_id":"x","kind":"off',
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_and_the_next_caller_is_taken(room: RealRoom, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {room.token}", "Content-Type": "application/json"}
    answer = httpx.post(f"{room.url}/api/telephony/events", content=body, headers=headers)
    assert answer.status_code in (400, 422) and answer.json()["type"] == "not_valid" and answer.json()["detail"]
    assert room.calls(f"after-{len(body)}").status_code == 200


ODD: dict[str, dict[str, Any]] = {
    "at sea": {"location": {"lat": 54.5, "lon": 3.0}},
    "RD where degrees were promised": {"location": {"lat": 437_000.0, "lon": 92_000.0}},
    "in 1900": {"occurred": -2_208_988_800_000},
    "in a far future": {"occurred": 9_007_199_254_740_993},
    "an unknown class": {"class_hint": "ZZ99"},
    "unknown disciplines": {"disciplines": "XYZ"},
    "an unknown function": {"function": "RT.nix"},
}


@pytest.mark.parametrize("name", ODD)
def test_a_caller_is_never_turned_away_for_what_the_channel_says(room: RealRoom, anna: httpx.Client, name: str) -> None:
    before = anna.get("/api/picture").json()["now"]
    answer = room.calls(f"odd {name}", number=NUMBER, **ODD[name])
    assert answer.status_code == 200, answer.text
    call = anna.get(f"/api/calls/{answer.json()['call']}").json()
    assert call["caller"]["number"] == NUMBER
    assert call["call"]["waiting_since"] >= before, "nobody waits since 1900, or from the future"
    if "lat" in (given := ODD[name].get("location", {})):
        place = call["call"]["location"]
        words = f"{given['lat']}, {given['lon']}"
        assert place.get("text") == words if given["lat"] > 90 else place["y"] > 700_000
    if name == "an unknown class":
        assert call["call"]["class_hint"] == "ZZ99"


def test_the_same_id_with_something_else_in_it_changes_nothing(room: RealRoom, anna: httpx.Client) -> None:
    first = room.calls("twice", number=NUMBER).json()
    again = room.calls("twice", number="0600000000").json()
    assert again == {**first, "seq": again["seq"], "duplicate": True}
    assert anna.get(f"/api/calls/{first['call']}").json()["caller"]["number"] == NUMBER
    assert act(anna, 901, type="open_incident", incident="i1", region="RT").json()["code"] == "incident.exists"
    stored = note(anna, 902, "line", "de eerste tekst").json()
    assert note(anna, 902, "line", "een andere tekst").json() == {**stored, "duplicate": True}
    assert note(anna, 903, "line", "een andere tekst").json()["code"] == "note.line_exists"
    notes = anna.get("/api/incidents/RT/i1").json()["notes"]
    assert [n["text"] for n in notes if n["line"] == "line"] == ["de eerste tekst"]


def test_a_class_that_nobody_knows_is_kept(anna: httpx.Client) -> None:
    assert act(anna, 904, type="open_incident", incident="i2", region="RT", class_code="ZZ99").status_code == 200
    assert anna.get("/api/incidents/RT/i2").json()["incident"]["class_code"] == "ZZ99"


def test_a_slow_sender_does_not_hold_up_another(room: RealRoom, anna: httpx.Client) -> None:
    """Half a body is on its way while somebody else calls."""
    go = threading.Event()

    def body() -> Iterator[bytes]:
        yield b'{"command_id":'
        go.wait(30)
        yield b"1}"

    answers: list[int] = []
    headers = {"Content-Type": "application/json", "Cookie": "; ".join(f"{k}={v}" for k, v in anna.cookies.items())}
    url = f"{room.url}/api/commands"
    sender = threading.Thread(
        target=lambda: answers.append(
            httpx.post(url, content=body(), headers={**headers, "Origin": room.url}).status_code
        )
    )
    sender.start()
    assert room.calls("meanwhile").status_code == 200
    go.set()
    sender.join(30)
    assert answers == [422]


# --- a file of calls --------------------------------------------------------------------------------------------------

HEADER = "time,lat,lon,discipline,class,text\n"
GOOD = "2024-05-01T10:00:00+02:00,51.92,4.48,B,,goed\n"


def test_a_file_of_calls_with_every_mistake(tmp_path: Path) -> None:
    """Each row becomes a finished call or a reason with its line; the record of it is whole."""
    rows = [
        GOOD,
        "1900-01-01T10:00:00Z,51.92,4.48,B,,oud\n",
        "2024-05-01T11:00:00Z,54.5,3.0,B,,zee\n",
        "2024-05-01T12:00:00Z,437000,92000,B,,rd\n",
        "2024-05-01T13:00:00Z,51.92,4.48,B,ZZ99,onbekende klasse\n",
        "2024-05-01T14:00:00Z,51.92\n",
        f"2024-05-01T15:00:00Z,51.92,4.48,B,,{'x' * 10_000_000}\n",
        GOOD,
        '2024-05-01T16:00:00Z,51.92,4.48,B,,"nooit gesloten\n',
    ]
    file = tmp_path / "calls.csv"
    file.write_text(HEADER + "".join(rows))
    report = json.loads(program("replay", "calls", file, "--data", tmp_path / "data", "--json").stdout)
    assert report["rows"] == len(rows) and report["calls"] + report["refused_count"] == len(rows)
    reasons = {row["line"]: row["reason"] for row in report["refused"]}
    for line, why in ((3, "1990"), (4, "outside"), (5, "RD"), (7, "fields"), (8, "longer"), (10, "quote")):
        assert why in reasons[line], reasons
    assert json.loads(program("record", "verify", tmp_path / "data", "--json").stdout)["ok"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        ((HEADER + GOOD).encode("utf-16"), "UTF-16"),
        (bytes(range(256)) * 50, "header"),
        (b"PK\x03\x04" + bytes(500), "header"),
        (b"tijd;plaats\n1;2\n", "time"),
    ],
    ids=["empty", "UTF-16", "noise", "a spreadsheet", "another header"],
)
def test_what_is_no_file_of_calls_is_refused_before_it_begins(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(content)
    done = program("replay", "calls", file, "--data", tmp_path / "data", code=2)
    assert said in done.stderr and done.stdout == ""


# --- the files of a room ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> RealRoom:
    """A room that took a call and was stopped."""
    stopped = RealRoom(tmp_path_factory.mktemp("files"))
    stopped.accounts()
    stopped.start()
    try:
        assert stopped.calls("c1", number=NUMBER).status_code == 200
        stopped.client("anna")
    finally:
        stopped.stop()
    shutil.copytree(stopped.data, stopped.folder / "kept")
    return stopped


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE savings(euro)")
    db.close()
    path.chmod(0o600)


def torn(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 20)


def empty(path: Path) -> None:
    path.write_bytes(b"")


FILES: dict[str, tuple[Callable[[Path], None], ...]] = {
    "record.sqlite": (foreign, torn, noise, empty, Path.unlink),
    "keys.sqlite": (foreign, torn, noise, empty, Path.unlink),
    "master.key": (torn, empty, Path.unlink),
    "access.sqlite": (foreign, torn),
    "sessions.sqlite": (foreign, torn),
    "readlog.sqlite": (foreign, torn),
    "positions.sqlite": (foreign, torn),
    "signing/rooms.pub": (torn,),
}


@pytest.mark.parametrize("name", FILES)
def test_a_torn_lost_or_foreign_file_is_named_and_left_as_it_is(worked: RealRoom, name: str) -> None:
    for damage in FILES[name]:
        shutil.rmtree(worked.data)
        shutil.copytree(worked.folder / "kept", worked.data)
        damaged = worked.data / name
        damage(damaged)
        before = damaged.read_bytes() if damaged.exists() else None
        done = program("room", worked.file, code=1)
        assert str(damaged) in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
        assert (damaged.read_bytes() if damaged.exists() else None) == before, damage
    # What was put back is served again, with everything in it.
    shutil.rmtree(worked.data)
    shutil.copytree(worked.folder / "kept", worked.data)
    try:
        worked.start()
        calls = worked.client("anna").get("/api/picture").json()["calls"]
        assert len(calls) == 1
        caller = worked.client("anna").get(f"/api/calls/{calls[0]['ref']}").json()["caller"]
        assert caller["number"] == NUMBER
    finally:
        worked.stop()


def test_a_torn_snapshot_is_only_a_cache(worked: RealRoom) -> None:
    shutil.rmtree(worked.data)
    shutil.copytree(worked.folder / "kept", worked.data)
    kept = list((worked.data / "snapshots").iterdir())
    assert kept, "a room that is asked to stop keeps a snapshot"
    for path in kept:
        torn(path)
    try:
        worked.start()
        assert len(worked.client("anna").get("/api/picture").json()["calls"]) == 1
    finally:
        worked.stop()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data = ", "toml"),
        ('data = "d"\nrooms = ["XX"]', "XX"),
        ('data = "d"\nrooms = []', "rooms"),
        ('data = "d"\nrooms = ["RT"]\nprot = 1', "prot"),
        ('data = "d"\nrooms = ["RT"]\nport = 70000', "port"),
    ],
)
def test_a_configuration_that_cannot_be_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "room.toml"
    file.write_text(text)
    assert said in program("room", file, code=1).stderr


def test_without_its_configuration_a_room_says_which_file(tmp_path: Path) -> None:
    assert "none.toml: no such file" in program("room", tmp_path / "none.toml", code=1).stderr
