"""What the program brings to the commands of a network, and the report that several of them begin with."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.backup import Store
from meldkamer.network.sites.digests import digests
from meldkamer.network.sites.figures import ask_all
from meldkamer.network.sites.heartbeats import heartbeats
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.link import Dial, Operator
from meldkamer.network.sites.memory import remember, remembered
from meldkamer.network.sites.model import Network
from meldkamer.network.sites.owners import ReadEntry
from meldkamer.network.sites.processes import find_program
from meldkamer.network.sites.report import Report
from meldkamer.network.sites.status import judge
from meldkamer.network.sites.streams import Plan


class Parts(msgspec.Struct, frozen=True):
    """What the program brings: the record's engine (how to reach a server, which streams it needs, how to store in
    one), the sites of a demonstration (from the first port and the number of core servers), and how an entry is read
    from a message."""

    dial: Dial
    plan: Callable[[Network], Plan]
    store: Store
    demonstration: Callable[[int, int], Network]
    entry: ReadEntry


async def ask_report(program: str, network: Network, keys: Keyring, parts: Parts, clock: Clock) -> Report:
    """Ask every server and judge what it says. program: the server's, as the person named it. Raises NetworkError."""
    ought = await digests(find_program(program), network, keys)
    operator, plan = Operator(keys, parts.dial), parts.plan(network)
    answers = await ask_all(operator, network, clock)
    beats = await heartbeats(operator, network, plan, answers, clock)
    before = remembered(keys.operator)
    remember(keys.operator, before, answers)
    expiries = {site.code: int(keys.expiry(site).timestamp() * 1000) for site in network.sites}
    settings = {site.code: keys.settings_digest(site) for site in network.sites}
    return judge(network, plan, answers, clock.now(), before, ought, expiries, beats, settings)
