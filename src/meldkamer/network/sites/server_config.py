"""The configuration of a site's servers, as nats-server 2.15 reads it (its format takes JSON as it is).

Paths are relative to the site's folder, in which the server is started. Settings that keep the record's promises:
`sync_interval: always` (a majority has it on disk before it says yes), `no_advertise` (nobody learns of an address that
is not in the list of sites), `unique_tag` (no two copies of a stream at one site).
"""

from __future__ import annotations

import json
from typing import Any

from meldkamer.network.sites import permissions
from meldkamer.network.sites.keyring import AUTHORITY, OPERATOR, WATCH, Keyring
from meldkamer.network.sites.model import CORE_DOMAIN, Network, Server, Site
from meldkamer.network.sites.permissions import Subjects
from meldkamer.network.sites.streams import Plan

ACCOUNT = "MELDKAMER"
SYSTEM = "SYS"
PING = {"ping_interval": "5s", "ping_max": 2}
CLIENT, LEAF = ["STANDARD"], ["LEAFNODE"]

INCLUDE = "include"
"""The one word that is not JSON: a secret stays in a file of its own, out of a text that people pass around. The server
reads the name of the file up to the end of the line, so it stands last in its table."""

Config = dict[str, Any]


def server_config(network: Network, server: Server, keys: Keyring, plan: Plan) -> Config:
    """The configuration of one server of the network."""
    return _core(network, server, keys, plan) if server.kind == "core" else _room(network, server, keys, plan)


def config_text(config: Config, comment: str) -> str:
    """As the file's text."""
    body = json.dumps(config, indent=2).replace(f'"{INCLUDE}": "leaf.nk"', f"{INCLUDE} leaf.nk")
    return "".join(f"# {line}\n" for line in comment.splitlines()) + body + "\n"


def read_config(text: str) -> Config:
    """The configuration in a file's text that `config_text` made."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    config: Config = json.loads("\n".join(lines).replace(f"{INCLUDE} leaf.nk", f'"{INCLUDE}": "leaf.nk"'))
    return config


def domain(site: Site) -> str:
    """The JetStream domain of a site's room server: its streams live on when the core is out of reach."""
    return f"room-{site.code}"


def _core(network: Network, server: Server, keys: Keyring, plan: Plan) -> Config:
    site = server.site
    operators = [*keys.pin(keys.operator, OPERATOR)]
    applications = [pin for each in network.sites for pin in keys.pin(keys.site(each.code), "app")]
    cores = [pin for each in network.cores for pin in keys.pin(keys.site(each.code), "core")]
    users = _users(keys.user(keys.operator, OPERATOR), permissions.OPERATOR, CLIENT)
    for each in network.sites:
        folder = keys.site(each.code)
        users += _users(keys.user(folder, "app"), permissions.application_at_core(plan, each), CLIENT)
        users += _users(keys.user(folder, "leaf"), permissions.leaf(plan, each), LEAF)
    audits = [key for each in network.sites for key in keys.user(keys.site(each.code), "audit")]
    config = _common(server, keys, users, audits, [*operators, *applications])
    config["jetstream"] = _jetstream("data/core", CORE_DOMAIN) | {"unique_tag": "site:"}
    if len(network.cores) > 1:
        config["cluster"] = {
            "name": network.name,
            "listen": f"{site.listen}:{site.ports.cluster}",
            "no_advertise": True,
            "ping_interval": "2s",  # who is cut off is asked for nothing any more after a few seconds
            "routes": [f"nats-route://{each.host}:{each.ports.cluster}" for each in network.cores],
            "tls": _tls("core", cores),
        }
    config["leafnodes"] = {
        "listen": f"{site.listen}:{site.ports.leaf}",
        "no_advertise": True,
        # Without pins: the server takes no other ones while it runs, and refuses all that is new with them. Here the
        # keys of the leaves tell who it is, and those it takes.
        "tls": _tls("core", None) | {"verify": True, "min_version": "1.3"},
    }
    return config


def _room(network: Network, server: Server, keys: Keyring, plan: Plan) -> Config:
    site = server.site
    folder = keys.site(site.code)
    pins = [*keys.pin(keys.operator, OPERATOR), *keys.pin(folder, "app")]
    users = _users(keys.user(keys.operator, OPERATOR), permissions.OPERATOR, CLIENT)
    users += _users(keys.user(folder, "app"), permissions.application_at_room(plan), CLIENT)
    config = _common(server, keys, users, keys.user(folder, "audit"), pins)
    config["jetstream"] = _jetstream("data/room", domain(site))
    config["leafnodes"] = {
        "reconnect": "1s",
        "remotes": [
            {
                "urls": [f"nats-leaf://{each.host}:{each.ports.leaf}" for each in nearest_first(network, site)],
                "no_randomize": True,
                "account": ACCOUNT,
                "tls": _tls("room", None),
                INCLUDE: "leaf.nk",
            }
        ],
    }
    return config


def _common(server: Server, keys: Keyring, users: list[Config], audits: list[str], pins: list[str]) -> Config:
    site = server.site
    watch = _users(keys.user(keys.operator, WATCH), permissions.WATCH, CLIENT)
    watch += _users(audits, permissions.AUDIT, CLIENT)
    return {
        "server_name": server.name,
        "server_tags": [f"site:{site.code}"],
        "listen": f"{site.listen}:{server.port}",
        "pid_file": f"data/{server.kind}.pid",
        **PING,
        "tls": _tls(server.kind, pins),
        "system_account": SYSTEM,
        "accounts": {SYSTEM: {"users": watch}, ACCOUNT: {"jetstream": "enabled", "users": users}},
    }


def _jetstream(store: str, name: str) -> Config:
    return {"store_dir": store, "domain": name, "sync_interval": "always"}


def _tls(name: str, pins: list[str] | None) -> Config:
    """Mutual TLS with a certificate of the site's folder. `pins`: whom to let in; None where we only call others."""
    tls: Config = {"cert_file": f"{name}.pem", "key_file": f"{name}.key", "ca_file": f"{AUTHORITY}.pem"}
    if pins is None:
        return tls
    # An empty list of pins would let everybody in: then a pin stands there that is nobody's.
    return tls | {"verify": True, "min_version": "1.3", "pinned_certs": pins or ["0" * 64]}


def _users(keys: list[str], subjects: Subjects, kinds: list[str]) -> list[Config]:
    allowed = {"publish": {"allow": list(subjects.publish)}, "subscribe": {"allow": list(subjects.subscribe)}}
    return [{"nkey": key, "permissions": allowed, "allowed_connection_types": kinds} for key in keys]


def nearest_first(network: Network, site: Site) -> list[Site]:
    """The core servers in an order of the site's own: its own first, then round the list from its own place."""
    at = network.sites.index(site)
    ring = [*network.sites[at:], *network.sites[:at]]
    return [each for each in ring if each.core]
