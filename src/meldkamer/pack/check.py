"""What must hold between the tables of a pack.

Each rule yields faults that name the row at fault; the loader runs them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from meldkamer.pack.faults import Fault
from meldkamer.pack.model import Manifest
from meldkamer.pack.rules import (
    check_agreements,
    check_buddies,
    check_characteristics,
    check_distribution,
    check_functions,
    check_numbers,
    check_ranks,
)
from meldkamer.pack.table import Table

Tables = Mapping[str, Table[Any]]

KEYS: dict[str, tuple[str, ...]] = {
    "disciplines": ("code",),
    "rooms": ("code",),
    "regions": ("code",),
    "safety_regions": ("code",),
    "police_units": ("code",),
    "municipalities": ("code",),
    "places": ("id",),
    "functions": ("code",),
    "buddies": ("room", "order"),
    "distribution": ("kind",),
    "agreements": ("lender", "borrower", "discipline"),
    "classes": ("code",),
    "characteristics": ("name",),
    "characteristic_values": ("name", "value"),
    "priorities": ("discipline", "code"),
    "statuses": ("discipline", "code"),
    "roles": ("code",),
    "norms": ("code",),
    "closing_codes": ("discipline", "code"),
    "unit_kinds": ("code",),
    "travel_profiles": ("code",),
}
# table, column -> the table whose first key it must be found in
REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("rooms", "region", "regions"),
    ("rooms", "police_unit", "police_units"),
    ("regions", "home_room", "rooms"),
    ("safety_regions", "region", "regions"),
    ("police_units", "region", "regions"),
    ("police_units", "discipline", "disciplines"),
    ("municipalities", "safety_region", "safety_regions"),
    ("places", "municipality", "municipalities"),
    ("functions", "region", "regions"),
    ("functions", "discipline", "disciplines"),
    ("functions", "home_room", "rooms"),
    ("buddies", "room", "rooms"),
    ("buddies", "buddy", "rooms"),
    ("agreements", "lender", "safety_regions"),
    ("agreements", "borrower", "safety_regions"),
    ("agreements", "discipline", "disciplines"),
    ("agreements", "kinds", "unit_kinds"),
    ("classes", "disciplines", "disciplines"),
    ("characteristic_values", "name", "characteristics"),
    ("priorities", "discipline", "disciplines"),
    ("statuses", "discipline", "disciplines"),
    ("roles", "discipline", "disciplines"),
    ("norms", "discipline", "disciplines"),
    ("closing_codes", "discipline", "disciplines"),
    ("unit_kinds", "discipline", "disciplines"),
    ("unit_kinds", "travel", "travel_profiles"),
)
RULES: tuple[Callable[[Tables], Iterator[Fault]], ...] = (
    check_numbers,
    check_ranks,
    check_functions,
    check_buddies,
    check_distribution,
    check_agreements,
    check_characteristics,
)


def check_tables(tables: Tables, manifest: Manifest | None) -> list[Fault]:
    """Every fault between the tables and against what the manifest promises."""
    faults = [*_duplicates(tables), *_references(tables)]
    for rule in RULES:
        faults += rule(tables)
    if manifest is not None:
        faults += _promises(tables, manifest)
    return faults


def _duplicates(tables: Tables) -> Iterator[Fault]:
    for name, columns in KEYS.items():
        table = tables[name]
        seen: dict[tuple[Any, ...], int] = {}
        for row, line in zip(table.rows, table.lines, strict=True):
            key = tuple(getattr(row, column) for column in columns)
            if key in seen:
                text = " ".join(map(str, key))
                yield Fault(table.file, line, columns[-1], f"{text!r} already stands in row {seen[key]}")
            else:
                seen[key] = line


def _references(tables: Tables) -> Iterator[Fault]:
    for name, column, target in REFERENCES:
        table = tables[name]
        known = {getattr(row, KEYS[target][0]) for row in tables[target].rows}
        if not known:
            continue  # the target could not be read at all; that fault is already told
        for row, line in zip(table.rows, table.lines, strict=True):
            value = getattr(row, column)
            for item in value if isinstance(value, tuple) else (value,):
                if item and item not in known:
                    message = f"{item!r} is not found in {tables[target].file}"
                    yield Fault(table.file, line, column, message)


def _promises(tables: Tables, manifest: Manifest) -> Iterator[Fault]:
    for name, count in manifest.expected.items():
        if name not in tables:
            yield Fault("pack.toml", 0, f"expected.{name}", "no such table")
        elif len(tables[name].rows) != count:
            message = f"{len(tables[name].rows)} rows, pack.toml expects {count}"
            yield Fault(tables[name].file, 0, "", message)
    try:
        ZoneInfo(manifest.time_zone)
    except (ValueError, OSError, KeyError):
        yield Fault("pack.toml", 0, "time_zone", f"{manifest.time_zone!r} is not a zone of the IANA database")
    if manifest.near_buddies < 1:
        yield Fault("pack.toml", 0, "near_buddies", f"{manifest.near_buddies} is below 1")
    regions = {row.code for row in tables["regions"].rows}
    for code in (*manifest.home_regions, manifest.national_region):
        if regions and code not in regions:
            message = f"{code!r} is not found in {tables['regions'].file}"
            yield Fault("pack.toml", 0, "home_regions", message)
