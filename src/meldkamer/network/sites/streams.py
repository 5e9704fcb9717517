"""Setting up the streams: those of the record on the core, and each room server's copies. No room may do it.

A stream that is there already is left as it is; one that is set otherwise than it ought to be is named, never changed:
most of its settings keep a promise about what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.link import ANSWER_SECONDS, Line, Operator
from meldkamer.network.sites.model import CORE_DOMAIN, NetworkError, Server, Site
from meldkamer.record import RecordError, mirror_of

RETRY_SECONDS = 0.5
_EXISTS_OTHERWISE = 10058

Config = Mapping[str, Any]
"""The configuration of one stream, as JetStream takes it."""


class Plan(msgspec.Struct, frozen=True):
    """The streams that the record needs: one of each region, the leases, the keys. Comes from the record's engine."""

    regions: Mapping[str, Config]
    leases: Config
    keys: Config

    def stream(self, region: str) -> str:
        """The name of a region's stream on the core."""
        return str(self.regions[region]["name"])

    @property
    def names(self) -> list[str]:
        """Every stream of the core."""
        return [*(self.stream(region) for region in self.regions), str(self.leases["name"]), str(self.keys["name"])]

    def wanted(self, server: Server) -> list[Config]:
        """What one server must have: the streams themselves, or a room's copies of the regions."""
        if server.kind == "core":
            return [*self.regions.values(), self.leases, self.keys]
        return [self._copy(region, server.site) for region in self.regions]

    def _copy(self, region: str, site: Site) -> Config:
        external = {"api": f"$JS.{CORE_DOMAIN}.API", "deliver": deliveries(site)}
        return {
            "name": mirror_of(region),
            "storage": "file",
            "num_replicas": 1,
            "deny_delete": True,
            "deny_purge": True,
            "allow_direct": True,
            "mirror": {"name": self.stream(region), "external": external},
        }


def name_on(server: Server, plan: Plan, region: str) -> str:
    """The name under which a server holds a region: the stream, or a room's copy of it."""
    return plan.stream(region) if server.kind == "core" else mirror_of(region)


def deliveries(site: Site) -> str:
    """The subject under which the core sends entries to a site's copies."""
    return f"mir.{site.code}"


async def make_streams(operator: Operator, server: Server, plan: Plan, clock: Clock, seconds: float) -> int:
    """Make a server's streams (any core server: those of the core). Tries for `seconds`, since a core that has just
    started first elects a leader. Returns how many were asked for.

    Raises NetworkError when one is there with other settings, or when it was not to be done in time.
    """
    end = clock.monotonic() + seconds
    waiting = plan.wanted(server)
    count = len(waiting)
    while waiting:
        try:
            async with operator.call(server) as line:
                while waiting:
                    await _make(line, server, waiting[0])
                    waiting.pop(0)
        except RecordError as error:
            if clock.monotonic() > end:
                name = waiting[0]["name"]
                raise NetworkError(f"{server.name}: stream {name} could not be made: {error}") from None
            await clock.wait(RETRY_SECONDS)
    return count


async def _make(line: Line, server: Server, config: Config) -> None:
    name = config["name"]
    answer = await line.request(f"$JS.API.STREAM.CREATE.{name}", msgspec.json.encode(config), ANSWER_SECONDS)
    error = answer.get("error")
    if error is None:
        return
    if error.get("err_code") != _EXISTS_OTHERWISE:
        raise RecordError(str(error.get("description", "refused")))
    found = (await line.request(f"$JS.API.STREAM.INFO.{name}", b"", ANSWER_SECONDS)).get("config", {})
    other = [
        f"{key} is {found.get(key)!r} and ought to be {value!r}"
        for key, value in config.items()
        if found.get(key) != value
    ]
    raise NetworkError(f"{server.name}: stream {name} is there with other settings: {', '.join(other)}")
