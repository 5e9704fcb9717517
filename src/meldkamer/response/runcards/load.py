"""A folder of run cards into a `CardBook`, or every mistake in it with file, line and field."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from meldkamer.pack import Fault, Pack
from meldkamer.pack.toml_file import TomlFile
from meldkamer.response.runcards.approval import APPROVED, check_approvals
from meldkamer.response.runcards.errors import RunCardError
from meldkamer.response.runcards.model import (
    Card,
    CardBook,
    Coverage,
    PlaceSet,
    Rest,
    Role,
    Rules,
    Trait,
    Turnout,
    Urgency,
)
from meldkamer.response.runcards.sense import (
    check_card,
    check_characteristics,
    check_circles,
    check_classes,
    check_norm,
    read_terms,
)
from meldkamer.response.runcards.text import Term

COMMON, FOLDER = "common.toml", "runcards"
ToRd = Callable[[float, float], tuple[float, float]]


def load_cards(folder: Path, pack: Pack, to_rd: ToRd, *, draft: bool = False) -> CardBook:
    """Read, check against the pack, and hand over or refuse the whole. Raises RunCardError with every fault.

    draft: do not ask whether somebody approved it; only to try cards out, never for a room.
    """
    faults: list[Fault] = []
    if not folder.is_dir():
        raise RunCardError(folder, [Fault(str(folder), 0, "", "is not a folder")])
    files = sorted(p for p in folder.glob("*.toml") if p.name != APPROVED)
    if not draft:
        check_approvals(folder, files, faults)
    place_sets, object_types, risk_factors = _common(folder / COMMON, pack, faults)
    traits = {
        "place_sets": {p.name for p in place_sets},
        "object_types": {t.name for t in object_types},
        "risk_factors": {t.name for t in risk_factors},
    }
    rules: dict[str, Rules] = {}
    for path in files:
        if path.name == COMMON:
            continue
        one = _rules(TomlFile(path, faults), pack, traits)
        if one is not None:
            if one.discipline in rules:
                message = f"discipline {one.discipline} already stands in {rules[one.discipline].file}"
                faults.append(Fault(path.name, 0, "discipline", message))
            rules[one.discipline] = one
    if faults:
        raise RunCardError(folder, faults)
    centres = {p.name: tuple((*to_rd(lat, lon), radius) for lat, lon, radius in p.circles) for p in place_sets}
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return CardBook(
        folder=str(folder),
        hash=digest.hexdigest(),
        rules=rules,
        place_sets=place_sets,
        object_types=object_types,
        risk_factors=risk_factors,
        centres=centres,
    )


def cards_of(pack: Pack, to_rd: ToRd) -> CardBook:
    """The cards of a pack; a pack without a folder of cards has none, and a person judges. Raises RunCardError."""
    folder = Path(pack.folder) / FOLDER
    if folder.is_dir():
        return load_cards(folder, pack, to_rd)
    return CardBook(folder="", hash="", rules={}, place_sets=(), object_types=(), risk_factors=(), centres={})


def _common(
    path: Path, pack: Pack, faults: list[Fault]
) -> tuple[tuple[PlaceSet, ...], tuple[Trait, ...], tuple[Trait, ...]]:
    if not path.exists():
        return (), (), ()
    file = TomlFile(path, faults)
    places = file.tables("place_set", PlaceSet)
    for one, number in places:
        for code in one.municipalities:
            if code not in pack.municipality:
                file.fault(file.line("place_set", number, "municipalities"), "municipalities", f"{code!r} is not known")
        for lat, lon, metres in one.circles:
            if not (abs(lat) <= 90 and abs(lon) <= 180 and 0 < metres < 1e6):
                file.fault(file.line("place_set", number, "circles"), "circles", f"{lat}, {lon}, {metres} is no circle")
    traits = []
    for table in ("object_type", "risk_factor"):
        found = file.tables(table, Trait)
        for trait, number in found:
            check_characteristics(file, table, number, trait.characteristics, pack)
            check_classes(file, table, number, trait.classes, pack)
        traits.append(tuple(t for t, _ in found))
    file.rest()
    return tuple(p for p, _ in places), traits[0], traits[1]


def _rules(file: TomlFile, pack: Pack, traits: Mapping[str, set[str]]) -> Rules | None:
    raw = file.raw
    if not raw:
        return None
    discipline = raw.pop("discipline", "")
    if discipline not in {d.code for d in pack.disciplines}:
        file.fault(file.line("", 0, "discipline"), "discipline", f"{discipline!r} is not a discipline of the pack")
        return None
    levels = file.convert(raw.pop("levels", []), tuple[str, ...], "levels", 0) or ()
    by = file.convert(raw.pop("level_characteristics", []), tuple[str, ...], "level_characteristics", 0) or ()
    turnout = file.convert(raw.pop("turnout", {}), Turnout, "turnout", 0) or Turnout()
    rest = file.convert(raw.pop("rest", {}), Rest, "rest", 0) or Rest()
    coverage = file.convert(raw.pop("coverage", {}), Coverage, "coverage", 0) or Coverage()
    for table, wrong in (("rest", rest.fault()), ("coverage", coverage.fault())):
        if wrong:
            file.fault(file.line(table), table, wrong)
    urgencies = file.tables("urgency", Urgency)
    roles = file.tables("role", Role)
    cards = file.tables("card", Card)
    file.rest()
    known = {role.name: role for role, _ in roles}
    codes = {u.code for u, _ in urgencies}
    for name in by:
        if name not in {c.name for c in pack.characteristics}:
            file.fault(
                file.line("", 0, "level_characteristics"),
                "level_characteristics",
                f"{name!r} is not a characteristic of the pack",
            )
    for code in coverage.urgencies:
        known_one = next((u for u, _ in urgencies if u.code == code), None)
        if known_one is None:
            file.fault(file.line("coverage", 0, "urgencies"), "urgencies", f"{code!r} is not an urgency here")
        elif known_one.rank == 1:
            # Where seconds count, the fastest goes, whatever it leaves behind.
            file.fault(file.line("coverage", 0, "urgencies"), "urgencies", f"{code!r} is of the highest priority")
    for role, number in roles:
        for kind in role.kinds:
            if kind not in pack.unit_kind or pack.unit_kind[kind].discipline != discipline:
                file.fault(file.line("role", number, "kinds"), "kinds", f"{kind!r} is no unit kind of {discipline}")
        if not role.kinds and not role.capabilities:
            file.fault(file.line("role", number), "kinds", f"{role.name} names no kinds and no capabilities")
        for other in role.instead:
            if other not in known:
                file.fault(file.line("role", number, "instead"), "instead", f"{other!r} is not a role here")
    check_circles(file, roles, known)
    for urgency, number in urgencies:
        check_norm(file, "urgency", number, urgency.norm, pack)
        for code in urgency.divert:
            if code not in codes:
                file.fault(file.line("urgency", number, "divert"), "divert", f"{code!r} is not an urgency here")
    needs: dict[str, tuple[Term, ...]] = {}
    adds: dict[str, tuple[Term, ...]] = {}
    where: dict[str, str] = {}
    for card, number in cards:
        if card.id in where:
            file.fault(file.line("card", number, "id"), "id", f"{card.id!r} stands twice")
        where[card.id] = f"{file.name}, line {file.line('card', number)}"
        needs[card.id] = read_terms(file, number, "need", card.need, known)
        adds[card.id] = read_terms(file, number, "add", card.add, known)
        check_card(file, number, card, pack, traits, levels, codes)
    return Rules(
        discipline=discipline,
        file=file.name,
        levels=levels,
        level_characteristics=by,
        turnout=turnout,
        rest=rest,
        coverage=coverage,
        urgencies=tuple(u for u, _ in urgencies),
        roles=known,
        cards=tuple(c for c, _ in cards),
        needs=needs,
        adds=adds,
        where=where,
    )
