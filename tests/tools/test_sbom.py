"""The bill of materials: whole, in shape, and without what is not shipped."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tools import sbom


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "preact.js").write_text("x")
    content = {
        "packages": [{"name": "@preact/signals", "version": "2.0.0", "licence": "MIT"}],
        "outputs": [{"file": "preact.js", "sha256": hashlib.sha256(b"x").hexdigest(), "packages": []}],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    return tmp_path


def test_shape(folder: Path) -> None:
    bill = sbom.bill(folder=folder)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "meldkamer"
    refs = [component["bom-ref"] for component in bill["components"]]
    assert len(refs) == len(set(refs))
    known = {*refs, bill["metadata"]["component"]["bom-ref"]}
    for entry in bill["dependencies"]:
        assert {entry["ref"], *entry["dependsOn"]} <= known


def test_it_names_what_runs_and_not_what_builds(folder: Path) -> None:
    bill = sbom.bill(folder=folder)
    names = {component["name"] for component in bill["components"]}
    assert {"starlette", "msgspec", "uvicorn", "anyio", "cffi", "@preact/signals"} <= names
    assert not names & {"pytest", "ruff", "mypy", "hatchling", "playwright"}
    purls = {component.get("purl") for component in bill["components"]}
    assert "pkg:npm/%40preact/signals@2.0.0" in purls


def test_every_library_states_a_licence(folder: Path) -> None:
    silent = [
        c["name"] for c in sbom.bill(folder=folder)["components"] if c["type"] == "library" and "licenses" not in c
    ]
    assert silent == []


def test_the_same_installation_gives_the_same_bill(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    assert sbom.bill(folder=folder) == sbom.bill(folder=folder)
