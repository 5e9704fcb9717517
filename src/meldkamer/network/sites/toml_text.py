"""Writing the few shapes of TOML that we write: tables of strings, numbers, truths and lists, nested as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence


def toml_text(table: Mapping[str, object], comment: str = "") -> str:
    """The table as TOML text. Nested tables and lists of tables come after the plain values, as TOML demands."""
    head = [f"# {line}".rstrip() for line in comment.splitlines()]
    return "\n".join([*head, *_lines(table, "")]) + "\n"


def _lines(table: Mapping[str, object], path: str) -> Iterator[str]:
    later: list[tuple[str, object]] = []
    for key, value in table.items():
        if isinstance(value, Mapping) or _tables(value):
            later.append((f"{path}{key}", value))
        else:
            yield f"{key} = {_value(value)}"
    for name, value in later:
        if isinstance(value, Mapping):
            yield ""
            yield f"[{name}]"
            yield from _lines(value, f"{name}.")
        elif isinstance(value, Sequence):
            for row in value:
                yield ""
                yield f"[[{name}]]"
                yield from _lines(row, f"{name}.")


def _tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    raise TypeError(f"not a value for TOML: {value!r}")
