"""Changes of the country's data (inrichting): question sets, code lists, norms and run cards, file by file.

One person proposes a file's new text, another approves it with the moment from which it counts, in every room. Before
that moment it can be withdrawn; afterwards only another change, which waits for four eyes as well, takes it back.

All changes stand on one subject, so that two people who decide at once meet: whether files fit each other was judged
for what had been decided until then (`decided`), and a decision that was overtaken is refused.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Id, Refused, Short
from meldkamer.domain.clock import Millis

FILES = "NL/files"
"""The one aggregate, in the national stream."""
MAX_TEXT = 128 * 1024
"""Bytes of a file; stored compressed."""
MAX_STORED = 96 * 1024
"""Bytes of what is stored of it."""
MAX_WAITING = 100
FAR: Millis = 2 * 366 * 24 * 3_600_000
"""How far ahead a moment may lie."""

Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
"""Sha256 of a text, in hexadecimal; of nothing for a file that is not there yet."""
FileName = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^([a-z]+/)?[a-z0-9][a-z0-9_-]*\.(csv|toml)$(?!\n)")]
Stored = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_STORED)]
Why = Annotated[str, msgspec.Meta(min_length=3, max_length=1_000)]
Moment = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class PackFileProposed(Event, frozen=True, kw_only=True, tag="pack.proposed"):
    """A new text of a file waits for a second person. before: what it was made on; text: compressed (zlib)."""

    change: Id
    file: Short
    before: Short
    after: Short
    text: bytes
    by: Short
    room: Short
    reason: str


class PackFileApproved(Event, frozen=True, kw_only=True, tag="pack.approved"):
    """A second person approved it. effective: from when it counts."""

    change: Id
    effective: Millis
    by: Short
    room: Short


class PackFileWithdrawn(Event, frozen=True, kw_only=True, tag="pack.withdrawn"):
    """It is off, before it counted."""

    change: Id
    by: Short
    room: Short
    reason: str


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change and what became of it. approved_by, withdrawn_by: empty as long as nobody did."""

    change: str
    file: str
    before: str
    after: str
    by: str
    room: str
    at: Millis
    reason: str
    approved: Millis = 0
    approved_by: str = ""
    effective: Millis = 0
    withdrawn: Millis = 0
    withdrawn_by: str = ""
    why: str = ""

    @property
    def waits(self) -> bool:
        """Whether nobody decided yet."""
        return not self.approved_by and not self.withdrawn_by

    @property
    def stands(self) -> bool:
        """Whether it counts, or will."""
        return bool(self.approved_by) and not self.withdrawn_by


class PackFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Every change, in the order in which they were proposed. decided: how many decisions were taken."""

    changes: tuple[FileChange, ...] = ()
    decided: int = 0

    def find(self, change: str) -> FileChange | None:
        """A change by its id."""
        return next((one for one in self.changes if one.change == change), None)

    def standing(self) -> tuple[FileChange, ...]:
        """What was approved and not withdrawn, in the order in which it begins to count."""
        return tuple(sorted((c for c in self.changes if c.stands), key=lambda c: (c.effective, c.approved)))

    def newest(self, file: str) -> FileChange | None:
        """The last change of a file that stands, also when it does not count yet."""
        return next((c for c in reversed(self.standing()) if c.file == file), None)


class ProposePackFile(Command, frozen=True, kw_only=True, tag="propose_pack_file"):
    """Propose a new text of a file. Whoever gives this has looked whether the pack is good with it."""

    change: Id
    file: FileName
    before: Hash
    after: Hash
    text: Stored
    reason: Why


class ApprovePackFile(Command, frozen=True, kw_only=True, tag="approve_pack_file"):
    """Approve it from a moment on; one that is past counts as now. decided: after so many decisions it was judged.

    Whoever gives this has looked whether the pack is good at that moment and at each change after it.
    """

    change: Id
    effective: Moment
    decided: Count


class WithdrawPackFile(Command, frozen=True, kw_only=True, tag="withdraw_pack_file"):
    """Take it back before it counts."""

    change: Id
    reason: Why
    decided: Count


PackCommand = ProposePackFile | ApprovePackFile | WithdrawPackFile


def decide(files: PackFiles, command: PackCommand, context: Context) -> list[Event]:
    """What follows, or Refused. Nobody approves what he proposed himself, whatever room he sits in."""
    known = files.find(command.change)
    if isinstance(command, ProposePackFile):
        return _propose(files, known, command, context)
    if known is None:
        raise Refused("pack.unknown")
    if known.withdrawn_by:
        raise Refused("pack.withdrawn")
    if isinstance(command, ApprovePackFile):
        if known.by.strip().casefold() == context.actor.strip().casefold():
            raise Refused("pack.own")
        if known.approved_by:
            raise Refused("pack.decided")
        _check_turn(files, command.decided)
        newest = files.newest(known.file)
        if newest is not None and newest.after != known.before:
            raise Refused("pack.moved_on", file=known.file)
        effective = max(command.effective, context.now)
        if effective > context.now + FAR:
            raise Refused("pack.too_far")
        if newest is not None and effective <= newest.effective:
            raise Refused("pack.before_other", file=known.file)
        return [PackFileApproved(change=known.change, effective=effective, by=context.actor, room=context.room)]
    if known.approved_by:
        if known.effective <= context.now:
            raise Refused("pack.in_force")
        if files.newest(known.file) != known:
            raise Refused("pack.followed", file=known.file)
        _check_turn(files, command.decided)
    return [PackFileWithdrawn(change=known.change, by=context.actor, room=context.room, reason=command.reason)]


def _propose(files: PackFiles, known: FileChange | None, command: ProposePackFile, context: Context) -> list[Event]:
    if known is not None:
        if (known.file, known.after) == (command.file, command.after):
            return []
        raise Refused("pack.id_taken")
    if command.after == command.before:
        raise Refused("pack.same")
    newest = files.newest(command.file)
    if newest is not None and newest.after != command.before:
        raise Refused("pack.moved_on", file=command.file)
    if sum(one.waits for one in files.changes) >= MAX_WAITING:
        raise Refused("pack.too_many", count=MAX_WAITING)
    return [
        PackFileProposed(
            change=command.change,
            file=command.file,
            before=command.before,
            after=command.after,
            text=command.text,
            by=context.actor,
            room=context.room,
            reason=command.reason,
        )
    ]


def _check_turn(files: PackFiles, decided: int) -> None:
    if files.decided != decided:
        raise Refused("pack.overtaken")


def evolve(files: PackFiles, event: Event, occurred: Millis) -> PackFiles:
    """The changes after the event; one about a change that is not known changes nothing."""
    replace = msgspec.structs.replace
    match event:
        case PackFileProposed():
            made = FileChange(
                change=event.change,
                file=event.file,
                before=event.before,
                after=event.after,
                by=event.by,
                room=event.room,
                at=occurred,
                reason=event.reason,
            )
            return replace(files, changes=(*files.changes, made))
        case PackFileApproved():
            done = {"approved": occurred, "approved_by": event.by, "effective": event.effective}
        case PackFileWithdrawn():
            done = {"withdrawn": occurred, "withdrawn_by": event.by, "why": event.reason}
        case _:
            return files
    changes = tuple(replace(c, **done) if c.change == event.change else c for c in files.changes)
    return replace(files, changes=changes, decided=files.decided + 1)


def sha_of(text: str) -> str:
    """Sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def unpacked(data: bytes) -> str:
    """A text as it was proposed. Raises zlib.error, UnicodeDecodeError, ValueError for one that is longer than any may
    be."""
    reader = zlib.decompressobj()
    text = reader.decompress(data, MAX_TEXT + 1)
    if len(text) > MAX_TEXT or reader.unconsumed_tail:
        raise ValueError("too long")
    return text.decode()
