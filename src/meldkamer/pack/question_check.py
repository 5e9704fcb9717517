"""What must hold in and between question sets; each fault names the line and field to mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from meldkamer.pack.question_files import SetFile
from meldkamer.pack.questions import MOST, UNKNOWN, Condition, Question, in_force, read_condition
from meldkamer.pack.table import Table

MOST_OPTIONS = 9
"""An answer is one digit."""
_TEXTS = {
    "question": ("ask", "ask_en"),
    "advice": ("say", "say_en"),
}


class Country(msgspec.Struct, frozen=True, kw_only=True):
    """What sets may name: the codes of the pack. values: of each characteristic, empty where every value will do."""

    classes: frozenset[str]
    kinds: Mapping[str, str]
    values: Mapping[str, frozenset[str]]
    disciplines: frozenset[str]


def country_of(tables: Mapping[str, Table[Any]]) -> Country:
    """From the tables as they were read."""
    values: dict[str, set[str]] = {row.name: set() for row in tables["characteristics"].rows}
    for row in tables["characteristic_values"].rows:
        values.setdefault(row.name, set()).add(row.value)
    return Country(
        classes=frozenset(row.code for row in tables["classes"].rows),
        kinds={row.name: row.kind for row in tables["characteristics"].rows},
        values={name: frozenset(known) for name, known in values.items()},
        disciplines=frozenset(row.code for row in tables["disciplines"].rows),
    )


def check_sets(files: Sequence[SetFile], country: Country) -> None:
    """Check every set by itself, and then how they stand beside each other. Faults go to the files' own list."""
    for one in files:
        _check_head(one, country)
        _check_texts(one)
        conditions = _check_questions(one, country)
        _check_reach(one, conditions)
        _check_what_follows(one, country)
    _check_versions(files)
    _check_choice(files)


# --- one set ------------------------------------------------------------------------------------------------------


def _check_head(one: SetFile, country: Country) -> None:
    if not one.set.classes:
        one.fault("", 0, "classes", "names no class")
    for code in one.set.classes:
        known = any(c.startswith(code[:-1]) for c in country.classes) if code.endswith("*") else code in country.classes
        if not known:
            one.fault("", 0, "classes", f"{code!r} is no class of the pack")
    if not one.set.questions:
        one.fault("", 0, "set", "asks nothing")


def _check_texts(one: SetFile) -> None:
    for name in ("name", "name_en"):
        if not getattr(one.set, name).strip():
            one.fault("", 0, name, "is blank")
    for table, fields in _TEXTS.items():
        items: Sequence[Any] = one.set.questions if table == "question" else one.set.advice
        for at, item in enumerate(items):
            for field in fields:
                if not getattr(item, field).strip():
                    one.fault(table, at, field, "is blank")
    for at, question in enumerate(one.set.questions):
        if any(not o.text.strip() or not o.text_en.strip() for o in question.options):
            one.fault("question", at, "options", "has an option without words")


def _check_questions(one: SetFile, country: Country) -> dict[str, list[Condition]]:
    seen: set[str] = set()
    conditions: dict[str, list[Condition]] = {}
    for at, question in enumerate(one.set.questions):
        if question.id in seen:
            one.fault("question", at, "id", f"{question.id!r} stands twice")
        seen.add(question.id)
        _check_options(one, at, question)
        _check_fills(one, at, question, country)
        conditions[question.id] = _conditions(one, "question", at, question.when)
    return conditions


def _check_options(one: SetFile, at: int, question: Question) -> None:
    def wrong(message: str) -> None:
        one.fault("question", at, "options", message)

    ids = [option.id for option in question.options]
    if question.kind != "choice":
        if ids:
            wrong(f"a question of kind {question.kind} cannot have options")
        return
    if not 2 <= len(ids) <= MOST_OPTIONS:
        wrong(f"{len(ids)} options, where 2 to {MOST_OPTIONS} can be chosen by a digit")
    for id in {id for id in ids if ids.count(id) > 1}:
        wrong(f"{id!r} stands twice")
    if UNKNOWN in ids:
        wrong(f"{UNKNOWN!r} can always be answered, and is no option of its own")


def _check_fills(one: SetFile, at: int, question: Question, country: Country) -> None:
    def wrong(field: str, message: str) -> None:
        one.fault("question", at, field, message)

    if not question.fills:
        if any(option.value for option in question.options):
            wrong("options", "has a value, but the question fills no characteristic")
        return
    kind = country.kinds.get(question.fills)
    if kind is None:
        wrong("fills", f"{question.fills!r} is not a characteristic of the pack")
    elif question.kind == "yes_no":
        wrong("fills", "a question of yes or no fills nothing; write a [[suggest]]")
    elif question.kind in ("number", "text") and kind != question.kind:
        wrong("fills", f"{question.fills} is of kind {kind}, the question of kind {question.kind}")
    elif question.kind == "choice":
        for value in (option.value for option in question.options if option.value):
            if value not in country.values[question.fills]:
                wrong("options", f"{question.fills} never has the value {value!r}")


def _conditions(one: SetFile, table: str, at: int, when: Sequence[str]) -> list[Condition]:
    """The conditions that can be read and name a question that can have that answer; the others are told."""
    found = []
    for text in when:
        try:
            condition = read_condition(text)
        except ValueError as error:
            one.fault(table, at, "when", str(error))
            continue
        about = one.set.question(condition.question)
        if about is None:
            one.fault(table, at, "when", f"{condition.question!r} is not a question here")
        elif condition.least is not None and (about.kind != "number" or condition.least > MOST):
            one.fault(table, at, "when", f"{about.id} never is {condition.least} or more")
        elif bad := sorted(value for value in condition.values if not about.fits(value)):
            one.fault(table, at, "when", f"{about.id} is never answered with {bad[0]!r}")
        else:
            found.append(condition)
    return found


