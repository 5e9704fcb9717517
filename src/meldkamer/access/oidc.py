"""The room as a relying party of an OpenID Connect provider: authorization code with PKCE, asked and answered.

What is on its way lies with the browser that began it, sealed by a key of this process: nobody can fill a table of
ours, and a restart ends nothing but that. The provider's keys are asked anew with each sign-in, so that one which it
takes back counts no more at once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.access.errors import NotProven, NotSafeToOpen, ProviderAway
from meldkamer.access.id_token import Expected, check_id_token
from meldkamer.access.people import Entropy, new_secret
from meldkamer.access.provider_settings import ProviderSettings, left_at, safe_address
from meldkamer.domain.clock import Clock, Millis

if TYPE_CHECKING:
    import httpx

FLOW_MILLIS = 10 * 60_000
"""How long somebody may take at the provider."""
CODE_MILLIS = 5 * 60_000
"""How long after it our own second factor may take."""
SECONDS = 3.0
"""How long any one question to the provider may take: whoever waits for it has a password as well."""
KNOWN_SECONDS = 2.0
"""For so long a first answer, or that there is none, holds: a crowd at the sign-in page asks once."""
MOST_BYTES = 256 * 1024
NONCE_BYTES = 12

log = logging.getLogger("meldkamer.access")
T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag="asked"):
    """Somebody was sent to the provider. account, session: who binds an account, and where; empty: who signs in."""

    state: str
    nonce: str
    verifier: str
    at: Millis
    account: str = ""
    session: str = ""

    def __repr__(self) -> str:
        return f"Asked(at={self.at!r}, account={self.account!r})"


class Shown(msgspec.Struct, frozen=True, kw_only=True, tag="shown"):
    """The provider said who it is; our own second factor is still to come."""

    account: str
    subject: str
    at: Millis


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is, as the provider names them, and whether they showed a second factor there."""

    subject: str
    strong: bool


class Flows:
    """What is on its way, as text that its browser keeps and this process alone can read or make."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._cipher = AESGCM(entropy(32))

    def seal(self, flow: Asked | Shown) -> str:
        """The text of it."""
        nonce = self._entropy(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(flow), None)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, text: str, now: Millis) -> Asked | Shown | None:
        """What it was; None when it is over, or none of ours."""
        try:
            sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError):  # ValueError: not base64, or too short for a nonce
            return None
        flow: Asked | Shown = _DECODE(plain)
        millis = FLOW_MILLIS if isinstance(flow, Asked) else CODE_MILLIS
        return flow if flow.at <= now < flow.at + millis else None


class _Metadata(msgspec.Struct, frozen=True):
    """What is read of what the provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False
    end_session_endpoint: str = ""


class _Keys(msgspec.Struct, frozen=True):
    keys: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=100)]


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class _Fault(msgspec.Struct, frozen=True):
    error: str = ""


