"""A window of a workplace, driven by its keys, that remembers everything the browser complained about."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, expect

WAIT = 10_000
_BEFORE_SIGN_IN = re.compile(r"status of 401")
_REFUSED = re.compile(r"status of 4\d\d")
_CUT = re.compile(r"net::ERR_|WebSocket connection to")
expect.set_options(timeout=WAIT)


class Window:
    """One page. `complaints`: console errors and uncaught exceptions that a good session does not have."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.may_lose_link = False
        self.may_be_refused = False
        page.set_default_timeout(WAIT)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{error.name}: {error.message}"))

    def _console(self, said: ConsoleMessage) -> None:
        known = _BEFORE_SIGN_IN.search(said.text) or (self.may_lose_link and _CUT.search(said.text))
        known = known or (self.may_be_refused and _REFUSED.search(said.text))
        if said.type == "error" and not known:
            self.complaints.append(f"{said.text} ({said.location.get('url', '')})")

    async def open(self, path: str = "/") -> None:
        """Load a page of the server."""
        await self.page.goto(self.url + path)

    async def sign_in(self, account: str, password: str, path: str = "/w/operator") -> None:
        """Sign in by keyboard and wait for the picture."""
        await self.open(path)
        await expect(self.page.locator("#account")).to_be_focused()
        await self.page.keyboard.type(account)
        await self.page.keyboard.press("Tab")
        await self.page.keyboard.type(password)
        await self.page.keyboard.press("Enter")
        await self.ready()

    async def come_in(self, account: str, password: str, path: str) -> None:
        """Be signed in before the page is opened, as whoever opens another window is, and wait for the picture."""
        body = {"account": account, "password": password, "seat": ""}
        answer = await self.page.context.request.post(
            f"{self.url}/api/sign-in", data=body, headers={"Origin": self.url}
        )
        assert answer.ok, await answer.text()
        await self.open(path)
        await self.press("Insert")  # it does nothing, but a page is silent until a key is pressed
        await self.ready()

    async def ready(self) -> None:
        """The picture is there and live."""
        await expect(self.page.locator(".frame")).to_be_visible()
        if await self.page.locator(".frame.steering").count():
            return  # it follows nothing as it happens
        await expect(self.page.locator(".top [data-state]")).to_have_attribute("data-state", "live")

    async def press(self, *keys: str) -> None:
        """Real key presses, one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Real keys into whatever has the focus."""
        await self.page.keyboard.type(text)

    async def command(self, text: str) -> None:
        """Type into the command line; Enter is up to the caller."""
        await self.press("Control+Space")
        await expect(self.at("#command")).to_be_focused()
        await self.press("Control+a", "Delete")
        await self.type(text)

    async def tab_to(self, selector: str, most: int = 80) -> None:
        """By the Tab key alone, from where the focus is: what no key reaches is not there for whoever has no mouse."""
        wanted = self.at(selector)
        await expect(wanted).to_be_visible()
        for _ in range(most):
            if await wanted.evaluate("(wanted) => document.activeElement === wanted"):
                return
            await self.press("Tab")
        raise AssertionError(f"{most} times Tab does not lead to {selector}")

    async def in_hand(self, text: str) -> None:
        """Bring the incident at this place in hand, and wait until it is."""
        await self.at("#incidents .row", has_text=text).first.click()
        await expect(self.at(".head .place")).to_have_text(text)

    def at(self, selector: str, **how: Any) -> Locator:
        """Elements of the page."""
        return self.page.locator(selector, **how)

    async def sees(self, selector: str, text: str | re.Pattern[str]) -> None:
        """Wait until an element holds this text."""
        await expect(self.at(selector)).to_contain_text(text)


async def open_window(context: BrowserContext, url: str) -> Window:
    """A new window of this workplace."""
    return Window(await context.new_page(), url)
