"""A list of sites for trying the network out on one machine: every region's room at a site of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meldkamer.network.sites.model import Network, NetworkError, Ports, Site

HOST = "127.0.0.1"
STEP = 10
"""Ports from one site to the next."""
CORES = 5


def demonstration(regions: Mapping[str, str], guests: Sequence[str], port: int, cores: int = CORES) -> Network:
    """regions: each region's home room. guests: rooms without a region of their own; they sit in at sites without a
    core server, one each, as long as there are such. Every second site has a core server, up to `cores`.

    Raises NetworkError when the ports do not fit above `port`.
    """
    hosts = [room for region, room in regions.items() if room not in guests and room == region]
    last = port + STEP * (len(hosts) - 1) + 4
    if port < 1024 or last > 65535:
        raise NetworkError(f"port {port}: the sites take the ports up to {last}; choose 1024 or above, within 65535")
    with_core = set([*hosts[::2], *hosts[1::2]][:cores])
    others = [room for room in hosts if room not in with_core] or hosts
    seated = {room: [room] for room in hosts}
    for n, guest in enumerate(guests):
        seated[others[n % len(others)]].append(guest)
    sites = tuple(
        Site(
            code=room,
            rooms=tuple(seated[room]),
            host=HOST,
            listen=HOST,
            core=room in with_core,
            ports=Ports(core=at, cluster=at + 1, leaf=at + 2, room=at + 3, desk=at + 4),
        )
        for room, at in zip(hosts, range(port, last + 1, STEP), strict=True)
    )
    return Network(name="demonstration", regions=dict(regions), sites=sites, demonstration=True)
