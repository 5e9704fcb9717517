"""A TOML file that knows on which line each thing stands, and tells what is wrong with it by line and field."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from meldkamer.pack.faults import Fault

T = TypeVar("T")

HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z_]+)\s*(\.[^\]]*)?\]\]?\s*(?:#.*)?$")
FIELD = re.compile(r"\s*([A-Za-z_]+)\s*=")


def _places(text: str) -> dict[tuple[str, int], dict[str, int]]:
    """(table, number) -> the line of each field in it; "" is its header's. Above all tables: ("", 0)."""
    counts: dict[str, int] = {}
    here: dict[str, int] = {}
    found = {("", 0): here}
    for at, line in enumerate(text.splitlines(), start=1):
        if head := HEADER.match(line):
            if head[2] and head[1] in counts:
                here.setdefault(head[2].lstrip("."), at)
                continue
            number = counts[head[1]] = counts.get(head[1], -1) + 1
            here = found[head[1], number] = {"": at}
        elif field := FIELD.match(line):
            here.setdefault(field[1], at)
    return found


class TomlFile:
    """One TOML file that knows on which line a thing stands."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.name, self.faults = path.name, faults
        self.raw: dict[str, Any] = {}
        try:
            text = path.read_bytes().decode("utf-8")
            self.raw = tomllib.loads(text)
        except OSError as error:
            self.fault(0, "", error.strerror or "cannot be read")
            text = ""
        except UnicodeDecodeError as error:
            self.fault(0, "", f"not UTF-8 text (byte {error.start})")
            text = ""
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            self.fault(int(line[1]) if line else 0, "", f"cannot be read as TOML: {error}")
            text = ""
        except RecursionError:
            self.fault(0, "", "is nested too deeply")
            text = ""
        self._places = _places(text)

    def fault(self, line: int, field: str, message: str) -> None:
        self.faults.append(Fault(self.name, line, field, message))

    def line(self, table: str, number: int = 0, field: str = "") -> int:
        """The line of a field of the number-th table of this name; its header's, or 0, when the field is not there."""
        places = self._places.get((table, number), {})
        return places.get(field, places.get("", 0))

    def tables(self, name: str, kind: type[T]) -> list[tuple[T, int]]:
        """The `[[name]]` tables as structs, each with its number; bad ones are left out and told."""
        found = []
        raw = self.raw.pop(name, [])
        if not isinstance(raw, list):
            self.fault(self.line(name), name, f"must be written as [[{name}]]")
            return []
        for number, table in enumerate(raw):
            made = self.convert(table, kind, name, number)
            if made is not None:
                found.append((made, number))
        return found

    def convert(self, raw: Any, kind: type[T], table: str, number: int) -> T | None:
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            path = re.search(r"`\$\.([A-Za-z_]+)", str(error))
            named = re.search(r"(?:unknown|required) field `([A-Za-z_]+)`", str(error))
            field = path[1] if path else named[1] if named else ""
            self.fault(self.line(table, number, field), field, str(error).partition(" - at ")[0])
            return None

    def once(self, table: str, rows: list[tuple[T, int]], *fields: str) -> None:
        """Tell where one of these fields names a second row, whatever its capitals."""
        seen: set[tuple[str, str]] = set()
        for row, number in rows:
            for field in fields:
                value = str(getattr(row, field)).lower()
                if (field, value) in seen:
                    self.fault(self.line(table, number, field), field, f"{value!r} is there twice")
                seen.add((field, value))

    def rest(self) -> None:
        """Tell what nobody asked for: a slip of the pen must not pass in silence."""
        for name in self.raw:
            self.fault(self.line(name), name, "is not known here")
