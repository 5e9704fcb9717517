"""`network up --application`: a site's application over the servers, with made-up people only where that is wanted."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from meldkamer import __version__
from meldkamer.network import short_digest
from meldkamer.network.sites.applications import chosen_sites
from meldkamer.network.sites.model import NetworkError
from meldkamer.pack import load_pack
from tests.network.sites.running import Running, network, status, written


def everywhere() -> dict[str, str]:
    """Every region of the country, all of them of one room."""
    return {region.code: "LB" for region in load_pack().regions}


def test_an_application_is_chosen_by_its_site() -> None:
    three = network(cores=1, rooms=3)
    assert chosen_sites(three, []) == [] and chosen_sites(three, ["all"]) == list(three.sites)
    assert [site.code for site in chosen_sites(three, ["OB", "OB"])] == ["OB"]
    with pytest.raises(NetworkError, match="XX: not a site"):
        chosen_sites(three, ["XX"])


@pytest.mark.timeout(180)
def test_an_application_of_a_demonstration_opens_survives_a_reload_and_ends_with_the_others(tmp_path: Path) -> None:
    made = msgspec.structs.replace(network(1, 1, extra_regions=everywhere()), demonstration=True)
    written(tmp_path / "net", made)
    running = Running(tmp_path / "net", made, "--only", "core-LB", "--application", "LB")
    try:
        running.wait_for("these servers are up")
        url = next(line for line in running.said if " open at " in line).partition(" open at ")[2].rstrip("/")
        password = next(line for line in running.said if "password" in line).rpartition(" ")[2]
        running.tell(signal.SIGHUP)
        running.wait_for("reads its configuration again")
        client = httpx.Client(base_url=url, headers={"Origin": url}, timeout=30)
        signing = {"account": "lb.brand", "password": password, "seat": "LB-B-1"}
        assert client.post("/api/sign-in", json=signing).status_code == 200
        picture = client.get("/api/picture").json()
        assert picture["units"] and {row["ref"].partition("/")[0] for row in picture["units"]} == {"LB"}
        assert httpx.get(f"{url}/health").json()["state"] == "fine"
        _what_it_runs_is_in_status(tmp_path / "net")
        signing = {"account": "beheer", "password": password}
        assert client.post("/api/sign-in", json=signing).status_code == 200
        figures = client.get("/metrics").text
        assert "meldkamer_core_connected 1" in figures and 'meldkamer_source_up{source="health"} 1.0' in figures
    finally:
        running.end()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def _what_it_runs_is_in_status(folder: Path) -> None:
    """The room states version, pack and settings with its heart-beat; settings that are changed since are named."""
    row = _row(folder)
    assert (row["state"], row["version"], row["pack"]) == ("fine", __version__, load_pack().hash[:16])
    settings = folder / "sites" / "LB" / "meldkamer.toml"
    assert row["settings"] == short_digest(settings.read_bytes())
    settings.write_text(settings.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    row = _row(folder)
    assert (row["state"], row["run"]) == ("wrong", "configuration-differs") and "other settings" in row["why"]


def _row(folder: Path) -> dict[str, Any]:
    row: dict[str, Any] = status(folder)["rooms"][0]
    return row


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("whole", "why"), [(True, "keys.master: missing"), (False, "no streams for these regions of the pack: NN, ON")]
)
def test_an_application_that_does_not_open_is_named_and_says_why(tmp_path: Path, whole: bool, why: str) -> None:
    made = network(1, 1, extra_regions=everywhere() if whole else None)
    keys = written(tmp_path / "net", made)
    (keys.site("LB") / "keys.master").unlink()
    running = Running(tmp_path / "net", made, "--only", "core-LB", "--application", "LB")
    try:
        running.wait_for("app-LB does not open")
        assert running.end(signal.SIGCONT) == 1  # by itself
    finally:
        running.end()
    assert why in (keys.site("LB") / "application.log").read_text()
