"""A folder of run cards into a `CardBook`, or every mistake in it with file, line and field.

Cards decide who goes to a fire, so a change counts only when a second person has approved exactly this text: the file
`approved.toml` names for each file its hash, who wrote it and who approved it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from meldkamer.pack import Fault, Pack
from meldkamer.response.runcards.model import Card, CardBook, PlaceSet, Role, Rules, Trait, Turnout, Urgency
from meldkamer.response.runcards.text import Term, TextError, read_need

APPROVED, COMMON, FOLDER = "approved.toml", "common.toml", "runcards"
ToRd = Callable[[float, float], tuple[float, float]]
T = TypeVar("T")

_HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z_]+)\s*(\.[^\]]*)?\]\]?\s*(?:#.*)?$")
_FIELD = re.compile(r"\s*([A-Za-z_]+)\s*=")


class RunCardError(Exception):
    """The cards cannot be used. faults: every mistake."""

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [f"run cards {folder}: {len(faults)} fault{'' if len(faults) == 1 else 's'}"]
        super().__init__("\n".join(lines + [f"  {_said(f)}" for f in faults]))


def _said(fault: Fault) -> str:
    line = f", line {fault.row}" if fault.row else ""
    field = f", field {fault.column}" if fault.column else ""
    return f"{fault.file}{line}{field}: {fault.message}"


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote a file and who, another person, approved exactly this text."""

    sha256: str
    author: str
    approver: str


def _places(text: str) -> dict[tuple[str, int], dict[str, int]]:
    """(table, number) -> the line of each field in it; "" is its header's. Above all tables: ("", 0)."""
    counts: dict[str, int] = {}
    here: dict[str, int] = {}
    found = {("", 0): here}
    for at, line in enumerate(text.splitlines(), start=1):
        if head := _HEADER.match(line):
            if head[2] and head[1] in counts:
                here.setdefault(head[2].lstrip("."), at)
                continue
            number = counts[head[1]] = counts.get(head[1], -1) + 1
            here = found[head[1], number] = {"": at}
        elif field := _FIELD.match(line):
            here.setdefault(field[1], at)
    return found


class _File:
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

    def rest(self) -> None:
        """Tell what nobody asked for: a slip of the pen must not pass in silence."""
        for name in self.raw:
            self.fault(self.line(name), name, "is not known here")


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
        one = _rules(_File(path, faults), pack, traits)
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


def check_approvals(folder: Path, files: list[Path], faults: list[Fault]) -> None:
    """Every file is approved, as it is now, by somebody else than who wrote it."""
    try:
        approved = msgspec.toml.decode((folder / APPROVED).read_bytes(), type=dict[str, Approval])
    except FileNotFoundError:
        faults.append(Fault(APPROVED, 0, "", "is missing: no file here is approved"))
        return
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        faults.append(Fault(APPROVED, 0, "", str(error)))
        return
    for path in files:
        there = approved.get(path.name)
        if there is None:
            faults.append(Fault(APPROVED, 0, path.name, "is not approved"))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != there.sha256:
            faults.append(Fault(APPROVED, 0, path.name, "was changed after it was approved"))
        elif not there.author.strip() or there.author.strip().casefold() == there.approver.strip().casefold():
            faults.append(Fault(APPROVED, 0, path.name, "author and approver must be two people"))


def approve(path: Path, author: str, approver: str) -> None:
    """Note in `approved.toml` beside the file that this text is approved. Raises ValueError for one person alone."""
    if not author.strip() or not approver.strip() or author.strip().casefold() == approver.strip().casefold():
        raise ValueError("author and approver must be two people")
    book = path.parent / APPROVED
    known = msgspec.toml.decode(book.read_bytes(), type=dict[str, Approval]) if book.exists() else {}
    known[path.name] = Approval(hashlib.sha256(path.read_bytes()).hexdigest(), author.strip(), approver.strip())
    lines = ["# Who approved which text; written by `meldkamer runcards approve`."]
    for name in sorted(known):
        a = known[name]
        lines += ["", f"[{_quoted(name)}]", f"sha256 = {_quoted(a.sha256)}", f"author = {_quoted(a.author)}"]
        lines.append(f"approver = {_quoted(a.approver)}")
    book.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _common(
    path: Path, pack: Pack, faults: list[Fault]
) -> tuple[tuple[PlaceSet, ...], tuple[Trait, ...], tuple[Trait, ...]]:
    if not path.exists():
        return (), (), ()
    file = _File(path, faults)
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
            _check_characteristics(file, table, number, trait.characteristics, pack)
            _check_classes(file, table, number, trait.classes, pack)
        traits.append(tuple(t for t, _ in found))
    file.rest()
    return tuple(p for p, _ in places), traits[0], traits[1]


