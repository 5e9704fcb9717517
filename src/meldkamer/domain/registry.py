"""Every event type by the name it is stored under. A module of the domain that defines some is imported here."""

from __future__ import annotations

from meldkamer.domain import (  # noqa: F401 - so that their events exist
    alert,
    attention,
    call,
    chat,
    desk,
    drawing,
    exercise,
    function,
    gap,
    incident,
    pack_change,
    peak,
    plan,
    playbook,
    provision,
    question,
    retention,
    road,
    shelf,
    travel,
    unit,
    warning,
)
from meldkamer.domain.basics import Event


def _all(base: type[Event]) -> list[type[Event]]:
    found = []
    for cls in base.__subclasses__():
        found += [cls, *_all(cls)]
    return found


EVENT_TYPES: dict[str, type[Event]] = {
    str(cls.__struct_config__.tag): cls for cls in _all(Event) if cls.__module__.rpartition(".")[0] == __package__
}
"""Stored type name -> class."""
