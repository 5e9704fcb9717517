"""The judge of a drill: the book against every copy of the record, and each copy against the rules of the record.

It knows nothing of faults, timing or servers: copies of regions as lists of entries, the acts with their answers, and
what applications claimed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from meldkamer.domain.clock import derived_id
from meldkamer.domain.function import FunctionOwned
from meldkamer.drill.book import Act
from meldkamer.drill.witness import Claim
from meldkamer.record import Damaged, Entry
from meldkamer.record.signing import Verifier
from meldkamer.record.verify import verify

SHOWN = 20
_FENCE = msgspec.msgpack.Decoder(FunctionOwned).decode


class Copy(msgspec.Struct, frozen=True):
    """One server's copy of one region. found: its messages in order, an entry or why it is none, by sequence. Copies
    that are equal share the same `found`, which is then judged once."""

    server: str
    region: str
    found: Mapping[int, Entry | str]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. lost: acknowledged and not in some copy. duplicated: stored more than once. overlaps: written or
    claimed for a function that another served at that time. contradicted: refused, and stored all the same. problems:
    whatever else breaks the rules of the record. Each list names the first few of as many as its count says."""

    acked: int
    local: int
    unknown: int
    refused: int
    entries: int
    lost: int
    duplicated: int
    overlaps: int
    contradicted: int
    conflicts: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not (self.lost or self.duplicated or self.overlaps or self.contradicted or self.problems)


def check(acts: Iterable[Act], copies: Sequence[Copy], claims: Iterable[Claim], verifier: Verifier | None) -> Verdict:
    """Judge everything. `claims`: what applications said of their own rooms."""
    judged = _Judge(verifier)
    for copy in copies:
        judged.copy(copy)
    acts = list(acts)
    for act in acts:
        judged.act(act)
    for claim in claims:
        judged.claim(claim)
    return Verdict(
        acked=sum(act.acknowledged for act in acts),
        local=sum(act.outcome == "LOCAL" for act in acts),
        unknown=sum(act.outcome in ("unknown", "open") for act in acts),
        refused=sum(act.outcome == "refused" for act in acts),
        entries=judged.entries,
        lost=len(judged.lost),
        duplicated=len(judged.duplicated),
        overlaps=len(judged.overlaps),
        contradicted=len(judged.contradicted),
        conflicts=len(judged.conflicts),
        problems=tuple(judged.told()),
    )


class _Judge:
    def __init__(self, verifier: Verifier | None) -> None:
        self._verifier = verifier
        self._seen: dict[int, _Region] = {}
        self._regions: dict[str, list[tuple[str, _Region]]] = defaultdict(list)
        self._owners: dict[tuple[str, int], str] = {}
        self.entries = 0
        self.lost: list[str] = []
        self.duplicated: list[str] = []
        self.overlaps: list[str] = []
        self.contradicted: list[str] = []
        self.conflicts: set[str] = set()
        self._problems: list[str] = []

    def told(self) -> list[str]:
        """Everything that is wrong, in words; the first few of each kind."""
        kinds = {
            "lost": self.lost,
            "duplicated": self.duplicated,
            "overlap": self.overlaps,
            "contradicted": self.contradicted,
            "problem": list(dict.fromkeys(self._problems)),
        }
        return [f"{kind}: {text}" for kind, found in kinds.items() for text in found[:SHOWN]]

    def copy(self, copy: Copy) -> None:
        """Take in one copy; the same list of entries was judged already."""
        region = self._seen.get(id(copy.found))
        if region is None:
            region = self._seen[id(copy.found)] = _Region(copy.region, copy.found, self._verifier)
            self.entries = self.entries + (len(copy.found) if copy.region not in self._regions else 0)
            where = f"{copy.server} {copy.region}"
            self._problems += [f"{where}: {text}" for text in region.problems]
            self.duplicated += [f"{where}: {text}" for text in region.twice]
            self.overlaps += [f"{where}: {text}" for text in region.overlaps]
            self.conflicts |= region.conflicts
            self._owners |= region.owners
        others = self._regions[copy.region]
        if others and others[0][1] is not region:
            first_server, first = others[0]
            self._problems.append(
                f"{copy.server} and {first_server} differ in {copy.region}: {len(copy.found)} and {len(first.found)} "
                f"messages, first at sequence {_first_difference(first.found, copy.found)}"
            )
        others.append((copy.server, region))

    def act(self, act: Act) -> None:
        """Whether one act is where its answer says."""
        held = self._regions.get(act.region, [])
        if act.acknowledged:
            first = derived_id(act.id, "0")
            without = [server for server, region in held if first not in region.ids]
            if without or not held:
                where = ", ".join(without) or "any copy"
                self.lost.append(f"{act.what} of {act.room} ({act.outcome} at {act.region} {act.seq}), not in {where}")
            elif act.outcome == "SAFE" and not held[0][1].stored_at(act.id, act.seq):
                self._problems.append(
                    f"{act.what} of {act.room} was answered with {act.region} {act.seq}, where it is not"
                )
        elif act.outcome == "refused" and any(act.id in region.causes for _, region in held):
            self.contradicted.append(f"{act.what} of {act.room} in {act.region}: {act.why}")

    def claim(self, claim: Claim) -> None:
        """Whether whoever said so was the owner by the record."""
        owner = self._owners.get((claim.function, claim.epoch))
        if owner != claim.room:
            epoch = f"{claim.function} epoch {claim.epoch}"
            self.overlaps.append(f"{claim.room} claimed {epoch}, the record has {owner or 'nobody'} there")


