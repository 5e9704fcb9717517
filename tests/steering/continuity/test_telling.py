"""`meldkamer service`: what is typed becomes the command that a room gets; what cannot be is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meldkamer.cli import main
from meldkamer.client import Ack, Client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def command(self: Client, command: dict[str, Any], command_id: str = "") -> Ack:
        found.append(command)
        return Ack(outcome="SAFE", region="NL", seq=1)

    async def report_services(self: Client, body: dict[str, Any]) -> dict[str, Any]:
        found.append(body)
        return {"stored": 1, "source": "probe", "unknown": ["LB"]}

    monkeypatch.setattr(Client, "command", command)
    monkeypatch.setattr(Client, "report_services", report_services)
    return found


@pytest.fixture
def room(tmp_path: Path) -> list[str]:
    (tmp_path / "token").write_text("mk_x\n")
    return ["--url", "http://localhost:1", "--token", str(tmp_path / "token")]


def test_an_outage_a_maintenance_and_a_restore(
    sent: list[dict[str, Any]], room: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = ["C2000", "degraded", "--room", "LB", "--reason", "mast", "--holds", "900"]
    assert main(["service", "report", *said, *room]) == 0
    assert "LB is not in the plan or the country" in capsys.readouterr().err
    times = ["--from", "2026-03-01T02:00:00+01:00", "--until", "2026-03-01T03:00:00+01:00"]
    words = ["--reason", "versie", "--risk", "uitval", "--way-back", "vorige", "--approved-by", "rol-spoedvraag"]
    assert main(["service", "maintenance", "TELEFONIE", *times, *words, *room]) == 0
    assert main(["service", "restore-test", "RECORD", "--seconds", "240", "--bad", *room]) == 0
    down, work, restored = sent
    (word,) = down["reports"]
    assert word == {"service": "C2000", "state": "degraded", "rooms": ["LB"], "holds": 900, "reason": "mast"}
    assert len(down["id"]) == 32
    assert work["until"] - work["since"] == 3_600_000 and work["approved_by"] == "rol-spoedvraag"
    assert (restored["seconds"], restored["good"]) == (240.0, False)


def test_what_cannot_be_is_told_and_nothing_is_sent(
    sent: list[dict[str, Any]], room: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["service", "restore-test", "c 2000", "--seconds", "1", *room]) == 2
    assert "service" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["service", "maintenance", "GMS", "--from", "2026-03-01T02:00", "--until", "x", "--reason", "x", *room])
    assert main(["service", "restore-test", "RECORD", "--seconds", "-1", *room]) == 2
    assert sent == []


def test_a_room_that_is_not_there_is_told_in_a_line(room: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "report", "C2000", "up", *room[:3], str(Path(room[3]).with_name("no"))]) == 1
    assert "Traceback" not in capsys.readouterr().err
