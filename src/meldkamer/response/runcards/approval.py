"""Four eyes: a change of the cards counts only when a second person approved exactly this text.

`approved.toml` names for each file its hash, who wrote it and who approved it. Cards decide who goes to a fire.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from meldkamer.pack import Fault

APPROVED = "approved.toml"


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote a file and who, another person, approved exactly this text."""

    sha256: str
    author: str
    approver: str


def check_approvals(folder: Path, files: list[Path], faults: list[Fault]) -> None:
    """Every file is approved, as it is now, by somebody else than who wrote it."""
    try:
        approved = msgspec.toml.decode((folder / APPROVED).read_bytes(), type=dict[str, Approval])
    except FileNotFoundError:
        faults.append(Fault(APPROVED, 0, "", "is missing: no file here is approved"))
        return
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        faults.append(Fault(APPROVED, 0, "", str(error)))
        return
    for path in files:
        there = approved.get(path.name)
        if there is None:
            faults.append(Fault(APPROVED, 0, path.name, "is not approved"))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != there.sha256:
            faults.append(Fault(APPROVED, 0, path.name, "was changed after it was approved"))
        elif not there.author.strip() or there.author.strip().casefold() == there.approver.strip().casefold():
            faults.append(Fault(APPROVED, 0, path.name, "author and approver must be two people"))


def approve(path: Path, author: str, approver: str) -> None:
    """Note in `approved.toml` beside the file that this text is approved. Raises ValueError for one person alone."""
    if not author.strip() or not approver.strip() or author.strip().casefold() == approver.strip().casefold():
        raise ValueError("author and approver must be two people")
    book = path.parent / APPROVED
    known = msgspec.toml.decode(book.read_bytes(), type=dict[str, Approval]) if book.exists() else {}
    known[path.name] = Approval(hashlib.sha256(path.read_bytes()).hexdigest(), author.strip(), approver.strip())
    lines = ["# Who approved which text; written by `meldkamer runcards approve`."]
    for name in sorted(known):
        a = known[name]
        lines += ["", f"[{_quoted(name)}]", f"sha256 = {_quoted(a.sha256)}", f"author = {_quoted(a.author)}"]
        lines.append(f"approver = {_quoted(a.approver)}")
    book.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
