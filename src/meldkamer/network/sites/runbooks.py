"""The pages of `docs/run/` for what `network status` can name: whoever reads a fault also reads what to do."""

from __future__ import annotations

NO_ANSWER = "server-does-not-answer"
WRONG_ADDRESS = "wrong-address"
UNSAFE = "server-not-safe"
CUT_OFF = "room-cut-off"
NO_MAJORITY = "core-majority-lost"
OTHER_CONFIGURATION = "configuration-differs"
CERTIFICATE = "certificate-expiry"
CLOCK = "clock-off"
FULL = "disk-full"
NO_STREAM = "streams-missing"
BEHIND = "copy-behind"
FEWER = "fewer-copies"
DAMAGED = "damaged-replica"
LOST = "room-lost"
ISLAND = "island"
UNWELL = "health"
DIFFERENT = "versions-differ"

PAGES = (
    NO_ANSWER,
    WRONG_ADDRESS,
    UNSAFE,
    CUT_OFF,
    NO_MAJORITY,
    OTHER_CONFIGURATION,
    CERTIFICATE,
    CLOCK,
    FULL,
    NO_STREAM,
    BEHIND,
    FEWER,
    DAMAGED,
    LOST,
    ISLAND,
    UNWELL,
    DIFFERENT,
)
"""All of them: each is a file of that name with `.md`."""
