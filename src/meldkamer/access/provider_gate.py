"""The way in through the organisation's own sign-in, and how an account is bound to it.

The provider says who somebody is, and no more: what they may do here follows from the account alone. Nobody gets an
account by it, and whoever has one keeps a password, for the day that the provider is away.
"""

from __future__ import annotations

import hmac
import logging

import msgspec

from meldkamer.access.bindings import Bindings
from meldkamer.access.errors import BadAccount, NotBound, NotProven, ProviderAway
from meldkamer.access.four_eyes import gives_power
from meldkamer.access.gate import Gate
from meldkamer.access.oidc import Asked, Flows, Proof, RelyingParty, Shown
from meldkamer.access.people import Account
from meldkamer.access.rate import SignInRate
from meldkamer.access.sessions import Session

log = logging.getLogger("meldkamer.access")


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. secret, session: somebody is in. bound: the account that was bound. sealed: our own second
    factor is asked, and the browser brings this back with it."""

    secret: str = ""
    session: Session | None = None
    bound: str = ""
    sealed: str = ""

    def __repr__(self) -> str:
        return f"Came(session={self.session.id if self.session else ''!r}, bound={self.bound!r})"


class ProviderGate:
    """Lets people in whom the provider has proven. rate: the one of the gate, so that both ways count together."""

    def __init__(self, gate: Gate, rate: SignInRate, party: RelyingParty, flows: Flows, bindings: Bindings) -> None:
        self.bindings = bindings
        self._gate, self._rate, self._party, self._flows = gate, rate, party, flows

    @property
    def name(self) -> str:
        """What people call the provider."""
        return self._party.settings.name

    async def begin(self) -> tuple[str, str]:
        """Where to send a browser that wants to sign in, and what it brings back. Raises ProviderAway."""
        address, asked = await self._party.begin()
        return address, self._flows.seal(asked)

    async def leave(self) -> str:
        """Where a browser that left here leaves the provider as well. Raises BadAccount when it has no such place, and
        ProviderAway."""
        if not (url := await self._party.leave()):
            raise BadAccount("provider.no_leaving", "the provider does not say where one leaves it")
        return url

    async def begin_binding(self, session: Session, password: str, code: str, address: str) -> tuple[str, str]:
        """The same for somebody who is in and wants to bind their own account, after they have proven to be that person
        here. Raises what `Gate.prove` does, and ProviderAway."""
        await self._gate.prove(session, password, code, address)
        to, asked = await self._party.begin(session.person, session.id)
        return to, self._flows.seal(asked)

    async def finish(
        self, sealed: str, state: str, code: str, issuer: str, session: Session | None, address: str, previous: str = ""
    ) -> Came:
        """What the browser brought back. session: whose it is now; previous: its secret, which ends when a new one
        begins.

        Raises BadAccount when it was not asked here or may not be, NotProven, NotBound, ProviderAway, SlowDown,
        NotKept.
        """
        flow = self._flows.open(sealed, self._gate.sessions.now())
        given = state.encode("utf-8", "surrogatepass")
        if not isinstance(flow, Asked) or not hmac.compare_digest(flow.state.encode(), given):
            raise BadAccount("provider.state", "this was not asked here, or too long ago: begin again")
        if flow.account and (session is None or (session.person, session.id) != (flow.account, flow.session)):
            raise BadAccount("provider.state", "whoever asked to bind this account is not in any more: begin again")
        self._rate.begin(None, address)
        try:
            proof = await self._party.finish(flow, code, issuer)
        except NotProven as error:
            log.warning("a sign-in through the provider proves nothing: %s", error)
            raise
        except ProviderAway:
            self._rate.undecided(None, address)
            raise
        self._rate.undecided(None, address)
        if flow.account:
            await self.bindings.bind(flow.account, proof.subject, flow.account)
            return Came(bound=flow.account)
        account = self._bound(proof)
        return await self._come_in(account, proof.subject, proof.strong, "", address, previous)

    async def finish_code(self, sealed: str, code: str, address: str, previous: str = "") -> Came:
        """Our own second factor of somebody whom the provider proved just before. Raises what `finish` does."""
        flow = self._flows.open(sealed, self._gate.sessions.now())
        if not isinstance(flow, Shown):
            raise BadAccount("provider.state", "this was not asked here, or too long ago: begin again")
        account = self._bound(Proof(subject=flow.subject, strong=False))
        if account.name != flow.account:
            raise NotBound(flow.subject)
        return await self._come_in(account, flow.subject, False, code, address, previous)

    async def bind(self, account: Account, subject: str, by: str, reason: str) -> None:
        """An administrator binds somebody else's account. Raises BadAccount: who has power does that himself."""
        if account.machine:
            raise BadAccount("account.machine", "a machine has a token, and no provider")
        if account.name == by or self._powerful(account):
            raise BadAccount("provider.power", "whoever has power binds his own account, signed in with his password")
        await self.bindings.bind(account.name, subject, by, reason)

    async def unbind(self, account: Account, by: str, reason: str) -> None:
        """An administrator takes a binding away, which ends the sessions of the account. Raises BadAccount, NotKept."""
        if not await self.bindings.unbind(account.name, by, reason):
            raise BadAccount("provider.none", "this account is not bound to the provider")
        await self._gate.sessions.end_all(account.name)

    async def unbind_own(self, session: Session, password: str, code: str, address: str) -> None:
        """Take the own binding away. Raises what `Gate.prove` does, BadAccount, NotKept."""
        await self._gate.prove(session, password, code, address)
        if not await self.bindings.unbind(session.person, session.person):
            raise BadAccount("provider.none", "this account is not bound to the provider")

    def close(self) -> None:
        """Close the file of the bindings."""
        self.bindings.close()

    def _bound(self, proof: Proof) -> Account:
        """The account that may come in. Raises NotBound, BadAccount."""
        binding = self.bindings.of_subject(proof.subject)
        account = None if binding is None else self._gate.accounts.get(binding.account)
        if binding is None or account is None or account.disabled or account.machine:
            raise NotBound(proof.subject)
        if binding.by != account.name and self._powerful(account):
            # Bound by an administrator before the account had power: he might be the one who comes in by it.
            raise BadAccount("provider.power", "whoever has power binds his own account, signed in with his password")
        if account.once_until:
            raise BadAccount("provider.password_first", "choose a password of your own first, for when this is away")
        return account

    def _powerful(self, account: Account) -> bool:
        return bool(gives_power(self._gate.roles, account.roles))

    async def _come_in(
        self, account: Account, subject: str, strong: bool, code: str, address: str, previous: str
    ) -> Came:
        try:
            secret, session = await self._gate.admit(account, strong, code, address, previous)
        except BadAccount as error:
            if error.code != "factor.needed":
                raise
            shown = Shown(account=account.name, subject=subject, at=self._gate.sessions.now())
            return Came(sealed=self._flows.seal(shown))
        return Came(secret=secret, session=session)
