"""Pictures for the documents, made by the tests that bring a state about; MELDKAMER_SCREENS names their folder.

Each is taken in two languages, by night and by day, in the page as it stands: nothing is opened or signed in anew.
Without the folder nothing is done. What there is, and who makes it, stands in `pictures`.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Request, Route, ViewportSize

from .house import ROOT
from .window import Window

LANGUAGES, THEMES = ("nl", "en"), ("night", "day")
FORMS = [(language, theme) for language in LANGUAGES for theme in THEMES]
SIZE: ViewportSize = {"width": 1600, "height": 900}
COLOURS = 14
"""Of a picture's commonest ones, beside those that have a meaning: flat colours and smooth letters need no more."""
STATIC = ROOT / "src/meldkamer/desk/static"
MEANT = {
    theme: [int(colour, 16) for colour in re.findall(r"#([0-9a-f]{6})", body)]
    for theme, body in re.findall(r'\[data-theme="(\w+)"\] \{([^}]*)\}', (STATIC / "css/tokens.css").read_text())
}
"""Theme -> its colours, as numbers."""

WORDS = "document.querySelector('script[type=module]').src.replace('app.js', 'words.js')"
WORN = f"async () => [(await import({WORDS})).language.value, document.documentElement.dataset.theme]"
WEAR = f"""async ([language, theme]) => {{
  const words = await import({WORDS});
  if (words.language.value !== language) await words.speak(language);
  document.documentElement.dataset.theme = theme;
}}"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LOOKS = 200


def file_of(name: str, language: str, theme: str) -> str:
    """The file of one form of a picture."""
    return f"{name}_{language}_{theme}.png"


async def shot(
    window: Window,
    name: str,
    again: Callable[[], Awaitable[object]] | None = None,
    size: ViewportSize = SIZE,
) -> None:
    """Keep the window as it is now, in both languages, by night and by day; nothing when nobody asked for pictures.

    again: brings back, before each, what passes or was said in the other language. size: of the window, in pixels.
    """
    folder = os.environ.get("MELDKAMER_SCREENS")
    if not folder:
        return
    page, stood = window.page, window.page.viewport_size
    language, theme = await page.evaluate(WORN)
    # A window without a link must learn to speak too; the lists are the ones that the room would give.
    await page.route("**/words/*.json", _words)
    await page.set_viewport_size(size)
    for form in FORMS:
        await _wear(page, *form, answered=again is None)
        if again is not None:
            await again()
        # What blinks does so ten times; the picture is of the steady state.
        taken = await page.screenshot(animations="disabled")
        (Path(folder) / file_of(name, *form)).write_bytes(small(taken, form[1]))
    await _wear(page, language, theme, answered=again is None)
    if again is not None:
        await again()
    if stood is not None:
        await page.set_viewport_size(stood)
    await page.unroute("**/words/*.json", _words)


async def _words(route: Route) -> None:
    await route.fulfill(path=STATIC / "words" / route.request.url.rpartition("/")[2])


async def _wear(page: Page, language: str, theme: str, *, answered: bool) -> None:
    """Change language and theme. answered: wait for what is asked anew because of that: charts come from the room."""
    under_way: set[Request] = set()

    def begins(request: Request) -> None:
        under_way.add(request)

    def ends(request: Request) -> None:
        under_way.discard(request)

    page.on("request", begins)
    page.on("requestfinished", ends)
    page.on("requestfailed", ends)
    await page.evaluate(WEAR, [language, theme])
    for _ in range(LOOKS):
        await page.evaluate(PAINTED)
        if not under_way or not answered:
            break
    await page.evaluate(PAINTED)
    page.remove_listener("request", begins)
    page.remove_listener("requestfinished", ends)
    page.remove_listener("requestfailed", ends)


def small(png: bytes, theme: str) -> bytes:
    """The same picture in its commonest colours and those that the theme gives a meaning, each pixel in the nearest.

    A sign of a few pixels keeps its colour: what is amber in the window is amber in the picture.
    """
    import numpy as np  # only who makes pictures needs these two
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.int32)
    packed = pixels @ np.array([1 << 16, 1 << 8, 1])
    there, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    palette = list(dict.fromkeys([*there[np.argsort(-counts)][:COLOURS].tolist(), *MEANT[theme]]))
    apart = _channels(there)[:, None, :] - _channels(np.array(palette))[None, :, :]
    nearest = (apart * apart).sum(axis=2).argmin(axis=1).astype(np.uint8)
    kept = io.BytesIO()
    image = Image.fromarray(nearest[where].reshape(packed.shape), "P")
    image.putpalette(_channels(np.array(palette)).astype(np.uint8).tobytes())
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _channels(packed: Any) -> Any:
    """Red, green and blue of colours that are one number each."""
    return (packed[:, None] >> [16, 8, 0]) & 255
