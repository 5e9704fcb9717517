"""What the monitoring of a service tells, and what is known of services: the door for probes and for suppliers' desks.

A machine with the scope `health` may come in here, and nowhere else on the steering side. What it says stands under its
own name: no machine can say that what another found broken works.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec

from meldkamer import steering
from meldkamer.access import need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis
from meldkamer.domain.provision import Holds, Moment, ReportProvision, Rooms, ServiceName, State
from meldkamer.network import NotOwner
from meldkamer.record import RecordError
from meldkamer.steering import Service, ServiceRow

Id32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Words = Annotated[str, msgspec.Meta(max_length=200)]
MOST = 100
PERSON = "person"

NEEDS = need("steer", "caco", "scope:health")


class ServiceWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one service is. rooms: where; none = everywhere. holds: seconds that this is believed when nothing follows;
    0 = until the same source says otherwise. at: when it was so, if not now; a moment to come counts as now."""

    service: ServiceName
    state: State
    rooms: Rooms = ()
    holds: Holds = 0
    reason: Words = ""
    at: Moment | None = None


class ServiceWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several at once, in order, under an id of the client's choosing: sent twice they are stored once."""

    id: Id32
    reports: Annotated[tuple[ServiceWord, ...], msgspec.Meta(min_length=1, max_length=MOST)]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was stored. unknown: names that are no service of the plan here and rooms that the country does not have:
    kept as they were said, and counted nowhere until they are."""

    stored: int
    source: str
    unknown: tuple[str, ...]


class ServicesView(msgspec.Struct, frozen=True, kw_only=True):
    """Every service of the plan as it is known now; None where the record could not be read in time."""

    at: Millis
    services: tuple[ServiceRow, ...] | None


def add_steering_services(api: Api, services: Services) -> None:
    """Register the operations."""
    shelf, tally = services.shelf, services.tally

    @api.op("POST", "/api/services/reports", needs=NEEDS, status=201, problems=("refused", "unknown", "store_full"))
    async def report_services(request: Request, body: ServiceWords) -> Heard:
        """Say how services are: up, degraded or down. Recorded as facts, and measured from."""
        session = request.session
        source = session.person if session.machine else PERSON
        known = {service.id for service in (await shelf.plan()).of(Service)}
        try:
            for n, word in enumerate(body.reports):
                command = ReportProvision(
                    service=word.service,
                    state=word.state,
                    rooms=word.rooms,
                    source=source,
                    reason=word.reason,
                    holds=word.holds,
                )
                id = hashlib.sha256(f"{session.person}:{body.id}:{n}".encode()).hexdigest()[:32]
                context = services.context(session)
                await services.handler(session).do(command, command_id=id, context=context, occurred=word.at)
        except (NotOwner, RecordError) as error:
            told = in_words(error, services.words, session)
            if told is None:
                raise
            raise told from error
        named = {word.service for word in body.reports} - known
        named |= {room for word in body.reports for room in word.rooms} - set(services.pack.room)
        return Heard(stored=len(body.reports), source=source, unknown=tuple(sorted(named)))

    @api.op("GET", "/api/services", needs=NEEDS, problems=("refused",))
    async def known_services(request: Request) -> ServicesView:
        """The services of the plan by name, how each is now, who said so last and when."""
        plan = await shelf.plan()
        report = await tally.of(lambda facts: steering.continuity_report(plan, services.pack, facts, request.now))
        return ServicesView(at=request.now, services=None if report is None else report.services)
