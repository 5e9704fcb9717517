"""A real server for each file of page tests, one browser for all; a workplace (context) of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ViewportSize, async_playwright

from meldkamer.desk.workplaces import FILE as WORKPLACES
from meldkamer.geo import ROADS
from meldkamer.geo.roads.graph import save_graph
from meldkamer.steering import init_plan, shipped_plan
from tests.geo.roads.maps import a_grid

from .house import ROOT, House, running
from .window import Window, open_window

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    "--disable-features=AutofillServerCommunication,AimEnabled,PreconnectToSearch,OptimizationHints,NetworkTimeServiceQuerying,MediaRouter",
]
"""As docs/desk-measured.md asks of a workplace: then nothing that Chromium asks by itself leaves the house either."""
SCREEN: ViewportSize = {"width": 1920, "height": 1080}
WINDOWS = """
[[workplace]]
name = "proef"
seats = "VENSTER-*"

[[window]]
workplace = "proef"
name = "inzet"
screen = "operator"

[[window]]
workplace = "proef"
name = "tweede"
screen = "operator"
loose = true

[[window]]
workplace = "proef"
name = "kaart"
screen = "map"
display = 2
part = "right"
"""
"""Of seats that only the tests of windows take."""

Enter = Callable[..., Awaitable[Window]]
"""`await enter(account, path="/w/operator", …)`: a window of a new workplace, signed in."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server, with every room of the pack and its demonstration fleet."""
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    folder = tmp_path_factory.mktemp("house")
    # A few roads in the middle of Limburg, for what needs roads; elsewhere the straight line counts.
    (folder / "data").mkdir()
    save_graph(a_grid(8, 500.0, 190_324.5, 362_022.5), folder / "data" / ROADS)
    init_plan(folder / "plan", shipped_plan())
    (folder / "data" / WORKPLACES).write_text(WINDOWS)
    with running(folder) as house:
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium without a window."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--disable-quic"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def workplace(browser: Browser) -> AsyncIterator[BrowserContext]:
    """One workplace: its windows share a session, a worker and what is kept on it."""
    context = await browser.new_context(viewport=SCREEN, locale="nl-NL", timezone_id="Europe/Amsterdam")
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def enter(browser: Browser, house: House) -> AsyncIterator[Enter]:
    """Sign people in, each at a workplace of their own; at the end nothing may have gone wrong in any window."""
    windows: list[Window] = []

    async def enter(
        account: str,
        path: str = "/w/operator",
        *,
        theme: str = "night",
        language: str = "nl",
        url: str = "",
        csp: bool = True,
    ) -> Window:
        context = await browser.new_context(
            viewport=SCREEN, locale="nl-NL", timezone_id="Europe/Amsterdam", bypass_csp=not csp
        )
        await context.add_init_script(
            f"localStorage.getItem('mk.theme') ?? localStorage.setItem('mk.theme', '{theme}');"
            f"localStorage.getItem('mk.language') ?? localStorage.setItem('mk.language', '{language}')"
        )
        window = await open_window(context, url or house.url)
        windows.append(window)
        # By keys where it matters: signing in itself has its own tests, and where somebody begins is decided there.
        how = window.sign_in if path == "/" else window.come_in
        await how(account, house.password, path)
        return window

    yield enter
    complaints = [line for window in windows for line in window.complaints]
    for window in windows:
        await window.page.context.close()
    assert not complaints
