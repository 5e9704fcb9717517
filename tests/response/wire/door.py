"""A door for lines with two senders, and what one datagram comes to."""

from __future__ import annotations

import datetime
from pathlib import Path

from meldkamer.domain.clock import FakeClock
from meldkamer.domain.unit import Unit
from meldkamer.geo import RdTransform
from meldkamer.network import Picture
from meldkamer.response import Positions
from meldkamer.response.wire.door import Lines
from meldkamer.response.wire.seen import CountersFile
from meldkamer.response.wire.senders import SendersFile

NOW = round(datetime.datetime(2026, 3, 23, 12, 36, tzinfo=datetime.UTC).timestamp() * 1000)
OWN, OTHER = "RT/17-0131", "RT/17-0132"
KEYS = {
    "vm-12": (bytes.fromhex("0123456789abcdef" * 4),),
    "gw_1.a": (bytes.fromhex("fedcba9876543210" * 4), bytes.fromhex("00112233445566778899aabbccddeeff" * 2)),
}
UNITS = {"vm-12": (OWN,), "gw_1.a": (OTHER, "LB/24-9999")}
RD = RdTransform()


def senders_text(keys: dict[str, tuple[bytes, ...]] | None = None) -> str:
    rows = (keys or KEYS).items()
    return "\n".join(
        f'[sender."{name}"]\nkeys = {[key.hex() for key in of]}\nunits = {list(UNITS[name])}\n' for name, of in rows
    )


def a_keys_file(folder: Path, text: str | None = None, mode: int = 0o600) -> Path:
    path = folder / "keys.toml"
    path.write_text(senders_text() if text is None else text, encoding="utf-8")
    path.chmod(mode)
    return path


def a_table() -> Positions:
    picture = Picture(lambda entry: None)  # type: ignore[arg-type,return-value]
    picture.units = {r: Unit(ref=r, discipline="B", kind="TS", function="RT.B.dispatch") for r in (OWN, OTHER)}
    return Positions(picture)


def a_door(
    folder: Path, clock: FakeClock | None = None, rate: float = 50.0, positions: Positions | None = None
) -> Lines:
    return Lines(
        SendersFile(a_keys_file(folder)),
        CountersFile(folder / "counters.json"),
        a_table() if positions is None else positions,
        RD,
        clock or FakeClock(NOW),
        rate,
    )


def what_came_of(door: Lines, datagram: bytes) -> str:
    before = door.refused.copy()
    heard = door.take([(datagram, "192.0.2.1")]) if door.admit(datagram, "192.0.2.1") else None
    refused = door.refused - before
    if refused:
        assert heard is None or heard.taken + heard.older + heard.unknown + heard.nowhere == 0
        return next(iter(refused))
    assert heard is not None
    if heard.taken:
        return "jumped" if heard.jumped else "taken"
    return "older" if heard.older else "unknown" if heard.unknown else "nowhere"
