"""Write the bill of materials (CycloneDX 1.6, JSON): what runs in a control room, from whom, under which licence.

Read from what is installed, not from what was asked for: the run-time distributions that this project pulls in, and
the browser modules in the bundle. Tools for development are left out, since they are not shipped.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import manifest
from tools.vendor import TARGET

Component = dict[str, Any]


def needs(found: Distribution, extras: frozenset[str] = frozenset()) -> list[tuple[str, frozenset[str]]]:
    """The distributions that this one needs here and now, with the extras it asks of each."""
    result: list[tuple[str, frozenset[str]]] = []
    for line in found.requires or []:
        wish = Requirement(line)
        if wish.marker is None or any(wish.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            result.append((canonicalize_name(wish.name), frozenset(wish.extras)))
    return result


def closure(root: str) -> dict[str, tuple[Distribution, list[str]]]:
    """All run-time distributions below one, itself included, each with what it needs."""
    found: dict[str, tuple[Distribution, list[str]]] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(root, frozenset())]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            dist = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{name} is needed but not installed; run ./dev check once") from None
        wishes = needs(dist, extras)
        known = found.get(name, (dist, []))[1]
        found[name] = (dist, sorted({*known, *(wish for wish, _ in wishes)}))
        waiting.extend(wishes)
    return found


def stated(dist: Distribution, field: str) -> list[str]:
    """What a distribution says of itself under one heading; empty when it says nothing."""
    found = dist.metadata.json.get(field, [])
    return [line for line in ([found] if isinstance(found, str) else found) if line.strip()]


def licences(dist: Distribution) -> list[dict[str, Any]]:
    """The licence as the package states it: an SPDX expression where it has one, else its own words."""
    for expression in stated(dist, "license_expression"):
        return [{"expression": expression}]
    classified = [line.rpartition(" :: ")[2] for line in stated(dist, "classifier") if line.startswith("License ::")]
    named = classified or [line.strip().partition("\n")[0] for line in stated(dist, "license")]
    return [{"license": {"name": name}} for name in named]


def of_python(name: str, dist: Distribution, kind: str = "library") -> Component:
    """One installed distribution."""
    component: Component = {
        "type": kind,
        "bom-ref": f"pkg:pypi/{name}@{dist.version}",
        "name": name,
        "version": dist.version,
        "purl": f"pkg:pypi/{name}@{dist.version}",
    }
    for summary in stated(dist, "summary"):
        component["description"] = summary
    if found := licences(dist):
        component["licenses"] = found
    return component


def of_browser(folder: Path) -> list[Component]:
    """The packages in the bundle and, with their hashes, the files it consists of."""
    content = manifest.read(folder)
    components: list[Component] = []
    for package in content["packages"]:
        purl = f"pkg:npm/{quote(package['name'], safe='/')}@{package['version']}"
        components.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": package["name"],
                "version": package["version"],
                "purl": purl,
                "licenses": [{"expression": package["licence"]}],
            }
        )
    for output in content["outputs"]:
        components.append(
            {
                "type": "file",
                "bom-ref": f"file:{output['file']}",
                "name": f"meldkamer/desk/static/vendor/{output['file']}",
                "hashes": [{"alg": "SHA-256", "content": output["sha256"]}],
            }
        )
    return components


def bill(root: str = "meldkamer", folder: Path = TARGET) -> dict[str, Any]:
    """The whole bill; the same installation gives the same serial number."""
    dists = closure(root)
    refs = {name: f"pkg:pypi/{name}@{dist.version}" for name, (dist, _) in dists.items()}
    python = [of_python(name, dist) for name, (dist, _) in sorted(dists.items()) if name != root]
    browser = of_browser(folder)
    own = [component["bom-ref"] for component in browser]
    dependencies = [
        {"ref": refs[name], "dependsOn": [refs[wish] for wish in wishes] + (own if name == root else [])}
        for name, (_, wishes) in sorted(dists.items())
    ]
    components = python + browser
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([refs[root], components], sort_keys=True))
    now = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
            "lifecycles": [{"phase": "build"}],
            "component": of_python(root, dists[root][0], "application"),
        },
        "components": components,
        "dependencies": dependencies,
    }


def main(target: Path) -> None:
    """Write the bill to a file."""
    content = bill()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target}: {len(content['components'])} components")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