class _Region:
    """What one list of entries says by itself."""

    def __init__(self, region: str, found: Mapping[int, Entry | str], verifier: Verifier | None) -> None:
        self.found = found
        entries = [entry for entry in found.values() if isinstance(entry, Entry)]
        self.ids = Counter(entry.event.id for entry in entries)
        self.causes: dict[str, set[str]] = defaultdict(set)
        self.owners: dict[tuple[str, int], str] = {}
        self.conflicts = {e.event.id for e in entries if e.event.type == "incident.conflict_found"}
        self.overlaps = [text for text in self._fences(entries) if text]
        for entry in entries:
            self.causes[entry.event.cause].add(entry.batch)
        self.twice = [f"event {id} stands {count} times" for id, count in self.ids.items() if count > 1]
        self.twice += [
            f"command {cause} is stored in {len(batches)} appends"
            for cause, batches in self.causes.items()
            if cause and len(batches) > 1
        ]
        report = verify(_Listed(region, found), verifier, require_signatures=verifier is not None)
        self.problems = [f"sequence {problem.seq}: {problem.why}" for problem in report.problems]

    def stored_at(self, cause: str, seq: int) -> bool:
        """Whether the append that holds what a command caused has an entry at this sequence."""
        found = self.found.get(seq)
        return isinstance(found, Entry) and found.batch in self.causes.get(cause, ())

    def _fences(self, entries: Iterable[Entry]) -> Iterable[str]:
        """Who owned what, and everything that was written for a function by somebody else, or under another epoch."""
        now: dict[str, tuple[str, int]] = {}
        for entry in entries:
            event = entry.event
            if entry.subject.startswith("fence."):
                owned = _FENCE(event.body)
                before = now.get(owned.function, ("", 0))[1]
                if owned.epoch != before + 1:
                    yield f"sequence {entry.seq}: {owned.function} goes from epoch {before} to {owned.epoch}"
                now[owned.function] = (owned.owner, owned.epoch)
                self.owners[owned.function, owned.epoch] = owned.owner
                continue
            if event.island:
                continue  # written under an epoch that may be over: that is what the mark says
            for function, epoch in event.epochs.items():
                if (owner := now.get(function)) != (event.room, epoch):
                    yield f"sequence {entry.seq}: {event.room} wrote for {function} epoch {epoch}, it was {owner}"


class _Listed:
    """A list of entries as `verify` reads a record."""

    def __init__(self, region: str, found: Mapping[int, Entry | str]) -> None:
        self._region, self._found = region, found
        self._tail = max(found, default=0)

    def regions(self) -> list[str]:
        return [self._region]

    def tail(self, region: str) -> int:
        return self._tail

    def chunk(self, region: str, after: int, until: int | None, limit: int) -> tuple[list[Entry], Damaged | None]:
        """Entries from `after` on, up to one that is missing or is none."""
        entries: list[Entry] = []
        for seq in range(after + 1, min(until or self._tail, after + limit) + 1):
            found = self._found.get(seq, "missing")
            if isinstance(found, str):
                return entries, Damaged(region, seq, found)
            entries.append(found)
        return entries, None


def _first_difference(one: Mapping[int, Entry | str], other: Mapping[int, Entry | str]) -> int:
    return min((seq for seq in {*one, *other} if one.get(seq) != other.get(seq)), default=0)
