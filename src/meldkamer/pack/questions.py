"""Question sets (vraagsets): what to ask for a class of incident, what to tell the caller, and what an answer suggests.

A set applies to classes, has versions, and each version counts from a date. Nothing in it acts by itself: a person
answers, and a person takes what an answer suggests.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

Kind = Literal["yes_no", "choice", "number", "text"]
"""yes_no: yes, no or unknown. choice: one of at most nine. number: a whole number."""

UNKNOWN = "unknown"
"""What the caller cannot say; it fits every question but one that asks for words."""
YES_NO = ("yes", "no", UNKNOWN)
LONGEST = 500
"""Characters of an answer in words."""
MOST = 9999
_NUMBER = re.compile(r"[0-9]{1,4}")
_CONDITION = re.compile(r"([a-z][a-z0-9_]*)(>=|=)(.+)")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
Version = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z.-]+$(?!\n)")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a choice. value: what it gives the characteristic that its question fills; empty: nothing."""

    id: Name
    text: Words
    text_en: Words
    value: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question; their order in the file is the order in which they are asked.

    when: shown only while all of these hold, such as `inside=yes|unknown` or `hurt>=2`.
    medical: the answer is for ambulance staff alone. must: ask it before alerting; it never holds anything up.
    fills: the characteristic whose value the answer suggests.
    """

    id: Name
    ask: Words
    ask_en: Words
    kind: Kind
    options: tuple[Option, ...] = ()
    when: tuple[str, ...] = ()
    medical: bool = False
    must: bool = False
    fills: str = ""

    def answers(self) -> tuple[str, ...]:
        """Every answer that can be told beforehand; none for numbers and words."""
        if self.kind == "yes_no":
            return YES_NO
        return (*(option.id for option in self.options), UNKNOWN) if self.kind == "choice" else ()

    def fits(self, answer: str) -> bool:
        """Whether this can be an answer to it."""
        if self.kind == "text":
            return len(answer.strip()) > 0 and len(answer) <= LONGEST
        if self.kind == "number":
            return answer == UNKNOWN or _NUMBER.fullmatch(answer) is not None
        return answer in self.answers()


class Advice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to tell the caller, while all conditions hold; without a condition always."""

    say: Long
    say_en: Long
    when: tuple[str, ...] = ()


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"class_code": "class"}):
    """What the answers give reason for: one of a characteristic's value, a class, a priority or a discipline more."""

    when: tuple[str, ...]
    characteristic: str = ""
    value: str = ""
    class_code: str = ""
    priority: int = 0
    discipline: str = ""


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a set. effective: the first day on which it counts. classes: codes, or how they begin: `brgb*`."""

    id: str
    version: str
    effective: datetime.date
    name: str
    name_en: str
    classes: tuple[str, ...]
    questions: tuple[Question, ...]
    advice: tuple[Advice, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def question(self, id: str) -> Question | None:
        """A question by its id."""
        return next((q for q in self.questions if q.id == id), None)


class Condition(msgspec.Struct, frozen=True):
    """A condition, read. least: the smallest number that fulfils it, for a comparison."""

    question: str
    values: frozenset[str] = frozenset()
    least: int | None = None

    def holds(self, answer: str | None) -> bool:
        """Whether it holds for an answer; what was not answered fulfils nothing."""
        if answer is None:
            return False
        if self.least is not None:
            return _NUMBER.fullmatch(answer) is not None and int(answer) >= self.least
        return answer in self.values


def read_condition(text: str) -> Condition:
    """`inside=yes|unknown` or `hurt>=2`. Raises ValueError with what is wrong."""
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not written as question=answer or question>=number")
    question, sign, right = found.groups()
    if sign == "=":
        return Condition(question, frozenset(part.strip() for part in right.split("|")))
    if not _NUMBER.fullmatch(right.strip()):
        raise ValueError(f"{right!r} is not a whole number")
    return Condition(question, least=int(right))


def applies(when: Iterable[str], answers: Mapping[str, str]) -> bool:
    """Whether all conditions hold for these answers."""
    return all((c := read_condition(text)).holds(answers.get(c.question)) for text in when)


def shown(questions: Iterable[Question], answers: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions that are asked, given the answers so far.

    An answer to a question that is not shown any more counts for nothing, so that what follows from it goes too.
    """
    counted: dict[str, str] = {}
    found = []
    for question in questions:
        if applies(question.when, counted):
            found.append(question)
            if question.id in answers:
                counted[question.id] = answers[question.id]
    return tuple(found)


def in_force(sets: Iterable[QuestionSet], on: datetime.date) -> tuple[QuestionSet, ...]:
    """Of each set the version that counts on this day."""
    newest: dict[str, QuestionSet] = {}
    for one in sets:
        if one.effective <= on and (one.id not in newest or one.effective > newest[one.id].effective):
            newest[one.id] = one
    return tuple(newest.values())


def set_for(sets: Sequence[QuestionSet], code: str, on: datetime.date) -> QuestionSet | None:
    """The set for a class on a day: of all that fit, the one that names it most closely."""
    best: tuple[int, QuestionSet] | None = None
    for one in in_force(sets, on):
        for pattern in one.classes:
            close = closeness(pattern, code)
            if close and (best is None or close > best[0]):
                best = close, one
    return best[1] if best is not None else None


def closeness(pattern: str, code: str) -> int:
    """How closely a pattern names a class; 0 when it does not."""
    if pattern.endswith("*"):
        return len(pattern) if code.startswith(pattern[:-1]) else 0
    return 1_000 if pattern == code else 0
