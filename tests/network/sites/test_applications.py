"""`network up --application`: a site's application over the servers, with made-up people only where that is wanted."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import msgspec
import pytest

from meldkamer.network.sites.applications import chosen_sites
from meldkamer.network.sites.model import NetworkError
from meldkamer.pack import load_pack
from tests.network.sites.running import Running, network, written


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
    finally:
        running.end()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


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
