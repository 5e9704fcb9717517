"""One raw value into one field: the type, the sentence when it does not fit, and what it refers to."""

from __future__ import annotations

import contextlib
import datetime
import types
import typing
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

Unknown = Literal["unknown"]
"""What the plan does not say stays unknown: it is shown as a gap, never filled in."""

_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    Decimal: "a number",
    datetime.date: "a date like 2025-12-31",
    datetime.datetime: "a moment like 2025-12-31T12:00:00+01:00",
}


@cache
def fields_of(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    """The fields of a kind by name; working out their types anew for every record took most of the reading."""
    return MappingProxyType({field.name: field for field in msgspec.structs.fields(kind)})


@cache
def references_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, tuple[str, ...], frozenset[str]], ...]:
    """Which fields of a kind refer: the name, to what kinds, and the words that may stand there instead."""
    found = ((field.name, references(field.type), fixed_words(field.type)) for field in fields_of(kind).values())
    return tuple(one for one in found if one[1])


def refers(*kinds: str) -> Any:
    """The mark on a field whose text is the id of a record of one of these kinds."""
    return msgspec.Meta(extra={"refers": kinds})


def references(wanted: Any) -> tuple[str, ...]:
    """The kinds a field of this type refers to; empty when it refers to nothing."""
    if typing.get_origin(wanted) is Annotated:
        for mark in wanted.__metadata__:
            if isinstance(mark, msgspec.Meta) and mark.extra and "refers" in mark.extra:
                return tuple(mark.extra["refers"])
    found: tuple[str, ...] = ()
    for part in typing.get_args(wanted):
        found = found or references(part)
    return found


def fixed_words(wanted: Any) -> frozenset[str]:
    """The words that a field may hold in place of an id, such as `unknown`."""
    if typing.get_origin(wanted) is Literal:
        return frozenset(typing.get_args(wanted))
    return frozenset().union(*map(fixed_words, typing.get_args(wanted)))


def convert(value: Any, wanted: Any) -> Any:
    """``value`` as ``wanted``; raises ValueError with a sentence a planner can act on."""
    if typing.get_origin(wanted) in (types.UnionType, typing.Union):
        # msgspec keeps texts, dates and fixed words apart only when they do not share a union.
        for part in typing.get_args(wanted):
            with contextlib.suppress(ValueError):
                return convert(value, part)
        raise ValueError(_mismatch(value, wanted))
    try:
        return msgspec.convert(value, wanted, strict=True)
    except msgspec.ValidationError:
        raise ValueError(_mismatch(value, wanted)) from None


def _mismatch(value: Any, wanted: Any) -> str:
    shown = f"{value!r}" if isinstance(value, str) else f"{value}"
    return f"{shown} is not {describe(wanted)}"


def describe(wanted: Any) -> str:
    """A type in words."""
    return " or ".join(dict.fromkeys(_words(wanted)))


def _words(wanted: Any) -> Iterator[str]:
    origin = typing.get_origin(wanted)
    if origin is Annotated:
        yield from _words(typing.get_args(wanted)[0])
    elif origin in (types.UnionType, typing.Union):
        for part in typing.get_args(wanted):
            if part is not type(None):
                yield from _words(part)
    elif origin is Literal:
        allowed = typing.get_args(wanted)
        yield str(allowed[0]) if len(allowed) == 1 else f"one of {', '.join(map(str, allowed))}"
    elif origin is tuple:
        yield f"a list of {describe(typing.get_args(wanted)[0])}"
    elif isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        yield f"a table of {', '.join(field.name for field in msgspec.structs.fields(wanted))}"
    else:
        yield _WORDS.get(wanted, str(wanted))
