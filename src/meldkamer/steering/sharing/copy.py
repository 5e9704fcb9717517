"""A room's own copy of the plan: every version that was proposed, and the files of the one that is in force.

It is made from the record alone. What arrives is believed only when its hash is the one that the record names; what is
not is set aside and named. Nobody works in this folder: it is written over.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.adoption import PREFIX, adoptions, check_adoptions
from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.repository import git, git_bytes, is_repository
from meldkamer.steering.sharing.reader import AdoptedHere, Proposed, Told
from meldkamer.steering.versions import content_hash

SAFE = ("-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null", "-c", "transfer.fsckObjects=true")
"""Files of others are files: no links out of the folder, no programs, no objects that are not whole."""


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed version as screens show it. state: adopted, proposed, or what is wrong with it."""

    proposal: str
    at: Millis
    room: str
    by: str
    reason: str
    commit: str
    content: str
    state: str


class AdoptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An adopted version. state: "in force", "followed", or what is wrong with it."""

    at: Millis
    room: str
    by: str
    body: str
    date: str
    reason: str
    commit: str
    content: str
    identity: str
    state: str


class PlanCopy:
    """The copy in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._proposals: dict[str, ProposalRow] = {}
        self._adoptions: list[AdoptionRow] = []
        self._shown = ""

    @property
    def proposals(self) -> tuple[ProposalRow, ...]:
        """Newest first."""
        return tuple(reversed(self._proposals.values()))

    @property
    def adopted(self) -> tuple[AdoptionRow, ...]:
        """Newest first."""
        return tuple(reversed(self._adoptions))

    @property
    def in_force(self) -> tuple[Path, str] | None:
        """The folder and the content of the version in force; None while there is none."""
        row = next((row for row in self.adopted if row.state == "in force"), None)
        return None if row is None else (self.folder, row.content)

    def take(self, told: Sequence[Told]) -> None:
        """Take in what the record tells, in order. Raises RepositoryError when git itself does not work here."""
        for one in told:
            if isinstance(one, Proposed):
                self._propose(one)
            else:
                self._adopt(one)
        # Only now, so that a room that starts does not go through every earlier version.
        force = next((row for row in self.adopted if row.state == "in force"), None)
        if force is not None and self._shown != force.commit:
            git(self.folder, *SAFE, "checkout", "--quiet", "--force", "--detach", force.commit)
            git(self.folder, "clean", "--quiet", "--force", "-d")
            self._shown = force.commit

    def _propose(self, proposed: Proposed) -> None:
        event = proposed.event
        state = "proposed"
        if proposed.bundle is None:
            state = "a part is missing or was changed"
        else:
            try:
                self._fetch(event.proposal, event.commit, event.content, proposed.bundle)
            except RepositoryError as error:
                if not is_repository(self.folder):
                    raise
                state = f"set aside: {error}"
        self._proposals[event.proposal] = ProposalRow(
            proposal=event.proposal,
            at=proposed.at,
            room=proposed.room,
            by=event.by,
            reason=event.reason,
            commit=event.commit,
            content=event.content,
            state=state,
        )

    def _fetch(self, proposal: str, commit: str, content: str, bundle: bytes) -> None:
        self._begin()
        ref = f"refs/proposals/{proposal}"
        with tempfile.NamedTemporaryFile(suffix=".bundle") as file:
            file.write(bundle)
            file.flush()
            git(self.folder, *SAFE, "fetch", "--quiet", "--no-tags", "--force", file.name, f"HEAD:{ref}")
        try:
            if (found := git(self.folder, "rev-parse", f"{ref}^{{commit}}")) != commit:
                raise RepositoryError(f"the bundle holds {found[:12]}, the record names {commit[:12]}")
            if content_hash(self.folder, ref) != content:
                raise RepositoryError("the contents are not those that the record names")
        except RepositoryError:
            git(self.folder, "update-ref", "-d", ref)
            raise

    def _adopt(self, adopted: AdoptedHere) -> None:
        event = adopted.event
        try:
            self._force(adopted)
            state = "in force"
        except RepositoryError as error:
            if not is_repository(self.folder):
                raise
            state = f"set aside: {error}"
        if state == "in force":
            self._adoptions = [
                msgspec.structs.replace(row, state="followed") if row.state == "in force" else row
                for row in self._adoptions
            ]
            if (row := self._proposals.get(event.proposal)) is not None:
                self._proposals[event.proposal] = msgspec.structs.replace(row, state="adopted")
        self._adoptions.append(
            AdoptionRow(
                at=adopted.at,
                room=adopted.room,
                by=event.by,
                body=event.body,
                date=event.date,
                reason=event.reason,
                commit=event.commit,
                content=event.content,
                identity=event.identity,
                state=state,
            )
        )

    def _force(self, adopted: AdoptedHere) -> None:
        event = adopted.event
        self._begin()
        if content_hash(self.folder, event.commit) != event.content:
            raise RepositoryError("the contents are not those that were adopted")
        if (found := _object_id(event.tag, len(event.identity))) != event.identity:
            raise RepositoryError(f"the tag is {found[:12]}, the record names {event.identity[:12]}")
        stored = git_bytes(self.folder, *SAFE, "hash-object", "-t", "tag", "-w", "--stdin", given=event.tag)
        name = f"{PREFIX}{len(adoptions(self.folder)) + 1:04d}-{event.date}-{event.body}"
        if not any(one.identity == event.identity for one in adoptions(self.folder)):
            git(self.folder, "update-ref", f"refs/tags/{name}", stored.decode().strip())
            if broken := list(check_adoptions(self.folder, event.identity)):
                git(self.folder, "update-ref", "-d", f"refs/tags/{name}")
                raise RepositoryError(str(broken[0]))

    def _begin(self) -> None:
        if not is_repository(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            git(self.folder, "init", "--quiet", "--template=", "--initial-branch=main")


def _object_id(content: bytes, length: int) -> str:
    """The name that git gives a tag; sha1 or sha256 by the length of the name."""
    text = b"tag %d\0" % len(content) + content
    # The name of an object in git, no protection: `content_hash` is what a version is believed by.
    return hashlib.sha256(text).hexdigest() if length == 64 else hashlib.sha1(text, usedforsecurity=False).hexdigest()
