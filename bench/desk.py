"""What an operator feels: key to paint, frames of the map, and the focus that six windows of a workplace share.

Each in Chromium without a GPU, against a bare page in the same browser under the same load:

* a key in the log, and an arrow key in the board, while 600 units are on the board and 100 of them change each second,
  against a key in an empty page;
* frames a second of the map with 5,000 units that drive, standing still and panned, against a bare canvas on which the
  same number of symbols is drawn for each frame; 50 and 40 frames a second are enough whatever the canvas does;
* the time from choosing an incident in one window to the other five knowing it, against the 20 ms that are promised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page

from bench import Ratio
from bench._browser import SCREEN, chromium, module, until, window, workplace
from bench._room import ShownRoom, shown

BOARD, CHANGES = 600, 100.0
MOVING = 5_000
WINDOWS = 6
FOCUS_MS = 20.0
STILL_FPS, PANNING_FPS, OF_BARE = 50.0, 40.0, 0.8

WATCH_KEYS = """() => {
  window.painted = [];
  addEventListener('keydown', (event) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => painted.push(performance.now() - event.timeStamp);
    port2.postMessage(0);
  }), true);
}"""
"""From the moment at which the browser got the key until the frame in which it shows was made."""

FRAMES = """(seconds) => new Promise((done) => {
  let frames = -1, began = 0;
  const frame = (at) => {
    frames += 1;
    began ||= at;
    if (at - began >= seconds * 1000) done(frames / ((at - began) / 1000));
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""

BARE = """(count) => {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: innerWidth, height: innerHeight });
  document.body.append(canvas);
  const paint = canvas.getContext('2d');
  const at = Array.from({ length: count }, (_, n) => [(n * 0.618 % 1) * innerWidth, (n * 0.7549 % 1) * innerHeight]);
  let moved = 0;
  const frame = () => {
    moved += 1;
    paint.clearRect(0, 0, canvas.width, canvas.height);
    paint.strokeStyle = '#d3ab98';
    paint.lineWidth = 1.5;
    for (const [x, y] of at) {
      paint.beginPath();
      paint.rect((x + moved) % innerWidth - 3.5, y - 3.5, 7, 7);
      paint.stroke();
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""

HEAR_FOCUS = f"""async () => {{
  window.heard = [];
  {module("stores")}.focus.subscribe((to) => heard.push([to?.ref, performance.timeOrigin + performance.now()]));
}}"""
CHOOSE = f"""async (ref) => {{
  const {{ look }} = {module("stores")};
  const at = performance.timeOrigin + performance.now();
  look({{ kind: 'incident', ref }});
  return at;
}}"""

Measured = Callable[[], Awaitable[float]]


def run(quick: bool) -> list[Ratio]:
    """All of them."""
    return asyncio.run(_all(quick))


async def _all(quick: bool) -> list[Ratio]:
    rounds, keys, seconds, choices = (1, 40, 1.0, 40) if quick else (3, 200, 4.0, 200)
    async with chromium() as browser:
        return [
            *await _keys(browser, rounds, keys),
            *await _map(browser, rounds, seconds),
            await _focus(browser, choices),
        ]


# --- key to paint -----------------------------------------------------------------------------------------------------


async def _keys(browser: Browser, rounds: int, keys: int) -> list[Ratio]:
    room = ShownRoom()
    room.units(BOARD)
    room.open("i1", "Meetstraat 1")
    async with shown(room) as url:
        changing = asyncio.create_task(_change(room))

        async def desk(place: str, key: str) -> float:
            context = await workplace(browser)
            page = await window(context, url)
            await page.wait_for_selector("#units .row")
            await page.locator("#incidents .row").first.click()
            await page.wait_for_selector(place)
            await page.focus(place)
            took = await _typed(page, key, keys)
            await context.close()
            return took

        async def empty() -> float:
            context = await workplace(browser)
            page = await context.new_page()
            await page.set_content("<textarea></textarea>")
            await page.focus("textarea")
            took = await _typed(page, "a", keys)
            await context.close()
            return took

        note = await alternately(rounds, lambda: desk("#note", "a"), empty)
        board = await alternately(rounds, lambda: desk("#units", "ArrowDown"), empty)
        changing.cancel()
    under = f"{BOARD} units, {CHANGES:.0f} changes/s, p95"
    return [
        _ratio(f"key to paint in the log, {under}", note, "ms", 2.0, "a key in an empty page"),
        _ratio(f"key to paint on the board, {under}", board, "ms", 2.0, "a key in an empty page"),
    ]


async def _change(room: ShownRoom) -> None:
    """Units press keys at this rate for as long as this runs, and all are somewhere else each second."""
    start, n = time.monotonic(), 0
    while True:
        n += 1
        await asyncio.sleep(max(0.0, start + n / CHANGES - time.monotonic()))
        room.status(n * 7 % BOARD, n)
        if n % round(CHANGES) == 0:
            room.move(BOARD, n // round(CHANGES))


async def _typed(page: Page, key: str, count: int) -> float:
    """The 95th percentile over so many keys, twelve a second as a fast typist has them; milliseconds."""
    await page.evaluate(WATCH_KEYS)
    for _ in range(count):
        await page.keyboard.press(key)
        await asyncio.sleep(1 / 12)
    await until(page, "count => painted.length >= count", count)
    return _quantile(await page.evaluate("painted"), 0.95)


# --- the map ----------------------------------------------------------------------------------------------------------


async def _map(browser: Browser, rounds: int, seconds: float) -> list[Ratio]:
    room = ShownRoom()
    room.units(MOVING)
    room.move(MOVING, 0)
    async with shown(room) as url:
        driving = asyncio.create_task(_drive(room))

        async def ours(panned: bool) -> float:
            context = await workplace(browser)
            page = await window(context, url, "map")
            await page.wait_for_selector(".map-canvas canvas")
            await until(page, f"async (count) => {module('stores')}.fixes.value.size === count", MOVING)
            counting = asyncio.create_task(page.evaluate(FRAMES, seconds))
            if panned:
                await _pan(page, counting)
            found = float(await counting)
            await context.close()
            return found

        async def bare() -> float:
            context = await workplace(browser)
            page = await context.new_page()
            await page.set_content("<style>body { margin: 0 }</style>")
            await page.evaluate(BARE, MOVING)
            found = float(await page.evaluate(FRAMES, seconds))
            await context.close()
            return found

        still = await alternately(rounds, lambda: ours(False), bare)
        panning = await alternately(rounds, lambda: ours(True), bare)
        driving.cancel()
    against = "a bare canvas loop with as many symbols"
    found = []
    for name, pair, enough in (("still", still, STILL_FPS), ("panning", panning, PANNING_FPS)):
        bound = round(min(OF_BARE, enough / pair[1]), 3)
        title = f"map {name}, {MOVING:,} units that drive ({enough:.0f} are enough)"
        found.append(_ratio(title, pair, "frames/s", bound, against, more=True))
    return found


async def _drive(room: ShownRoom) -> None:
    """Every second all units are somewhere else."""
    step = 0
    while True:
        step += 1
        room.move(MOVING, step)
        await asyncio.sleep(1)


async def _pan(page: Page, until: asyncio.Task[float]) -> None:
    """Drag the map to and fro with the mouse until this is done."""
    x, y = SCREEN["width"] / 2, SCREEN["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    n = 0
    while not until.done():
        n += 1
        away = n % 80 if n % 160 < 80 else 80 - n % 80
        await page.mouse.move(x + 5 * away, y + 2 * away)
    await page.mouse.up()


# --- focus ------------------------------------------------------------------------------------------------------------


async def _focus(browser: Browser, choices: int) -> Ratio:
    room = ShownRoom()
    room.units(BOARD)
    for n in range(10):
        room.open(f"i{n}", f"Vensterweg {n}")
    async with shown(room) as url:
        context = await workplace(browser)
        pages = [await window(context, url) for _ in range(WINDOWS)]
        for page in pages:
            await page.evaluate(HEAR_FOCUS)
        chosen: list[tuple[str, float]] = []
        for n in range(choices):
            ref = f"RT/i{n % 10}"
            chosen.append((ref, float(await pages[n % WINDOWS].evaluate(CHOOSE, ref))))
            for page in pages:
                await until(page, "ref => heard.at(-1)[0] === ref", ref)
            await asyncio.sleep(0.1)  # nobody chooses faster
        took = []
        for number, page in enumerate(pages):
            heard = [tuple(line) for line in await page.evaluate("heard")][-choices:]
            for n, ((ref, at), (known, when)) in enumerate(zip(chosen, heard, strict=True)):
                if known != ref:
                    raise RuntimeError("a window missed a choice")
                if n % WINDOWS != number:
                    took.append(when - at)
        await context.close()
    return Ratio(
        name=f"focus across {WINDOWS} windows, p99",
        ours=_quantile(took, 0.99),
        baseline=FOCUS_MS,
        unit="ms",
        bound=1.0,
        more_is_better=False,
        against="what is promised",
    )


# --- shared -----------------------------------------------------------------------------------------------------------


async def alternately(rounds: int, ours: Measured, baseline: Measured) -> tuple[float, float]:
    """Measure both in turn, as `bench.alternate` does; the two that belong to the median ratio."""
    pairs = []
    for n in range(rounds):
        if n % 2:
            one = await ours()
            pairs.append((one, await baseline()))
        else:
            other = await baseline()
            pairs.append((await ours(), other))
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[(len(pairs) - 1) // 2]


def _ratio(name: str, pair: tuple[float, float], unit: str, bound: float, against: str, more: bool = False) -> Ratio:
    ours, baseline = pair
    return Ratio(name=name, ours=ours, baseline=baseline, unit=unit, bound=bound, more_is_better=more, against=against)


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
