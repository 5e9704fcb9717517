"""A civic address of a request, looked up in the gazetteer: where it is, and which of its fields exist so."""

from __future__ import annotations

import msgspec

from meldkamer.geo.gazetteer import Gazetteer, Hit
from meldkamer.geo.gazetteer.spelling import fold, plain
from meldkamer.geo.lost.answer import Validation
from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.lost.location import Civic

_PLACE = ("A3", "A4", "A2")
_STREET = ("RD", "A6")
_CHECKED = (*_PLACE, *_STREET, "HNO", "HNS", "PC", "country")


class Found(msgspec.Struct, frozen=True):
    """Where a civic address is (WGS84), and what of it was checked."""

    lat: float
    lon: float
    validation: Validation


def locate(civic: Civic, gazetteer: Gazetteer, country: str) -> Found:
    """The address, else the street, else the place. Raises LostFault (notFound) when not even the place is known."""
    fields = civic.fields
    if fields.get("country", country).upper() != country.upper():
        raise LostFault("notFound", f"only addresses in {country} are served here")
    place = next((fields[name] for name in _PLACE if name in fields), "")
    street = next((fields[name] for name in _STREET if name in fields), "")
    if suffix := fields.get("STS"):
        street = f"{street} {suffix}" if street else ""
    number = "".join((fields.get("HNO", ""), fields.get("HNS", "")))
    best = _best(gazetteer, street, number, fields.get("PC", ""), place)
    if best is None:
        raise LostFault("notFound", "no such address, street or place")
    valid, invalid, unchecked = _judged(fields, best, gazetteer)
    return Found(best.lat, best.lon, Validation(valid, invalid, unchecked))


def _best(gazetteer: Gazetteer, street: str, number: str, postcode: str, place: str) -> Hit | None:
    """From the most exact question to the least; an answer must lie in the place that was named."""
    questions = [f"{street} {number} {place}", f"{postcode} {number}" if postcode else "", f"{street} {place}", place]
    wanted: tuple[tuple[str, ...], ...] = (("address",), ("address",), ("street",), ("place", "quarter"))
    for question, kinds in zip(questions, wanted, strict=True):
        if (kinds == ("street",) and not street) or not question.strip() or (kinds == ("address",) and not number):
            continue
        for hit in gazetteer.search(question):
            if hit.kind in kinds and hit.exact and _fits(hit, street if "street" in kinds else "", place, kinds):
                return hit
    return None


def _fits(hit: Hit, street: str, place: str, kinds: tuple[str, ...]) -> bool:
    if "place" in kinds:
        return same(hit.name, place) or same(hit.detail, place)
    return (not place or same(hit.place, place)) and (not street or same(hit.name, street))


def _judged(
    fields: dict[str, str], best: Hit, gazetteer: Gazetteer
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Fields below the level that was found do not exist, unless no addresses are loaded: then nobody can tell."""
    valid: list[str] = []
    invalid: list[str] = []
    unchecked: list[str] = []
    for name in fields:
        if name not in _CHECKED:
            unchecked.append(name)
        elif name == "country" or name in _PLACE:
            valid.append(name)
        elif best.kind == "address" or (best.kind == "street" and name in _STREET):
            (valid if name != "PC" or same(best.postcode, fields[name]) else invalid).append(name)
        else:
            (invalid if gazetteer.has_addresses else unchecked).append(name)
    return tuple(valid), tuple(invalid), tuple(unchecked)


def same(one: str, two: str) -> bool:
    """Whether two names are the same but for spelling."""
    left, right = plain(one).replace(" ", ""), plain(two).replace(" ", "")
    return bool(left) and fold(left) == fold(right)
