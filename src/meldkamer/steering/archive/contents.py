"""What goes into a delivery: closed incidents with all that the record holds of them, and versions of the plan."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.record import Entry, Record
from meldkamer.steering.adoption import Adoption
from meldkamer.steering.archive.cases import Case
from meldkamer.steering.archive.mdto import About, Reference
from meldkamer.steering.archive.package import File, Thing
from meldkamer.steering.measured import date_of

SOURCE = "Meldkamerplatform, record"
PLANS = "Meldkamerplatform, plan"

Fields = Callable[[Entry], tuple[dict[str, Any], list[str]]]
"""The fields of an event as may be archived, and the compartments that stayed closed."""


def closed_fields(entry: Entry) -> tuple[dict[str, Any], list[str]]:
    """Everything but what is sealed: no key is needed."""
    body: dict[str, Any] = msgspec.msgpack.decode(entry.event.body)
    return body, sorted(entry.event.sealed)


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of every object of a kind. appraisal: V or B; months: None when not known."""

    appraisal: str
    months: int | None
    restriction: str
    restriction_why: str
    category: str
    creator: Reference


async def incident_thing(record: Record, case: Case, said: Common, fields: Fields) -> Thing:
    """One incident: its own events and those of each of its calls, with the hashes that prove them."""
    files = [File(f"{_id(case.subject)}-gebeurtenissen", "json", await _events(record, case.subject, fields))]
    for subject in sorted(case.linked):
        if await record.version(subject):
            files.append(File(f"{_id(subject)}-oproep", "json", await _events(record, subject, fields)))
    ended = date_of(case.ended) if case.ended is not None else None
    return Thing(
        about=_about(
            id=f"incident-{_id(case.subject)}",
            source=SOURCE,
            name=f"Incident {case.number or _id(case.subject)}",
            level="Dossier",
            description="Alle gebeurtenissen van het incident en van zijn oproepen, in volgorde, met hun hash.",
            said=said,
            began=date_of(case.began),
            ended=ended,
        ),
        files=tuple(files),
    )


async def _events(record: Record, subject: str, fields: Fields) -> bytes:
    rows = []
    for entry in await record.read(subject):
        event = entry.event
        known, closed = fields(entry)
        rows.append(
            {
                "nummer": entry.version,
                "gebeurd": _moment(event.occurred),
                "vastgelegd": _moment(event.recorded),
                "soort": event.type,
                "kamer": event.room,
                "door": event.actor,
                "inhoud": {name: value for name, value in known.items() if name != "type"},
                "gesloten": closed,
                "hash": entry.hash.hex(),
            }
        )
    whole = {"onderwerp": subject, "gebeurtenissen": rows}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


def plan_thing(adoption: Adoption, files: dict[str, bytes], said: Common) -> Thing:
    """One adopted version of the plan, file by file."""
    day = datetime.date.fromisoformat(adoption.date)
    contents = []
    for name, content in sorted(files.items()):
        stem, _, ending = name.rpartition(".")
        contents.append(File((stem or ending).replace("/", "-"), ending if stem else "txt", content))
    return Thing(
        about=_about(
            id=f"plan-{adoption.tag.rpartition('/')[2]}",
            source=PLANS,
            name=f"Beheer- en bestedingsplan, vastgesteld door {adoption.body} op {adoption.date}",
            level="Dossier",
            description=f"Inhoud {adoption.content}; vaststelling {adoption.identity}.",
            said=said,
            began=day,
            ended=day,
        ),
        files=tuple(contents),
    )


def series(id: str, name: str, parts: Iterable[Thing], said: Common) -> Thing:
    """Things of one kind together."""
    found = tuple(parts)
    days = [d for part in found for d in (part.about.began, part.about.ended) if d is not None]
    return Thing(
        about=_about(
            id=id,
            source=SOURCE,
            name=name,
            level="Serie",
            description=f"{len(found)} dossiers.",
            said=said,
            began=min(days, default=None),
            ended=max(days, default=None),
        ),
        parts=found,
    )


def _about(*, said: Common, **fields: Any) -> About:
    return About(
        **fields,
        appraisal=said.appraisal,
        months=said.months,
        restriction=said.restriction,
        restriction_why=said.restriction_why,
        category=said.category,
        creator=said.creator,
    )


def _id(subject: str) -> str:
    _, region, _, id = subject.split(".", 3)
    return f"{region}-{id}"


def _moment(at: Millis) -> str:
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).isoformat(timespec="milliseconds")
