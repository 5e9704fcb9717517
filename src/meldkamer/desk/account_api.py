"""What people do with their own account: see it, enrol a second factor, exchange it for another, take it away."""

from __future__ import annotations

from typing import Annotated

import msgspec
import segno

from meldkamer.access import PERSON, BadAccount, Forbidden, SecondFactors, otpauth, secret_text
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis

Code = Annotated[str, msgspec.Meta(max_length=40)]
Password = Annotated[str, msgspec.Meta(max_length=1_000)]


class OwnFactor(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor as its owner sees it: since when, and how many recovery codes are left."""

    since: Millis
    recovery_left: int


class OwnAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account of who asks. roles: as given. passkeys: how many open it. demanded: a role counts only with a second
    factor or a passkey; lacking: neither was shown in this session."""

    person: str
    name: str
    room: str
    roles: tuple[str, ...]
    second_factor: OwnFactor | None
    passkeys: int
    demanded: bool
    lacking: bool


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sits here is who signed in: the password, and a code when there is a second factor already."""

    password: Password
    code: Code = ""

    def __repr__(self) -> str:
        return "Proof()"


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret for an authenticator program, shown this once: as text, as an address, and as a picture of that."""

    secret: str
    uri: str
    qr: str

    def __repr__(self) -> str:
        return "NewSecret()"


class FirstCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first code that the program shows."""

    code: Code

    def __repr__(self) -> str:
        return "FirstCode()"


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Codes that let somebody in once each when the program is gone, shown this once."""

    codes: tuple[str, ...]

    def __repr__(self) -> str:
        return "RecoveryCodes()"


def add_account_of_ones_own(api: Api, services: Services) -> None:
    """Register the operations. All of them are about the account of who asks, and no other."""
    gate, cookie = services.gate, services.cookie

    def factors() -> SecondFactors:
        if gate.factors is None:
            raise BadAccount("factor.off", "this room has no second factors")
        return gate.factors

    @api.op("GET", "/api/account", needs=PERSON)
    async def account_own(request: Request) -> OwnAccount:
        """The own account and what protects it."""
        account = gate.accounts.get(request.session.person)
        if account is None:
            raise Forbidden("person")
        found = gate.factors.get(account.name) if gate.factors is not None else None
        return OwnAccount(
            person=account.name,
            name=account.display or account.name,
            room=account.room,
            roles=account.roles,
            second_factor=None if found is None else OwnFactor(since=found.since, recovery_left=len(found.recovery)),
            passkeys=0 if gate.passkeys is None else len(gate.passkeys.usable(account.name)),
            demanded=gate.sessions.demands(account),
            lacking=request.session.lacking,
        )

    @api.op(
        "POST",
        "/api/account/second-factor",
        needs=PERSON,
        problems=("wrong_credentials", "slow_down", "refused", "store_full"),
    )
    async def second_factor_begin(request: Request, body: Proof) -> NewSecret:
        """Begin with a new secret. It counts when its first code was given; until then an older one does."""
        session, known = request.session, factors()
        await gate.prove(session, body.password, body.code, request.address)
        secret = known.begin(session.person)
        uri = otpauth(secret, session.person, f"Meldkamer {session.room}")
        picture = segno.make(uri, error="m", micro=False).svg_data_uri(scale=4, dark="#000", light="#fff")
        return NewSecret(secret=secret_text(secret), uri=uri, qr=picture)

    @api.op("POST", "/api/account/second-factor/confirm", needs=PERSON, problems=("slow_down", "refused", "store_full"))
    async def second_factor_confirm(request: Request, body: FirstCode) -> RecoveryCodes:
        """The first code: from now on signing in asks for one. The answer holds the recovery codes, this once."""
        codes = await gate.enrol(request.session, body.code, request.address)
        if secret := cookie.read(request.connection):
            await gate.sessions.prove(secret)
        return RecoveryCodes(codes=codes)

    @api.op(
        "POST",
        "/api/account/second-factor/remove",
        needs=PERSON,
        problems=("wrong_credentials", "slow_down", "refused", "store_full"),
    )
    async def second_factor_remove(request: Request, body: Proof) -> None:
        """Take the own second factor away, where no role demands one."""
        session, known = request.session, factors()
        account = gate.accounts.get(session.person)
        if account is None or gate.sessions.demands(account):
            raise BadAccount("factor.demanded", "a role of this account demands a second factor")
        await gate.prove(session, body.password, body.code, request.address)
        await known.remove(session.person, session.person, "second factor removed")
