"""Bundle other people's browser modules and fonts once, into a folder that version control ignores.

Our own pages are plain ES modules without a build: edit and reload. What they use of others is installed by npm from
`package-lock.json` (versions and hashes, no addresses) and becomes a handful of files under
`src/meldkamer/desk/static/vendor/`, with a manifest. A wheel carries that folder; see `build_hook`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools import manifest
from tools.environment import alone
from tools.node import npm
from tools.shell import ROOT, Failed, say

TARGET = ROOT / "src" / "meldkamer" / "desk" / "static" / "vendor"
MODULES = ROOT / "node_modules"
ENTRIES = ROOT / "tools" / "vendor_entries"
INSTALLED = MODULES / ".installed"

FONTS = (("next", "Atkinson Hyperlegible Next"), ("mono", "Atkinson Hyperlegible Mono"))
WEIGHTS = (400, 700)
SUBSETS = ("latin-ext", "latin")


def ready() -> None:
    """Bundle where there is no whole and current bundle. Costs milliseconds, and no network, when there is."""
    with alone():
        install_modules()
        if not current():
            bundle()


def current() -> bool:
    """Whether the bundle is whole and made from today's lock file, entries and bundler."""
    return not manifest.problems(TARGET) and manifest.read(TARGET).get("inputs") == fingerprint()


def fingerprint() -> str:
    """A hash over all that decides what the bundle holds."""
    total = hashlib.sha256()
    for path in [ROOT / "package-lock.json", Path(__file__), *sorted(ENTRIES.iterdir())]:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def install_modules() -> None:
    """Install what the lock file pins into `node_modules`. No script of a package is run (see `.npmrc`)."""
    want = manifest.sha256(ROOT / "package-lock.json")
    if INSTALLED.exists() and INSTALLED.read_text(encoding="utf-8") == want:
        return
    say("installing browser modules with npm")
    done = subprocess.run([*npm(), "ci", "--no-progress"], cwd=ROOT, check=False, stdout=sys.stderr)
    if done.returncode:
        raise Failed("npm could not install the browser modules", done.returncode)
    INSTALLED.write_text(want, encoding="utf-8")


def update() -> None:
    """Resolve `package.json` anew and write the lock file again, without any address in it."""
    with alone():
        lock = ROOT / "package-lock.json"
        done = subprocess.run(
            [*npm(), "install", "--package-lock-only", "--no-progress"], cwd=ROOT, check=False, stdout=sys.stderr
        )
        if done.returncode:
            raise Failed("npm could not resolve package.json", done.returncode)
        content = json.loads(lock.read_text(encoding="utf-8"))
        for package in content["packages"].values():
            package.pop("funding", None)  # web addresses, of no use to an install
            package.pop("resolved", None)
        lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def bundle() -> None:
    """Make the folder anew beside the old one and put it in its place at the end: it is never half there."""
    say("bundling browser modules")
    work = TARGET.with_name("vendor.new")
    shutil.rmtree(work, ignore_errors=True)
    (work / "fonts").mkdir(parents=True)
    outputs = _modules(sorted(ENTRIES.glob("*.ts")), work)
    outputs.append(_copy(MODULES / "ol" / "ol.css", work / "ol.css", "ol"))
    outputs.extend(_fonts(work))
    names = sorted({name for output in outputs for name in output["packages"]})
    outputs.append(_licences(names, work))
    for output in outputs:
        path = work / output["file"]
        output["bytes"], output["sha256"] = path.stat().st_size, manifest.sha256(path)
    content = {"inputs": fingerprint(), "packages": [_package(name) for name in names], "outputs": outputs}
    (work / manifest.NAME).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(TARGET, ignore_errors=True)
    work.rename(TARGET)
    say(f"bundled {len(names)} packages into {TARGET.relative_to(ROOT)}")


