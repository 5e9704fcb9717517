"""The way in: a password and, where there is one, a second factor; a session cookie, or a machine's token."""

from __future__ import annotations

from typing import Any

from meldkamer.access.accounts import SqliteAccounts
from meldkamer.access.administration import set_password
from meldkamer.access.errors import BadAccount, WrongCredentials
from meldkamer.access.factors import SecondFactors
from meldkamer.access.passkeys import Passkeys
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import TOKEN_PREFIX, Account, account_name, check_password, password_text
from meldkamer.access.rate import SignInRate
from meldkamer.access.roles import Roles
from meldkamer.access.sessions import Session, Sessions, session_of


class Gate:
    """Tells who somebody is. Which acts they may do is for `authority` to say. factors, passkeys: None where nobody can
    have one."""

    def __init__(
        self,
        accounts: SqliteAccounts,
        sessions: Sessions,
        passwords: Passwords,
        roles: Roles,
        rate: SignInRate,
        factors: SecondFactors | None = None,
        passkeys: Passkeys | None = None,
    ) -> None:
        self.accounts, self.sessions, self.roles = accounts, sessions, roles
        self.factors, self.passkeys = factors, passkeys
        self._passwords, self._rate = passwords, rate
        self._machines: dict[str, tuple[Account, Session]] = {}

    async def sign_in(
        self,
        account: str,
        password: str,
        seat: str,
        address: str,
        previous: str = "",
        new_password: str = "",
        code: str = "",
    ) -> tuple[str, Session]:
        """A new session and its secret. previous: the secret that the same browser still held; it ends.

        new_password: takes the place of the password that was just proven. code: of the second factor, or a recovery
        code. Raises SlowDown, or WrongCredentials for an unknown, disabled or machine account as for a wrong password,
        after the same work; BadAccount when a code is needed or does not fit, when the password was given by somebody
        else and no own one comes with it, or when the new one cannot be one; NotKept.
        """
        try:
            name = account_name(account)
        except BadAccount:
            name = ""
        found = await self._proven(name, password, address)
        # What is missing is asked before a code is used up, as it would not fit a second time.
        try:
            _check_new(found, password, new_password)
        except BadAccount:
            self._rate.undecided(name, address)
            raise
        strong = await self._second(name, code, address)
        self._rate.succeeded(name, address)
        if new_password:
            await set_password(self.accounts, self._passwords, name, new_password, by=name)
            found = self.accounts.get(name) or found
        if previous:
            await self.sessions.end(previous)
        return await self.sessions.start(found, seat, strong)

    async def sign_in_with_key(
        self, credential: dict[str, Any], browser: str, address: str, previous: str = ""
    ) -> tuple[str, Session]:
        """A new session and its secret for whoever signed the question with a passkey; it counts as two factors.

        browser: what it was given with the question. Raises SlowDown, or WrongCredentials for whatever does not fit, as
        for the key of an account that is disabled; BadAccount where there are no passkeys; NotKept.
        """
        passkeys = self.keys()
        # A signature cannot be guessed: this bounds the work that somebody can ask for, and keeps nobody else out.
        asked = f"passkey {credential['id']!s:.64}"
        self._rate.begin(asked, address)
        found = self.accounts.get(await passkeys.check(credential, browser))
        if found is None or found.disabled or found.machine:
            raise WrongCredentials("this passkey opens no account")
        self._rate.succeeded(asked, address)
        if previous:
            await self.sessions.end(previous)
        return await self.sessions.start(found, strong=True)

    def keys(self) -> Passkeys:
        """The passkeys of this room. Raises BadAccount where there are none."""
        if self.passkeys is None:
            raise BadAccount("passkey.off", "this room has no passkeys")
        return self.passkeys

    async def add_key(self, session: Session, credential: dict[str, Any], name: str) -> None:
        """Keep a passkey that the browser of this session made, as it was asked. Raises BadAccount, NotKept."""
        self._not_past_a_key(session)
        await self.keys().register(session.person, session.id, credential, name)

    def _not_past_a_key(self, session: Session) -> None:
        """A password alone does not get past a passkey that is there, neither by another one nor by taking it away."""
        if session.lacking and self.passkeys is not None and self.passkeys.usable(session.person):
            raise BadAccount("passkey.use", "sign in with the passkey first")

    async def admit(
        self, account: Account, strong: bool, code: str, address: str, previous: str = ""
    ) -> tuple[str, Session]:
        """A new session and its secret for somebody whom the provider of sign-ins has proven.

        strong: a second factor was shown there; else the own one is asked, where there is one. Raises SlowDown,
        BadAccount when a code is needed or does not fit, NotKept.
        """
        self._rate.begin(account.name, address)
        strong = strong or await self._second(account.name, code, address)
        self._rate.succeeded(account.name, address)
        if previous:
            await self.sessions.end(previous)
        return await self.sessions.start(account, "", strong)

    async def prove(self, session: Session, password: str, code: str, address: str) -> None:
        """Whoever sits here is still the one who signed in: asked before what would let somebody else come in later.

        Raises what `sign_in` does, as slowly when somebody guesses; BadAccount also for a session of a password alone
        while a passkey is there.
        """
        self._not_past_a_key(session)
        await self._proven(session.person, password, address)
        await self._second(session.person, code, address)
        self._rate.succeeded(session.person, address)

    async def enrol(self, session: Session, code: str, address: str) -> tuple[str, ...]:
        """The first code of a new secret; answers the recovery codes. Raises BadAccount, SlowDown, NotKept."""
        if self.factors is None:
            raise BadAccount("factor.off", "this room has no second factors")
        self._rate.begin(session.person, address)
        codes = await self.factors.confirm(session.person, code)
        self._rate.succeeded(session.person, address)
        return codes

    async def _proven(self, name: str, password: str, address: str) -> Account:
        self._rate.begin(name, address)
        found = self.accounts.get(name)
        usable = found is not None and not found.disabled and not found.machine
        fits = await self._passwords.verify(found.password if found is not None and usable else "", password)
        over = found is not None and 0 < found.once_until <= self.sessions.now()
        if found is None or not fits or over:
            raise WrongCredentials("wrong account or password")
        return found

    async def _second(self, name: str, code: str, address: str) -> bool:
        """Whether a second factor was shown; False for whoever has none."""
        if self.factors is None or self.factors.get(name) is None:
            return False
        if not code:
            self._rate.undecided(name, address)
            raise BadAccount("factor.needed", "this account also asks for a code")
        # A wrong code stays on the count, as a wrong password does.
        if not await self.factors.check(name, code):
            raise BadAccount("factor.wrong", "this code does not fit, or was used before")
        return True

    async def sign_out(self, secret: str) -> None:
        """End the session."""
        await self.sessions.end(secret)

    def by_cookie(self, secret: str) -> Session | None:
        """The open session behind a cookie."""
        return self.sessions.find(secret)

    def by_token(self, token: str) -> Session | None:
        """What the machine with this token may."""
        if not token.startswith(TOKEN_PREFIX):
            return None
        account = self.accounts.by_token(token)
        if account is None:
            return None
        known = self._machines.get(account.name)
        if known is None or known[0] is not account:
            known = (account, session_of(account, self.roles, exercise=self.sessions.exercise))
            self._machines[account.name] = known
        return known[1]


def _check_new(account: Account, password: str, new: str) -> None:
    """Raises BadAccount when an own password is needed, or this cannot be one."""
    if not new and account.once_until:
        raise BadAccount("password.once", "this password was given by somebody else: choose one of your own")
    if not new:
        return
    if password_text(new) == password_text(password):
        raise BadAccount("password.same", "the new password is the old one")
    check_password(new, account.name, account.room, account.display)
