"""A room's own copy of the plan: every version that was proposed, and the files of the one that is in force.

It is made from the record alone. What arrives is believed only when its hash is the one that the record names; what is
not is set aside and named. Nobody works in this folder: it is written over.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.plan import PlanChangeProposed, PlanChangeReviewed
from meldkamer.steering.adoption import PREFIX, adoptions, check_adoptions
from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.proposing import Answered, Asked, Wanted
from meldkamer.steering.repository import git, git_bytes, is_repository
from meldkamer.steering.sharing.reader import AdoptedHere, Proposed, Told
from meldkamer.steering.sharing.working import SAFE, bring_up
from meldkamer.steering.versions import content_hash

log = logging.getLogger(__name__)


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


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change that was asked for. state: "waiting", "taken in" or "refused"; reviewed_by: who answered."""

    change: str
    of: str
    by: str
    date: str
    reason: str
    state: str
    reviewed_by: str = ""


class PlanCopy:
    """The copy in a folder. turn: how many times something was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._proposals: dict[str, ProposalRow] = {}
        self._adoptions: list[AdoptionRow] = []
        self._shown = ""
        self.turn = 0
        self._asked: tuple[Asked, ...] = ()
        self._answered: tuple[Answered, ...] = ()

    @property
    def changes(self) -> tuple[ChangeRow, ...]:
        """Every change that was asked for, newest first."""
        answers = {answer.id: answer for answer in self._answered}
        rows = []
        for one in reversed(self._asked):
            answer = answers.get(one.id)
            rows.append(
                ChangeRow(
                    change=one.id,
                    of=one.wanted.of,
                    by=one.by,
                    date=one.date.isoformat(),
                    reason=one.wanted.reason,
                    state="waiting" if answer is None else "taken in" if answer.accepted else "refused",
                    reviewed_by="" if answer is None else answer.by,
                )
            )
        return tuple(rows)

    def bring_up(self, folder: Path) -> list[str]:
        """Make a folder to work in what the record says (see `working`). Raises RepositoryError."""
        force = next((row.commit for row in self.adopted if row.state == "in force"), "")
        contents = {row.content for row in self.proposals} | {row.content for row in self.adopted}
        return bring_up(folder, self.folder, force, self._asked, self._answered, contents)

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
            match one:
                case Proposed():
                    self._propose(one)
                case AdoptedHere():
                    self._adopt(one)
                case PlanChangeProposed():
                    self._ask(one)
                case PlanChangeReviewed():
                    self._answer(one)
        # Only now, so that a room that starts does not go through every earlier version.
        force = next((row for row in self.adopted if row.state == "in force"), None)
        if force is not None and self._shown != force.commit:
            git(self.folder, *SAFE, "checkout", "--quiet", "--force", "--detach", force.commit)
            git(self.folder, "clean", "--quiet", "--force", "-d")
            self._shown = force.commit
        self.turn += bool(told)

    def _ask(self, event: PlanChangeProposed) -> None:
        try:
            wanted: Wanted = msgspec.json.decode(event.wanted, type=Wanted)
            asked = Asked(id=event.change, wanted=wanted, by=event.by, date=datetime.date.fromisoformat(event.date))
        except (msgspec.MsgspecError, ValueError) as error:
            log.warning("a change to the plan that this program does not understand, %s: %s", event.change, error)
            return
        self._asked = (*self._asked, asked)

    def _answer(self, event: PlanChangeReviewed) -> None:
        try:
            date = datetime.date.fromisoformat(event.date)
        except ValueError as error:
            log.warning("an answer that this program does not understand, %s: %s", event.change, error)
            return
        answer = Answered(
            id=event.change,
            accepted=event.accepted,
            role=event.role,
            by=event.by,
            date=date,
            reason=event.reason,
        )
        self._answered = (*self._answered, answer)

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
