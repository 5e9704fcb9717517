"""Check the documents: every relative link and anchor leads somewhere, every `./dev` command they name exists.

`python -m tools.doclinks [FOLDER]` prints what is wrong. Links to other sites are not followed: a check must give the
same answer without a network.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import unquote

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
CODE = re.compile(r"(`+)(.+?)\1")
INLINE = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()\s>]*(?:\([^()\s]*\)[^()\s>]*)*)>?(?:\s+[\"'][^)]*)?\s*\)"
)
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)")
ATTRIBUTE = re.compile(r"""<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
ANCHOR = re.compile(r"""<[a-z][^>]*?\b(?:id|name)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
COMMAND = re.compile(r"\./dev[ \t]+([a-z][a-z-]*)")


def documents(root: Path) -> list[Path]:
    """The Markdown files that version control knows or would take up; all of them where there is no repository."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=root,
        check=False,
        capture_output=True,
    )
    if done.returncode == 0:
        names = done.stdout.decode().split("\0")
        return sorted({root / name for name in names if name and (root / name).is_file()})
    return sorted(root.rglob("*.md"))


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines outside fenced code, with code spans blanked."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, CODE.sub(lambda span: " " * len(span[0]), line)


def code(text: str) -> Iterator[tuple[int, str]]:
    """The numbered pieces of code: fenced lines and code spans."""
    outside = {number for number, _ in prose(text)}
    for number, line in enumerate(text.splitlines(), 1):
        if number not in outside:
            yield number, line
        else:
            yield from ((number, span[2]) for span in CODE.finditer(line))


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"<[^>]+>", "", text).replace("`", "").strip().lower()
    text = re.sub(r"(?<!\w)[*_]+|[*_]+(?!\w)", "", text)
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """All anchors of a document; a heading that comes again gets -1, -2, ..."""
    seen: dict[str, int] = {}
    found: set[str] = set()
    blanked = dict(prose(text))
    for number, line in enumerate(text.splitlines(), 1):
        if number not in blanked:
            continue
        found.update(ANCHOR.findall(blanked[number]))
        heading = HEADING.match(line)  # with its code spans, which are part of the anchor
        if heading:
            name = slug(heading[1])
            times = seen.get(name, 0)
            seen[name] = times + 1
            found.add(f"{name}-{times}" if times else name)
    return found


def targets(text: str) -> Iterator[tuple[int, str]]:
    """Every link target with its line."""
    for number, line in prose(text):
        for pattern in (INLINE, REFERENCE, ATTRIBUTE):
            yield from ((number, target) for target in pattern.findall(line))


def broken(root: Path, document: Path, target: str) -> str | None:
    """What is wrong with one link, or nothing."""
    if not target:
        return "empty link"
    if ELSEWHERE.match(target):
        return None
    name, _, anchor = unquote(target).partition("#")
    path = document
    if name:
        path = (root / name.lstrip("/") if name.startswith("/") else document.parent / name).resolve()
        if not path.is_relative_to(root.resolve()):
            return f"{target} leads out of the project"
        if not path.exists():
            return f"{target} does not exist"
    if anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
        return f"{target}: no heading gives #{anchor}"
    return None


def problems(root: Path, commands: Collection[str] | None = None) -> list[str]:
    """All that is wrong in the documents below a folder, as `file:line: what`."""
    if commands is None:
        from tools.commands import COMMANDS  # here, because the commands use this module

        commands = COMMANDS
    found = []
    for document in documents(root):
        text, name = document.read_text(encoding="utf-8"), document.relative_to(root)
        for number, target in targets(text):
            wrong = broken(root, document, target)
            if wrong:
                found.append(f"{name}:{number}: {wrong}")
        for number, piece in code(text):
            found.extend(
                f"{name}:{number}: there is no command ./dev {word}"
                for word in COMMAND.findall(piece)
                if word not in commands
            )
    return found


if __name__ == "__main__":
    wrong_lines = problems(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(wrong_lines) or "links are in order")
    sys.exit(1 if wrong_lines else 0)
