"""Every kind of aggregate and every event type by the name it is stored under."""

from __future__ import annotations

from meldkamer.domain import (
    alert,
    call,
    chat,
    desk,
    exercise,
    function,
    incident,
    peak,
    plan,
    provision,
    retention,
    road,
    shelf,
    unit,
)
from meldkamer.domain.basics import Event

KINDS = ("call", "incident", "unit", "alert", "function", "desk", "road")


def _all(base: type[Event]) -> list[type[Event]]:
    found = []
    for cls in base.__subclasses__():
        found += [cls, *_all(cls)]
    return found


_MODULES = {
    m.__name__
    for m in (
        alert,
        call,
        chat,
        desk,
        exercise,
        function,
        incident,
        peak,
        plan,
        provision,
        retention,
        road,
        shelf,
        unit,
    )
}

EVENT_TYPES: dict[str, type[Event]] = {
    str(cls.__struct_config__.tag): cls for cls in _all(Event) if cls.__module__ in _MODULES
}
"""Stored type name -> class."""
