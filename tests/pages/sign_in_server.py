"""The server of `server.py` with passkeys, in which a role demands a second factor: that of whoever manages access."""

from __future__ import annotations

import asyncio
import sys

from meldkamer.settings import SignInSettings
from tests.pages.server import main

if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], SignInSettings(second_factor=("FB",))))