def _modules(entries: list[Path], work: Path) -> list[dict[str, Any]]:
    """One ES module from each entry, and one more of what several of them need: two copies of a library would not know
    each other's classes. An entry, all re-exports, is its own type declaration."""
    meta = work / "meta.json"
    options = [
        "--bundle",
        "--splitting",
        "--chunk-names=shared-[hash]",
        "--format=esm",
        "--minify",
        "--target=es2022",
        "--legal-comments=none",
        "--log-level=warning",
    ]
    done = subprocess.run(
        [_esbuild(), *entries, *options, f"--outdir={work}", f"--metafile={meta}"], cwd=ROOT, check=False
    )
    if done.returncode:
        raise Failed(f"esbuild could not bundle {', '.join(entry.name for entry in entries)}", done.returncode)
    used = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
    meta.unlink()
    for entry in entries:
        shutil.copyfile(entry, work / f"{entry.stem}.d.ts")
    return [
        {
            "file": Path(name).name,
            "packages": sorted(
                {
                    found[1]
                    for source, share in made["inputs"].items()
                    if share["bytesInOutput"] and (found := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)/", source))
                }
            ),
        }
        for name, made in sorted(used.items())
    ]


def _esbuild() -> Path:
    """esbuild's own program: npm installs just the one for this machine, and calling it needs no Node.js."""
    found = sorted(MODULES.glob("@esbuild/*/bin/esbuild"))
    if not found:
        raise Failed("esbuild is not installed; remove node_modules and try again")
    return found[0]


def _copy(source: Path, target: Path, package: str) -> dict[str, Any]:
    shutil.copyfile(source, target)
    return {"file": str(target.relative_to(_work_of(target))), "packages": [package]}


def _work_of(target: Path) -> Path:
    return target.parent.parent if target.parent.name == "fonts" else target.parent


def _fonts(work: Path) -> list[dict[str, Any]]:
    """The font files, and a style sheet that names them; a browser fetches a subset only when a character needs it."""
    outputs, rules = [], ["/* Atkinson Hyperlegible, OFL-1.1 (see LICENCES.txt) */"]
    for short, family in FONTS:
        package = f"@fontsource/atkinson-hyperlegible-{short}"
        ranges = json.loads((MODULES / package / "unicode.json").read_text(encoding="utf-8"))
        for weight in WEIGHTS:
            for subset in SUBSETS:
                source = MODULES / package / "files" / f"{package.partition('/')[2]}-{subset}-{weight}-normal.woff2"
                name = f"fonts/{short}-{weight}-{subset}.woff2"
                outputs.append(_copy(source, work / name, package))
                rules.append(
                    f'@font-face{{font-family:"{family}";font-style:normal;font-weight:{weight};font-display:block;'
                    f'src:url("{name}") format("woff2");unicode-range:{ranges[subset]}}}'
                )
    (work / "fonts.css").write_text("\n".join(rules) + "\n", encoding="utf-8")
    outputs.append({"file": "fonts.css", "packages": []})
    return outputs


def _package(name: str) -> dict[str, str]:
    """Name, version and licence of an installed package, as it states them."""
    stated = json.loads((MODULES / name / "package.json").read_text(encoding="utf-8"))
    return {"name": name, "version": stated["version"], "licence": stated.get("license") or "unknown"}


def _licences(names: list[str], work: Path) -> dict[str, Any]:
    """The licence texts of all that is bundled: each asks that its text goes along."""
    parts = []
    for name in names:
        package = _package(name)
        texts = sorted(path for path in (MODULES / name).iterdir() if re.match(r"(?i)(licen[cs]e|notice)", path.name))
        if not texts:
            raise Failed(f"{name} carries no licence text; look before bundling it")
        body = "\n\n".join(path.read_text(encoding="utf-8").strip() for path in texts)
        parts.append(f"{name} {package['version']} ({package['licence']})\n\n{body}\n")
    (work / "LICENCES.txt").write_text(f"\n{'-' * 72}\n\n".join(parts), encoding="utf-8")
    return {"file": "LICENCES.txt", "packages": []}
