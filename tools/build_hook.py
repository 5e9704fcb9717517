"""Refuse to build a wheel without its browser modules.

The bundle is made at set-up and not committed, so a build on a machine that skipped that step would give a wheel that
installs, starts and shows an empty page. Such a mistake must stop the build, not reach a control room.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleMustBeThere(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """Checks the bundle against its manifest before hatchling collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a wheel is built; an editable install has nothing to carry and may come first."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from tools import manifest

        folder = Path(self.root) / "src" / "meldkamer" / "desk" / "static" / "vendor"
        wrong = manifest.problems(folder)
        if wrong:
            raise RuntimeError(
                "No wheel without the desk's browser modules. Run ./dev vendor first.\n  " + "\n  ".join(wrong)
            )
