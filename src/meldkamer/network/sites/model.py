"""The sites of a network as data: where its servers stand and which rooms work there. Read from `network.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

CORE_SIZES = (1, 3, 5)
"""How many core servers a network may have: an odd number, since only a majority can promise anything."""

CORE_DOMAIN = "core"
"""The name of the core's JetStream, under which room servers reach it over their leaf connection."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Host = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$")]
Kind = Literal["core", "room"]
T = TypeVar("T")


class NetworkError(Exception):
    """A list of sites, a folder or a key that cannot be used; says which, and what to do."""


class Ports(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """TCP ports of one site. core: rooms write here. cluster: the core servers among themselves. leaf: room servers
    fetch their mirrors here. room: the site's own application only. desk: workplaces."""

    core: Port = 4222
    cluster: Port = 6222
    leaf: Port = 7422
    room: Port = 4223
    desk: Port = 8112


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place with a room server, the rooms that work there and, for an odd few, a core server.

    host: the name or address under which the other sites reach it, and which its certificates carry.
    listen: the address on which its servers listen for other sites.
    """

    code: Code
    rooms: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1)]
    host: Host
    core: bool = False
    listen: Host = "0.0.0.0"
    ports: Ports = Ports()


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `network.toml` says. name: of the core cluster. regions: each region's home room; one stream for each, with
    a copy in every room server. demonstration: the applications make up accounts and units, for trying out."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    regions: Annotated[dict[Code, Code], msgspec.Meta(min_length=1)]
    sites: Annotated[tuple[Site, ...], msgspec.Meta(min_length=1)]
    demonstration: bool = False

    @property
    def cores(self) -> tuple[Site, ...]:
        """The sites with a core server."""
        return tuple(site for site in self.sites if site.core)

    def site(self, code: str) -> Site:
        """Raises NetworkError for a site that is not in the list."""
        for site in self.sites:
            if site.code == code:
                return site
        raise NetworkError(f"{code}: not a site of this network; it has {', '.join(s.code for s in self.sites)}")

    def servers(self) -> Iterator[Server]:
        """Every server that must run, the core first."""
        for site in self.cores:
            yield Server("core", site)
        for site in self.sites:
            yield Server("room", site)


class Server(msgspec.Struct, frozen=True):
    """One server process: a core server, or the room server of a site."""

    kind: Kind
    site: Site

    @property
    def name(self) -> str:
        """`core-LB` or `room-LB`: in its configuration, in `status`, and of its files."""
        return f"{self.kind}-{self.site.code}"

    @property
    def port(self) -> int:
        """Where its clients connect."""
        return self.site.ports.core if self.kind == "core" else self.site.ports.room


def read_network(path: Path) -> Network:
    """Read and check a list of sites. Raises NetworkError naming the file and every fault."""
    try:
        network = msgspec.toml.decode(path.read_bytes(), type=Network)
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NetworkError(f"{path}: {error}") from None
    if wrong := list(faults(network)):
        raise NetworkError(f"{path}: {'; '.join(wrong)}")
    return network


def faults(network: Network) -> Iterator[str]:
    """What makes this list no network."""
    sites = network.sites
    for code in _twice(site.code for site in sites):
        yield f"site {code} is listed twice"
    for room in _twice(room for site in sites for room in site.rooms):
        yield f"room {room} works at two sites"
    working = {room for site in sites for room in site.rooms}
    for region, home in network.regions.items():
        if home not in working:
            yield f"region {region} belongs to room {home}, which works at no site"
    if len(network.cores) not in CORE_SIZES:
        counts = ", ".join(str(size) for size in CORE_SIZES)
        yield f"{len(network.cores)} sites have `core = true`; it must be one of {counts}"
    used = [(site.host, port) for site in sites for port in _ports(site)]
    for host, port in _twice(used):
        yield f"port {port} of {host} is used twice"


def _ports(site: Site) -> list[int]:
    ports = site.ports
    return [ports.room, ports.desk, *([ports.core, ports.cluster, ports.leaf] if site.core else [])]


def _twice(items: Iterable[T]) -> list[T]:
    return [item for item, count in Counter(items).items() if count > 1]
