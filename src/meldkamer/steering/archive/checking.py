"""A delivery held against itself and against the official schema: names, metadata, checksums, and the delivery note."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from meldkamer.geo import Element, XmlRefused, read_xml
from meldkamer.steering.archive.mdto import NAMESPACE
from meldkamer.steering.archive.package import FILE_SIDECAR, FORBIDDEN, NOTE, SIDECAR, hash_of
from meldkamer.steering.faults import Fault, RepositoryError

Validate = Callable[[Path], str]
"""What is wrong with a metadata file by the official schema; empty when nothing is."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. schema: whether the official schema was at hand; without it that part was not checked."""

    ok: bool
    objects: int
    files: int
    schema: bool
    faults: tuple[Fault, ...]


def open_schema(file: Path) -> Validate:
    """The official schema (an XSD that the user has), for checking. Raises RepositoryError; nothing is fetched."""
    try:
        import xmlschema
    except ImportError:
        raise RepositoryError("checking against a schema needs `pip install meldkamer[archive]`") from None
    try:
        schema = xmlschema.XMLSchema(str(file), allow="local", defuse="always")
    except (xmlschema.XMLSchemaException, OSError, ValueError) as error:
        raise RepositoryError(f"{file} is not a schema that can be used: {' '.join(str(error).split())}") from None
    if schema.target_namespace != NAMESPACE:
        raise RepositoryError(f"{file} is the schema of {schema.target_namespace or 'nothing'}, not of {NAMESPACE}")

    def validate(path: Path) -> str:
        try:
            first = next(schema.iter_errors(str(path)), None)
        except (xmlschema.XMLSchemaException, OSError, ValueError) as error:
            return " ".join(str(error).split())
        return "" if first is None else f"{first.path}: {first.reason}"

    return validate


def check_package(folder: Path, validate: Validate | None = None) -> Checked:
    """Everything that is wrong with a delivery. Raises OSError when it cannot be read at all."""
    faults = list(_check(folder, validate))
    sidecars = [path for path in folder.rglob(f"*{SIDECAR}") if path.is_file()]
    files = sum(path.name.endswith(FILE_SIDECAR) for path in sidecars)
    return Checked(
        ok=not faults,
        objects=len(sidecars) - files,
        files=files,
        schema=validate is not None,
        faults=tuple(faults),
    )


def _check(folder: Path, validate: Validate | None) -> Iterator[Fault]:
    note = folder / NOTE
    if not note.is_file():
        yield Fault(NOTE, 0, "", "the delivery note is missing")
        return
    seen: dict[str, str] = {}
    objects = files = size = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path == note:
            continue
        if path.is_dir():
            yield from _named(name, path.name, seen)
            if not (path / f"{path.name}{SIDECAR}").is_file():
                yield Fault(name, 0, "", "has no metadata of its own")
        elif path.name.endswith(FILE_SIDECAR):
            files += 1
            yield from _sidecar(name, path, "bestand", validate)
            if not path.with_name(path.name.removesuffix(FILE_SIDECAR)).is_file():
                yield Fault(name, 0, "", "tells of a file that is not there")
        elif path.name.endswith(SIDECAR):
            objects += 1
            yield from _sidecar(name, path, "informatieobject", validate)
        else:
            yield from _named(name, path.name.rpartition(".")[0], seen)
            yield from _content(name, path)
            size += path.stat().st_size
    yield from _note(folder, note, {"Informatieobjecten": objects, "Bestanden": files}, size)


def _named(name: str, base: str, seen: dict[str, str]) -> Iterator[Fault]:
    if not base or FORBIDDEN.search(base):
        yield Fault(name, 0, "", "holds a sign that a name may not have")
    if base.lower() in seen:
        yield Fault(name, 0, "", f"has the name of {seen[base.lower()]}")
    seen[base.lower()] = name


def _sidecar(name: str, path: Path, kind: str, validate: Validate | None) -> Iterator[Fault]:
    try:
        root = read_xml(path.read_bytes())
    except XmlRefused as error:
        yield Fault(name, 0, "", f"cannot be read: {error}")
        return
    if (root.namespace, root.name) != (NAMESPACE, "MDTO") or root.find(kind) is None:
        yield Fault(name, 0, "", f"is not MDTO of a {kind}")
    elif validate is not None and (wrong := validate(path)):
        yield Fault(name, 0, "", f"does not fit the schema: {wrong}")


def _content(name: str, path: Path) -> Iterator[Fault]:
    beside = path.with_name(f"{path.name}{FILE_SIDECAR}")
    if not beside.is_file():
        yield Fault(name, 0, "", "has no metadata")
        return
    try:
        root = read_xml(beside.read_bytes())
    except XmlRefused:
        return  # told at the metadata itself
    content = path.read_bytes()
    if root.said("bestand", "omvang") != str(len(content)):
        yield Fault(name, 0, "omvang", f"is {len(content)} bytes, its metadata says {root.said('bestand', 'omvang')}")
    if root.said("bestand", "checksum", "checksumWaarde") != hashlib.sha256(content).hexdigest():
        yield Fault(name, 0, "checksum", "was changed: its checksum is another")


def _note(folder: Path, note: Path, counts: dict[str, int], size: int) -> Iterator[Fault]:
    try:
        root = read_xml(note.read_bytes())
    except XmlRefused as error:
        yield Fault(NOTE, 0, "", f"cannot be read: {error}")
        return
    wanted = {f"aantal{name}": str(count) for name, count in counts.items()}
    wanted |= {"omvangInBytes": str(size), "hashcode": hash_of(folder)}
    yield from _differs(root, wanted)


def _differs(root: Element, wanted: dict[str, str]) -> Iterator[Fault]:
    for name, value in wanted.items():
        if root.said(name) != value:
            yield Fault(NOTE, 0, name, f"says {root.said(name) or 'nothing'}, found {value}")
