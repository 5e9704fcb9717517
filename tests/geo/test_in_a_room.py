"""One geography in a whole room: intake, desk and LoST decide by the same release, and the room says which it runs."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec
import pytest

from meldkamer.access import add_machine
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.geo import LOST_MEDIA, LostSettings, RdTransform, Releases, Schedule
from meldkamer.geo.area_import import import_areas_file
from meldkamer.pack import Pack
from meldkamer.room import House, open_house
from meldkamer.settings import Settings, SettingsError, read_settings
from tests.geo.geodata import square_of, squares, write_geojson

RD = RdTransform()


def bring(folder: Path, pack: Pack) -> None:
    """Borders in which the square of Limburg lies where Utrecht is."""
    features = squares()
    for feature in features:
        code = feature["properties"]["code"]
        feature["properties"]["code"] = {"VR13": "VR24", "VR24": "VR13"}.get(code, code)
    releases = Releases(folder / "geo")
    path = write_geojson(folder / "areas.geojson", features)
    part = import_areas_file(path, "safety_region", releases, pack, RD, "2027-01-01T00:00:00Z").part
    release = releases.make(part, "2027-01-01T00:00:00Z")
    now = SystemClock().now()
    Schedule(folder / "geo" / "use.json").use(release.hash, now, now)


async def lost(client: httpx.AsyncClient, lat: float, lon: float) -> str:
    body = (
        '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:gml="http://www.opengis.net/gml"><location id="a" '
        f'profile="geodetic-2d"><gml:Point><gml:pos>{lat} {lon}</gml:pos></gml:Point></location>'
        "<service>urn:service:sos.fire</service></findService>"
    )
    answer = await client.post("/api/lost", content=body.encode(), headers={"content-type": LOST_MEDIA})
    return answer.text.partition("<uri>")[2].partition("</uri>")[0]


async def machine(house: House, name: str, *scopes: str) -> httpx.AsyncClient:
    token = await add_machine(house.accounts, house.roles, name=name, room="RT", scopes=scopes, roles=())
    transport = httpx.ASGITransport(house.app)
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


async def test_a_running_room_takes_a_release_into_force_everywhere(tmp_path: Path, pack: Pack) -> None:
    settings = Settings(data=str(tmp_path), rooms=("RT",), lost=LostSettings(uri="sip:{function}@room.example"))
    x1, y1, _, _ = square_of(13)
    lat, lon = RD.to_wgs84(x1 + 15_000, y1 + 15_000)
    async with open_house(settings, SystemClock(), RandomIds()) as house:
        proxy, phone = await machine(house, "wegwijzer", "lost"), await machine(house, "centrale", "telephony")
        before = house.geography.region_at(lat, lon)
        assert await lost(proxy, lat, lon) == f"sip:{before}.B.intake@room.example"
        bring(tmp_path, pack)
        house.geography.refresh()  # the house may have looked by itself already; what is in force is asserted below
        assert before != "LB" and house.geography.region_at(lat, lon) == "LB"
        assert await lost(proxy, lat, lon) == "sip:LB.B.intake@room.example"
        # A circle whose middle lies just over the border, but most of it here: the largest share decides.
        edge_lat, edge_lon = RD.to_wgs84(x1 + 1, y1 + 15_000)
        assert house.geography.region_at(edge_lat, edge_lon, 2_000) == "LB"
        event: dict[str, object] = {
            "event_id": "1",
            "call_id": "1",
            "kind": "offered",
            "function": "",
            "number": "0612345678",
        }
        event["location"] = {"lat": lat, "lon": lon, "radius": 20, "source": "aml"}
        taken = await phone.post("/api/telephony/events", json=event)
        assert taken.status_code == 200 and taken.json()["call"].startswith(("LB/", "NL/")), taken.text
        answer = (await phone.get(f"/api/where?lat={lat}&lon={lon}")).json()
        assert (answer["region"], answer["certainty"]) == ("LB", "official")
        waker = await machine(house, "waker", "health")
        checks = {check["name"]: check for check in (await waker.get("/health")).json()["checks"]}
        assert checks["geography"]["state"] == "fine"
        assert house.geography.now.release[:12] in checks["geography"]["detail"]
        (tmp_path / "geo" / "use.json").write_text("nothing", encoding="utf-8")
        house.geography.refresh()
        checks = {check["name"]: check for check in (await waker.get("/health")).json()["checks"]}
        assert checks["geography"]["state"] == "degraded" and house.geography.region_at(lat, lon) == "LB"


def test_the_configuration_of_lost_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_text('data = "d"\nrooms = ["RT"]\n[lost]\nsource = "lost.example"\nuri = "sip:{room}@x.example"\n')
    assert read_settings(file).lost == LostSettings(source="lost.example", uri="sip:{room}@x.example")
    file.write_text('data = "d"\nrooms = ["RT"]\n[lost]\nsauce = "lost.example"\n')
    with pytest.raises(SettingsError, match="sauce"):
        read_settings(file)
    assert msgspec.to_builtins(LostSettings())["source"].endswith(".invalid")
