"""The configuration of a process: which rooms it hosts, where its data lie, and where it listens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from meldkamer.access import ProviderSettings, check_provider
from meldkamer.geo import LostSettings
from meldkamer.network import short_digest


class SettingsError(Exception):
    """The configuration file cannot be used; says which file and which field."""


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[network]`: the rooms work over the core's servers, not over a record of their own. `meldkamer network
    init` writes it. Paths are relative to the file.

    servers: of the core, nearest first, as `tls://host:port`. regions: those that have a stream there. domain: the
    core's JetStream domain, when these are servers of another one. replicas: how many copies of a stream the core
    keeps. ca, certificate, key: PEM files for mutual TLS; empty = not used. app, audit: files with the seeds of the
    user that works and of the one that asks servers whether they are safe. master: file with the master key of
    personal fields. signing: folder with this site's signing keys and everybody's public ones (`rooms.pub`). local: the
    site's own room server, whose copies are read while the core is out of reach; empty = none.
    """

    servers: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    regions: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    app: Annotated[str, msgspec.Meta(min_length=1)]
    audit: Annotated[str, msgspec.Meta(min_length=1)]
    master: Annotated[str, msgspec.Meta(min_length=1)]
    signing: Annotated[str, msgspec.Meta(min_length=1)]
    local: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    domain: str = ""
    replicas: Annotated[int, msgspec.Meta(ge=1, le=5)] = 5


class SteeringSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[steering]`: the management side.

    plan: folder of the plan that `meldkamer plan init` made, relative to the file; empty = the shipped one, read only.
    """

    plan: str = ""


class PositionsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[positions]`: positions of units by UDP, beside those by HTTP and WebSocket, which are always there.

    udp: where to listen, as `host:port`; empty = nowhere. keys: file with the keys of those who send, relative to the
    configuration. rate: lines a second that are taken of a sender, for each of its units.
    """

    udp: str = ""
    keys: str = ""
    rate: Annotated[float, msgspec.Meta(ge=0.01, le=100)] = 2.0

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to listen on; None for nowhere. Raises ValueError."""
        if not self.udp:
            return None
        host, _, port = self.udp.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
            raise ValueError(f"udp: {self.udp!r} is not host:port")
        return host, int(port)


class PaperSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[paper]`: status sheets on this machine's own disk, for when there is nothing else. They stand in
    `paper/` of the data folder.

    minutes: between two sheets; 0 = none are written. keep: how many older ones stay. languages: a set of sheets each.
    """

    minutes: Annotated[float, msgspec.Meta(ge=0, le=60)] = 5.0
    keep: Annotated[int, msgspec.Meta(ge=0, le=100)] = 3
    languages: Annotated[tuple[Literal["nl", "en"], ...], msgspec.Meta(min_length=1, max_length=2)] = ("nl", "en")


class MapSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[map]`: what lies under the map of the desks.

    tiles: an MBTiles or PMTiles file of the organisation's own, relative to the configuration; empty = none, and the
    map shows areas alone.
    """

    tiles: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[sign_in]`: what is asked beside a password, or in its place, and what opens as well.

    second_factor: codes of roles that count only for somebody who showed a second factor, such as `FB`. origin: the
    address under which the pages are opened, such as `https://meldkamer.example`, for passkeys; empty = there are none.
    provider: of the organisation, through which people may sign in as well; None for none.
    """

    second_factor: Annotated[tuple[str, ...], msgspec.Meta(max_length=64)] = ()
    origin: Annotated[str, msgspec.Meta(max_length=300)] = ""
    provider: ProviderSettings | None = None

    def check(self, hosts: Sequence[str]) -> None:
        """Raises ValueError for an origin to which no browser binds a key, or that is no name of this room."""
        if not self.origin:
            return
        try:
            there = urlsplit(self.origin)
            plain = f"{there.scheme}://{there.hostname}" + (f":{there.port}" if there.port else "")
        except ValueError as error:
            raise ValueError(f"origin: {self.origin!r}: {error}") from None
        name = there.hostname or ""
        schemes = ("https", "http") if name == "localhost" else ("https",)
        if self.origin != plain or not name or there.scheme not in schemes:
            raise ValueError(f"origin: {self.origin!r} is not https://NAME or https://NAME:PORT, in small letters")
        if name.replace(".", "").isdecimal() or ":" in name:
            raise ValueError(f"origin: {self.origin!r}: a passkey is bound to a name, not to an address")
        if name not in hosts:
            raise ValueError(f"origin: {name} is not among the hosts of this room")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`meldkamer room FILE.toml`. Paths are relative to the file.

    rooms: codes of the rooms that this process hosts. pack: folder of the country's data; empty = the Netherlands as
    shipped. hosts: names under which desks may reach it. certificate, key: PEM files for TLS; empty = plain HTTP, which
    only belongs behind a proxy on the same machine. lost: name and addresses that the LoST server answers with.
    demonstration: make up accounts and units, anew at each start; never in a room that is real. exercise: this
    is one, on a copy of a record, and nothing of it is real. paper: status sheets on the disk. network: the core's
    servers; without it the record is a file of this process. steering: where the plan stands. positions: of units, by
    UDP. sign_in: what is asked beside a password, or in its place. map: what lies under the desks'
    map. digest: what stands for the file where people compare it; filled in when it is read.
    """

    data: Annotated[str, msgspec.Meta(min_length=1)]
    rooms: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    pack: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8112
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    certificate: str = ""
    key: str = ""
    lost: LostSettings = LostSettings()
    demonstration: bool = False
    exercise: bool = False
    paper: PaperSettings = PaperSettings()
    network: NetworkSettings | None = None
    steering: SteeringSettings = SteeringSettings()
    positions: PositionsSettings = PositionsSettings()
    sign_in: SignInSettings = SignInSettings()
    map: MapSettings = MapSettings()
    digest: str = ""

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)


def read_settings(path: Path) -> Settings:
    """Read a configuration file. Raises SettingsError naming file and field."""
    try:
        text = path.read_bytes()
        settings = msgspec.toml.decode(text, type=Settings)
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    if settings.digest:
        raise SettingsError(f"{path}: digest is not set in the file")
    if bool(settings.certificate) != bool(settings.key):
        raise SettingsError(f"{path}: certificate and key belong together")
    if settings.exercise and settings.network is not None:
        raise SettingsError(f"{path}: exercise: works on a copy of its own, never over the network's servers")

    try:
        udp = settings.positions.address is not None
    except ValueError as error:
        raise SettingsError(f"{path}: positions: {error}") from None
    try:
        settings.sign_in.check(settings.hosts)
    except ValueError as error:
        raise SettingsError(f"{path}: sign_in: {error}") from None
    if udp != bool(settings.positions.keys):
        raise SettingsError(f"{path}: positions: udp and keys belong together")

    provider = settings.sign_in.provider
    if provider is not None:
        try:
            check_provider(provider, settings.hosts)
        except ValueError as error:
            raise SettingsError(f"{path}: sign_in: provider: {error}") from None

    def beside(name: str) -> str:
        return str((path.parent / name).resolve()) if name else ""

    network = settings.network
    if network is not None:
        if bool(network.certificate) != bool(network.key):
            raise SettingsError(f"{path}: network: certificate and key belong together")
        files = ("ca", "certificate", "key", "app", "audit", "master", "signing")
        network = msgspec.structs.replace(network, **{name: beside(getattr(network, name)) for name in files})
    if provider is not None:
        secret, ca = beside(provider.secret), beside(provider.ca)
        provider = msgspec.structs.replace(provider, secret=secret, ca=ca)
    return msgspec.structs.replace(
        settings,
        digest=short_digest(text),
        network=network,
        sign_in=msgspec.structs.replace(settings.sign_in, provider=provider),
        steering=msgspec.structs.replace(settings.steering, plan=beside(settings.steering.plan)),
        positions=msgspec.structs.replace(settings.positions, keys=beside(settings.positions.keys)),
        map=msgspec.structs.replace(settings.map, tiles=beside(settings.map.tiles)),
        data=beside(settings.data),
        pack=beside(settings.pack),
        certificate=beside(settings.certificate),
        key=beside(settings.key),
    )
