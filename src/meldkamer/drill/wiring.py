"""Every link between sites goes through a proxy of its own: the files of a network are changed to say so.

A site's servers and application among themselves are not in between: they stand in one building. Core servers tell each
other where the others listen; a drill lets them tell a port on which nobody does, so that no link goes round its proxy.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from meldkamer.domain.clock import Clock
from meldkamer.drill.proxy import Proxy, Weather
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network, Site
from meldkamer.network.sites.server_config import config_text, read_config
from meldkamer.network.sites.setting_up import APPLICATION

Kind = Literal["app", "leaf", "route"]
_SAYS = "Changed by `meldkamer drill`: every link to another site goes through a proxy."


class Link(msgspec.Struct, frozen=True):
    """A link that a process of one site opens to the core server of another. app: of the application; leaf: of the room
    server; route: of the core server."""

    kind: Kind
    source: str
    target: str


class Wiring:
    """All links of a network. `cut` and `heal` work on those between a site and the others."""

    def __init__(self, network: Network, clock: Clock, seed: int) -> None:
        self._network = network
        self._proxies: dict[Link, Proxy] = {}
        for link, port in _links(network):
            rng = random.Random(f"{seed}/{link.kind}/{link.source}/{link.target}")  # noqa: S311 - weather, no secret
            self._proxies[link] = Proxy(port, clock, rng)

    async def open(self, keys: Keyring, nowhere: int) -> None:
        """Start every proxy and change the files. nowhere: a port on which nobody listens. Raises OSError."""
        for proxy in self._proxies.values():
            await proxy.start()
        for site in self._network.sites:
            self._application(keys, site)
            self._room(keys, site)
            if site.core:
                self._core(keys, site, nowhere)

    def between(self, site: str) -> list[Link]:
        """The links between a site and all others, whoever opens them."""
        return [link for link in self._proxies if site in (link.source, link.target)]

    def set(self, weather: Weather, links: list[Link]) -> None:
        """Change the weather of these links."""
        for link in links:
            self.proxy(link).set(weather)

    def proxy(self, link: Link) -> Proxy:
        """What carries a link."""
        return self._proxies[link]

    def one_way(self, site: str, weather: Weather) -> None:
        """Nothing leaves a site any more, while what others send still comes in; otherwise as `weather` says."""
        for link in self.between(site):
            out = {"up": False} if link.source == site else {"down": False}
            self.proxy(link).set(msgspec.structs.replace(weather, **out))

    def heal(self) -> None:
        """Clear weather everywhere."""
        self.set(Weather(), list(self._proxies))

    def idle(self) -> list[Link]:
        """Links that nothing has ever gone through, though each process must have opened it: of the core's routes."""
        pairs: dict[frozenset[str], int] = {}
        for link, proxy in self._proxies.items():
            if link.kind == "route":
                pair = frozenset((link.source, link.target))
                pairs[pair] = pairs.get(pair, 0) + proxy.carried
        return [Link("route", *sorted(pair)) for pair, carried in pairs.items() if not carried]

    async def close(self) -> None:
        """Drop everything."""
        for proxy in self._proxies.values():
            await proxy.close()

    # --- the files --------------------------------------------------------------------------------------------------

    def _port(self, kind: Kind, source: str, target: Site, own: int) -> int:
        """Where a process of a site finds a core server: the proxy's port, at its own site the server's own."""
        return own if source == target.code else self.proxy(Link(kind, source, target.code)).port

    def _application(self, keys: Keyring, site: Site) -> None:
        path = keys.site(site.code) / APPLICATION
        text = path.read_text(encoding="utf-8")
        for core in self._network.cores:
            port = self._port("app", site.code, core, core.ports.core)
            text = re.sub(rf'"tls://{re.escape(core.host)}:{core.ports.core}"', f'"tls://{core.host}:{port}"', text)
        path.write_text(text, encoding="utf-8")

    def _room(self, keys: Keyring, site: Site) -> None:
        path = keys.site(site.code) / "room.conf"
        config = read_config(path.read_text(encoding="utf-8"))
        ports = {core.ports.leaf: self._port("leaf", site.code, core, core.ports.leaf) for core in self._network.cores}
        for remote in config["leafnodes"]["remotes"]:
            remote["urls"] = [_through(url, ports) for url in remote["urls"]]
        path.write_text(config_text(config, _SAYS), encoding="utf-8")

    def _core(self, keys: Keyring, site: Site, nowhere: int) -> None:
        path = keys.site(site.code) / "core.conf"
        config = read_config(path.read_text(encoding="utf-8"))
        if (cluster := config.get("cluster")) is not None:
            others = [core for core in self._network.cores if core != site]
            ports = {core.ports.cluster: self._port("route", site.code, core, 0) for core in others}
            routes = [url for url in cluster["routes"] if int(url.rpartition(":")[2]) in ports]
            cluster["routes"] = [_through(url, ports) for url in routes]
            cluster["advertise"] = f"{site.host}:{nowhere}"
            path.write_text(config_text(config, _SAYS), encoding="utf-8")


def _through(url: str, ports: dict[int, int]) -> str:
    before, _, port = url.rpartition(":")
    return f"{before}:{ports[int(port)]}"


def _links(network: Network) -> Iterator[tuple[Link, int]]:
    """Every link between sites, and the port that it goes to."""
    for site in network.sites:
        for core in network.cores:
            if core.code == site.code:
                continue
            yield Link("app", site.code, core.code), core.ports.core
            yield Link("leaf", site.code, core.code), core.ports.leaf
            if site.core:
                yield Link("route", site.code, core.code), core.ports.cluster
