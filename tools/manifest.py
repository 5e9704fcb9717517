"""The manifest of the bundled browser modules: what is in them, from whom, under which licence, and their hashes.

The bundler writes it; the wheel build, the bill of materials and the set-up read it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

NAME = "manifest.json"


def sha256(path: Path) -> str:
    """The hash of a file, as the manifest writes it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a bundled folder; raises `FileNotFoundError` or `ValueError` when there is none to read."""
    found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{folder / NAME} is not a JSON object")
    return found


def problems(folder: Path) -> list[str]:
    """Why this folder is not a whole bundle; empty when it is."""
    try:
        manifest = read(folder)
        outputs = [(str(entry["file"]), str(entry["sha256"])) for entry in manifest["outputs"]]
    except FileNotFoundError:
        return [f"{folder / NAME} is not there"]
    except (ValueError, KeyError, TypeError) as error:
        return [f"{folder / NAME} cannot be read: {error!r}"]
    if not outputs:
        return [f"{folder / NAME} names no file"]
    found = []
    for name, expected in outputs:
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif sha256(path) != expected:
            found.append(f"{name} differs from its hash in the manifest")
    return found
