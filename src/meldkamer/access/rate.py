"""Slowing down whoever guesses, without ever locking a control room out.

Per account and per address the wait doubles with each failure, up to 30 seconds. An attempt counts as failed the moment
it begins, so that a thousand guesses at once gain nothing. Somebody who signed in from an address before is not slowed
by guesses at the same account from elsewhere: else anybody on the network could keep a chief out.
"""

from __future__ import annotations

from collections import OrderedDict

from meldkamer.access.errors import SlowDown
from meldkamer.domain.clock import Clock

LONGEST = 30.0
"""Seconds that anybody ever has to wait."""
FREE_ACCOUNT, FREE_ADDRESS = 3, 50
"""Failures before waiting begins. A whole room may sit behind one address."""
FORGET = 900.0
"""Seconds of quiet after which failures are forgotten."""
MOST_KEYS = 20_000


class _Count:
    __slots__ = ("failures", "last")

    def __init__(self) -> None:
        self.failures, self.last = 0, 0.0


class SignInRate:
    """Counts failures on the monotonic clock. `begin` before the password is looked at, `succeeded` after it fitted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._proven: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, account: str | None, address: str) -> None:
        """Count an attempt; account: None while it is not known whose.

        Raises SlowDown when it comes too early; such an attempt does not prolong the wait.
        """
        now = self._clock.monotonic()
        keys = self._keys(account, address)
        wait = max(self._wait(key, free, now) for key, free in keys)
        if wait > 0:
            raise SlowDown(wait)
        for key, _ in keys:
            count = self._counts.setdefault(key, _Count())
            count.failures, count.last = count.failures + 1, now
            self._counts.move_to_end(key)
        while len(self._counts) > MOST_KEYS:
            self._counts.popitem(last=False)

    def undecided(self, account: str | None, address: str) -> None:
        """What was shown fitted, and more is needed: take this attempt back, and forget nothing."""
        for key, _ in self._keys(account, address):
            if (count := self._counts.get(key)) is not None:
                count.failures = max(0, count.failures - 1)

    def succeeded(self, account: str, address: str) -> None:
        """The password fitted: forget the failures of this account from here, and take back this one of the address."""
        self._counts.pop(("account", account), None)
        self._counts.pop(("pair", f"{account} {address}"), None)
        if (count := self._counts.get(("address", address))) is not None:
            count.failures = max(0, count.failures - 1)
        self._proven[(account, address)] = None
        self._proven.move_to_end((account, address))
        while len(self._proven) > MOST_KEYS:
            self._proven.popitem(last=False)

    def _keys(self, account: str | None, address: str) -> list[tuple[tuple[str, str], int]]:
        if account is None:
            return [(("address", address), FREE_ADDRESS)]
        known = (account, address) in self._proven
        first = ("pair", f"{account} {address}") if known else ("account", account)
        return [(first, FREE_ACCOUNT), (("address", address), FREE_ADDRESS)]

    def _wait(self, key: tuple[str, str], free: int, now: float) -> float:
        count = self._counts.get(key)
        if count is None:
            return 0.0
        if now - count.last >= FORGET:
            del self._counts[key]
            return 0.0
        beyond = count.failures - free
        if beyond < 0:
            return 0.0
        return count.last + min(LONGEST, 2.0 ** min(beyond, 10)) - now
