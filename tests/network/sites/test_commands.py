"""The commands as a person calls them, without a server: exit codes and words."""

from __future__ import annotations

import json
from pathlib import Path

from tests.nats.server import binary
from tests.network.sites.running import run


def test_init_for_a_demonstration_seats_the_whole_country_and_can_be_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    code, _, said = run("init", str(folder), "--demonstration", "--port", "30100")
    assert code == 0 and "files written" in said
    assert len(list((folder / "sites").iterdir())) == 10
    assert len(list((folder / "sites").rglob("core.conf"))) == 5
    code, _, said = run("init", str(folder))
    assert code == 0 and " 0 files written" in said
    code, _, said = run("init", str(folder), "--demonstration", "--port", "30200")
    assert code == 2 and "other sites" in said


def test_what_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    for arguments, says in (
        (["init", str(tmp_path / "net")], "no network here"),
        (["init", str(tmp_path / "net"), "--sites", str(tmp_path / "absent.toml")], "no such file"),
        (["init", str(tmp_path / "net"), "--demonstration", "--port", "80"], "choose 1024 or above"),
        (["up", str(tmp_path / "net")], "no network here"),
        (["status", str(tmp_path / "net")], "no network here"),
    ):
        code, out, said = run(*arguments)
        assert (code, out) == (2, "") and says in said and len(said.splitlines()) == 1
    assert not (tmp_path / "net").exists()


def test_a_network_that_does_not_run_is_unchecked_and_never_fine(tmp_path: Path) -> None:
    folder = str(tmp_path / "net")
    run("init", folder, "--demonstration", "--port", "30100", "--cores", "1")
    code, out, _ = run("status", folder, "--json", "--server", binary())
    report = json.loads(out)
    assert code == 1 and not report["ok"]
    assert {row["state"] for row in [*report["servers"], *report["streams"], *report["mirrors"]]} == {"unchecked"}
    assert {row["age_ms"] for row in report["servers"]} == {None}
    for arguments, says in (
        (["up", folder, "--server", "/nowhere/nats-server"], "no such program"),
        (["up", folder, "--only", "XX", "--server", binary()], "neither a site nor a server"),
        (["revoke", folder, "XX"], "not a site"),
        (["scrub", folder, "--region", "XX"], "not a region"),
        (["stop", folder, "core-XX", "--server", binary()], "not a server"),
    ):
        code, _, said = run(*arguments)
        assert code == 2 and says in said
