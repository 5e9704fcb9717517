"""A wheel carries the desk's browser modules, or is not built."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.shell import ROOT

VENDOR = Path("src/meldkamer/desk/static/vendor")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of all that takes part in a build, with next to no code."""
    for name in ("pyproject.toml", "LICENCE", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "src" / "meldkamer").mkdir(parents=True)
    shutil.copy(ROOT / "src" / "meldkamer" / "__init__.py", tmp_path / "src" / "meldkamer")
    (tmp_path / "tools").mkdir()
    for name in ("__init__.py", "build_hook.py", "manifest.py"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")
    return tmp_path


def build(project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def bundle(project: Path, content: bytes = b"export {}") -> None:
    folder = project / VENDOR
    folder.mkdir(parents=True)
    (folder / "preact.js").write_bytes(content)
    digest = hashlib.sha256(b"export {}").hexdigest()
    manifest = {"packages": [], "outputs": [{"file": "preact.js", "sha256": digest}]}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_without_the_bundle_the_build_fails_and_says_what_to_do(project: Path) -> None:
    done = build(project)
    assert done.returncode != 0
    assert "Run ./dev vendor first" in done.stderr
    assert not list(project.glob("out/*.whl"))


def test_a_bundle_that_was_changed_is_refused(project: Path) -> None:
    bundle(project, b"export { other }")
    done = build(project)
    assert done.returncode != 0
    assert "preact.js differs from its hash" in done.stderr


def test_the_ignored_bundle_goes_into_the_wheel(project: Path) -> None:
    bundle(project)
    done = build(project)
    assert done.returncode == 0, done.stderr
    (wheel,) = project.glob("out/*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "meldkamer/desk/static/vendor/preact.js" in names
    assert "meldkamer/desk/static/vendor/manifest.json" in names
    assert any(name.endswith("licenses/LICENCE") for name in names)
