"""`network join` and `network leave`: a site comes into the running network or goes out of it; nothing stands still.

Only the list, the keys and the configurations change, and servers read them while they run: no stream is touched, so no
fact can be lost by it. Each command may be given again after a break, and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from meldkamer.network.leases import MARGIN_SECONDS, TTL_SECONDS
from meldkamer.network.sites import files
from meldkamer.network.sites.model import Code, Network, NetworkError, Site, faults
from meldkamer.network.sites.report import Report
from meldkamer.network.sites.setting_up import LIST, list_text

JOURNALS = "data/application/island"
"""Where the application of a site keeps what it stored while it was alone: a folder for each such time."""
JOURNAL, BROUGHT = "journal.sqlite", "brought"


class Newcomer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of a site that joins: the site, and the regions that have their home there from now on: new ones,
    or ones that another room looked after."""

    site: Site
    regions: dict[Code, Code] = {}


def read_newcomer(path: Path) -> Newcomer:
    """Read `[site]` and `[regions]`. Raises NetworkError naming the file and the fault."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Newcomer)
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NetworkError(f"{path}: {error}") from None


def with_site(network: Network, newcomer: Newcomer) -> Network:
    """The network with this site. Raises NetworkError when that is no network, or the site is there as another."""
    site = newcomer.site
    if site.core:
        raise NetworkError(f"{site.code}: a core server changes the majority; docs/run/join-and-leave.md says how")
    known = next((each for each in network.sites if each.code == site.code), None)
    if known is not None and known != site:
        raise NetworkError(f"{site.code}: is in the list already, with other settings; change {LIST} and run `init`")
    sites = network.sites if known is not None else (*network.sites, site)
    return _checked(msgspec.structs.replace(network, sites=sites, regions=network.regions | newcomer.regions))


def without_site(network: Network, code: str, homes: Mapping[str, str]) -> Network:
    """The network without this site. homes: region -> its new home room. Raises NetworkError."""
    site = network.site(code)
    if site.core:
        raise NetworkError(f"{code}: has a core server of the majority; docs/run/join-and-leave.md says how it goes")
    if unknown := sorted(set(homes) - set(network.regions)):
        raise NetworkError(f"{', '.join(unknown)}: not a region of this network")
    regions = network.regions | dict(homes)
    if left := sorted(region for region, home in regions.items() if home in site.rooms):
        raise NetworkError(f"{', '.join(left)}: give each a new home room: `--home REGION=ROOM`")
    sites = tuple(each for each in network.sites if each.code != code)
    return _checked(msgspec.structs.replace(network, sites=sites, regions=regions))


def reasons_to_wait(report: Report) -> list[str]:
    """Why the list must not be changed now: every core server answers, and each stream has all its copies."""
    found = [f"{row.name}: {row.why}" for row in report.servers if row.kind == "core" and row.state == "unchecked"]
    found += [f"{row.name}: {row.why or 'nobody leads it'}" for row in report.streams if not row.leader]
    return found + [f"{row.name}: {row.why}" for row in report.streams if row.leader and row.copies < row.of]


def reasons_to_stay(report: Report, site: Site, owners: Mapping[str, str], folder: Path, brought: bool) -> list[str]:
    """Why a site must not leave now. owners: function -> room. folder: of the site. brought: somebody has looked at
    the site, and no journal of an island waits there."""
    found: list[str] = []
    for row in report.rooms:
        if row.site != site.code:
            continue
        if row.state == "unchecked":
            found.append(f"room {row.room}: {row.why}")
        elif row.beat_ms is not None and row.beat_ms <= (TTL_SECONDS + MARGIN_SECONDS) * 1000:
            found.append(f"room {row.room} still works; stop its application first")
    for room in site.rooms:
        if owned := sorted(name for name, owner in owners.items() if owner == room):
            found.append(f"room {room} still owns {', '.join(owned)}; hand them over, or wait until others take them")
    journals = folder / JOURNALS
    if waiting := [path.parent.name for path in journals.glob(f"*/{JOURNAL}") if not (path.parent / BROUGHT).exists()]:
        found.append(
            f"what it stored while it was alone is not brought to the network yet ({', '.join(sorted(waiting))}): "
            "start its application once more while the core answers"
        )
    if not journals.parent.exists() and not brought:
        found.append(
            f"its application does not work on this machine: look there for folders of {JOURNALS} without a file "
            f"`{BROUGHT}`; when there is none, say so with --brought"
        )
    return found


def write_list(root: Path, network: Network) -> None:
    """Put the list of sites over the one that is there."""
    files.replace(root / LIST, list_text(network).encode())


def _checked(network: Network) -> Network:
    if wrong := list(faults(network)):
        raise NetworkError("; ".join(wrong))
    return network
