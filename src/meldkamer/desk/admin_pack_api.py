"""The country's data on the screens of access: what is in force, coming and past; propose, approve, withdraw.

Whoever may administer proposes a file's new text; somebody else who may do so approves it with the moment from which it
counts in every room. Going back is a change like any other.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec

from meldkamer.access import Session, need
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.pack_difference import Line, difference
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Command, Refused
from meldkamer.domain.clock import Millis
from meldkamer.domain.pack_change import (
    ApprovePackFile,
    FileChange,
    FileName,
    Hash,
    Moment,
    PackFiles,
    ProposePackFile,
    Why,
    WithdrawPackFile,
    sha_of,
)
from meldkamer.network import NotOwner
from meldkamer.pack import Fault
from meldkamer.record import RecordError
from meldkamer.response import PackFaults, packed, plain

Id32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
FileText = Annotated[str, msgspec.Meta(max_length=256 * 1024)]
State = Literal["waiting", "outdated", "coming", "in_force", "past", "withdrawn"]
"""outdated: it waits, but was made on a text that is not the newest any more: propose it anew."""
Sort = Literal["codes", "norms", "questions", "runcards"]
MOST_SHOWN = 200


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that can change. newest: hash of its last approved text, also of one that does not count yet; in_force: of
    the one that counts. since: 0 for a text of the folder, which nobody changed here; by, approved_by: who did."""

    file: str
    sort: Sort
    newest: str
    in_force: str
    since: Millis
    by: str
    approved_by: str


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """A change and what became of it. own: who asks proposed it, so that somebody else approves it."""

    change: str
    file: str
    state: State
    before: str
    after: str
    by: str
    room: str
    at: Millis
    reason: str
    approved: Millis
    approved_by: str
    effective: Millis
    withdrawn: Millis
    withdrawn_by: str
    why: str
    own: bool


class PackAdmin(msgspec.Struct, frozen=True, kw_only=True):
    """The pack as it counts here. hash: of all of it; problem: why something that was approved is not in force here.

    changes: newest first; of those that are long past not all.
    """

    hash: str
    problem: str
    files: list[FileView]
    changes: list[ChangeView]


class ChangeDossier(msgspec.Struct, frozen=True, kw_only=True):
    """A change with what it changes."""

    change: ChangeView
    lines: list[Line]


class PackText(msgspec.Struct, frozen=True, kw_only=True):
    """A text of a file. sha: its hash."""

    file: str
    text: str
    sha: str


