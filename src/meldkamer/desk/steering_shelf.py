"""The plan that this room steers by: a folder, read again when its files change, and never on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from meldkamer.domain.basics import Refused
from meldkamer.steering import (
    Difference,
    Fault,
    Outcome,
    Plan,
    PlanCopy,
    PlanError,
    RepositoryError,
    changes,
    commit_of,
    is_repository,
    load_plan,
    load_scenario,
    run,
    scenario_files,
    shipped_plan,
)

T = TypeVar("T")

Source = Literal["own", "shared", "shipped"]
Signature = tuple[tuple[str, int, int], ...]


class Shelf:
    """Where the plan stands. own: the folder in which this room may write. shared: the room's copy of the version in
    force, with its content, once the record holds one. Without either it is the shipped plan, to read only.

    copy: what the record says of the plan. work: where a room without a folder of its own writes while it serves
    steering, made from the copy: whoever takes steering over can go on. serves: whether it does now.

    What follows from the same files is worked out once: a screen that opens costs a look at the dates of some files.
    """

    def __init__(
        self,
        own: Path | None = None,
        shared: Callable[[], tuple[Path, str] | None] = lambda: None,
        *,
        copy: PlanCopy | None = None,
        work: Path | None = None,
        serves: Callable[[], bool] = lambda: False,
    ) -> None:
        self._set, self._shared, self._copy, self._work, self._serves = own, shared, copy, work, serves
        self._brought: tuple[Path, int] | None = None
        self.problem = ""
        self._lock = asyncio.Lock()
        self._seen: Signature | None = None
        self._plan: Plan | None = None
        self._faults: tuple[Fault, ...] = ()
        self._outcomes: dict[str, Outcome] = {}
        self._since: tuple[tuple[str, str], list[Difference]] | None = None

    @property
    def _own(self) -> Path | None:
        if self._set is not None or self._work is None or not self._serves():
            return self._set
        return self._work if is_repository(self._work) else None

    @property
    def source(self) -> Source:
        """Whose plan this is."""
        return "own" if self._own is not None else "shipped" if self._shared() is None else "shared"

    @property
    def folder(self) -> Path:
        """Where it stands now."""
        if self._own is not None:
            return self._own
        shared = self._shared()
        return shipped_plan() if shared is None else shared[0]

    @property
    def versioned(self) -> bool:
        """Whether it has versions to compare."""
        return is_repository(self.folder)

    @property
    def writable(self) -> bool:
        """Whether proposals can be written: it is our own, and under git, so that who changed what stays known."""
        return self._own is not None and self.versioned

    async def catch_up(self, strict: bool = False) -> None:
        """Bring the folder up to what the record says, while steering is served here. What could not be done is in
        `problem`; strict: raises Refused for it, for whoever is about to write.
        """
        target = self._set if self._set is not None else self._work
        if self._copy is None or target is None or not self._serves():
            return
        copy, turn = self._copy, (target, self._copy.turn)
        if self._brought != turn and (self._set is None or is_repository(target)):
            try:
                self.problem = "; ".join(await self.aside(lambda: copy.bring_up(target)))
                self._brought = turn
            except Refused as refused:
                self.problem = str(refused.params.get("said", refused))
        if strict and self.problem:
            raise Refused("plan.repository", said=self.problem)

    async def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the plan now; empty when it is good."""
        await self._look()
        return self._faults

    async def plan(self) -> Plan:
        """The plan as its files say now. Raises Refused with the first fault when they are not good."""
        await self._look()
        if self._plan is None:
            raise Refused("plan.faults", count=len(self._faults), first=str(self._faults[0]))
        return self._plan

    async def outcome(self, name: str) -> Outcome | None:
        """The answer to one of the plan's own scenarios; None when there is none of this name.

        Raises Refused when the scenario's file is not good.
        """
        plan = await self.plan()
        if name not in self._outcomes:
            file = next((file for file in scenario_files(plan) if file.stem == name), None)
            if file is None:
                return None
            self._outcomes[name] = await self.aside(lambda: run(plan, load_scenario(file, plan)))
        return self._outcomes[name]

    async def since(self, tag: str) -> list[Difference]:
        """What changed between a version and the newest one, worked out once for each newest one."""
        newest = await self.aside(lambda: commit_of(self.folder, "HEAD"))
        if self._since is None or self._since[0] != (tag, newest):
            self._since = (tag, newest), await self.aside(lambda: changes(self.folder, tag, newest))
        return self._since[1]

    async def aside(self, work: Callable[[], T]) -> T:
        """Do something that reads or writes the folder in a thread, one at a time.

        Raises Refused for what is wrong with the plan or with its repository, in that module's own words.
        """
        async with self._lock:
            try:
                return await asyncio.to_thread(work)
            except PlanError as error:
                raise Refused("plan.faults", count=len(error.faults), first=str(error.faults[0])) from None
            except RepositoryError as error:
                raise Refused("plan.repository", said=str(error)) from None

    async def _look(self) -> None:
        async with self._lock:
            seen = await asyncio.to_thread(_signature, self.folder)
            if seen == self._seen:
                return
            self._plan, self._faults, self._outcomes = None, (), {}
            try:
                self._plan = await asyncio.to_thread(load_plan, self.folder)
            except PlanError as error:
                self._faults = error.faults
            except OSError as error:
                self._faults = (Fault(str(self.folder), 0, "", str(error)),)
            self._seen = seen


class PlanState(msgspec.Struct, frozen=True, kw_only=True):
    """What the screens say above everything: which plan, whether it is good, and whether it can be written here."""

    name: str
    version: str
    source: Source
    writable: bool
    problem: str
    faults: tuple[Fault, ...]


async def state_of(shelf: Shelf) -> PlanState:
    """The plan in a line."""
    await shelf.catch_up()
    faults = await shelf.faults()
    manifest = None if faults else (await shelf.plan()).manifest
    return PlanState(
        name=manifest.name if manifest else "",
        version=manifest.version if manifest else "",
        source=shelf.source,
        writable=shelf.writable,
        problem=shelf.problem,
        faults=faults,
    )


def _signature(folder: Path) -> Signature:
    """Name, date and size of every file, hidden ones left out: changes when anything was written."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            about = path.stat()
            found.append((path.as_posix(), about.st_mtime_ns, about.st_size))
    return tuple(found)