class RelyingParty:
    """Asks one provider who somebody is. secret: ours there, or empty. transport: another than the network, in tests.

    Raises NotSafeToOpen for a certificate file that is none.
    """

    def __init__(
        self,
        settings: ProviderSettings,
        secret: str,
        clock: Clock,
        entropy: Entropy,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self._secret, self._clock, self._entropy, self._transport = secret, clock, entropy, transport
        try:
            self._trust = ssl.create_default_context(cafile=settings.ca or None)
        except (OSError, ssl.SSLError) as error:
            raise NotSafeToOpen(f"{settings.ca}: {error}") from error
        self._turn = asyncio.Lock()
        self._known: _Metadata | ProviderAway | None = None
        self._known_at = float("-inf")

    async def begin(self, account: str = "", session: str = "") -> tuple[str, Asked]:
        """Where to send the browser, and what it must bring back. Raises ProviderAway, within seconds."""
        metadata = await self._metadata()
        asked = Asked(
            state=new_secret(self._entropy),
            nonce=new_secret(self._entropy),
            verifier=new_secret(self._entropy),
            at=self._clock.now(),
            account=account,
            session=session,
        )
        digest = hashlib.sha256(asked.verifier.encode("ascii")).digest()
        question = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": self.settings.redirect,
            "scope": "openid",
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
        }
        if self.settings.fresh:
            question |= {"prompt": "login", "max_age": "0"}
        if self.settings.acr:
            question["acr_values"] = " ".join(self.settings.acr)
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return metadata.authorization_endpoint + joint + urlencode(question), asked

    async def leave(self) -> str:
        """Where a browser ends its session at the provider (OpenID Connect RP-Initiated Logout 1.0) and comes back
        from; empty when the provider has no such place. Raises ProviderAway."""
        to = (await self._metadata()).end_session_endpoint
        if not to:
            return ""
        # Who it is the provider knows by its own cookie: nothing about a person stands in the address.
        question = {"client_id": self.settings.client, "post_logout_redirect_uri": left_at(self.settings)}
        return to + ("&" if "?" in to else "?") + urlencode(question)

    async def finish(self, asked: Asked, code: str, issuer: str = "") -> Proof:
        """Exchange the code that came back for who it is. issuer: who sent the browser back, where that was said.

        Raises NotProven when it does not hold, ProviderAway when that cannot be known now.
        """
        metadata = await self._metadata()
        if issuer != self.settings.issuer and (issuer or metadata.authorization_response_iss_parameter_supported):
            raise NotProven("the answer comes from another provider")
        answer, keys = await asyncio.gather(self._exchange(metadata, asked, code), self._keys(metadata))
        now = self._clock.now() / 1000
        expected = Expected(
            issuer=self.settings.issuer,
            client=self.settings.client,
            nonce=asked.nonce,
            now=now,
            skew=self.settings.skew,
            since=asked.at // 1000 if self.settings.fresh else None,
        )
        claims = check_id_token(answer, keys, expected)
        strong = claims.acr in self.settings.acr or not set(self.settings.amr).isdisjoint(claims.amr)
        return Proof(subject=claims.sub, strong=strong)

    async def _metadata(self) -> _Metadata:
        async with self._turn:
            if self._clock.monotonic() - self._known_at >= KNOWN_SECONDS:
                try:
                    self._known = await self._discover()
                except ProviderAway as error:
                    self._known = error
                    log.warning("the provider of sign-ins: %s", error)
                self._known_at = self._clock.monotonic()
            known = self._known
        if isinstance(known, _Metadata):
            return known
        raise ProviderAway(str(known))

    async def _discover(self) -> _Metadata:
        address = self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        status, body = await self._ask("GET", address)
        found = _read(body, _Metadata) if status == 200 else None
        if found is None:
            raise ProviderAway(f"does not say what it is (status {status})")
        if found.issuer != self.settings.issuer:
            raise ProviderAway("says that it is another issuer than the settings do")
        places = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if not all(map(safe_address, places)) or (
            found.end_session_endpoint and not safe_address(found.end_session_endpoint)
        ):
            raise ProviderAway("names an address that others can read along at")
        return found

    async def _keys(self, metadata: _Metadata) -> list[dict[str, Any]]:
        status, body = await self._ask("GET", metadata.jwks_uri)
        found = _read(body, _Keys) if status == 200 else None
        if found is None:
            raise ProviderAway(f"does not give its keys (status {status})")
        return found.keys

    async def _exchange(self, metadata: _Metadata, asked: Asked, code: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect,
            "client_id": self.settings.client,
            "code_verifier": asked.verifier,
        }
        headers = {}
        if self._secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # Each part in the form of a form first (RFC 6749, 2.3.1).
            pair = f"{quote(self.settings.client, safe='')}:{quote(self._secret, safe='')}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        elif self._secret:
            form["client_secret"] = self._secret
        status, body = await self._ask("POST", metadata.token_endpoint, form, headers)
        if 400 <= status < 500:
            fault = _read(body, _Fault)
            said = fault.error if fault is not None and re.fullmatch(r"[a-z_]{1,40}", fault.error) else ""
            raise NotProven(f"the provider refuses the code: {said or status}")
        found = _read(body, _Tokens) if status == 200 else None
        if found is None:
            raise ProviderAway(f"does not exchange the code (status {status})")
        return found.id_token

    async def _ask(
        self, method: str, address: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of one answer, bounded in time and size; no redirect is followed, nothing of the environment
        counts."""
        import httpx  # five megabytes, which a room without a provider need not carry

        body, sent = bytearray(), {"accept": "application/json", **(headers or {})}
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx.AsyncClient(verify=self._trust, trust_env=False, transport=self._transport) as client,
                client.stream(method, address, data=form, headers=sent) as answer,
            ):
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise ProviderAway("answers without an end")
                return answer.status_code, bytes(body)
        except TimeoutError as error:
            raise ProviderAway(f"does not answer within {SECONDS:.0f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ProviderAway(f"cannot be reached: {type(error).__name__}") from error


def read_client_secret(path: Path) -> str:
    """Our secret at the provider. Raises NotSafeToOpen when others may read the file, or there is nothing in it."""
    try:
        if path.stat().st_mode & 0o077:
            raise NotSafeToOpen(f"{path}: others may read it; `chmod 600 {path}`, and replace the secret if they did")
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotSafeToOpen(f"{path}: {error}") from error
    if not secret:
        raise NotSafeToOpen(f"{path}: holds no secret")
    return secret


def _read(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


_DECODE = msgspec.json.Decoder(Asked | Shown).decode
