"""The table of docs/proposal.md: how far our times lie from two engines' on the same extracts and the same trips."""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from meldkamer.geo import RdTransform
from meldkamer.geo.roads.osm import import_pbf
from meldkamer.geo.roads.roads import Roads
from meldkamer.geo.roads.speeds import read_speeds
from meldkamer.pack import load_pack

NOON = 1_700_046_000_000
SOURCES, TARGETS = 200, 15
WORKER = Path(__file__).with_name("worker.py")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench._engines")
    parser.add_argument("maps", nargs="+", type=Path, metavar="MAP.osm.pbf")
    parser.add_argument("--python", required=True, help="with osrm-bindings and pyvalhalla")
    args = parser.parse_args()
    print("| map | engine | trips | median | 5 % | 95 % | median of the absolute | no way for them, for us |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for path in args.maps:
        ours, places = _ours(path)
        for engine in ("osrm", "valhalla"):
            theirs = _theirs(args.python, engine, path, places)
            print(_row(path.name.partition(".")[0], engine, ours, theirs), flush=True)


def _ours(path: Path) -> tuple[np.ndarray, list[list[tuple[float, float]]]]:
    """Seconds of each trip (NaN: no way), and the starts and ends as (lon, lat)."""
    rd = RdTransform()
    graph, _ = import_pbf(path, rd.to_rd_many)
    roads = Roads(graph, read_speeds(), lambda: NOON, zone=load_pack().zone)
    # Junctions of roads for cars, so that no engine has to guess the nearest road.
    cars = np.unique(graph.tail[(graph.allowed & 1) > 0])
    chosen = np.random.default_rng(1).choice(np.unique(graph.junction[cars]), SOURCES + TARGETS, replace=False)
    x, y = graph.junction_x[chosen], graph.junction_y[chosen]
    seconds = np.empty((SOURCES, TARGETS))
    for n in range(TARGETS):
        end = float(x[SOURCES + n]), float(y[SOURCES + n])
        found = roads.millis(x[:SOURCES], y[:SOURCES], end, "ordinary")
        seconds[:, n] = np.where(found < 0, np.nan, found / 1000)
    lat, lon = rd.to_wgs84_many(x, y)
    points = [(round(float(a), 6), round(float(b), 6)) for a, b in zip(lon, lat, strict=True)]
    return seconds, [points[:SOURCES], points[SOURCES:]]


def _theirs(python: str, engine: str, path: Path, places: list[list[tuple[float, float]]]) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        asked = json.dumps({"engine": engine, "map": str(path.resolve()), "folder": folder, "places": places})
        done = subprocess.run([python, str(WORKER)], input=asked, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{engine}: {done.stderr[-800:]}")
        return np.array(json.loads(done.stdout.splitlines()[-1]), dtype=np.float64)


def _row(name: str, engine: str, ours: np.ndarray, theirs: np.ndarray) -> str:
    both = np.isfinite(ours) & np.isfinite(theirs) & (theirs > 30)
    off = ours[both] / theirs[both] - 1
    low, middle, high = (f"{100 * q:+.0f} %" for q in np.quantile(off, [0.05, 0.5, 0.95]))
    none = f"{int(np.isnan(theirs).sum())}, {int(np.isnan(ours).sum())}"
    size = f"{100 * np.median(abs(off)):.0f} %"
    return f"| {name} | {engine} | {int(both.sum())} | {middle} | {low} | {high} | {size} | {none} |"


if __name__ == "__main__":
    main()
