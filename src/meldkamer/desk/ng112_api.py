"""Rooms and queues as NG112 has them (NENA-STA-010.3f 2.4.2, 4.2.1.3, 4.2.1.4), for telephony to route by.

Read only: states follow from who is signed in, what was declared and how many calls wait; nobody sets them here. The
names of fields are those of the standard. A queue is a function; its address is the one that LoST answers with.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.services import Services
from meldkamer.domain.basics import FunctionName
from meldkamer.domain.call import CallState
from meldkamer.domain.clock import Millis
from meldkamer.intake import Queue, RoomNow, Service, kind_of, queue_state, service_state
from meldkamer.network import TTL_SECONDS

Queues = Annotated[tuple[FunctionName, ...], msgspec.Meta(max_length=64)]
"""Functions by name; none means all."""


class ServiceName(msgspec.Struct, frozen=True, rename="camel"):
    """Which service."""

    name: str
    service_id: str


class ServiceStateNow(msgspec.Struct, frozen=True, rename="camel"):
    """How it is. reason: in the words of whoever declared it."""

    state: Service
    reason: str


class ServiceView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A room's service. Unreachable is what this room concludes of another one, from its heart-beat."""

    service: ServiceName
    service_state: ServiceStateNow


class Registration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Takes calls of this queue. expirationTime: seconds after which it ends without another heart-beat."""

    queue_uri: str
    dequeuer_uri: str
    expiration_time: int
    dequeue_preference: int


class QueueView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A function's queue. queueMaxLength: with more calls overflow opens. dequeuers: the most preferred first."""

    queue_uri: str
    queue: str
    state: Queue
    queue_length: int
    queue_max_length: int
    dequeuers: list[Registration]


class Ng112View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All services, and the queues that were asked for."""

    now: Millis
    services: list[ServiceView]
    queues: list[QueueView]


def add_ng112(api: Api, services: Services) -> None:
    """Register the operation."""
    others, picture, pack = services.others, services.picture, services.pack

    def able(room: str, kind: str, talking: set[tuple[str, str]]) -> int:
        """People of a room who may answer this kind and do not talk, as the distribution counts them."""
        seats = picture.desk(room).seats.values()
        return sum(kind in seat.qualified and (room, seat.seat) not in talking for seat in seats)

    def view(queue: str, rooms: dict[str, RoomNow], waiting: Counter[str], talking: set[tuple[str, str]]) -> QueueView:
        owner = rooms.get(picture.function(queue).owner)
        registered = others.registered(queue, rooms)
        uri = services.lost.uri(queue)
        rule = pack.overflow.get(queue.rpartition(".")[2])
        seats = able(owner.room, kind_of(queue), talking) if owner is not None else 0
        return QueueView(
            queue_uri=uri,
            queue=queue,
            state=queue_state(queue, owner, registered),
            queue_length=waiting[queue],
            queue_max_length=int(rule.load_on * max(1, seats)) if rule is not None else 0,
            dequeuers=[
                Registration(
                    queue_uri=uri,
                    dequeuer_uri=at_same_host(uri, r.dequeuer),
                    expiration_time=int(TTL_SECONDS),
                    dequeue_preference=r.preference,
                )
                for r in registered
            ],
        )

    @api.op("GET", "/api/ng112", needs=need("read", "scope:telephony"))
    async def ng112(request: Request, queues: Queues = ()) -> Ng112View:
        """Service states, queue states and dequeue registrations, as they are now."""
        rooms = others.rooms()
        waiting = Counter(call.function for call in picture.calls.values() if call.waiting)
        talking = {(c.room, c.seat) for c in picture.calls.values() if c.state is CallState.ANSWERED}
        names = {room.code: room.name for room in pack.rooms}
        shown = queues or tuple(sorted({*pack.function, *picture.functions}))
        return Ng112View(
            now=services.clock.now(),
            services=[
                ServiceView(
                    service=ServiceName(name=names.get(room, room), service_id=room),
                    service_state=ServiceStateNow(state=service_state(now), reason=now.reason),
                )
                for room, now in rooms.items()
            ],
            queues=[view(queue, rooms, waiting, talking) for queue in shown],
        )


def at_same_host(uri: str, user: str) -> str:
    """`sip:RT.112@host` and `DH` -> `sip:DH@host`."""
    scheme, colon, rest = uri.partition(":")
    return f"{scheme}{colon}{user}@{rest.rpartition('@')[2]}"