def _rules(file: _File, pack: Pack, traits: Mapping[str, set[str]]) -> Rules | None:
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
    for role, number in roles:
        for kind in role.kinds:
            if kind not in pack.unit_kind or pack.unit_kind[kind].discipline != discipline:
                file.fault(file.line("role", number, "kinds"), "kinds", f"{kind!r} is no unit kind of {discipline}")
        if not role.kinds and not role.capabilities:
            file.fault(file.line("role", number), "kinds", f"{role.name} names no kinds and no capabilities")
        for other in role.instead:
            if other not in known:
                file.fault(file.line("role", number, "instead"), "instead", f"{other!r} is not a role here")
    _check_circles(file, roles, known)
    for urgency, number in urgencies:
        _check_norm(file, "urgency", number, urgency.norm, pack)
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
        needs[card.id] = _terms(file, number, "need", card.need, known)
        adds[card.id] = _terms(file, number, "add", card.add, known)
        _check_card(file, number, card, pack, traits, levels, codes)
    return Rules(
        discipline=discipline,
        file=file.name,
        levels=levels,
        level_characteristics=by,
        turnout=turnout,
        urgencies=tuple(u for u, _ in urgencies),
        roles=known,
        cards=tuple(c for c, _ in cards),
        needs=needs,
        adds=adds,
        where=where,
    )


def _check_circles(file: _File, roles: list[tuple[Role, int]], known: Mapping[str, Role]) -> None:
    """No role stands in for itself, however long the way round."""
    for role, number in roles:
        seen, ahead = set(), list(role.instead)
        while ahead:
            name = ahead.pop()
            if name == role.name:
                file.fault(file.line("role", number, "instead"), "instead", f"{role.name} comes back to itself")
                break
            if name not in seen and name in known:
                seen.add(name)
                ahead += known[name].instead


def _terms(file: _File, number: int, field: str, text: str, known: Mapping[str, Role]) -> tuple[Term, ...]:
    try:
        terms = read_need(text)
    except TextError as error:
        file.fault(file.line("card", number, field), field, str(error))
        return ()
    for term in terms:
        for name in term.names:
            if name.role not in known:
                file.fault(file.line("card", number, field), field, f"{name.role!r} is not a role here")
    return terms


def _check_card(
    file: _File,
    number: int,
    card: Card,
    pack: Pack,
    traits: Mapping[str, set[str]],
    levels: tuple[str, ...],
    urgencies: set[str],
) -> None:
    def wrong(field: str, message: str) -> None:
        file.fault(file.line("card", number, field), field, message)

    _check_classes(file, "card", number, card.classes, pack)
    _check_characteristics(file, "card", number, card.characteristics, pack)
    _check_norm(file, "card", number, card.norm, pack)
    if not card.classes:
        wrong("classes", "names no class")
    for code in card.regions:
        if code not in pack.safety_region:
            wrong("regions", f"{code!r} is not a safety region")
    for field, names in traits.items():
        for name in getattr(card, field):
            if name not in names:
                wrong(field, f"{name!r} does not stand in {COMMON}")
    for rank in card.priority:
        if not 1 <= rank <= 5:
            wrong("priority", f"{rank} is not 1..5")
    if card.level and card.level not in levels:
        wrong("level", f"{card.level!r} is not one of {', '.join(levels) or 'no levels'}")
    if card.urgency and card.urgency not in urgencies:
        wrong("urgency", f"{card.urgency!r} is not an urgency here")
    if card.start and card.until and card.until <= card.start:
        wrong("until", f"{card.until} is not after {card.start}")
    says = bool(card.need or card.add or card.judge or card.urgency or card.norm)
    if not says:
        wrong("need", "says nothing: give need, add, urgency, norm or judge")
    if not card.on_top and not card.need and not card.judge:
        wrong("need", "a card by class alone must say what is needed, or that a person judges")


def _check_norm(file: _File, table: str, number: int, norm: str, pack: Pack) -> None:
    if norm and norm not in pack.norm:
        file.fault(file.line(table, number, "norm"), "norm", f"{norm!r} is not a norm of the pack")


def _check_classes(file: _File, table: str, number: int, classes: tuple[str, ...], pack: Pack) -> None:
    for code in classes:
        head = code.removesuffix("*")
        known = code == "*" or (
            any(c.startswith(head) for c in pack.classification) if code.endswith("*") else code in pack.classification
        )
        if not known:
            file.fault(file.line(table, number, "classes"), "classes", f"{code!r} is no class of the pack")


def _check_characteristics(
    file: _File, table: str, number: int, asked: Mapping[str, tuple[str, ...]], pack: Pack
) -> None:
    for name, values in asked.items():
        line = file.line(table, number, "characteristics")
        if name not in {c.name for c in pack.characteristics}:
            file.fault(line, "characteristics", f"{name!r} is not a characteristic of the pack")
            continue
        allowed = {v.value for v in pack.values_of(name)}
        for value in values:
            if allowed and value not in allowed:
                file.fault(line, "characteristics", f"{name} never has the value {value!r}")
