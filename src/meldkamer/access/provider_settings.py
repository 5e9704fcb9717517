"""What a room is told about the provider through which its people may sign in, and whether that can be right."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from urllib.parse import SplitResult, urlsplit, urlunsplit

import msgspec

RETURN_PATH = "/w/provider"
"""The page to which a provider sends people back. There is one, and no request can name another."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Values = Annotated[tuple[Text, ...], msgspec.Meta(max_length=20)]


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[sign_in.provider]`: an OpenID Connect provider of the organisation, beside passwords, never instead.

    name: what people call it, on the button. issuer: its address, to the letter as it states it itself. client: who we
    are there; secret: file with our secret there, relative to the configuration; empty = none is asked of us. redirect:
    this room's own address with the path `/w/provider`, as registered there. ca: PEM file of those who may certify it;
    empty = whom this machine trusts. acr, amr: what it says of a sign-in that counts as a second factor; empty =
    nothing does. fresh: each sign-in asks for the person anew, whoever is still signed in there. skew: seconds that its
    clock may differ from ours.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    issuer: Text
    client: Text
    redirect: Text
    secret: str = ""
    ca: str = ""
    acr: Values = ()
    amr: Values = ()
    fresh: bool = True
    skew: Annotated[float, msgspec.Meta(ge=0, le=300)] = 60.0


def check_provider(settings: ProviderSettings, hosts: Collection[str]) -> None:
    """Raises ValueError that names the field which cannot be right. hosts: names that the room answers to."""
    issuer, redirect = _split(settings.issuer), _split(settings.redirect)
    if not safe_address(settings.issuer) or issuer.query:
        raise ValueError("issuer: an https address without a query")
    if not safe_address(settings.redirect) or redirect.query or redirect.path != RETURN_PATH:
        raise ValueError(f"redirect: the https address of this room with the path {RETURN_PATH}, and no more")
    if redirect.hostname not in {host.lower().strip("[]") for host in hosts}:
        raise ValueError(f"redirect: {redirect.hostname} is not among the names of this room (hosts)")


def left_at(settings: ProviderSettings) -> str:
    """Where the provider sends people who left there as well: this room's first page."""
    return urlunsplit(_split(settings.redirect)._replace(path="/"))


def safe_address(address: str) -> bool:
    """Whether nobody on the way can read or change what is said there: TLS, or this very machine."""
    parts = _split(address)
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - a port that is none raises only when it is asked for
    except ValueError:
        return urlsplit("")
    return parts
