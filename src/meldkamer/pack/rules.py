"""Rules that look at more than one cell: coordinates, ranks, functions, buddies, agreements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meldkamer.pack.faults import Fault
from meldkamer.pack.table import Table

Tables = Mapping[str, Table[Any]]


def _numbered(table: Table[Any]) -> Iterator[tuple[Any, int]]:
    return zip(table.rows, table.lines, strict=True)


def check_numbers(tables: Tables) -> Iterator[Fault]:
    """Coordinates lie on the globe, counts are not negative."""
    for name in ("rooms", "places"):
        table = tables[name]
        for row, line in _numbered(table):
            for column, limit in (("lat", 90), ("lon", 180)):
                value = getattr(row, column)
                if not -limit <= value <= limit:  # also false for NaN
                    yield Fault(table.file, line, column, f"{value} is not WGS84 degrees")
    for row, line in _numbered(tables["travel_profiles"]):
        for column in ("detour", "near_kmh", "far_kmh"):
            if not getattr(row, column) > 0:
                message = f"{getattr(row, column)} is not above 0"
                yield Fault(tables["travel_profiles"].file, line, column, message)
    for name, column, least in (
        ("places", "inhabitants", 0),
        ("functions", "seats", 0),
        ("unit_kinds", "crew", 0),
        ("norms", "value", 0),
    ):
        for row, line in _numbered(tables[name]):
            if getattr(row, column) < least:
                message = f"{getattr(row, column)} is below {least}"
                yield Fault(tables[name].file, line, column, message)


def check_ranks(tables: Tables) -> Iterator[Fault]:
    """Priorities and ranks are 1..5, shares are percentages."""
    for name, column in (("classes", "priority"), ("priorities", "rank")):
        for row, line in _numbered(tables[name]):
            if not 1 <= getattr(row, column) <= 5:
                message = f"{getattr(row, column)} is not 1..5"
                yield Fault(tables[name].file, line, column, message)
    for row, line in _numbered(tables["norms"]):
        if row.share is not None and not 0 < row.share <= 100:
            yield Fault(tables["norms"].file, line, "share", f"{row.share} is not a percentage")


def check_functions(tables: Tables) -> Iterator[Fault]:
    """A function's code is spelled from its parts, and its role kinds exist."""
    table = tables["functions"]
    kinds: set[str] = set()
    for row, line in _numbered(table):
        short = ".".join(part for part in (row.discipline, row.kind) if part)
        kinds.add(short)
        if row.code != f"{row.region}.{short}":
            message = f"{row.code!r} should be {row.region}.{short}"
            yield Fault(table.file, line, "code", message)
        if (row.kind in ("intake", "dispatch")) != bool(row.discipline):
            message = f"{row.kind} {'needs' if not row.discipline else 'has'} a discipline"
            yield Fault(table.file, line, "discipline", message)
    roles = tables["roles"]
    for row, line in _numbered(roles):
        for item in row.functions:
            if kinds and item not in kinds:
                message = f"{item!r} is the kind of no function in {table.file}"
                yield Fault(roles.file, line, "functions", message)
        for item in row.compartments:
            if item not in ("caller", "medical", "police", "staff"):
                message = f"{item!r} is not one of caller, medical, police, staff"
                yield Fault(roles.file, line, "compartments", message)


def check_buddies(tables: Tables) -> Iterator[Fault]:
    """Per room: an order 1..n without itself; between regional rooms the order is complete."""
    table = tables["buddies"]
    found: dict[str, dict[int, str]] = {}
    for row, line in _numbered(table):
        if row.room == row.buddy:
            yield Fault(table.file, line, "buddy", f"{row.room} cannot be its own buddy")
        known = found.setdefault(row.room, {})
        if row.buddy in known.values():
            yield Fault(table.file, line, "buddy", f"{row.buddy} occurs twice for {row.room}")
        known[row.order] = row.buddy
    rooms = tables["rooms"]
    regional = {row.code for row in rooms.rows if row.kind == "regional"}
    for row, line in _numbered(rooms):
        order = found.get(row.code, {})
        if not order:
            yield Fault(rooms.file, line, "code", f"{row.code} has no buddy in {table.file}")
            continue
        if sorted(order) != list(range(1, len(order) + 1)):
            message = f"the order for {row.code} is not 1..{len(order)}"
            yield Fault(table.file, 0, "order", message)
        missing = regional - set(order.values()) - {row.code}
        if row.kind == "regional" and missing:
            message = f"{row.code} lacks {', '.join(sorted(missing))}"
            yield Fault(table.file, 0, "buddy", message)


def check_distribution(tables: Tables) -> Iterator[Fault]:
    """Every kind of function has its row; it rings for some time, and overflow closes at less than it opens at."""
    table = tables["distribution"]
    functions = tables["functions"]
    kinds = {row.kind for row in functions.rows}
    served = {row.code.partition(".")[2] for row in functions.rows}
    for row, line in _numbered(table):
        for column, least in (("ring_seconds", 1), ("load_off", 0), ("hold_seconds", 0)):
            if not getattr(row, column) >= least:  # also false for NaN
                yield Fault(table.file, line, column, f"{getattr(row, column)} is below {least}")
        if not row.load_on > row.load_off:
            yield Fault(table.file, line, "load_on", f"{row.load_on} is not above load_off, {row.load_off}")
        if row.fallback and served and row.fallback not in served:
            yield Fault(
                table.file, line, "fallback", f"{row.fallback!r} is the kind of no function in {functions.file}"
            )
        if row.fallback == row.kind:
            yield Fault(table.file, line, "fallback", f"{row.kind} cannot stand in for itself")
    for kind in sorted(kinds - {row.kind for row in table.rows}):
        yield Fault(table.file, 0, "kind", f"{kind!r} has no row")


def check_agreements(tables: Tables) -> Iterator[Fault]:
    """Nobody lends to itself, and the unit kinds belong to the discipline."""
    table = tables["agreements"]
    kinds = {row.code: row.discipline for row in tables["unit_kinds"].rows}
    for row, line in _numbered(table):
        if row.lender == row.borrower:
            yield Fault(table.file, line, "borrower", f"{row.lender} lends to itself")
        for kind in row.kinds:
            if kinds.get(kind, row.discipline) != row.discipline:
                message = f"{kind} belongs to discipline {kinds[kind]}, not {row.discipline}"
                yield Fault(table.file, line, "kinds", message)


def check_characteristics(tables: Tables) -> Iterator[Fault]:
    """A choice has at least two values, a number or free text none; a note line sets one value only."""
    values = tables["characteristic_values"]
    terms: dict[str, int] = {}
    for row, line in _numbered(values):
        for term in row.terms:
            if term in terms:
                yield Fault(values.file, line, "term", f"{term!r} already stands in row {terms[term]}")
            terms.setdefault(term, line)
    table = tables["characteristics"]
    counts: dict[str, int] = {}
    for row in tables["characteristic_values"].rows:
        counts[row.name] = counts.get(row.name, 0) + 1
    for row, line in _numbered(table):
        choice = row.kind in ("single", "multiple", "flag")
        count = counts.get(row.name, 0)
        if choice and count < 2:
            yield Fault(table.file, line, "kind", f"{row.kind} with {count} values")
        if not choice and count:
            yield Fault(table.file, line, "kind", f"{row.kind} cannot have values")
