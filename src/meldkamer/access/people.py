"""Accounts of people and machines, and what a good name and a good password are."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Literal

import msgspec

from meldkamer.access.errors import BadAccount
from meldkamer.domain.clock import Millis

Entropy = Callable[[int], bytes]
"""Where secrets come from: `os.urandom`, and in tests something that can be foreseen."""

TOKEN_PREFIX = "mkt_"  # noqa: S105 - the mark by which a leaked token is recognised, not a secret
MIN_PASSWORD, MAX_PASSWORD = 12, 128

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeio"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_COMMON = ("password", "wachtwoord", "welkom", "meldkamer", "qwerty", "azerty", "letmein", "geheim", "123456", "112112")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come in. Secrets are stored hashed only and are never part of its text form.

    generation: grows when a secret changes or the account is switched off, which ends its sessions.
    once_until: not 0 when the password was given by somebody else: until then it opens nothing but the choice of
    an own one, and after that nothing at all.
    regions: empty means all, since any room may take over any function. demonstration: never allowed in a real room.
    """

    name: str
    room: str
    display: str = ""
    roles: tuple[str, ...] = ()
    language: Literal["nl", "en"] = "nl"
    disabled: bool = False
    machine: bool = False
    scopes: tuple[str, ...] = ()
    simulated: bool = False
    demonstration: bool = False
    regions: tuple[str, ...] = ()
    password: str = ""
    token: bytes = b""
    generation: int = 1
    once_until: Millis = 0

    def __repr__(self) -> str:
        return f"Account({self.name!r}, room={self.room!r}, roles={self.roles!r}, scopes={self.scopes!r})"

    __str__ = __repr__


def new_secret(entropy: Entropy = os.urandom) -> str:
    """256 random bits as 43 characters that are safe in a cookie and in a header."""
    return urlsafe_b64encode(entropy(32)).rstrip(b"=").decode("ascii")


def readable_password(entropy: Entropy = os.urandom) -> str:
    """Five groups that can be read aloud, 60 random bits."""
    drawn = entropy(20)
    syllables = [_CONSONANTS[a % 16] + _VOWELS[b % 4] for a, b in zip(drawn[::2], drawn[1::2], strict=True)]
    return "-".join("".join(syllables[i : i + 2]) for i in range(0, 10, 2))


def fingerprint(secret: str) -> bytes:
    """What is stored of a random secret. It has 256 bits of its own, so a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def account_name(name: str) -> str:
    """The name as it is stored. Raises BadAccount when it cannot be one."""
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    if not _NAME.fullmatch(folded):
        raise BadAccount("account.name", "a name has 2 to 64 characters: letters a-z, digits, dot, dash, underscore")
    return folded


def password_text(password: str) -> str:
    """One spelling of a password, so that two keyboards that compose letters differently agree."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *known: str) -> str:
    """The password in its one spelling. known: words that it must not be built on (name, room).

    Raises BadAccount. Length counts, not a mix of kinds of character; what everybody tries first is refused.
    """
    text = password_text(password)
    if not MIN_PASSWORD <= len(text) <= MAX_PASSWORD:
        raise BadAccount("password.length", f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if len(set(text)) < 5:
        raise BadAccount("password.monotonous", "a password has at least five different characters")
    rest = text.lower()
    for word in sorted({*_COMMON, *(part for k in known for part in re.split(r"\W+", k.lower()) if len(part) > 3)}):
        rest = rest.replace(word, "")
    if len(rest) < MIN_PASSWORD // 2:
        raise BadAccount("password.guessable", "this password is built on words that are tried first")
    return text
