"""RFC 9457 problems: what the desk is told when something is not done, and which exception stands for which."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from meldkamer.access import (
    BadAccount,
    Forbidden,
    NotBound,
    NotKept,
    NotProven,
    ProviderAway,
    ReadLogFailed,
    SlowDown,
    WrongCredentials,
)
from meldkamer.domain.basics import Refused
from meldkamer.record import (
    Conflict,
    Damaged,
    Fenced,
    KeyDestroyed,
    KeysLost,
    Reused,
    StoreFull,
    TooLarge,
    Unknown,
    Unsafe,
)

KINDS: Mapping[str, tuple[int, str]] = {
    "not_valid": (422, "The request is not valid"),
    "no_session": (401, "Sign in first"),
    "wrong_credentials": (401, "Wrong account or password"),
    "forbidden": (403, "This account may not"),
    "not_found": (404, "Not found"),
    "not_allowed": (405, "Not this method here"),
    "conflict": (409, "Somebody was first"),
    "not_owner": (409, "This room does not own the function"),
    "older_epoch": (409, "An order of an earlier owner"),
    "too_large": (413, "Too large"),
    "refused": (422, "The rules do not allow it"),
    "slow_down": (429, "Too many, wait"),
    "broken": (500, "The room made a mistake"),
    "damaged": (500, "The record is damaged at this place"),
    "unknown": (503, "Stored or not is not yet known"),
    "away": (503, "What is needed for it does not answer"),
    "unsafe": (503, "A server might lose it, so nothing is stored"),
    "store_full": (507, "No room to promise anything"),
}
"""Type of problem -> its usual status and its title."""

_FIELD = re.compile(r" - at `(?:key in )?(\$[^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]+)`|unknown field `([^`]+)`")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457. `code` names a sentence in the word lists of the desk, which `params` fill."""

    type: str
    title: str
    status: int
    detail: str = ""
    code: str = ""
    params: dict[str, Any] = {}


class ProblemError(Exception):
    """Raised to answer with a problem. Raises KeyError for a type that is not in KINDS."""

    def __init__(
        self,
        type: str,
        code: str = "",
        detail: str = "",
        *,
        params: Mapping[str, Any] | None = None,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        usual, title = KINDS[type]
        self.problem = Problem(
            type=type,
            title=title,
            status=status or usual,
            detail=detail,
            code=code or type,
            params=dict(params or {}),
        )
        self.headers = dict(headers or {})
        super().__init__(" ".join(filter(None, (type, code, detail))))


def no_session() -> ProblemError:
    """401: nobody is signed in on this connection."""
    return ProblemError("no_session", headers={"WWW-Authenticate": "Bearer"})


def problem_error(error: BaseException) -> ProblemError | None:
    """The problem that an exception of ours stands for; None for one that nobody foresaw."""
    match error:
        case ProblemError():
            return error
        case msgspec.ValidationError():
            return not_valid(str(error))
        case msgspec.DecodeError() | UnicodeDecodeError():
            return ProblemError("not_valid", "request.not_json", str(error), status=400)
        case RecursionError():
            return ProblemError("not_valid", "request.too_deep", "nested too deep", status=400)
        case Refused():
            return ProblemError("refused", error.code, str(error), params=error.params)
        case BadAccount():
            return ProblemError("refused", error.code, str(error))
        case Forbidden():
            return ProblemError("forbidden", detail=str(error), params={"right": error.right})
        case WrongCredentials():
            return ProblemError("wrong_credentials")
        case ProviderAway():
            return ProblemError("away", "provider.away", str(error), headers={"Retry-After": "5"})
        case NotProven():
            return ProblemError("refused", "provider.unproven", str(error))
        case NotBound():
            return ProblemError("refused", "provider.unbound", str(error), params={"subject": error.subject})
        case SlowDown():
            seconds = math.ceil(error.seconds)
            return ProblemError("slow_down", params={"seconds": seconds}, headers={"Retry-After": str(seconds)})
        case Conflict():
            return ProblemError("conflict", detail=str(error))
        case Reused():
            return ProblemError("conflict", "command.reused", "this command_id carried something else before")
        case Fenced():
            return ProblemError("not_owner", detail=str(error), params={"function": error.function})
        case Unknown():
            return ProblemError("unknown", detail="send the same command_id again", headers={"Retry-After": "1"})
        case Unsafe():
            # Nothing was stored, for sure; the same command may be given again when the server is mended.
            return ProblemError("unsafe", detail=str(error), headers={"Retry-After": "30"})
        case Damaged():
            return ProblemError("damaged", detail=str(error), params={"region": error.region, "seq": error.seq})
        case TooLarge():
            return ProblemError("too_large", detail=str(error))
        case KeyDestroyed():
            return ProblemError("refused", "key.destroyed", str(error))
        case KeysLost():
            # Without a key on disk nothing personal may be sealed: there is as little to promise as on a full disk.
            return ProblemError("store_full", detail=str(error))
        case StoreFull() | ReadLogFailed() | NotKept():
            return ProblemError("store_full", detail=str(error))
    return None


def not_valid(why: str) -> ProblemError:
    """422 for a value of the wrong shape; names the field when the checker's message does."""
    place, name = _FIELD.search(why), _MISSING.search(why)
    field = place.group(1) if place else "$"
    if name is not None:
        field = f"{field}.{name.group(1) or name.group(2)}"
    return ProblemError("not_valid", "request.not_valid", why, params={"field": field})
