"""Runs in another Python, with the engines and without us: one engine's times (s) between places on a map, as JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    asked = json.loads(sys.stdin.read())
    engine = {"osrm": _osrm, "valhalla": _valhalla}[asked["engine"]]
    print(json.dumps(engine(asked["map"], Path(asked["folder"]), *asked["places"])))


def _osrm(source: str, folder: Path, starts: list[Any], ends: list[Any]) -> list[list[float | None]]:
    import osrm  # type: ignore[import-not-found]

    shutil.copy(source, folder / "x.osm.pbf")
    car = Path(osrm.__file__).parent / "share" / "profiles" / "car.lua"
    for step in (["extract", "-p", str(car), str(folder / "x.osm.pbf")], ["contract", str(folder / "x.osrm")]):
        subprocess.run([sys.executable, "-m", "osrm", *step], check=True, stdout=subprocess.DEVNULL)
    engine = osrm.OSRM(
        algorithm="CH",
        storage_config=str(folder / "x.osrm"),
        use_shared_memory=False,
        max_locations_distance_table=5000,
    )
    n, m = len(starts), len(ends)
    asked = osrm.TableParameters(
        coordinates=[tuple(p) for p in starts + ends],
        sources=list(range(n)),
        destinations=list(range(n, n + m)),
        annotations=["duration"],
    )
    return [[None if v is None else float(v) for v in row] for row in engine.Table(asked)["durations"]]


def _valhalla(source: str, folder: Path, starts: list[Any], ends: list[Any]) -> list[list[float | None]]:
    import valhalla  # type: ignore[import-not-found]

    (folder / "tiles").mkdir()
    settings = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"), verbose=False)
    settings["mjolnir"]["logging"] = {"type": "file", "file_name": str(folder / "log"), "color": False}
    settings["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    settings["service_limits"]["auto"] |= {"max_matrix_distance": 4e5, "max_matrix_location_pairs": 10**7}
    settings["service_limits"]["auto"]["max_locations"] = 5000
    for part in ("thor", "loki", "odin", "meili"):
        settings[part].setdefault("logging", {}).update({"type": "file", "file_name": str(folder / "log2")})
    (folder / "c.json").write_text(json.dumps(settings))
    build = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([str(build), "-c", str(folder / "c.json"), source], check=True, stdout=subprocess.DEVNULL)
    actor = valhalla.Actor(str(folder / "c.json"))
    found: list[list[float | None]] = [[] for _ in starts]
    for end in ends:
        asked = {
            "sources": [{"lon": a, "lat": b} for a, b in starts],
            "targets": [{"lon": end[0], "lat": end[1]}],
            "costing": "auto",
            "verbose": False,
        }
        rows = actor.matrix(asked)["sources_to_targets"]
        times = rows["durations"] if isinstance(rows, dict) else [[c["time"] for c in row] for row in rows]
        for place, row in zip(found, times, strict=True):
            place.append(row[0])
    return found


if __name__ == "__main__":
    main()
