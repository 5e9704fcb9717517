"""What it costs to answer a LoST request, against the bare look-up behind a handler that does nothing else.

Ours: the whole door (own host, machine's token, scope, bounded body), strict XML, the look-up by official borders, and
the answer of RFC 5222. The baseline is a bare ASGI function, without any framework: it lets the body pass, asks a bare
shapely STRtree over the same areas where a ready-made point is, and sends its number. Both under uvicorn in this
process; one client in another process asks for points all over the country, each location under an id of its own. What
counts is requests per second of CPU time of this process.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench import Ratio, alternate
from bench.fanout import serving
from meldkamer.access import Gate, Passwords, Roles, Sessions, SignInRate, SqliteAccounts, add_machine
from meldkamer.desk.lost_api import PATH, LostEndpoint
from meldkamer.desk.security import Guard, SessionCookie, Site, identify_with
from meldkamer.domain.clock import SystemClock
from meldkamer.geo import LOST_MEDIA, Borders, Geography, LostServer, LostSettings, RdTransform, Territory
from meldkamer.geo.borders import Area
from meldkamer.pack import Pack, load_pack

REQUESTS, QUICK_REQUESTS = 10_000, 1_000
POINTS = 500
"""Places that are asked for, again and again; each once before it counts."""
CORNERS = 400
"""Of one area's outline."""
WEST, SOUTH, SIDE, COLUMNS = 20_000.0, 310_000.0, 14_000.0, 18


def run(quick: bool) -> list[Ratio]:
    """findService a second, ours against bare look-ups."""
    count, rounds = (QUICK_REQUESTS, 1) if quick else (REQUESTS, 5)
    pack, rd = load_pack(), RdTransform()
    areas = _areas(pack)
    with tempfile.TemporaryDirectory() as folder:
        ours_app, token = asyncio.run(_ours(Path(folder), pack, rd, areas))
        bare_app = _bare(areas)
        ours, baseline = alternate(
            rounds,
            lambda: asyncio.run(_measure(ours_app, token, count)),
            lambda: asyncio.run(_measure(bare_app, token, count)),
        )
    return [
        Ratio(
            name="LoST findService a second of CPU",
            ours=ours,
            baseline=baseline,
            unit="requests/s",
            bound=0.3,
            more_is_better=True,
            against="bare ASGI with STRtree look-ups, uvicorn",
        )
    ]


def _areas(pack: Pack) -> list[Area]:
    """As many areas as there are municipalities, each a square with an outline of many corners."""
    found = []
    along = np.linspace(0, 1, CORNERS // 4, endpoint=False)
    unit = np.concatenate([
        np.column_stack([along, 0 * along]),
        np.column_stack([1 + 0 * along, along]),
        np.column_stack([1 - along, 1 + 0 * along]),
        np.column_stack([0 * along, 1 - along]),
    ])  # fmt: skip
    for n, code in enumerate(sorted(pack.municipality)):
        row, column = divmod(n, COLUMNS)
        corner = np.array([WEST + column * SIDE, SOUTH + row * SIDE])
        found.append(Area(code, pack.municipality[code].name, shapely.polygons(unit * SIDE + corner)))
    return found


# --- both sides -------------------------------------------------------------------------------------------------------


async def _ours(folder: Path, pack: Pack, rd: RdTransform, areas: list[Area]) -> tuple[Any, str]:
    clock = SystemClock()
    roles = Roles.of(pack.roles)
    accounts = SqliteAccounts(folder / "access.sqlite", clock)
    sessions = Sessions(folder / "sessions.sqlite", accounts, roles, clock)
    gate = Gate(accounts, sessions, Passwords(), roles, SignInRate(clock))
    token = await add_machine(accounts, roles, name="wegwijzer", room="RT", scopes=("lost",), roles=())
    geography = Geography(pack, rd, None, clock)
    borders = Borders("municipality", areas)
    geography.where.use(borders)
    geography.territory = Territory(geography.where, borders)
    server = LostServer(geography, pack, LostSettings(), lambda function: None, clock)
    endpoint = LostEndpoint(server, identify_with(gate, SessionCookie("RT", tls=False)))
    return Guard(endpoint, Site(hosts=frozenset({"127.0.0.1"}))), token


def _bare(areas: list[Area]) -> Any:
    geometries = np.array([area.geometry for area in areas], dtype=object)
    shapely.prepare(geometries)
    tree = shapely.STRtree(geometries)
    rng = np.random.default_rng(112)
    points = [
        shapely.points(x, y) for x, y in rng.uniform((WEST, SOUTH), (WEST + 200_000, SOUTH + 200_000), (1_000, 2))
    ]
    asked = 0

    async def look_up(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        while (await receive()).get("more_body"):
            pass
        asked += 1
        body = b"%d" % tree.query(points[asked % len(points)], predicate="intersects")[0]
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return look_up


async def _measure(app: Any, token: str, count: int) -> float:
    """Requests per second of this process's CPU."""
    async with serving(app) as url:
        port = url.split(":")[2].split("/")[0]
        await _client(port, token, POINTS)
        start = time.process_time()
        await _client(port, token, count)
        return count / (time.process_time() - start)


async def _client(port: str, token: str, count: int) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.lost", port, token, str(count))
    if await process.wait() != 0:
        raise RuntimeError("the client of the measurement failed")


# --- the client, in a process of its own ------------------------------------------------------------------------------


def _ask(port: int, token: str, count: int) -> None:
    """One connection, one request after the other."""
    rd, rng = RdTransform(), np.random.default_rng(5222)
    x, y = rng.uniform((WEST, SOUTH), (WEST + 200_000, SOUTH + 200_000), (POINTS, 2)).T
    lat, lon = rd.to_wgs84_many(x, y)
    requests = [_request(token, f"l{n}", a, b) for n, (a, b) in enumerate(zip(lat, lon, strict=True))]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = connection.makefile("rb")
        for n in range(count):
            connection.sendall(requests[n % len(requests)])
            status = file.readline()
            length = 0
            while (line := file.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            body = file.read(length)
            if b"200" not in status or b"<errors" in body:
                raise RuntimeError(f"{status!r} {body[:300]!r}")


def _request(token: str, identity: str, lat: float, lon: float) -> bytes:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><findService xmlns="urn:ietf:params:xml:ns:lost1" '
        f'xmlns:gml="http://www.opengis.net/gml"><location id="{identity}" profile="geodetic-2d"><gml:Point '
        f'srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{lat:.7f} {lon:.7f}</gml:pos></gml:Point></location>'
        "<service>urn:service:sos.police</service></findService>"
    ).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: {LOST_MEDIA}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body


if __name__ == "__main__":
    _ask(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