# --- what is never shown ------------------------------------------------------------------------------------------


def _check_reach(one: SetFile, conditions: Mapping[str, list[Condition]]) -> None:
    places = {question.id: at for at, question in enumerate(one.set.questions)}
    for at, question in enumerate(one.set.questions):
        if places[question.id] != at:
            continue  # the second of two with one name, which is told already
        if ring := _ring(question.id, conditions):
            one.fault("question", at, "when", f"comes back to itself: {' > '.join(ring)}")
            continue
        for condition in conditions[question.id]:
            about = one.set.questions[places[condition.question]]
            if places[about.id] > at:
                one.fault("question", at, "when", f"{about.id} is asked only afterwards")
            if about.medical and not question.medical:
                one.fault("question", at, "when", f"{about.id} is medical, so that this would tell its answer")
        if _contradicts(one, _all_conditions(question.id, conditions)):
            one.fault("question", at, "when", f"{question.id} can never be shown: its conditions exclude each other")
    following = [("advice", at, a.when) for at, a in enumerate(one.set.advice)]
    following += [("suggest", at, s.when) for at, s in enumerate(one.set.suggestions)]
    for table, at, when in following:
        own = _conditions(one, table, at, when)
        if any(_ring(c.question, conditions) for c in own):
            continue
        above = [more for c in own for more in _all_conditions(c.question, conditions)]
        if _contradicts(one, [*own, *above]):
            one.fault(table, at, "when", "can never be shown: its conditions exclude each other")


def _ring(start: str, conditions: Mapping[str, list[Condition]]) -> list[str]:
    """The way from a question back to itself over its conditions; empty when there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for condition in conditions.get(way[-1], ()):
            if condition.question == start:
                return [*way, start]
            if condition.question not in seen:
                seen.add(condition.question)
                ways.append([*way, condition.question])
    return []


def _all_conditions(id: str, conditions: Mapping[str, list[Condition]]) -> list[Condition]:
    """What must hold for a question to be shown, with what must hold for those it depends on."""
    found: list[Condition] = []
    seen: set[str] = set()
    ahead = [id]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            found += conditions.get(name, ())
            ahead += [c.question for c in conditions.get(name, ())]
    return found


def _contradicts(one: SetFile, conditions: Sequence[Condition]) -> bool:
    by_question: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_question.setdefault(condition.question, []).append(condition)
    for id, some in by_question.items():
        about = one.set.question(id)
        if about is None or about.kind == "text":
            continue
        # For numbers it is enough to try those that are named, and the largest.
        named = {value for c in some for value in c.values} | {str(c.least) for c in some if c.least is not None}
        tried = about.answers() or {*named, str(MOST)}
        if not any(all(c.holds(answer) for c in some) for answer in tried):
            return True
    return False


# --- what follows from answers ------------------------------------------------------------------------------------


def _check_what_follows(one: SetFile, country: Country) -> None:
    for at, s in enumerate(one.set.suggestions):

        def wrong(field: str, message: str, at: int = at) -> None:
            one.fault("suggest", at, field, message)

        if not s.when:
            wrong("when", "suggests without an answer")
        given = [bool(s.characteristic), bool(s.class_code), bool(s.priority), bool(s.discipline)]
        if sum(given) != 1:
            wrong("", "give one of characteristic, class, priority and discipline")
        if s.class_code and s.class_code not in country.classes:
            wrong("class", f"{s.class_code!r} is no class of the pack")
        if s.priority and not 1 <= s.priority <= 5:
            wrong("priority", f"{s.priority} is not 1..5")
        if s.discipline and s.discipline not in country.disciplines:
            wrong("discipline", f"{s.discipline!r} is not a discipline of the pack")
        if s.characteristic and s.characteristic not in country.kinds:
            wrong("characteristic", f"{s.characteristic!r} is not a characteristic of the pack")
        elif s.characteristic:
            allowed = country.values[s.characteristic]
            if not s.value or (allowed and s.value not in allowed):
                wrong("value", f"{s.characteristic} never has the value {s.value!r}")
        elif s.value:
            wrong("value", "belongs to a characteristic")


# --- beside each other --------------------------------------------------------------------------------------------


def _check_versions(files: Sequence[SetFile]) -> None:
    versions: dict[tuple[str, str], str] = {}
    days: dict[tuple[str, Any], str] = {}
    for one in files:
        there = versions.setdefault((one.set.id, one.set.version), one.file.name)
        if there != one.file.name:
            one.fault("", 0, "version", f"{one.set.id} {one.set.version} already stands in {there}")
        there = days.setdefault((one.set.id, one.set.effective), one.file.name)
        if there != one.file.name:
            one.fault("", 0, "effective", f"{there} counts from the same day")


def _check_choice(files: Sequence[SetFile]) -> None:
    """On no day may two sets name a class equally closely: nobody could say which is asked."""
    of = {(one.set.id, one.set.version): one for one in files}
    told: set[tuple[str, str, str]] = set()
    for day in sorted({one.set.effective for one in files}):
        claimed: dict[str, str] = {}
        for now in in_force([one.set for one in files], day):
            for pattern in now.classes:
                other = claimed.setdefault(pattern, now.id)
                if other != now.id and (other, now.id, pattern) not in told:
                    told.add((other, now.id, pattern))
                    of[now.id, now.version].fault("", 0, "classes", f"{pattern!r} is also in the set {other!r}")
