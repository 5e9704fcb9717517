"""The configuration of a process: which rooms it hosts, where its data lie, and where it listens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from meldkamer.geo import LostSettings


class SettingsError(Exception):
    """The configuration file cannot be used; says which file and which field."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`meldkamer room FILE.toml`. Paths are relative to the file.

    rooms: codes of the rooms that this process hosts. pack: folder of the country's data; empty = the Netherlands as
    shipped. hosts: names under which desks may reach it. certificate, key: PEM files for TLS; empty = plain HTTP, which
    only belongs behind a proxy on the same machine. lost: name and addresses that the LoST server answers with.
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

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)


def read_settings(path: Path) -> Settings:
    """Read a configuration file. Raises SettingsError naming file and field."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    if bool(settings.certificate) != bool(settings.key):
        raise SettingsError(f"{path}: certificate and key belong together")

    def beside(name: str) -> str:
        return str((path.parent / name).resolve()) if name else ""

    return msgspec.structs.replace(
        settings,
        data=beside(settings.data),
        pack=beside(settings.pack),
        certificate=beside(settings.certificate),
        key=beside(settings.key),
    )
