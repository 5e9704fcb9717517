"""A delivery to an e-depot (SIP 1.0): a folder per object, a metadata file beside everything, and a delivery note.

Names hold letters, digits, `-` and `_` only, are unique in the whole delivery, and fit in 255 signs with their ending.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.archive.mdto import FORMATS, About, Reference, file_metadata, information_object, moment
from meldkamer.steering.faults import RepositoryError

NOTE = "pakbon.xml"
SIDECAR = ".MDTO.xml"
FILE_SIDECAR = ".bestand.MDTO.xml"
MOST_SIGNS = 255 - len(FILE_SIDECAR)
FORBIDDEN = re.compile(r"[^0-9A-Za-z_-]+")


class File(msgspec.Struct, frozen=True):
    """Contents under a name without its ending."""

    name: str
    ending: str
    content: bytes


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """An information object with its files and the objects below it. `about` gets its relations when it is written."""

    about: About
    files: tuple[File, ...] = ()
    parts: tuple[Thing, ...] = ()


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What the delivery note says beside counts. target: the place in the receiving system."""

    id: str
    title: str
    target: str
    creator: str
    contact: str
    remarks: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was delivered. bytes: of the files that are not metadata. hash: over names and contents of everything but
    the note itself."""

    objects: int
    files: int
    bytes: int
    hash: str


class Writer:
    """Writes one delivery into a new folder."""

    def __init__(self, folder: Path, delivery: Delivery, now: Millis) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise RepositoryError(f"{folder} is not an empty folder")
        self._folder, self._delivery, self._now = folder, delivery, now
        self._names: set[str] = set()
        self._objects = self._files = self._bytes = 0

    def write(self, top: Thing) -> Counts:
        """Write the object, all below it, and the note. Raises OSError, RepositoryError."""
        above = Reference(self._delivery.target) if self._delivery.target else None
        self._thing(self._folder, top, above)
        counts = Counts(objects=self._objects, files=self._files, bytes=self._bytes, hash=hash_of(self._folder))
        (self._folder / NOTE).write_bytes(_note(self._delivery, counts, self._now))
        return counts

    def _thing(self, folder: Path, thing: Thing, above: Reference | None) -> None:
        about = thing.about
        name = self._name(about.id)
        here = folder / name
        here.mkdir(parents=True)
        me = Reference(about.name, about.id, about.source)
        named = [(file, self._name(file.name)) for file in thing.files]
        written = msgspec.structs.replace(
            about,
            part_of=above,
            parts=tuple(Reference(p.about.name, p.about.id, p.about.source) for p in thing.parts),
            files=tuple(Reference(f"{n}.{f.ending}", f"{about.id}/{f.name}", about.source) for f, n in named),
        )
        (here / f"{name}{SIDECAR}").write_bytes(information_object(written))
        self._objects += 1
        for file, safe in named:
            path = here / f"{safe}.{file.ending}"
            path.write_bytes(file.content)
            metadata = file_metadata(
                path.name,
                f"{about.id}/{file.name}",
                about.source,
                len(file.content),
                hashlib.sha256(file.content).hexdigest(),
                self._now,
                me,
                FORMATS.get(file.ending, FORMATS["txt"]),
            )
            (here / f"{path.name}{FILE_SIDECAR}").write_bytes(metadata)
            self._files += 1
            self._bytes += len(file.content)
        for part in thing.parts:
            self._thing(here, part, me)

    def _name(self, wanted: str) -> str:
        base = FORBIDDEN.sub("-", wanted).strip("-")[: MOST_SIGNS - 8] or "naamloos"
        name, n = base, 1
        while name.lower() in self._names:
            n += 1
            name = f"{base}-{n}"
        self._names.add(name.lower())
        return name


def hash_of(folder: Path) -> str:
    """Sha256 over the names and contents of every file but the delivery note (hex)."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / NOTE):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _note(delivery: Delivery, counts: Counts, now: Millis) -> bytes:
    root = ET.Element("pakbon")
    for name, value in (
        ("identificatie", delivery.id),
        ("titel", delivery.title),
        ("locatieDoelsysteem", delivery.target),
        ("hashcode", counts.hash),
        ("hashAlgoritme", "SHA256 over namen en inhoud"),
        ("tijdstip", moment(now)),
        ("archiefvormer", delivery.creator),
        ("contactpersoon", delivery.contact),
        ("aantalInformatieobjecten", str(counts.objects)),
        ("aantalBestanden", str(counts.files)),
        ("aantalBestandenZonderMetagegevens", str(counts.files)),
        ("omvangInBytes", str(counts.bytes)),
        ("bijzonderheden", delivery.remarks),
    ):
        ET.SubElement(root, name).text = value
    ET.indent(root, "\t")
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"
