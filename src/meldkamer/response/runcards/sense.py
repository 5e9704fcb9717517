"""What must hold in and between cards and roles, each fault with the line and field to mend."""

from __future__ import annotations

from collections.abc import Mapping

from meldkamer.pack import Pack
from meldkamer.pack.toml_file import TomlFile
from meldkamer.response.runcards.model import Card, Role
from meldkamer.response.runcards.text import Term, TextError, read_need


def check_circles(file: TomlFile, roles: list[tuple[Role, int]], known: Mapping[str, Role]) -> None:
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


def read_terms(file: TomlFile, number: int, field: str, text: str, known: Mapping[str, Role]) -> tuple[Term, ...]:
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


def check_card(
    file: TomlFile,
    number: int,
    card: Card,
    pack: Pack,
    traits: Mapping[str, set[str]],
    levels: tuple[str, ...],
    urgencies: set[str],
) -> None:
    def wrong(field: str, message: str) -> None:
        file.fault(file.line("card", number, field), field, message)

    check_classes(file, "card", number, card.classes, pack)
    check_characteristics(file, "card", number, card.characteristics, pack)
    check_norm(file, "card", number, card.norm, pack)
    if not card.classes:
        wrong("classes", "names no class")
    for code in card.regions:
        if code not in pack.safety_region:
            wrong("regions", f"{code!r} is not a safety region")
    for field, names in traits.items():
        for name in getattr(card, field):
            if name not in names:
                wrong(field, f"{name!r} does not stand in common.toml")
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


def check_norm(file: TomlFile, table: str, number: int, norm: str, pack: Pack) -> None:
    if norm and norm not in pack.norm:
        file.fault(file.line(table, number, "norm"), "norm", f"{norm!r} is not a norm of the pack")


def check_classes(file: TomlFile, table: str, number: int, classes: tuple[str, ...], pack: Pack) -> None:
    for code in classes:
        head = code.removesuffix("*")
        known = code == "*" or (
            any(c.startswith(head) for c in pack.classification) if code.endswith("*") else code in pack.classification
        )
        if not known:
            file.fault(file.line(table, number, "classes"), "classes", f"{code!r} is no class of the pack")


def check_characteristics(
    file: TomlFile, table: str, number: int, asked: Mapping[str, tuple[str, ...]], pack: Pack
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
