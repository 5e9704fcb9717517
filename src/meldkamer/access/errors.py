"""What the access layer answers instead of letting somebody through."""

from __future__ import annotations


class AccessError(Exception):
    """Base of everything that the access layer refuses."""


class Forbidden(AccessError):
    """This account may not. `right` names what is missing: a right, a kind of function or `scope:<name>`."""

    def __init__(self, right: str) -> None:
        super().__init__(f"missing: {right}")
        self.right = right


class WrongCredentials(AccessError):
    """No such account, wrong password or switched off: which of these is never said."""


class SlowDown(AccessError):
    """Too many tries. `seconds`: how long to wait, never above the bound of the rate limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s")
        self.seconds = seconds


class BadAccount(AccessError):
    """An account cannot be like this. `code` names the rule that it breaks."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class NotSafeToOpen(AccessError):
    """A file of the access layer is not ours, too new, readable by others, or holds what this room must not have."""


class NotKept(AccessError):
    """A new session could not be put on the disk, so there is none."""


class ReadLogFailed(AccessError):
    """The reading could not be recorded, so nothing may be shown."""


class ProviderAway(AccessError):
    """The provider of sign-ins cannot be asked now, or its answers make no sense. Passwords still open."""


class NotProven(AccessError):
    """What came back from the provider of sign-ins proves nothing; says what does not hold, and nothing secret."""


class NotBound(AccessError):
    """The provider knows somebody who has no account here. `subject`: their name there, for an administrator."""

    def __init__(self, subject: str) -> None:
        super().__init__("no account here is bound to this one of the provider")
        self.subject = subject
