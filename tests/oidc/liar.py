"""A provider in memory that says whatever a test wants: what no good one ever would."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from meldkamer.access.provider_settings import ProviderSettings
from meldkamer.domain.clock import Clock

ISSUER, CLIENT, SECRET = "https://login.example", "meldkamer-rt", "canary:secret/7"
SETTINGS = ProviderSettings(
    name="Politie",
    issuer=ISSUER,
    client=CLIENT,
    redirect="https://room/w/provider",
    secret="file",
    acr=("two",),
    amr=("otp",),
)


def a_key(name: str) -> ECKey:
    """A signing key; its name is public, and anybody can give it to a key of his own."""
    return ECKey.generate_key("P-256", parameters={"kid": name, "use": "sig"}, private=True)


class Liar(httpx.AsyncBaseTransport):
    """Stands in the place of the network. claims: what tokens say otherwise than they should, None for not at all.

    keys: published. signer: signs. token: handed out as it is. answers: by path, in the place of the right one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.signer = a_key("one")
        self.keys = [self.signer]
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.answers: dict[str, tuple[int, bytes] | Exception] = {}
        self.token = ""
        self.nonce = ""
        self.asked: list[httpx.Request] = []

    def visit(self, url: str) -> str:
        """A browser comes with this address; the state that it takes back."""
        question = parse_qs(urlsplit(url).query)
        self.nonce = question["nonce"][0]
        return question["state"][0]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One question."""
        self.asked.append(request)
        answer = self.answers.get(request.url.path)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return httpx.Response(answer[0], content=answer[1])
        return httpx.Response(200, json=self._answer(request.url.path))

    def _answer(self, path: str) -> dict[str, Any]:
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/token":
            return {"access_token": "x", "token_type": "Bearer", "id_token": self.token or self.signed(self.signer)}
        assert path == "/.well-known/openid-configuration", path
        made = {"authorization_endpoint": f"{ISSUER}/go", "token_endpoint": f"{ISSUER}/token"}
        return {"issuer": ISSUER, **made, "jwks_uri": f"{ISSUER}/keys", **self.metadata}

    def signed(self, key: ECKey) -> str:
        """A token as it would be, signed by this key."""
        now = self._clock.now() // 1000
        right = {"iss": ISSUER, "sub": "8f3a", "aud": CLIENT, "exp": now + 300, "iat": now, "auth_time": now}
        claims = {**right, "nonce": self.nonce, **self.claims}
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": key.kid}, said, key, algorithms=["ES256"])

    @property
    def everything(self) -> str:
        """All that was ever asked, as text."""
        return json.dumps([[str(r.url), r.content.decode(), dict(r.headers)] for r in self.asked])
