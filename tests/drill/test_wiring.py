"""In the files of a drill no process finds another site but through a proxy, and its own site without one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.domain.clock import SystemClock
from meldkamer.drill.proxy import CLEAR, REFUSED, Weather
from meldkamer.drill.setting import Setting, make_setting
from meldkamer.drill.wiring import Link, Wiring
from meldkamer.network.sites.model import NetworkError, read_network
from meldkamer.network.sites.server_config import read_config
from meldkamer.pack import load_pack
from meldkamer.settings import read_settings
from tests.network.sites.running import plan


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("drill") / "net"
    return asyncio.run(make_setting(folder, load_pack(), 4, 3, plan, SystemClock()))


@pytest.fixture
async def wiring(setting: Setting) -> AsyncIterator[Wiring]:
    made = Wiring(setting.network, SystemClock(), 1)
    yield made
    await made.close()


def ports(text: object) -> set[int]:
    return {int(port) for port in re.findall(r":(\d+)", str(text))}


def test_every_room_of_the_country_takes_part_or_is_absent_and_has_an_account(setting: Setting) -> None:
    here = [room for site in setting.network.sites for room in site.rooms]
    assert sorted([*here, *setting.absent]) == sorted(load_pack().room)
    assert set(setting.tokens) == set(here)
    assert len(setting.network.sites) == 4 and len(setting.network.cores) == 3
    assert read_network(setting.keys.root / "network.toml") == setting.network
    for site in setting.network.sites:
        settings = read_settings(setting.keys.site(site.code) / "meldkamer.toml")
        assert not settings.demonstration and settings.rooms == site.rooms


@pytest.mark.parametrize(("rooms", "cores"), [(2, 3), (99, 5)])
async def test_a_number_of_rooms_that_cannot_be_is_refused(tmp_path: Path, rooms: int, cores: int) -> None:
    with pytest.raises(NetworkError, match=f"{rooms} rooms: it must be from {cores}"):
        await make_setting(tmp_path, load_pack(), rooms, cores, plan, SystemClock())


async def test_the_files_name_proxies_for_others_and_the_own_server_itself(setting: Setting, wiring: Wiring) -> None:
    await wiring.open(setting.keys, setting.nowhere)
    for site in setting.network.sites:
        folder = setting.keys.site(site.code)
        others = [core.ports for core in setting.network.cores if core != site]
        real = {port for each in others for port in (each.core, each.cluster, each.leaf)}
        core_urls = read_settings(folder / "meldkamer.toml").network
        leaf = read_config((folder / "room.conf").read_text())["leafnodes"]["remotes"][0]["urls"]
        assert core_urls is not None
        assert len(core_urls.servers) == len(leaf) == 3
        assert not ports(core_urls.servers) & real and not ports(leaf) & real
        if site.core:
            assert site.ports.core in ports(core_urls.servers[0]) and site.ports.leaf in ports(leaf[0])
            cluster = read_config((folder / "core.conf").read_text())["cluster"]
            assert len(cluster["routes"]) == 2 and not ports(cluster["routes"]) & real
            assert cluster["advertise"] == f"127.0.0.1:{setting.nowhere}"
    assert Link("route", *sorted(core.code for core in setting.network.cores)[:2]) in wiring.idle()


def test_a_site_is_cut_from_all_others_and_they_stay_with_each_other(setting: Setting, wiring: Wiring) -> None:
    one, two, three = (core.code for core in setting.network.cores)
    between = wiring.between(one)
    assert Link("app", one, two) in between and Link("route", two, one) in between
    assert Link("route", two, three) not in between
    wiring.set(REFUSED, between)
    assert wiring.proxy(Link("leaf", one, two)).weather == REFUSED
    assert wiring.proxy(Link("app", two, three)).weather == CLEAR
    wiring.heal()
    assert wiring.proxy(Link("leaf", one, two)).weather == CLEAR


def test_one_way_stops_what_a_site_sends_whoever_opened_the_link(setting: Setting, wiring: Wiring) -> None:
    one, two, _ = (core.code for core in setting.network.cores)
    wiring.one_way(one, Weather(delay=0.1))
    assert wiring.proxy(Link("route", one, two)).weather == Weather(delay=0.1, up=False)
    assert wiring.proxy(Link("route", two, one)).weather == Weather(delay=0.1, down=False)
