"""`network init`: a folder with everything that the sites of a network need, from their list."""

from __future__ import annotations

from pathlib import Path

import msgspec

from meldkamer.domain.clock import Clock
from meldkamer.network.sites import files
from meldkamer.network.sites.keyring import APPLICATION as USERS
from meldkamer.network.sites.keyring import AUTHORITY, LOOPBACK, MASTER, SIGNING, Keyring
from meldkamer.network.sites.link import address
from meldkamer.network.sites.model import Network, NetworkError, Site, read_network
from meldkamer.network.sites.server_config import config_text, nearest_first, server_config
from meldkamer.network.sites.streams import Plan
from meldkamer.network.sites.systemd import units
from meldkamer.network.sites.toml_text import toml_text

LIST = "network.toml"
APPLICATION = "meldkamer.toml"
_WRITTEN = "written.json"
_LIST_SAYS = "The sites of this network. Change it here, then run `meldkamer network init` on this folder again."
_MADE = "Written by `meldkamer network init`. Do not change it here: change network.toml and run that again."


class SetUp(msgspec.Struct, frozen=True):
    """What was done. changed: files written; kept: files that somebody changed, with the new text beside them."""

    changed: tuple[Path, ...]
    kept: tuple[Path, ...]

    def told(self, folder: Path) -> list[str]:
        """In words, for the person who asked for it."""
        lines = [f"{folder}: {len(self.changed)} files written; keys that were there are as they were"]
        return lines + [
            f"{path}: was changed by hand and is kept; the new text is in {path.name}{files.NEW}" for path in self.kept
        ]


def set_up(root: Path, network: Network, plan: Plan, clock: Clock) -> SetUp:
    """Write the folder, or bring it up to date with the list. Keys that are there stay. Raises NetworkError."""
    if (root / LIST).exists() and read_network(root / LIST) != network:
        raise NetworkError(f"{root / LIST}: is there with other sites; change that file, or take a new folder")
    files.folder(root)
    keys = Keyring(root, clock)
    keys.make(network)
    written = files.Written(root, keys.operator / _WRITTEN)
    if not (root / LIST).exists():
        written.text(root / LIST, list_text(network))
    for server in network.servers():
        path = keys.site(server.site.code) / f"{server.kind}.conf"
        written.text(path, config_text(server_config(network, server, keys, plan), f"{server.name}. {_MADE}"))
    for site in network.sites:
        folder = keys.site(site.code)
        written.text(folder / APPLICATION, toml_text(_application(network, site), _MADE))
        for name, text in units(site).items():
            written.text(folder / "systemd" / name, text)
    written.save()
    return SetUp(tuple(written.changed), tuple(written.kept))


def list_text(network: Network) -> str:
    """The text of `network.toml`."""
    return toml_text(msgspec.to_builtins(network), _LIST_SAYS)


def open_folder(root: Path, clock: Clock) -> tuple[Network, Keyring]:
    """The network and the keys of a folder that `init` made. Raises NetworkError."""
    if not (root / LIST).exists():
        raise NetworkError(f"{root}: no network here; `meldkamer network init {root}` makes one")
    return read_network(root / LIST), Keyring(root, clock)


def _application(network: Network, site: Site) -> dict[str, object]:
    """The settings of the site's application (`meldkamer room`)."""
    local = site.listen in ("127.0.0.1", "localhost", "::1")
    settings: dict[str, object] = {
        "data": "data/application",
        "rooms": list(site.rooms),
        "host": site.listen,
        "port": site.ports.desk,
        "hosts": list(dict.fromkeys((site.host, *LOOPBACK))),
    }
    if not local:
        settings |= {"certificate": "desk.pem", "key": "desk.key"}
    if network.demonstration:
        settings |= {"demonstration": True}
    app, audit = USERS
    core = nearest_first(network, site)
    return settings | {
        "network": {
            "servers": [address(each.host, each.ports.core) for each in core],
            "local": address(site.host, site.ports.room),
            "regions": list(network.regions),
            "replicas": len(core),
            "ca": f"{AUTHORITY}.pem",
            "certificate": f"{app}.pem",
            "key": f"{app}.key",
            "app": f"{app}.nk",
            "audit": f"{audit}.nk",
            "master": MASTER,
            "signing": SIGNING,
        }
    }
