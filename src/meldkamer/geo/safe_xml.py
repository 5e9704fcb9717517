"""XML from strangers, with the standard library's expat and everything that makes XML dangerous refused.

No document type, so no entities, no external files and no expansion; UTF-8 only; limits on size, depth and number of
elements. What is left is a tree of plain elements. (Why not a package for it: docs/dependencies.md.)
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Protocol
from xml.parsers import expat

import msgspec

_CHUNK = 1 << 18
_CHARSETS = frozenset({"utf-8", "us-ascii", "ascii"})


class XmlRefused(ValueError):
    """The document is not well-formed or not allowed; says what and on which line."""


class Element(msgspec.Struct, gc=False):
    """One element. namespace and name apart; attributes by their name, as `namespace name` when they have one.

    gc=False: a tree has no circles, so the collector need not look at it.
    """

    namespace: str
    name: str
    attributes: dict[str, str]
    children: list[Element]
    text: str = ""

    def find(self, *names: str) -> Element | None:
        """The first element along a path of local names."""
        here: Element | None = self
        for name in names:
            here = next((child for child in here.children if child.name == name), None) if here is not None else None
        return here

    def all(self, name: str) -> list[Element]:
        """The children with that local name."""
        return [child for child in self.children if child.name == name]

    def said(self, *names: str) -> str:
        """The text along a path of local names, without white space around it; empty when it is not there."""
        found = self.find(*names)
        return found.text.strip() if found is not None else ""

    def walk(self) -> Iterator[Element]:
        """This element and everything in it, in the order of the document."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting += reversed(here.children)


class Readable(Protocol):
    """A file of bytes, as far as it matters here."""

    def read(self, size: int, /) -> bytes: ...


class Limits(msgspec.Struct, frozen=True):
    """How much one document, or one element of a stream, may hold."""

    bytes: int = 64 * 1024
    elements: int = 2_000
    depth: int = 32


def read_xml(data: bytes, limits: Limits | None = None) -> Element:
    """The root of a small document. Raises XmlRefused."""
    limits = limits or Limits()
    if len(data) > limits.bytes:
        raise XmlRefused(f"{len(data)} bytes; at most {limits.bytes} are read")
    if b"\0" in data or data[:2] in (b"\xfe\xff", b"\xff\xfe"):
        raise XmlRefused("not UTF-8")
    builder = _Builder(limits, None)
    try:
        builder.feed(data, last=True)
    finally:
        builder.close()
    if builder.root is None:
        raise XmlRefused("no element")
    return builder.root


def stream_xml(file: Readable, wanted: Set[str], limits: Limits | None = None) -> Iterator[Element]:
    """Every element with one of these local names, one at a time, from a document of any length.

    Memory holds one such element (`limits`) and a chunk. Raises XmlRefused where the document breaks.
    """
    builder = _Builder(limits or Limits(bytes=32 << 20, elements=200_000, depth=64), wanted)
    try:
        while chunk := file.read(_CHUNK):
            builder.feed(chunk)
            yield from builder.taken()
        builder.feed(b"", last=True)
        yield from builder.taken()
    finally:
        builder.close()


class _Builder:
    """Builds the wanted elements while expat reads. wanted None: the root."""

    def __init__(self, limits: Limits, wanted: Set[str] | None) -> None:
        self.root: Element | None = None
        self._limits, self._wanted = limits, wanted
        self._open: list[Element] = []
        self._depth = self._elements = self._letters = 0
        self._ready: list[Element] = []
        self._text: list[list[str]] = []
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declared
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def feed(self, data: bytes, last: bool = False) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise XmlRefused(f"not well-formed: {error}") from error

    def close(self) -> None:
        """Let go of the parser, which holds this object through its handlers: a circle that only a sweep of all memory
        would find, at every request."""
        parser = self._parser
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.XmlDeclHandler = None
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None

    def taken(self) -> list[Element]:
        ready, self._ready = self._ready, []
        return ready

    def _doctype(self, *_: object) -> None:
        raise XmlRefused(f"line {self._parser.CurrentLineNumber}: a document type is not allowed")

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").lower() not in _CHARSETS:
            raise XmlRefused(f"the encoding {encoding} is not allowed: UTF-8 only")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise XmlRefused(f"line {self._parser.CurrentLineNumber}: nested deeper than {self._limits.depth}")
        namespace, _, name = full.rpartition(" ")
        if not self._open and self._wanted is not None and name not in self._wanted:
            return
        if not self._open:
            self._elements = self._letters = 0
        self._elements += 1
        if self._elements > self._limits.elements:
            raise XmlRefused(f"more than {self._limits.elements} elements")
        element = Element(namespace, name, attributes, [])
        if self._open:
            self._open[-1].children.append(element)
        elif self._wanted is None:
            self.root = element
        self._open.append(element)
        self._text.append([])

    def _end(self, full: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        element = self._open.pop()
        element.text = "".join(self._text.pop())
        if not self._open and self._wanted is not None:
            self._ready.append(element)

    def _characters(self, text: str) -> None:
        if self._open:
            self._letters += len(text)
            if self._letters > self._limits.bytes:
                raise XmlRefused(f"more than {self._limits.bytes} letters in one element")
            self._text[-1].append(text)
