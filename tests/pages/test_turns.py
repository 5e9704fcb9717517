"""A key is painted first: what comes from elsewhere meanwhile follows right behind it."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext

from .conftest import Enter
from .house import House
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LISTEN = """async () => {
  window.ran = [];
  window.turns = await import('/static/js/turns.js');
}"""
COMES = "(name) => { window.again ??= () => ran.push('again'); turns.behindKeys(name ? () => ran.push(name) : again); }"


PRESSED_AT_ONCE = """new MutationObserver((_, watch) => {
  if (!document.querySelector('.frame')) return;
  watch.disconnect();
  const key = { key: ' ', ctrlKey: true, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new KeyboardEvent('keydown', key));
  window.focused = document.activeElement.id;
}).observe(document, { childList: true, subtree: true })"""


async def test_a_key_counts_from_the_first_frame_of_a_screen(enter: Enter) -> None:
    window = await enter("rt.brand")
    await window.page.add_init_script(PRESSED_AT_ONCE)
    await window.page.reload()
    await window.ready()
    assert await window.page.evaluate("focused") == "command"


async def listening(workplace: BrowserContext, house: House) -> Window:
    """A page that keeps what ran in it, in `ran`."""
    window = await open_window(workplace, house.url)
    await window.open("/")
    await window.page.evaluate(LISTEN)
    return window


async def test_what_comes_while_somebody_types_follows_the_next_key(workplace: BrowserContext, house: House) -> None:
    window = await open_window(workplace, house.url)
    page = window.page
    await page.clock.install(time=0)
    await window.open("/")
    await page.evaluate(LISTEN)
    await page.clock.pause_at(3_600_000)

    async def comes(*names: str) -> None:
        for name in names:
            await page.evaluate(COMES, name)

    async def ran() -> list[str]:
        return list(await page.evaluate("ran"))

    await comes("nobody types")
    assert await ran() == ["nobody types"]

    await window.press("a")
    await comes("first", "", "", "second")
    assert await ran() == ["nobody types"]
    await window.press("b")
    assert await ran() == ["nobody types"]  # the frame of the key comes before it
    await page.clock.run_for(40)
    assert await ran() == ["nobody types", "first", "again", "second"]

    # Whoever stops typing sees it without another key.
    await comes("last")
    await page.clock.run_for(200)
    assert (await ran())[-1] == "second"
    await page.clock.run_for(20)
    assert (await ran())[-1] == "last"
    await comes("at once")
    assert (await ran())[-1] == "at once"


FAILS = """() => {
  dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }));
  turns.behindKeys(() => { throw new Error('one that fails'); });
  turns.behindKeys(() => ran.push('the one behind it'));
}"""


HELD_WITHOUT_FRAMES = """() => {
  window.requestAnimationFrame = () => 0;
  const press = () => dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }));
  press();
  window.finger = setInterval(press, 33);
  turns.behindKeys(() => ran.push('an alarm'));
}"""


async def test_a_key_that_is_held_where_no_frame_is_made_keeps_nothing_back(
    workplace: BrowserContext, house: House
) -> None:
    window = await listening(workplace, house)
    await window.page.evaluate(HELD_WITHOUT_FRAMES)
    await window.page.wait_for_function("() => ran.includes('an alarm')", polling=50)


async def test_what_fails_takes_nothing_along_that_waits_behind_it(workplace: BrowserContext, house: House) -> None:
    window = await listening(workplace, house)
    await window.page.evaluate(FAILS)
    await window.page.wait_for_function("() => ran.includes('the one behind it')")
    assert window.complaints == ["Error: one that fails"]
