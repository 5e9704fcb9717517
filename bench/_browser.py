"""Chromium without a window and without a GPU, as a thin client has it, and what a measurement asks of it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, async_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# All windows of a workplace are in sight at once, so none may be slowed down as one behind another would be.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"),
)
SCREEN: ViewportSize = {"width": 1920, "height": 1080}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium. Raises RuntimeError when it is not installed."""
    if shutil.which(CHROMIUM) is None:
        raise RuntimeError("Chromium is not installed (apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def workplace(browser: Browser) -> BrowserContext:
    """A workplace of its own: nothing is kept on it yet."""
    return await browser.new_context(viewport=SCREEN, locale="nl-NL", timezone_id="Europe/Amsterdam")


async def window(context: BrowserContext, url: str, screen: str = "operator") -> Page:
    """A window of the workplace, its picture live."""
    page = await context.new_page()
    await page.goto(f"{url}/w/{screen}")
    await page.wait_for_selector(".top [data-state=live]", timeout=60_000)
    return page


def module(name: str) -> str:
    """JavaScript that imports one of the page's own modules, the same instance as the page has."""
    return f"(await import(document.querySelector('script[type=module]').src.replace('app.js', '{name}.js')))"


class Heap:
    """What a page, or the workplace's worker, holds after its garbage was collected."""

    def __init__(self, send: Callable[[str], Awaitable[dict[str, Any]]]) -> None:
        self._send = send

    async def bytes(self) -> int:
        """Bytes of JavaScript that are in use."""
        for _ in range(2):
            await self._send("HeapProfiler.collectGarbage")
        return int((await self._send("Runtime.getHeapUsage"))["usedSize"])

    async def nodes(self) -> int:
        """Nodes of the document and of what is held beside it."""
        return int((await self._send("Memory.getDOMCounters"))["nodes"])


async def heap_of(page: Page) -> Heap:
    """The heap of a window."""
    session = await page.context.new_cdp_session(page)

    async def send(method: str) -> dict[str, Any]:
        return dict(await session.send(method))

    return Heap(send)


async def heap_of_worker(browser: Browser) -> Heap:
    """The heap of the only shared worker. Raises RuntimeError when there is none."""
    session = await browser.new_browser_cdp_session()
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    worker = next((t for t in targets if t["type"] == "shared_worker"), None)
    if worker is None:
        raise RuntimeError("this workplace has no shared worker")
    # Not flattened: answers come as messages of the browser's session, the only one that Playwright gives here.
    attached = await session.send("Target.attachToTarget", {"targetId": worker["targetId"], "flatten": False})
    return Heap(_Told(session, attached["sessionId"]).send)


class _Told:
    """Questions to a target of which Playwright knows nothing."""

    def __init__(self, session: CDPSession, target: str) -> None:
        self._session, self._target, self._n = session, target, 0
        self._answers: dict[int, dict[str, Any]] = {}
        session.on("Target.receivedMessageFromTarget", self._hear)

    def _hear(self, event: dict[str, Any]) -> None:
        said = json.loads(event["message"])
        if "id" in said:
            self._answers[said["id"]] = said.get("result", {})

    async def send(self, method: str) -> dict[str, Any]:
        self._n += 1
        number = self._n
        message = json.dumps({"id": number, "method": method})
        await self._session.send("Target.sendMessageToTarget", {"sessionId": self._target, "message": message})
        while number not in self._answers:
            await self._session.send("Target.getTargets")  # its answer comes after what was said before it
        return self._answers.pop(number)


async def until(page: Page, script: str, arg: Any = None, seconds: float = 60.0) -> None:
    """Ask the page until it says yes: its own rules forbid the text that Playwright would wait with.

    Raises TimeoutError.
    """
    async with asyncio.timeout(seconds):
        while not await page.evaluate(script, arg):  # noqa: ASYNC110 - what happens in a page is no event here
            await asyncio.sleep(0.005)
