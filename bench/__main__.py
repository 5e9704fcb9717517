"""`python -m bench [NAME …] [--quick] [--json]`: run measurements; exit code 1 when a promise does not hold."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import msgspec

import bench
from bench import Ratio


def main() -> int:
    known = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if not m.name.startswith("_"))
    parser = argparse.ArgumentParser(prog="python -m bench", description="Ratios to named baselines, in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(known)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, not what it is worth")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - set(known)):
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(known)}")
    found: list[Ratio] = []
    for name in args.names or known:
        ratios: list[Ratio] = importlib.import_module(f"bench.{name}").run(args.quick)
        found += ratios
        if not args.json:
            for ratio in ratios:
                print(_line(name, ratio), flush=True)
    if args.json:
        lines = [msgspec.structs.asdict(r) | {"ratio": round(r.ratio, 3), "holds": r.holds} for r in found]
        print(msgspec.json.format(msgspec.json.encode(lines)).decode())
    return 0 if all(ratio.holds for ratio in found) else 1


def _line(module: str, ratio: Ratio) -> str:
    sign = "≥" if ratio.more_is_better else "≤"
    verdict = "holds" if ratio.holds else "DOES NOT HOLD"
    return (
        f"{module:<10} {ratio.name:<44} {ratio.ratio:6.2f} ({sign} {ratio.bound:g} {verdict})  "
        f"{ratio.ours:,.4g} : {ratio.baseline:,.4g} {ratio.unit}, against {ratio.against}"
    )


if __name__ == "__main__":
    sys.exit(main())
