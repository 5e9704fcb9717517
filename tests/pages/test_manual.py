"""The manual says what the desk does: made from its tables, which are held against the scripts that listen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from meldkamer.pack import load_pack

from .conftest import Enter
from .house import ROOT, House
from .shots import shot
from .tables import EVERYWHERE, JS, KEYS, PLACES, VERBS
from .test_command_language import understand
from .test_words import WORDS

browser_test = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
COMPARED = re.compile(r'\bkey === "([^"]+)"')
STEPS_OF_A_LIST = re.compile(r"const step = \{ (.*?) \}\[event\.key\]")
MADE = """async ([language, statuses]) => {
  const { markdown, examples } = await import('/static/js/manual.js');
  const { speak, t } = await import('/static/js/words.js');
  await speak(language);
  return { text: markdown(language, t, statuses), examples: examples(language, t) };
}"""


def listened_to(view: str) -> set[str]:
    """The keys that a view compares with."""
    text = (JS / "views" / f"{view}.js").read_text()
    found = set(COMPARED.findall(text))
    if steps := STEPS_OF_A_LIST.search(text):
        found |= set(re.findall(r"(\w+): -?\w", steps[1]))
    if "/^[0-9]$/.test(event.key)" in text:
        found.add("0-9")
    return {"Space" if key == " " else key for key in found}


def test_every_key_that_a_view_listens_to_is_in_the_table_and_no_other() -> None:
    told = {
        view: {k for keys, _ in pairs for k in keys.replace("Ctrl+", "").split()} for view, pairs in PLACES.values()
    }
    views = {path.stem for path in (JS / "views").glob("*.js")}
    assert {view: keys for view in views if (keys := listened_to(view))} == told


def test_the_tables_are_read_whole() -> None:
    assert len(PLACES) == KEYS.count("{ place: ") > 9
    assert len(EVERYWHERE) == KEYS.partition("PLACES")[0].count('["') > 11
    assert VERBS["nl"]["ovn"] == VERBS["en"]["tko"] == "takeover"
    assert set(VERBS["nl"].values()) == set(VERBS["en"].values())


@pytest.mark.parametrize("language", ["nl", "en"])
class TestInTheBrowser:
    pytestmark = browser_test

    async def test_the_documents_are_what_the_tables_say(self, browser: Browser, house: House, language: str) -> None:
        page = await self.a_page(browser, house)
        made = await page.evaluate(MADE, [language, self.statuses()])
        await page.context.close()
        written = (ROOT / f"docs/manual.{language}.md").read_text()
        assert made["text"] == written, "the tables have changed: run ./dev manual"
        assert "undefined" not in written and "manual." not in written and "{" not in written

    async def test_every_example_is_understood(self, browser: Browser, house: House, language: str) -> None:
        page = await self.a_page(browser, house)
        made = await page.evaluate(MADE, [language, self.statuses()])
        meanings = {typed: await understand(page, typed, language) for typed in made["examples"]}
        await page.context.close()
        assert len(meanings) == len(VERBS[language])
        assert [typed for typed, meaning in meanings.items() if not meaning["ok"]] == []

    async def test_help_lies_over_the_work_and_goes_by_itself(self, enter: Enter, house: House, language: str) -> None:
        house.incident("ad.brand", "AD", "B", f"Handleidingweg {language}")
        window = await enter("ad.brand", language=language)
        await window.press("F1")
        pages = window.at(".manual .pages")
        await expect(pages).to_be_focused()
        for row in ("F5", "Ctrl+Enter", next(word for word, verb in VERBS[language].items() if verb == "proposal")):
            await expect(pages.locator("kbd", has_text=row).first).to_be_visible()
        await expect(pages.locator("section")).to_have_count(len(PLACES) + 6)
        assert await window.page.evaluate("document.querySelector('.work').inert")
        # Read from the top down, never aside.
        aside = "e => [e.scrollWidth - e.clientWidth, e.scrollHeight > e.clientHeight, e.scrollTop]"
        assert await pages.evaluate(aside) == [0, True, 0]
        assert await pages.locator("section").first.evaluate("e => e.offsetWidth") > 400
        box, work = await window.at(".manual").bounding_box(), await window.at(".work").bounding_box()
        assert box == work
        if language == "nl":
            await shot(window, "help")
        # The next key goes where it always goes.
        await window.press("F6", "ArrowDown")
        await expect(window.at("#incidents .row.selected")).to_have_count(1)
        await expect(window.at(".manual")).to_have_count(0)
        await window.command("?")
        await window.press("Enter")
        await expect(pages).to_be_focused()
        await window.press("Escape")
        await expect(window.at(".manual")).to_have_count(0)

    async def test_the_key_line_shows_all_of_its_keys_on_a_small_screen(self, enter: Enter, language: str) -> None:
        window = await enter("ad.brand", language=language)
        await window.page.set_viewport_size({"width": 1280, "height": 720})
        assert await window.at(".keys span").count() == len(EVERYWHERE) - 6
        assert await window.at(".keys, .top").evaluate_all(
            "all => all.every((e) => e.scrollWidth <= e.clientWidth + 1)"
        )

    async def test_on_paper_it_stands_alone(self, enter: Enter, language: str) -> None:
        window = await enter("ad.caco", "/w/caco", language=language)
        await window.press("F1")
        await window.page.emulate_media(media="print")
        for part in (".top", ".bar", ".strip", ".keys", ".work", "#print-manual"):
            await expect(window.at(part)).to_be_hidden()
        last = window.at(".manual .part").last
        await expect(last).to_be_visible()
        assert await window.at(".pages").evaluate("e => e.scrollHeight <= e.clientHeight + 1")
        assert WORDS[language]["manual.failing"] in await last.inner_text()

    @staticmethod
    async def a_page(browser: Browser, house: House) -> Page:
        page = await (await browser.new_context()).new_page()
        await page.goto(house.url)
        return page

    @staticmethod
    def statuses() -> list[dict[str, Any]]:
        fields = ("discipline", "key", "name", "name_en")
        return [{f: getattr(status, f) for f in fields} for status in load_pack().statuses]
