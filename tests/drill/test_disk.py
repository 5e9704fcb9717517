"""A site that loses its power loses what it had not written through, and nothing else: otherwise those faults prove
nothing."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from meldkamer.drill.disk import Disks, why_not
from meldkamer.network.sites.keyring import Keyring

pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"file systems of their own: {why_not()}")


async def test_what_was_not_synced_is_gone_and_what_was_is_there(tmp_path: Path) -> None:
    site: Any = SimpleNamespace(code="LB")
    data = tmp_path / "LB" / "data"
    data.mkdir(parents=True)
    (data / "before").write_text("it was there")
    disks = Disks(cast(Keyring, SimpleNamespace(site=lambda code: tmp_path / code)), tmp_path)
    try:
        await disks.open([site])
        assert (data / "before").read_text() == "it was there"
        with (data / "synced").open("w") as file:
            file.write("promised")
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(data, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        (data / "written").write_text("never promised")
        disks.power_off("LB")
        with pytest.raises(OSError):
            (data / "later").write_text("nobody is there")
        await disks.power_on("LB")
        assert (data / "synced").read_text() == "promised"
        assert not (data / "written").exists() or (data / "written").read_text() == ""
    finally:
        await disks.close()
    assert str(tmp_path) not in mounts()


def mounts() -> str:
    return Path("/proc/mounts").read_text()
