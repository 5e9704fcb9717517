"""Every key and certificate of a network, in its folder: made when missing, kept when there, left out when revoked.

operator/           the authority's key, the operator's own keys: stays with the operator
sites/<CODE>/       what goes to one site, and to no other
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

from meldkamer.domain.clock import Clock
from meldkamer.network.sites import certificates
from meldkamer.network.sites.files import once, read_private, replace
from meldkamer.network.sites.model import Network, NetworkError, Site
from meldkamer.network.statement import short_digest
from meldkamer.record import NKey, SigningKeyError, open_signers, public_keys_text, read_public

OPERATOR = "operator"
WATCH = "watch"
AUTHORITY = "ca"
REVOKED = "revoked.txt"
APPLICATION = ("app", "audit")
"""A site's application is two users: one that works, one that asks servers whether they are safe to work with."""
LEAF_KEY = "nkey: "
"""What stands before the seed in `leaf.nk`: the room server reads that file as a part of its configuration."""
SIGNING, PUBLIC = "signing", "rooms.pub"
"""Folder with the keys by which a site's rooms sign what they write, and there the public keys of all rooms."""
MASTER = "keys.master"
"""The master key of all personal fields: the same at every site, and on no server."""
MASTER_BYTES = 32
SETTINGS = "meldkamer.toml"
"""The settings of a site's application."""
LOOPBACK = ("localhost", "127.0.0.1")


class Keyring:
    """The keys of a folder. The clock dates new certificates."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.root, self._clock = root, clock

    @property
    def operator(self) -> Path:
        """The folder that stays with the operator."""
        return self.root / OPERATOR

    def site(self, code: str) -> Path:
        """The folder that goes to a site."""
        return self.root / "sites" / code

    def make(self, network: Network) -> None:
        """Make what is missing. Raises NetworkError for a key that is open to others or is not one of ours."""
        key = once(self.operator / f"{AUTHORITY}.key", certificates.new_key)
        own = self.operator / f"{AUTHORITY}.pem"
        authority = once(own, lambda: certificates.self_signed(f"{network.name} authority", key, self._now()))
        self._certificate(self.operator, OPERATOR, f"{OPERATOR}.{network.name}", ())
        for name in (OPERATOR, WATCH):
            self._user(self.operator / f"{name}.nk")
        master = once(self.operator / MASTER, lambda: os.urandom(MASTER_BYTES))
        for site in network.sites:
            folder, hosts = self.site(site.code), (site.host, *LOOPBACK)
            once(folder / f"{AUTHORITY}.pem", lambda: authority)
            once(folder / MASTER, lambda: master)
            for name in (["core"] if site.core else []) + ["room", "desk"]:
                self._certificate(folder, name, f"{name}-{site.code}.{network.name}", hosts)
            self._certificate(folder, "app", f"app-{site.code}.{network.name}", ())
            for name in APPLICATION:
                self._user(folder / f"{name}.nk")
            self._user(folder / "leaf.nk", LEAF_KEY)
        self._sign(network)

    def pin(self, folder: Path, name: str) -> list[str]:
        """The pin of a certificate, as a list; empty when it was revoked."""
        found = certificates.pin(read_private(folder / f"{name}.pem"))
        return [] if found in self.revoked() else [found]

    def user(self, folder: Path, name: str) -> list[str]:
        """The public key of a user, as a list; empty when it was revoked."""
        found = self._user(folder / f"{name}.nk").public
        return [] if found in self.revoked() else [found]

    def expiry(self, site: Site) -> dt.datetime:
        """When the first of a site's certificates ends, the authority's included. Raises NetworkError."""
        names = (AUTHORITY, *(("core",) if site.core else ()), "room", "app", "desk")
        return min(certificates.expires(read_private(self.site(site.code) / f"{name}.pem")) for name in names)

    def settings_digest(self, site: Site) -> str:
        """What stands for the settings file of a site's application; '' when there is none."""
        try:
            return short_digest((self.site(site.code) / SETTINGS).read_bytes())
        except OSError:
            return ""

    # --- taking back ------------------------------------------------------------------------------------------------

    def revoked(self) -> frozenset[str]:
        """Public keys and pins that no server may accept any more."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self.operator / REVOKED).read_text(encoding="utf-8").splitlines()
            return frozenset(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))
        return frozenset()

    def revoke(self, site: Site) -> int:
        """Take back every key of a site, and put the files aside so that `make` makes new ones. Returns how many."""
        folder, when = self.site(site.code), self._now()
        names = (["core"] if site.core else []) + ["app"]
        keys = [key for name in names for key in self.pin(folder, name)]
        keys += [key for name in (*APPLICATION, "leaf") for key in self.user(folder, name)]
        path = self.operator / REVOKED
        before = path.read_text(encoding="utf-8") if path.exists() else "# public keys that no server may accept\n"
        rows = "".join(f"{key} {site.code} {when:%Y-%m-%dT%H:%M:%SZ}\n" for key in keys)
        replace(path, (before + rows).encode())
        aside = folder / f"revoked-{when:%Y%m%dT%H%M%SZ}"
        aside.mkdir(mode=0o700)
        (aside / SIGNING).mkdir(mode=0o700)
        for old in [
            *folder.glob("*.key"),
            *folder.glob("*.nk"),
            *folder.glob("*.pem"),
            *folder.glob(f"{SIGNING}/*.pem"),
        ]:
            if old.name != f"{AUTHORITY}.pem":
                old.rename(aside / old.relative_to(folder))
        return len(keys)

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock.now() / 1000, dt.UTC)

    # --- parts ------------------------------------------------------------------------------------------------------

    def _certificate(self, folder: Path, name: str, subject: str, hosts: tuple[str, ...]) -> None:
        key = once(folder / f"{name}.key", certificates.new_key)
        if not (folder / f"{name}.pem").exists():
            signer = read_private(self.operator / f"{AUTHORITY}.key")
            authority = read_private(self.operator / f"{AUTHORITY}.pem")
            try:
                made = certificates.issue(authority, signer, key, subject, hosts, self._now())
            except certificates.BadKey as error:
                raise NetworkError(f"{folder / name}.key: {error}") from None
            once(folder / f"{name}.pem", lambda: made)

    def _sign(self, network: Network) -> None:
        """Each room's signing key at its own site, and everybody's public keys at every site. Those of replaced keys
        stay: what was signed with them still stands in the record."""
        known = read_public(self.operator / SIGNING)
        try:
            for site in network.sites:
                signers, _ = open_signers(self.site(site.code) / SIGNING, site.rooms)
                for room, signer in signers.items():
                    if signer.public not in known.setdefault(room, []):
                        known[room].append(signer.public)
        except SigningKeyError as error:
            raise NetworkError(str(error)) from None
        for folder in (self.operator, *(self.site(site.code) for site in network.sites)):
            replace(folder / SIGNING / PUBLIC, public_keys_text(known).encode())

    def _user(self, path: Path, before: str = "") -> NKey:
        seed = once(path, lambda: f"{before}{NKey.generate().seed}\n".encode())
        try:
            return NKey.from_seed(seed.decode("ascii", "replace").removeprefix(LEAF_KEY).strip())
        except ValueError as error:
            raise NetworkError(f"{path}: {error}") from None
