"""Answers to the questions of a question set: facts of an incident, each with who gave it, when, and to which version.

An answer that changes is one more answer: the newest counts, and the others stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import Event, Id, Mask, SealedByField, Short
from meldkamer.domain.clock import Millis

SetVersion = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z.-]+$(?!\n)")]
AnswerText = Annotated[str, msgspec.Meta(max_length=500)]
"""`yes`, `no`, `unknown`, the id of an option, a number, or words. Empty: the answer is taken back."""
Wall = Literal["caller", "medical", "police"]
Since = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]


class QuestionAnswered(Event, frozen=True, kw_only=True, tag="incident.question_answered"):
    """Somebody answered a question of this version of a set, or took the answer back.

    asked: the question in words, as the room's pack puts it, so that the answer can be read without that pack.
    at: when it was given, where that was before it was stored; 0: when it was stored.
    """

    set: Id
    version: SetVersion
    question: Id
    asked: Short
    audience: Mask
    compartment: Wall
    by: Short
    at: Since = 0
    withdrawn: bool = False
    answer: SealedByField = None


class Given(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One answer as a desk gives it. asked, audience: filled by the room, whatever the desk says."""

    set: Id
    version: SetVersion
    question: Id
    answer: AnswerText
    at: Since = 0
    asked: Short = ""
    audience: Mask = ""


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """A question as a country's data puts it. audience: who may read the answer. fits: whether something answers it."""

    asked: str
    audience: str
    fits: Callable[[str], bool]


Asked = Callable[[str, str, str], Put | None]
"""(set, version, question) -> the question, from the pack; None when the pack does not know it."""


def nothing_asked(set: str, version: str, question: str) -> Put | None:
    """The questions of a room without question sets."""
    return None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. answer is None when it was taken back, or when this reader may not or cannot open it."""

    set: str
    version: str
    question: str
    asked: str
    at: Millis
    by: str
    audience: str
    compartment: str
    answer: str | None
    withdrawn: bool = False


def with_answer(answers: tuple[Answer, ...], event: QuestionAnswered, occurred: Millis) -> tuple[Answer, ...]:
    """The answers with one more, by the time at which they were given."""
    one = Answer(
        set=event.set,
        version=event.version,
        question=event.question,
        asked=event.asked,
        at=min(event.at, occurred) if event.at else occurred,
        by=event.by,
        audience=event.audience,
        compartment=event.compartment,
        answer=event.answer,
        withdrawn=event.withdrawn,
    )
    if answers and one.at < answers[-1].at:
        # Answers of a room that was cut off come late, but belong where they were given.
        return tuple(sorted((*answers, one), key=lambda a: a.at))
    return (*answers, one)


def counting(answers: Iterable[Answer]) -> dict[tuple[str, str], Answer]:
    """By set and question the answer that counts: the newest, unless it was taken back."""
    newest = {(answer.set, answer.question): answer for answer in answers}
    return {key: answer for key, answer in newest.items() if not answer.withdrawn}
