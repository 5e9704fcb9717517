"""The server of `server.py`, whose people may also sign in through a provider: the one that the file `issuer` names."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from meldkamer.access import ProviderSettings
from meldkamer.settings import SignInSettings
from tests.oidc.real import CLIENT
from tests.pages.server import main


def sign_in(port: int) -> SignInSettings:
    """The settings, once it is known where the room is."""
    folder = Path(sys.argv[1]).parent
    issuer = (folder / "issuer").read_text(encoding="utf-8")
    # Another name for this machine than the provider's: to a browser they are two sites, as they are outside the tests.
    redirect = f"http://127.0.0.1:{port}/w/provider"
    provider = ProviderSettings(
        name="Organisatie X", issuer=issuer, client=CLIENT, redirect=redirect, secret=str(folder / "provider.secret")
    )
    return SignInSettings(provider=provider)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sign_in))
