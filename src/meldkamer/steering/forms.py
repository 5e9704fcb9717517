"""Forms: what a person may fill in of each kind of record, worked out from the record itself.

A kind that gets a field gets it in its form as well. What somebody sends becomes values of the record here, or faults.
"""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from meldkamer.steering.faults import Fault, PlanError
from meldkamer.steering.fields import convert, fixed_words, references
from meldkamer.steering.kinds import KINDS
from meldkamer.steering.record import Row

CALCULATED = ("change", "judgement", "applied", "measure", "risk_matrix")
"""Not by this form: reasons are written with what they explain, a judgement or assessment has a form of its own and is
never changed, measures are a table, and the matrix is rows of numbers that belong together."""

FOLLOWING = ("maturity", "notification")
"""What was said once stays said: a newer one is added, none is changed."""

SPOKEN = ("maturity",)
"""A party says this of itself, in the field `party`."""

HIDDEN = ("id", "sealed")
"""Not filled in by hand: what others refer to stays what it is, and what is sealed is sealed outside the room."""

Form = Literal["text", "number", "flag", "choice", "date", "moment", "record"]

_FORMS: Mapping[Any, Form] = {
    str: "text",
    int: "number",
    bool: "flag",
    datetime.date: "date",
    datetime.datetime: "moment",
}


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """One field. form: how it is filled in; many: a list of these. choices: fixed words that it may hold, such as
    `unknown`. refers: kinds of which it may name the id of a record. default: what it holds where nothing stands."""

    name: str
    form: Form
    many: bool
    choices: tuple[str, ...]
    refers: tuple[str, ...]
    required: bool
    default: Any


def addable(kind: str) -> bool:
    """Whether a form adds records of this kind."""
    return kind in KINDS and kind not in CALCULATED


def changeable(kind: str) -> bool:
    """Whether a form changes records of this kind."""
    return addable(kind) and kind not in FOLLOWING


@cache
def form_of(kind: str) -> tuple[FormField, ...]:
    """The fields of a kind's form, in the order of the record. KeyError for a kind that there is not."""
    found = []
    for field in msgspec.structs.fields(KINDS[kind]):
        if field.name in HIDDEN:
            continue
        form, many = _shape(field.type)
        default = None if field.required else field.default
        found.append(
            FormField(
                name=field.name,
                form=form,
                many=many,
                # In the order of the record, which is often that of a life: fixed_words is a set.
                choices=_words(field.type),
                refers=references(field.type),
                required=field.required,
                default=list(default) if isinstance(default, tuple) else default,
            )
        )
    # What must be filled in stands first.
    return tuple(sorted(found, key=lambda field: not field.required))


def values_of(kind: str, given: Mapping[str, Any], file: str, lines: Mapping[str, int]) -> dict[str, Any]:
    """What was filled in as values of the record. lines: where a field stands in the file.

    Raises PlanError with every field that does not fit, that there is not, or that no form may write.
    """
    fields = {field.name: field for field in msgspec.structs.fields(KINDS[kind])}
    values, faults = {}, []
    for name, value in given.items():
        if name in HIDDEN or name not in fields:
            faults.append(Fault(file, lines.get(name, 0), name, "cannot be changed by a form"))
            continue
        try:
            values[name] = convert(value, fields[name].type)
        except ValueError as error:
            faults.append(Fault(file, lines.get(name, 0), name, str(error)))
    if faults:
        raise PlanError("what was filled in", faults)
    return values


def new_record(kind: str, id: str, given: Mapping[str, Any], file: str) -> Row:
    """A record out of what was filled in. Raises PlanError with every fault, of what is missing as well."""
    values = values_of(kind, given, file, {})
    faults = [
        Fault(file, 0, field.name, "is missing")
        for field in msgspec.structs.fields(KINDS[kind])
        if field.required and field.name != "id" and field.name not in values
    ]
    if faults:
        raise PlanError("what was filled in", faults)
    return KINDS[kind](id=id, **values)


def shown(record: Row) -> dict[str, Any]:
    """A record as a form shows it: every field but what is sealed."""
    values = {name: value for name, value in msgspec.structs.asdict(record).items() if name != "sealed"}
    plain: dict[str, Any] = msgspec.to_builtins(values)
    return plain


def _parts(wanted: Any) -> tuple[Any, ...]:
    """A type without its marks, as the types that it may be."""
    if typing.get_origin(wanted) is Annotated:
        return _parts(typing.get_args(wanted)[0])
    if typing.get_origin(wanted) in (types.UnionType, typing.Union):
        return tuple(part for one in typing.get_args(wanted) for part in _parts(one))
    return (wanted,)


def _shape(wanted: Any) -> tuple[Form, bool]:
    many, open_parts = False, []
    for part in _parts(wanted):
        if typing.get_origin(part) is tuple:
            return _shape(typing.get_args(part)[0])[0], True
        if typing.get_origin(part) is not Literal:
            open_parts.append(part)
    if references(wanted):
        return "record", many
    return (_FORMS.get(open_parts[0], "text") if open_parts else "choice"), many


def _words(wanted: Any) -> tuple[str, ...]:
    allowed = fixed_words(wanted)
    ordered: list[str] = []
    for part in _parts(wanted):
        if typing.get_origin(part) is tuple:
            ordered += _words(typing.get_args(part)[0])
        elif typing.get_origin(part) is Literal:
            ordered += typing.get_args(part)
    return tuple(word for word in dict.fromkeys(ordered) if word in allowed)
