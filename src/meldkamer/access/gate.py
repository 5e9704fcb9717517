"""The way in: sign-in with a password, a session cookie, or a machine's token."""

from __future__ import annotations

from meldkamer.access.accounts import SqliteAccounts
from meldkamer.access.administration import set_password
from meldkamer.access.errors import BadAccount, WrongCredentials
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import TOKEN_PREFIX, Account, account_name, password_text
from meldkamer.access.rate import SignInRate
from meldkamer.access.roles import Roles
from meldkamer.access.sessions import Session, Sessions, session_of


class Gate:
    """Tells who somebody is. Which acts they may do is for `authority` to say."""

    def __init__(
        self, accounts: SqliteAccounts, sessions: Sessions, passwords: Passwords, roles: Roles, rate: SignInRate
    ) -> None:
        self.accounts, self.sessions, self.roles = accounts, sessions, roles
        self._passwords, self._rate = passwords, rate
        self._machines: dict[str, tuple[Account, Session]] = {}

    async def sign_in(
        self, account: str, password: str, seat: str, address: str, previous: str = "", new_password: str = ""
    ) -> tuple[str, Session]:
        """A new session and its secret. previous: the secret that the same browser still held; it ends.

        new_password: takes the place of the password that was just proven. Raises SlowDown, or WrongCredentials for an
        unknown, disabled or machine account as for a wrong password, after the same work; BadAccount when the password
        was given by somebody else and no own one comes with it, or when the new one cannot be one.
        """
        try:
            name = account_name(account)
        except BadAccount:
            name = ""
        self._rate.begin(name, address)
        found = self.accounts.get(name)
        usable = found is not None and not found.disabled and not found.machine
        fits = await self._passwords.verify(found.password if found is not None and usable else "", password)
        over = found is not None and 0 < found.once_until <= self.sessions.now()
        if found is None or not fits or over:
            raise WrongCredentials("wrong account or password")
        self._rate.succeeded(name, address)
        if new_password:
            found = await self._own_password(found, password, new_password)
        elif found.once_until:
            raise BadAccount("password.once", "this password was given by somebody else: choose one of your own")
        if previous:
            await self.sessions.end(previous)
        return await self.sessions.start(found, seat)

    async def _own_password(self, account: Account, password: str, new: str) -> Account:
        if password_text(new) == password_text(password):
            raise BadAccount("password.same", "the new password is the old one")
        await set_password(self.accounts, self._passwords, account.name, new, by=account.name)
        return self.accounts.get(account.name) or account

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
