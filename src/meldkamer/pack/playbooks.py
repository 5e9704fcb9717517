"""Playbooks (draaiboeken): what to do, by when, and whom to tell, when a part is lost or an incident scales up.

A playbook has versions, and each counts from a date; a run of it names the version that it was opened with. Nothing in
it acts by itself: a person does a step and ticks it.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
Version = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z.-]+$(?!\n)")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]

About = Literal["", "room", "discipline", "incident"]
"""What a run is about, besides the room at whose desk it stands."""

CAUSES = frozenset(
    {
        *("unseen", "waiting", "unowned_call", "unowned", "stuck", "takeover", "conflict", "orphan", "unmanned"),
        *("peak", "alone", "room_lost", "scaled", "contact"),
    }
)
"""What a playbook may belong to: causes of alarms on the desk, a room that is alone or lost, an incident scaled up."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to do, or somebody to tell. within: minutes from when the loss began, or from the tick of the step
    `after`. norm: takes its minutes from that row of norms.csv instead."""

    id: Name
    text: Words
    text_en: Words
    within: Minutes | None = None
    norm: str = ""
    after: str = ""


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a playbook. when: how one sees that it applies; done: when it may be closed. alarms, checks: what
    it belongs to, by cause and by first word of a health check. characteristic: with the cause `scaled`, the one by
    which an incident shows that it is scaled up."""

    id: Name
    version: Version
    effective: datetime.date
    name: Words
    name_en: Words
    when: Long
    when_en: Long
    done: Long
    done_en: Long
    about: About = ""
    alarms: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    characteristic: str = ""
    steps: tuple[Step, ...] = ()
    tell: tuple[Step, ...] = ()
