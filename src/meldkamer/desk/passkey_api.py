"""Passkeys over HTTP: made, seen and forgotten on the own account page, and a way to sign in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from meldkamer.access import PERSON, PUBLIC, BadAccount, SessionView
from meldkamer.desk.account_api import Code, Password, Proof
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.seating import AnySeat, come_in, told
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis

_BASE64 = r"^[0-9A-Za-z_-]+={0,2}$(?!\n)"
CredentialId = Annotated[str, msgspec.Meta(pattern=_BASE64, max_length=1_368)]
"""Of 1,023 bytes at most, as the standard says."""
ClientData = Annotated[str, msgspec.Meta(pattern=_BASE64, max_length=4_096)]
Signed = Annotated[str, msgspec.Meta(pattern=_BASE64, max_length=4_096)]
Attestation = Annotated[str, msgspec.Meta(pattern=_BASE64, max_length=32_768)]
"""With the certificates that some devices send along unasked."""
KeyId = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{2}){1,1023}$(?!\n)")]


class Made(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"client_data": "clientDataJSON", "attestation": "attestationObject"},
):
    """What a device answers when it made a key."""

    client_data: ClientData
    attestation: Attestation


class NewCredential(msgspec.Struct, frozen=True, kw_only=True, rename={"raw_id": "rawId"}):
    """A new key as the browser gives it (`PublicKeyCredential.toJSON()`); what else it says is not looked at."""

    id: CredentialId
    raw_id: CredentialId
    type: Literal["public-key"]
    response: Made


class Signature(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"client_data": "clientDataJSON", "device_data": "authenticatorData", "user_handle": "userHandle"},
):
    """What a device answers when it signed. user_handle: by which it knows whose key it is."""

    client_data: ClientData
    device_data: Signed
    signature: Signed
    user_handle: Annotated[str, msgspec.Meta(pattern=_BASE64, max_length=128)] | None = None


class Credential(msgspec.Struct, frozen=True, kw_only=True, rename={"raw_id": "rawId"}):
    """A key that signed, as the browser gives it; what else it says is not looked at."""

    id: CredentialId
    raw_id: CredentialId
    type: Literal["public-key"]
    response: Signature


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it. used: when it last opened the account; 0 for never. here: it opens the account at
    the address that the room has now."""

    id: str
    name: str
    since: Millis
    used: Millis
    here: bool


class OwnKeys(msgspec.Struct, frozen=True, kw_only=True):
    """at: the address of the pages at which passkeys are made and open; empty = nowhere."""

    at: str
    keys: list[KeyView]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser made, and what its owner calls it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    credential: NewCredential


class Forget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which key, and the proof that its owner asks."""

    id: KeyId
    password: Password
    code: Code = ""

    def __repr__(self) -> str:
        return f"Forget(id={self.id!r})"


class KeySignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser made of the passkey's answer; `seat` is taken at once when it is given and free."""

    credential: Credential
    seat: AnySeat = ""


class KeysAt(msgspec.Struct, frozen=True, kw_only=True):
    """at: the address of the pages at which passkeys open; empty = nowhere."""

    at: str


def add_key_sign_in(api: Api, services: Services) -> None:
    """Register the ways in with a passkey, for nobody who is known yet."""
    gate, cookie = services.gate, services.cookie

    @api.op("GET", "/api/sign-in/passkey", needs=PUBLIC)
    async def passkeys_at(request: Request) -> KeysAt:
        """Where somebody can sign in with a passkey."""
        return KeysAt(at="" if gate.passkeys is None else gate.passkeys.origin)

    @api.op("POST", "/api/sign-in/passkey/ask", needs=PUBLIC, problems=("refused",))
    async def passkey_ask(request: Request) -> dict[str, Any]:
        """What the browser asks a passkey to sign (WebAuthn, as JSON); only this browser can answer, and once."""
        asked, browser = gate.keys().ask(cookie.read_asked(request.connection))
        request.headers.append(cookie.give_asked(browser))
        return asked

    @api.op(
        "POST",
        "/api/sign-in/passkey",
        needs=PUBLIC,
        problems=("wrong_credentials", "slow_down", "store_full", "refused"),
    )
    async def passkey_sign_in(request: Request, body: KeySignIn) -> SessionView:
        """Sign in with what a passkey signed; the answer sets the session cookie."""
        secret, session = await gate.sign_in_with_key(
            msgspec.to_builtins(body.credential),
            cookie.read_asked(request.connection),
            request.address,
            cookie.read(request.connection),
        )
        request.headers.append(cookie.give(secret))
        return told(services, await come_in(services, secret, session, body.seat))


def add_passkeys(api: Api, services: Services) -> None:
    """Register what people do with their own passkeys. All of it is about the account of who asks."""
    gate, cookie = services.gate, services.cookie
    refusals = ("wrong_credentials", "slow_down", "refused", "store_full")

    @api.op("GET", "/api/account/passkeys", needs=PERSON)
    async def passkeys_own(request: Request) -> OwnKeys:
        """The own passkeys."""
        if gate.passkeys is None:
            return OwnKeys(at="", keys=[])
        person = request.session.person
        here = {one.id for one in gate.passkeys.usable(person)}
        keys = [
            KeyView(id=one.id.hex(), name=one.name, since=one.since, used=one.used, here=one.id in here)
            for one in gate.passkeys.of(person)
        ]
        return OwnKeys(at=gate.passkeys.origin, keys=keys)

    @api.op("POST", "/api/account/passkeys/begin", needs=PERSON, problems=refusals)
    async def passkey_begin(request: Request, body: Proof) -> dict[str, Any]:
        """What the browser is asked to make (WebAuthn, as JSON), once the password and a code are proven again."""
        session = request.session
        await gate.prove(session, body.password, body.code, request.address)
        return gate.keys().begin(session.person, session.name, session.id)

    @api.op("POST", "/api/account/passkeys", needs=PERSON, problems=("refused", "store_full"))
    async def passkey_add(request: Request, body: NewKey) -> None:
        """Keep the key that was made. It asked its owner, so this session now counts as one of two factors."""
        name = " ".join(body.name.split())
        if not name:
            raise BadAccount("passkey.name", "a passkey has a name by which its owner knows it")
        await gate.add_key(request.session, msgspec.to_builtins(body.credential), name)
        if secret := cookie.read(request.connection):
            await gate.sessions.prove(secret)

    @api.op("POST", "/api/account/passkeys/forget", needs=PERSON, problems=refusals)
    async def passkey_forget(request: Request, body: Forget) -> None:
        """Forget a key; from now on it opens nothing. The last factor stays where a role demands one."""
        person, id = request.session.person, bytes.fromhex(body.id)
        await gate.prove(request.session, body.password, body.code, request.address)
        account, keys = gate.accounts.get(person), gate.keys()
        coded = gate.factors is not None and gate.factors.get(person) is not None
        last = [one.id for one in keys.usable(person)] == [id]
        if last and not coded and account is not None and gate.sessions.demands(account):
            raise BadAccount("factor.demanded", "a role of this account demands a second factor")
        await keys.remove(person, id, person)
