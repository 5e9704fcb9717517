"""The accounts through which a simulated world acts: an operator per seat, and the gateways of telephony and units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from meldkamer.client import Client


class SeatAccount(msgspec.Struct, frozen=True):
    """A simulated operator. function: the kind that the seat serves, such as `B.dispatch`, `112` or `multi`."""

    account: str
    room: str
    function: str
    seat: str


class Team:
    """Who may do what. reader: may read the picture and the live channel; feed: the numbered event feed."""

    def __init__(
        self,
        *,
        reader: Client,
        telephony: Client,
        units: Client,
        feed: Client,
        seats: Mapping[SeatAccount, Client] | None = None,
    ) -> None:
        self.reader, self.telephony, self.units, self.feed = reader, telephony, units, feed
        self.seats = dict(seats or {})
        self._by_work: dict[tuple[str, str], list[Client]] = defaultdict(list)
        for seat, client in self.seats.items():
            self._by_work[seat.room, seat.function].append(client)

    @classmethod
    def alone(cls, client: Client) -> Team:
        """One account that may do everything."""
        return cls(reader=client, telephony=client, units=client, feed=client)

    @classmethod
    def of(cls, clients: Client | Mapping[str, Client], colleagues: Iterable[Any], gateways: Mapping[str, str]) -> Team:
        """From accounts as they are drawn for a demonstration.

        clients: one, or per room where each room has a server of its own. colleagues: account, room, function, seat,
        token. gateways: tokens by name (`telephony`, `units`, `feed`).
        """
        known = list(colleagues)
        if not known:
            raise ValueError("a team needs at least one colleague, who reads the picture for all")

        def at(room: str) -> Client:
            return clients if isinstance(clients, Client) else clients.get(room) or next(iter(clients.values()))

        seats = {SeatAccount(c.account, c.room, c.function, c.seat): at(c.room).speaking_as(c.token) for c in known}
        first = at(known[0].room)
        reader = next(iter(seats.values()))
        return cls(
            reader=reader,
            telephony=first.speaking_as(gateways["telephony"]),
            units=first.speaking_as(gateways["units"]),
            feed=first.speaking_as(gateways["feed"]) if "feed" in gateways else reader,
            seats=seats,
        )

    @property
    def persons(self) -> frozenset[str]:
        """The accounts of our operators; anybody else at a seat is a person."""
        return frozenset(seat.account for seat in self.seats)

    def desk(self, room: str, kind: str, turn: int = 0) -> Client:
        """Somebody in the room who serves this kind of function; without one the reader tries."""
        found = self._by_work.get((room, kind))
        return found[turn % len(found)] if found else self.reader
