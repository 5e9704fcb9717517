"""The rules on imports hold for planted breaches: a rule that never fires guards nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.shell import ROOT

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]


def lint(folder: Path, files: dict[str, str]) -> tuple[int, str]:
    """Check a made-up `meldkamer` with the real rules."""
    for name, text in {"__init__.py": "", **files}.items():
        path = folder / "meldkamer" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "COLUMNS": "200"}
    command = [*LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_house_in_order_passes(tmp_path: Path) -> None:
    code, text = lint(
        tmp_path,
        {
            "domain/call.py": "import enum\nimport msgspec\nfrom meldkamer.domain import clock\n",
            "domain/clock.py": "",
            "record/__init__.py": "from meldkamer.record import port\n",
            "record/port.py": "from meldkamer.domain import call\n",
            "record/sqlite.py": "from meldkamer.record import port, sqlite_schema\n",
            "record/sqlite_schema.py": "import sqlite3\n",
            "pack/__init__.py": "from meldkamer.domain import call\n",
            "geo/place.py": "from meldkamer import pack, record\nfrom meldkamer.domain import call\n",
            "client.py": "import httpx\n",
            "simulate/caller.py": "from meldkamer import client\nfrom meldkamer.domain import clock\n",
            "room.py": "from meldkamer.record import sqlite\nfrom meldkamer.geo import place\n",
            "cli.py": "from meldkamer import room\n",
        },
    )
    assert code == 0, text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"domain/call.py": "import numpy\n"}, "meldkamer.domain.call imports numpy"),
        (
            {"domain/call.py": "from meldkamer import client\n", "client.py": ""},
            "meldkamer.domain.call imports meldkamer.client",
        ),
        (
            {"geo/a.py": "import meldkamer.desk\n", "desk/b.py": ""},
            "meldkamer.geo is not allowed to import meldkamer.desk",
        ),
        (
            {"steering/a.py": "import meldkamer.insight\n", "insight/b.py": ""},
            "meldkamer.steering is not allowed to import meldkamer.insight",
        ),
        ({"pack/a.py": "import meldkamer.geo\n", "geo/b.py": ""}, "meldkamer.pack.a imports meldkamer.geo"),
        ({"record/a.py": "import meldkamer.pack\n", "pack/b.py": ""}, "meldkamer.record.a imports meldkamer.pack"),
        (
            {"simulate/a.py": "from meldkamer.domain import call\n", "domain/call.py": ""},
            "meldkamer.simulate.a imports meldkamer.domain.call",
        ),
        (
            {"desk/a.py": "from meldkamer.record import sqlite_keys\n", "record/sqlite_keys.py": ""},
            "meldkamer.desk.a imports meldkamer.record.sqlite_keys",
        ),
        (
            {"record/a.py": "from meldkamer.record import sqlite\n", "record/sqlite.py": ""},
            "meldkamer.record.a imports meldkamer.record.sqlite",
        ),
        (
            {"response/a.py": "from meldkamer.geo import roads\n", "geo/roads.py": ""},
            "meldkamer.response.a imports meldkamer.geo.roads",
        ),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, files: dict[str, str], said: str) -> None:
    code, text = lint(tmp_path, files)
    assert code == 1, text
    assert said in " ".join(text.split())
