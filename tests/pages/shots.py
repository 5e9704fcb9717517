"""Pictures for the documents, made by the tests that see the screens; MELDKAMER_SCREENS names their folder."""

from __future__ import annotations

import os
from pathlib import Path

from .window import Window


async def shot(window: Window, name: str) -> None:
    """Keep the window as it is now; nothing happens when nobody asked for pictures."""
    folder = os.environ.get("MELDKAMER_SCREENS")
    if folder:
        # What blinks does so ten times; the picture is of the steady state.
        await window.page.screenshot(path=str(Path(folder) / f"{name}.png"), animations="disabled")