class Try(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text to try."""

    file: FileName
    text: FileText


class NewChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text to propose, under an id of the client's choosing. before: hash of the text it was made on."""

    id: Id32
    file: FileName
    text: FileText
    before: Hash
    reason: Why


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """Every mistake, and without one what the text changes. kept: whether it was proposed."""

    faults: list[Fault]
    lines: list[Line]
    kept: bool


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when it counts; a moment that is past means now."""

    effective: Moment


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is off."""

    reason: Why


def add_pack_admin(api: Api, services: Services) -> None:
    """Register the operations."""
    keeper, picture = services.packs, services.picture

    def may(request: Request) -> Session:
        services.authority.may_see(request.session, services.pack.manifest.national_region)
        return request.session

    async def say(session: Session, command: Command, command_id: str) -> None:
        context = services.context(session)
        try:
            await services.handler(session).do(command, command_id=command_id, context=context)
        except (NotOwner, RecordError) as error:
            known = in_words(error, services.words, session)
            if known is None:
                raise
            raise known from error

    def known_change(change: str) -> FileChange:
        found = picture.pack_files().find(change)
        if found is None:
            raise ProblemError("not_found", "pack.unknown")
        return found

    async def lines_of(before: str, after: str) -> list[Line]:
        return await asyncio.to_thread(difference, before, after)

    async def stored(sha: str) -> str:
        text = await keeper.text(sha)
        if text is None:
            raise ProblemError("not_found", "pack.no_text")
        return text

    @api.op("GET", "/api/admin/pack", needs=need("administer"))
    async def admin_pack(request: Request) -> PackAdmin:
        """Every file that can change while rooms work, and every change: in force, coming, waiting and past."""
        session, files = may(request), picture.pack_files()
        views = [view_of(files, change, session, request.now) for change in files.changes]
        counts = {view.file: view for view in sorted(views, key=lambda v: v.effective) if view.state == "in_force"}
        return PackAdmin(
            hash=keeper.pack.hash,
            problem=keeper.problem,
            files=[
                file_view(file, newest, in_force, counts.get(file))
                for file, (newest, in_force) in sorted(keeper.files().items(), key=lambda f: ("/" in f[0], f[0]))
            ],
            changes=views[::-1][:MOST_SHOWN],
        )

    @api.op("GET", "/api/admin/pack/text", needs=need("administer"), problems=("not_found",))
    async def admin_pack_text(request: Request, file: FileName, sha: Hash) -> PackText:
        """A text of a file as it was approved or proposed, by its hash."""
        may(request)
        of_file = {one for c in picture.pack_files().changes if c.file == file for one in (c.before, c.after)}
        if sha not in of_file | set(keeper.files().get(file, ())):
            raise ProblemError("not_found", "pack.no_text")
        return PackText(file=file, text=await stored(sha), sha=sha)

    @api.op("GET", "/api/admin/pack/changes/{id}", needs=need("administer"), problems=("not_found",))
    async def admin_pack_change(request: Request, id: Id32) -> ChangeDossier:
        """A change, and line by line what it changes."""
        session, change = may(request), known_change(id)
        view = view_of(picture.pack_files(), change, session, request.now)
        before, after = await stored(change.before), await stored(change.after)
        return ChangeDossier(change=view, lines=await lines_of(before, after))

    async def tried(file: str, text: str) -> tuple[list[Fault], list[Line]]:
        newest, _ = keeper.files().get(file, (sha_of(""), ""))
        before = await stored(newest)
        try:
            await keeper.check(file, text)
        except PackFaults as error:
            return list(error.faults), []
        return [], await lines_of(before, text)

    @api.op("POST", "/api/admin/pack/check", needs=need("administer"), problems=("refused",))
    async def admin_pack_check(request: Request, body: Try) -> Tried:
        """What is wrong with a text, by file, row and field, or what it would change. Nothing is kept."""
        may(request)
        faults, lines = await tried(body.file, plain(body.text))
        return Tried(faults=faults, lines=lines, kept=False)

    @api.op("POST", "/api/admin/pack/changes", needs=need("administer"), problems=("refused",))
    async def admin_pack_propose(request: Request, body: NewChange) -> Tried:
        """Propose a text; with a mistake in it nothing is kept, and every mistake is in the answer."""
        session, text = may(request), plain(body.text)
        newest = keeper.files().get(body.file, (sha_of(""), ""))[0]
        if picture.pack_files().find(body.id) is None and body.before != newest:
            raise Refused("pack.moved_on", file=body.file)
        faults, lines = await tried(body.file, text)
        if not faults:
            command = ProposePackFile(
                change=body.id,
                file=body.file,
                before=body.before,
                after=sha_of(text),
                text=packed(text),
                reason=body.reason,
            )
            # The client's own id: the same proposal sent again is the same command, and is not made twice.
            await say(session, command, body.id)
        return Tried(faults=faults, lines=lines, kept=not faults)

    @api.op("POST", "/api/admin/pack/changes/{id}/approve", needs=need("administer"), problems=("refused", "not_found"))
    async def admin_pack_approve(request: Request, id: Id32, body: Approval) -> None:
        """Another person than who proposed it says that it counts, and from when, in every room."""
        session, change, decided = may(request), known_change(id), picture.pack_files().decided
        try:
            await keeper.check_approval(change, body.effective)
        except PackFaults as error:
            raise first_of(error) from error
        await say(session, ApprovePackFile(change=id, effective=body.effective, decided=decided), services.ids.new())

    @api.op(
        "POST", "/api/admin/pack/changes/{id}/withdraw", needs=need("administer"), problems=("refused", "not_found")
    )
    async def admin_pack_withdraw(request: Request, id: Id32, body: Withdrawal) -> None:
        """Take a change back before it counts; whoever may administer can, and says why."""
        session, change, decided = may(request), known_change(id), picture.pack_files().decided
        try:
            if change.stands:
                await keeper.check_withdrawal(change)
        except PackFaults as error:
            raise first_of(error) from error
        await say(session, WithdrawPackFile(change=id, reason=body.reason, decided=decided), services.ids.new())


def first_of(error: PackFaults) -> Refused:
    """A refusal that names the first mistake and how many there are."""
    return Refused("pack.faults", fault=str(error.faults[0]), count=len(error.faults))


def view_of(files: PackFiles, change: FileChange, session: Session, now: Millis) -> ChangeView:
    """A change as it is shown to somebody at a moment."""
    fields = {name: getattr(change, name) for name in FileChange.__struct_fields__}
    own = change.by.casefold() == session.person.casefold()
    return ChangeView(**fields, state=state_of(files, change, now), own=own)


def state_of(files: PackFiles, change: FileChange, now: Millis) -> State:
    """What a change is at a moment."""
    if change.withdrawn_by:
        return "withdrawn"
    if not change.approved_by:
        newest = files.newest(change.file)
        return "waiting" if newest is None or newest.after == change.before else "outdated"
    if change.effective > now:
        return "coming"
    counts = [c for c in files.standing() if c.file == change.file and c.effective <= now]
    return "in_force" if counts[-1] == change else "past"


def file_view(file: str, newest: str, in_force: str, change: ChangeView | None) -> FileView:
    """A file, and the change that made it what it is."""
    return FileView(
        file=file,
        sort=sort_of(file),
        newest=newest,
        in_force=in_force,
        since=change.effective if change is not None else 0,
        by=change.by if change is not None else "",
        approved_by=change.approved_by if change is not None else "",
    )


def sort_of(file: str) -> Sort:
    """What a file holds."""
    folder, _, name = file.rpartition("/")
    if folder:
        return "questions" if folder == "questions" else "runcards"
    return "norms" if name == "norms.csv" else "codes"
