"""Who may say what: the subjects of each user of the servers, and nothing beyond (least privilege).

Subjects and streams: ARCHITECTURE.md, "What lives where". A site's application writes events and fences of any region,
since it may take over any function; the log itself refuses what it does not own. Its lease is its own.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from meldkamer.network.sites.model import CORE_DOMAIN, Site
from meldkamer.network.sites.streams import Plan, deliveries
from meldkamer.record import mirror_of

INBOX = "_INBOX.>"
"""Where answers come."""
ASK_STORE = "$SYS.REQ.SERVER.PING.JSZ"


class Subjects(msgspec.Struct, frozen=True):
    """What one user may publish and what it may receive."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def application_at_core(plan: Plan, site: Site) -> Subjects:
    """A site's application on the core servers: append, read, renew its own leases, make and destroy keys."""
    leases = [f"lease.{room}" for room in site.rooms]
    return Subjects(("ev.>", "fence.>", "key.>", *leases, *_reading(plan.names)), (INBOX,))


def application_at_room(plan: Plan) -> Subjects:
    """A site's application on its own room server: read the copies."""
    return Subjects(_reading(mirror_of(region) for region in plan.regions), (INBOX,))


def leaf(plan: Plan, site: Site) -> Subjects:
    """A room server at the core: fetch the copies of the region streams. Nothing that an application says passes."""
    api = f"$JS.{CORE_DOMAIN}.API.CONSUMER.CREATE"
    fetch = tuple(
        subject
        for stream in (plan.stream(region) for region in plan.regions)
        for subject in (f"{api}.{stream}", f"{api}.{stream}.>", f"$JS.FC.{stream}.>")
    )
    return Subjects(fetch, (f"{deliveries(site)}.>", "$JSC.R.>"))


OPERATOR = Subjects((">",), (">",))
"""Makes and changes streams. Not used by any room."""

WATCH = Subjects((ASK_STORE, *(f"$SYS.REQ.SERVER.PING.{what}" for what in ("VARZ", "LEAFZ"))), (INBOX,))
"""Asks servers how they are, in the system account. Changes nothing."""

AUDIT = Subjects((ASK_STORE,), (INBOX,))
"""A site's application in the system account: asks whether servers write to disk before they say yes."""


def _reading(streams: Iterable[str]) -> tuple[str, ...]:
    asks = [
        f"$JS.API.{ask}"
        for stream in streams
        for ask in (
            f"STREAM.INFO.{stream}",
            f"STREAM.MSG.GET.{stream}",
            f"DIRECT.GET.{stream}",
            f"DIRECT.GET.{stream}.>",
            f"CONSUMER.CREATE.{stream}",
            f"CONSUMER.CREATE.{stream}.>",
            f"CONSUMER.INFO.{stream}.*",
            f"CONSUMER.MSG.NEXT.{stream}.*",
            f"CONSUMER.DELETE.{stream}.*",
        )
    ]
    return ("$JS.API.INFO", *asks)
