"""A file of separated values, record by record, however broken: every physical line ends up in a record or a refusal.

Encoding is decided per line: UTF-8 (a byte order mark is taken off), else Windows-1252. A quote that is never closed
must not swallow the rows after it, so a line that is itself a whole row ends the search for its end.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

MAX_LINE = 1 << 18
"""Bytes of one physical line or one record; what is longer is refused."""
_CP1252 = "cp1252"
_LINE_COSTS = 64
"""What a line counts for beside its text, so that many short ones are bounded too."""


class Record(msgspec.Struct, frozen=True):
    """The fields of one record. line: its first physical line, counted from 1; last: its last."""

    line: int
    last: int
    fields: list[str]
    windows: bool = False


class Broken(msgspec.Struct, frozen=True):
    """A record that cannot be read, and why."""

    line: int
    last: int
    reason: str


class _Line(msgspec.Struct, frozen=True):
    number: int
    text: str
    windows: bool = False
    fault: str = ""


def first_line(path: Path) -> str:
    """The first line that is not empty, without its end. Raises ValueError for UTF-16; empty for an empty file."""
    with path.open("rb") as file:
        head = file.read(4)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise ValueError("the file is UTF-16; save it as UTF-8")
    for line in _lines(path):
        if line.text.strip():
            return line.text
    return ""


def records(path: Path, delimiter: str, columns: int, is_row: Callable[[list[str]], bool]) -> Iterator[Record | Broken]:
    """Every record, the header included. is_row: whether so many fields look like a complete row of this file."""
    source = _Pushback(_lines(path))
    for line in source:
        if not line.text.strip() and not line.fault:
            continue
        if line.fault:
            yield Broken(line.number, line.number, line.fault)
            continue
        taken = [line]
        size = len(line.text)
        open_quote = _odd(line.text, delimiter)
        stray = ""
        while open_quote:
            following = next(source, None)
            if following is None:
                stray = "a quote is opened and never closed"
                break
            if following.text.count(delimiter) >= columns - 1 and is_row(_split(following.text, delimiter)):
                source.back([following])
                stray = "a quote is opened and not closed before the next row"
                break
            size += len(following.text) + _LINE_COSTS
            if size <= MAX_LINE and not following.fault:
                taken.append(following)
            else:
                taken = [*taken[:1], following]
            open_quote = following.text.count('"') % 2 == 0
        if stray:
            if size <= MAX_LINE:
                source.back(taken[1:])
                yield Broken(line.number, line.number, stray)
            else:
                yield Broken(line.number, taken[-1].number, stray)
            continue
        last = taken[-1].number
        if size > MAX_LINE:
            yield Broken(line.number, last, f"longer than {MAX_LINE} characters")
            continue
        fault = next((t.fault for t in taken if t.fault), "")
        if fault:
            yield Broken(line.number, last, fault)
            continue
        fields = _split("\n".join(t.text for t in taken), delimiter)
        yield Record(line.number, last, fields, any(t.windows for t in taken))


def _odd(text: str, delimiter: str) -> bool:
    """Whether a quoted field is still open at the end of the line. A quote inside an unquoted field is just a mark."""
    if '"' not in text:
        return False
    inside, start = False, True
    index = 0
    while index < len(text):
        mark = text[index]
        if inside:
            if mark == '"':
                if text[index + 1 : index + 2] == '"':
                    index += 1
                else:
                    inside = False
        elif mark == '"' and start:
            inside = True
        start = mark == delimiter and not inside
        index += 1
    return inside


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=False), [])
    except csv.Error:
        return []


def _lines(path: Path) -> Iterator[_Line]:
    with path.open("rb") as file:
        number = 0
        for raw, whole in _physical(file):
            number += 1
            data = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if not whole:
                yield _Line(number, "", fault=f"line is longer than {MAX_LINE} bytes")
                continue
            yield _decoded(number, data)


def _decoded(number: int, data: bytes) -> _Line:
    if b"\0" in data:
        text = data.replace(b"\0", b"").decode("utf-8", "replace")
        return _Line(number, text or "\ufffd", fault="holds a NUL character")
    try:
        return _Line(number, data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        return _Line(number, data.decode(_CP1252), windows=True)
    except UnicodeDecodeError as error:
        return _Line(number, data.decode("utf-8", "replace"), fault=f"neither UTF-8 nor Windows-1252: {error.reason}")


def _physical(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Lines without their ends (LF, CR LF, or CR alone), and whether they are whole. Never holds more than MAX_LINE."""
    for piece in _by_newline(file):
        line, whole = piece
        if whole and b"\r" in line.rstrip(b"\r"):
            # An old Macintosh file ends its lines with CR alone.
            yield from ((part, True) for part in line.rstrip(b"\r").split(b"\r"))
        else:
            yield line.rstrip(b"\r"), whole


def _by_newline(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    while chunk := file.readline(MAX_LINE + 2):
        if chunk.endswith(b"\n"):
            yield chunk[:-1], True
            continue
        if len(chunk) < MAX_LINE + 2:
            yield chunk, True  # the last line has no end
            return
        while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
            pass
        yield b"", False


class _Pushback:
    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines, self._returned = lines, list[_Line]()

    def __iter__(self) -> _Pushback:
        return self

    def __next__(self) -> _Line:
        return self._returned.pop() if self._returned else next(self._lines)

    def back(self, lines: list[_Line]) -> None:
        self._returned += reversed(lines)
