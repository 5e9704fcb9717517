# The geometry library has no types of its own.
# mypy: disable-error-code="no-untyped-call, no-any-return"
"""Standing agreements between safety regions that touch: a synthetic default."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from meldkamer.pack import Pack

TOUCH_M = 600.0  # simplified borders that run closer than this are one border
SHARED_M = 3000.0  # and it must run this long: a corner is no neighbourhood
# discipline -> kinds lent, and whether the owner's function answers without a person
TERMS: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("A", ("AMB",), True),
    ("B", ("TS", "RV", "HV"), True),
    ("P", ("POL",), False),
)
REMARK = (
    "# Synthetic: our own default, not a real agreement. Neighbouring safety regions lend each other the "
    "commonest kinds. See docs/pack.md."
)


def write_agreements(pack: Pack, folder: Path, regions: Mapping[str, BaseGeometry]) -> int:
    """Write ``agreements.csv`` for every pair of neighbours, both ways; returns the number of rows."""
    rows = []
    for lender in pack.safety_regions:
        for borrower in pack.safety_regions:
            if lender.code != borrower.code and _touch(regions[lender.code], regions[borrower.code]):
                for discipline, kinds, automatic in TERMS:
                    answer = "yes" if automatic else "no"
                    rows.append((lender.code, borrower.code, discipline, ";".join(kinds), answer))
    with (folder / "agreements.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(REMARK + "\n")
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("lender", "borrower", "discipline", "kinds", "automatic"))
        out.writerows(rows)
    return len(rows)


def _touch(one: BaseGeometry, other: BaseGeometry) -> bool:
    shared = shapely.intersection(shapely.boundary(one), shapely.buffer(other, TOUCH_M))
    return bool(shapely.length(shared) > SHARED_M)
