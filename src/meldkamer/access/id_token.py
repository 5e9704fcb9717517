"""Whether an ID token is what this provider says of somebody, to us, now, in answer to our question.

OpenID Connect Core 1.0, 3.1.3.7, without the exceptions that it allows: the signature is always checked, and a token
that is also meant for others is refused.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from meldkamer.access.errors import NotProven

KINDS: dict[str, type[RSAKey] | type[ECKey]] = {"RS256": RSAKey, "PS256": RSAKey, "ES256": ECKey}
"""Signatures that are taken, each with the one kind of key that may make it; never none, nor one by a shared secret."""
MOST = 16 * 1024
MOST_KEYS = 8
"""Keys of the provider that are tried on one token."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token must say. now, skew, since: seconds; since: when the person must have shown themself at the latest
    question; None: whenever that was."""

    issuer: str
    client: str
    nonce: str
    now: float
    skew: float
    since: float | None = None


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a token."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str
    nbf: float = 0
    azp: str | None = None
    auth_time: float | None = None
    acr: str | None = None
    amr: list[str] = []


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None


def check_id_token(token: str, keys: Sequence[dict[str, Any]], expected: Expected) -> Claims:
    """What the token says, when all of it holds. keys: the provider's, as JWK. Raises NotProven."""
    try:
        claims = msgspec.convert(_signed(token, keys), Claims)
    except msgspec.ValidationError as error:
        raise NotProven(f"the token: {error}") from error
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    now, skew = expected.now, expected.skew
    holds = {
        "issuer": claims.iss == expected.issuer,
        "audience": audience == [expected.client],
        "authorised party": claims.azp in (None, expected.client),
        "expiry": claims.exp > now - skew,
        "time of issue": claims.iat <= now + skew and claims.nbf <= now + skew,
        "nonce": hmac.compare_digest(_bytes(claims.nonce), _bytes(expected.nonce)),
        "subject": 0 < len(claims.sub) <= 255 and claims.sub.isascii() and claims.sub.isprintable(),
        "time of sign-in": expected.since is None or (claims.auth_time or 0) >= expected.since - skew,
    }
    if wrong := [what for what, so in holds.items() if not so]:
        raise NotProven(f"the token: {', '.join(wrong)}")
    return claims


def _signed(token: str, keys: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The claims of a token that one of these keys signed."""
    if len(token) > MOST:
        raise NotProven("the token: too long")
    header = _header(token)
    kind = KINDS.get(header.alg)
    if kind is None:
        raise NotProven("the token: a signature of a kind that is not taken")
    fitting = [key for key in keys if _fits(key, header, kind.key_type)]
    for key in fitting[:MOST_KEYS]:
        try:
            return dict(jwt.decode(token, kind.import_key(key), algorithms=[header.alg]).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # another key of the same name may fit, as while keys are exchanged
    raise NotProven("the token: signed by none of the provider's keys")


def _header(token: str) -> _Header:
    first = token.partition(".")[0].encode("ascii", "replace")
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(first + b"=" * (-len(first) % 4)), type=_Header)
    except (binascii.Error, ValueError) as error:  # msgspec's errors are ValueErrors
        raise NotProven("the token: not one") from error


def _fits(key: dict[str, Any], header: _Header, key_type: str) -> bool:
    return (
        key.get("kty") == key_type
        and key.get("use", "sig") == "sig"
        and key.get("alg", header.alg) == header.alg
        and (header.kid is None or key.get("kid") == header.kid)
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
