"""The `dev` script: its help, its exit codes, and that it does nothing when nothing has changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import browser, commands, environment, shell, vendor
from tools.commands import COMMANDS
from tools.commands import main as run_command
from tools.shell import ROOT, Failed


def dev(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "dev", *words], capture_output=True, text=True, check=False)


def test_help_names_every_command() -> None:
    done = dev("--help")
    assert done.returncode == 0
    assert all(f"./dev {name}" in done.stdout for name in COMMANDS)


def test_an_unknown_command_is_refused_with_the_help() -> None:
    done = dev("tset")
    assert done.returncode == 2
    assert "no command 'tset'" in done.stderr
    assert "./dev test" in done.stderr


def test_a_failed_step_gives_its_text_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise Failed("type this instead", 7)

    monkeypatch.setattr(environment, "ready", fails)
    assert run_command(["check"]) == 7
    assert "type this instead" in capsys.readouterr().err


def test_the_exit_code_of_the_program_is_ours() -> None:
    code = "from tools.shell import become; become(['sh', '-c', 'exit 9'])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 9


def test_nothing_is_installed_when_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "usable", lambda: True)
    monkeypatch.setattr(environment, "install", lambda: done.append("install"))
    monkeypatch.setattr(environment, "make", lambda: done.append("make"))
    environment.ready()
    environment.ready()
    assert done == ["install"]
    monkeypatch.setattr(environment, "wanted", lambda: "another set of dependencies")
    environment.ready()
    assert done == ["install", "install"]


def test_an_environment_that_does_not_start_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "no" / "python")
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "make", lambda: done.append("make"))
    monkeypatch.setattr(environment, "install", lambda: done.append("install"))
    environment.ready()
    assert done == ["make", "install"]


def test_without_venv_and_without_rights_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(shell, "administrator", lambda: None)
    with pytest.raises(Failed, match=r"sudo apt-get install python3\.\d+-venv"):
        environment.make()


def test_a_missing_browser_is_said_and_does_not_stop(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(browser, "found", lambda: None)
    monkeypatch.setattr(browser, "apt_install", lambda package: False)
    browser.ready()
    assert "sudo apt-get install chromium" in capsys.readouterr().err


def test_ci_runs_the_checks_and_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "./dev check" in text
    assert "./dev test" in text


@pytest.mark.parametrize(("failed", "runs"), [(0, 1), (1, 2), (commands.AGAIN, 2), (commands.AGAIN + 1, 1)])
def test_what_failed_beside_others_is_tried_once_more_alone(
    failed: int, runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, ran = tmp_path / "lastfailed", list[Sequence[object]]()

    def call(arguments: Sequence[object]) -> int:
        ran.append(arguments)
        kept.write_text(json.dumps({f"tests/test_{n}.py::test": True for n in range(failed)}), encoding="utf-8")
        return 1 if failed else 0

    monkeypatch.setattr(commands, "call", call)
    monkeypatch.setattr(commands, "FAILED", kept)
    for part in (environment, vendor, browser):
        monkeypatch.setattr(part, "ready", lambda: None)
    assert commands.test([]) == (1 if failed else 0), "what fails again fails"
    assert len(ran) == runs
    assert runs == 1 or {"-n0", "--last-failed"} <= set(map(str, ran[1]))
