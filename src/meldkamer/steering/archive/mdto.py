"""MDTO 1.0.1 (National Archives of the Netherlands): a metadata file per object and per file, in the schema's order."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET
from typing import Literal

import msgspec

from meldkamer.domain.clock import Millis

NAMESPACE = "https://www.nationaalarchief.nl/mdto"
SCHEMA = "https://www.nationaalarchief.nl/mdto/MDTO-XML1.0.1.xsd"
OURS = "Meldkamerplatform"
"""The list that our own terms come from."""

Level = Literal["Archief", "Serie", "Dossier", "Archiefstuk"]
APPRAISALS = {"B": "Blijvend te bewaren", "V": "Tijdelijk te bewaren"}


class Reference(msgspec.Struct, frozen=True):
    """A name with an identity in a source; source "" when there is none."""

    name: str
    id: str = ""
    source: str = ""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of an information object. appraisal: V or B. restriction: what limits its use, in words.

    began, ended: days it is about. months: term after `ended`, where it is known.
    """

    id: str
    source: str
    name: str
    level: Level
    description: str
    appraisal: str
    restriction: str
    restriction_why: str
    creator: Reference
    began: datetime.date | None = None
    ended: datetime.date | None = None
    months: int | None = None
    category: str = ""
    part_of: Reference | None = None
    parts: tuple[Reference, ...] = ()
    files: tuple[Reference, ...] = ()


class Format(msgspec.Struct, frozen=True):
    """A file format in the PRONOM register."""

    name: str
    code: str


FORMATS = {
    "json": Format("JSON Data Interchange Format", "fmt/817"),
    "csv": Format("Comma Separated Values", "x-fmt/18"),
    "xml": Format("Extensible Markup Language", "fmt/101"),
    "md": Format("Markdown", "fmt/1149"),
    "yaml": Format("YAML", "fmt/818"),
    "txt": Format("Plain Text File", "x-fmt/111"),
    "toml": Format("Plain Text File", "x-fmt/111"),
}


def information_object(about: About) -> bytes:
    """The metadata file of an information object."""
    root, top = _begin("informatieobject")
    _identity(top, "identificatie", about.id, about.source)
    _text(top, "naam", about.name)
    _concept(top, "aggregatieniveau", about.level, "Begrippenlijst Aggregatieniveaus MDTO")
    if about.description:
        _text(top, "omschrijving", about.description)
    if about.began is not None:
        cover = ET.SubElement(top, "dekkingInTijd")
        _concept(cover, "dekkingInTijdType", "Looptijd", OURS)
        _text(cover, "dekkingInTijdBegindatum", about.began.isoformat())
        if about.ended is not None:
            _text(cover, "dekkingInTijdEinddatum", about.ended.isoformat())
    _text(top, "taal", "nl")
    _concept(top, "waardering", APPRAISALS[about.appraisal], "Begrippenlijst Waarderingen MDTO", about.appraisal)
    if about.months is not None and about.ended is not None:
        term = ET.SubElement(top, "bewaartermijn")
        _concept(term, "termijnTriggerStartLooptijd", "Afsluiting", OURS)
        _text(term, "termijnStartdatumLooptijd", about.ended.isoformat())
        _text(term, "termijnLooptijd", f"P{about.months}M")
    if about.category:
        _concept(top, "informatiecategorie", about.category, OURS)
    if about.part_of is not None:
        _reference(top, "isOnderdeelVan", about.part_of)
    for part in about.parts:
        _reference(top, "bevatOnderdeel", part)
    for file in about.files:
        _reference(top, "heeftRepresentatie", file)
    _reference(top, "archiefvormer", about.creator)
    limit = ET.SubElement(top, "beperkingGebruik")
    _concept(limit, "beperkingGebruikType", about.restriction, OURS)
    if about.restriction_why:
        _text(limit, "beperkingGebruikNadereBeschrijving", about.restriction_why)
    return _bytes(root)


def file_metadata(
    name: str, id: str, source: str, size: int, checksum: str, at: Millis, of: Reference, format: Format
) -> bytes:
    """The metadata file of a file. checksum: sha256, in hexadecimal, made at `at`."""
    root, top = _begin("bestand")
    _identity(top, "identificatie", id, source)
    _text(top, "naam", name)
    _text(top, "omvang", str(size))
    _concept(top, "bestandsformaat", format.name, "PRONOM-register", format.code)
    made = ET.SubElement(top, "checksum")
    _concept(made, "checksumAlgoritme", "SHA256", "Begrippenlijst ChecksumAlgoritme MDTO")
    _text(made, "checksumWaarde", checksum)
    _text(made, "checksumDatum", moment(at))
    _reference(top, "isRepresentatieVan", of)
    return _bytes(root)


def moment(at: Millis) -> str:
    """A moment as `xsd:dateTime`."""
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).isoformat(timespec="seconds")


def _begin(kind: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element(
        "MDTO",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
        },
    )
    return root, ET.SubElement(root, kind)


def _text(parent: ET.Element, name: str, value: str) -> None:
    # XML has no place for control signs; what cannot be written is shown as missing, never left out silently.
    clean = "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "�" for c in value
    )
    ET.SubElement(parent, name).text = clean


def _identity(parent: ET.Element, name: str, id: str, source: str) -> None:
    element = ET.SubElement(parent, name)
    _text(element, "identificatieKenmerk", id)
    _text(element, "identificatieBron", source)


def _concept(parent: ET.Element, name: str, label: str, of: str, code: str = "") -> None:
    element = ET.SubElement(parent, name)
    _text(element, "begripLabel", label)
    if code:
        _text(element, "begripCode", code)
    _text(ET.SubElement(element, "begripBegrippenlijst"), "verwijzingNaam", of)


def _reference(parent: ET.Element, name: str, to: Reference) -> None:
    element = ET.SubElement(parent, name)
    _text(element, "verwijzingNaam", to.name)
    if to.id and to.source:
        _identity(element, "verwijzingIdentificatie", to.id, to.source)


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root, "\t")
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"
