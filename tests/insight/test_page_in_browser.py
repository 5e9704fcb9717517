"""The page in a real browser: nothing is asked of anybody, nothing is cut off, and everybody can read it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from meldkamer.insight import as_html

from .conftest import PACK, Day, live_through

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
CHROMIUM = shutil.which("chromium")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = ["--no-sandbox", "--disable-gpu"]
VIOLATIONS = """async tags => {
  document.querySelectorAll('details').forEach(d => { d.open = true })
  const found = await axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
  return found.violations.map(v => v.id + ' ' + v.nodes[0].html.slice(0, 150))
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor"),
]


@pytest.mark.parametrize(("language", "scheme"), [("nl", "dark"), ("en", "light")])
async def test_the_page(day: Day, tmp_path: Path, language, scheme) -> None:
    await live_through(day)
    file = tmp_path / "report.html"
    file.write_text(as_html(await day.report(), PACK, language), encoding="utf-8")
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # The page's own policy lets no script run, which is right, but axe is one.
        context = await browser.new_context(
            bypass_csp=True, color_scheme=scheme, viewport={"width": 1280, "height": 900}
        )
        page = await context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(file.as_uri())
        assert asked == [file.as_uri()] and complaints == []
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        await page.evaluate(AXE.read_text())
        assert await page.evaluate(VIOLATIONS, TAGS) == []
        printed = await page.pdf(format="A4")
        assert printed.startswith(b"%PDF")
        await browser.close()
