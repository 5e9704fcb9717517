"""The plan as it was at a commit or tag."""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path

from meldkamer.steering.faults import Fault, PlanError, RepositoryError
from meldkamer.steering.load import read_plan
from meldkamer.steering.plan import Plan
from meldkamer.steering.repository import git, git_bytes, own_repository


def commit_of(folder: Path, revision: str) -> str:
    """The commit (hex) that a tag, branch or hash stands for. Raises RepositoryError when there is none."""
    own_repository(folder)
    return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def plan_at(folder: Path, revision: str) -> Plan:
    """The plan at a revision. Raises RepositoryError when there is none, PlanError when it cannot be read."""
    faults: list[Fault] = []
    with tempfile.TemporaryDirectory() as name:
        for file, content in files_at(folder, revision).items():
            if file.startswith("/") or ".." in file.split("/"):
                raise RepositoryError(f"{revision} holds a file outside the plan: {file}")
            path = Path(name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        plan = read_plan(Path(name), faults)
    if plan is None:
        raise PlanError(f"the plan at {revision}", faults)
    return plan


def content_hash(folder: Path, revision: str) -> str:
    """Sha256 over the names and bytes of all files at a revision (hex), whatever git's own hashes say."""
    digest = hashlib.sha256()
    for name, content in sorted(files_at(folder, revision).items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def files_at(folder: Path, revision: str) -> dict[str, bytes]:
    """Name -> contents of all files at a revision, untouched by attributes that `git archive` would obey."""
    listed = git_bytes(folder, "ls-tree", "-r", "-z", "--full-tree", commit_of(folder, revision)).split(b"\0")
    entries = [line.split(b"\t", 1) for line in listed if line]
    blobs = [(about.split()[2], name.decode()) for about, name in entries if about.split()[1] == b"blob"]
    asked = b"".join(blob + b"\n" for blob, _ in blobs)
    stream = io.BytesIO(git_bytes(folder, "cat-file", "--batch", given=asked))
    found = {}
    for _, name in blobs:
        size = int(stream.readline().split()[2])
        found[name] = stream.read(size)
        stream.read(1)
    return found
