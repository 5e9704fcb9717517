"""Live, replay and exercise are the same code: whoever simulates goes through the API, and nobody goes round a face."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]


def test_the_house_itself_is_in_order() -> None:
    done = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout
