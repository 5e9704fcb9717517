"""That retention terms were kept: what had to be gone, and what is. A fact about the record, without a name in it.

It stands on the own subject of the function `NL.steering`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Event, Short

Count = Annotated[int, msgspec.Meta(ge=0)]


class TermsKept(Event, frozen=True, kw_only=True, tag="retention.kept"):
    """A room looked. due: keys whose term was over; gone: of those, destroyed by now; destroyed: just now; waiting: to
    be archived first. plan: content of the adopted plan that set the terms."""

    plan: Short
    due: int
    gone: int
    destroyed: int
    waiting: int


class NoteTermsKept(Command, frozen=True, kw_only=True, tag="note_terms_kept"):
    """Keep that terms were kept; given by the room itself."""

    plan: Annotated[Short, msgspec.Meta(min_length=1)]
    due: Count
    gone: Count
    destroyed: Count
    waiting: Count


def decide(command: NoteTermsKept) -> list[Event]:
    """What follows. It is a fact, so it is never refused."""
    return [TermsKept(**{name: getattr(command, name) for name in command.__struct_fields__})]
