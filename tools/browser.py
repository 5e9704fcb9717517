"""The browser of the page tests: Debian's Chromium. Without it those tests are skipped with a reason, not failed."""

from __future__ import annotations

import shutil

from tools.shell import apt_install, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """The path of a Chromium, or none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ready() -> None:
    """Install Chromium where it is missing and we may; else say what to type and go on."""
    if not found() and not apt_install("chromium"):
        say("no Chromium here, so the page tests are skipped. On Debian: sudo apt-get install chromium")
