"""What overtakes what: answers, rows, pictures and frames come in another order than they were asked for."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from bench._room import ShownRoom, shown

from .conftest import SCREEN, Enter
from .house import AMERSFOORT, House
from .test_bad_words import Held, wait_for
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# --- undo -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def held(window: Window) -> AsyncIterator[None]:
    """The next act of this window comes to the room after this."""
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await route.continue_()

    await window.page.route("**/api/commands", hold, times=1)
    yield
    goes_on.set()


async def gives(window: Window, command: str) -> None:
    """By the command line, and back to a list."""
    async with window.page.expect_request("**/api/commands"):
        await window.command(command)
        await window.press("Enter")
    await window.at("#incidents").focus()


async def test_undo_takes_the_act_that_was_last_when_it_was_pressed(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Inhaalweg 1", priority=2)
    window = await enter("rt.brand")
    await window.in_hand("Inhaalweg 1")
    priority = window.at("section[aria-labelledby=incident-title] .head .box")
    # What is given while undo waits is not what was meant.
    async with held(window):
        await gives(window, "p 3")
        await window.press("Control+z", "Control+z")
        await gives(window, "n blijft staan")
        await window.sees(".log", "blijft staan")
    await window.sees(".preview", "Teruggedraaid")
    await expect(priority).to_have_text("2")
    # What is given last is answered first.
    async with held(window):
        await gives(window, "p 4")
        await gives(window, "n gaat weg")
        await window.sees(".log", "gaat weg")
    await expect(priority).to_have_text("4")
    await window.press("Control+z")
    await expect(window.at(".log .struck")).to_contain_text("gaat weg")
    await expect(priority).to_have_text("4")
    assert [bool(note["struck_by"]) for note in house.detail("rt.brand", ref)["notes"]] == [False, True]


PATIENCE_PASSES = """() => {
  const usual = setTimeout;
  window.setTimeout = (run, wait, ...rest) => usual(run, wait > 300 && wait < 5000 ? 10 : wait, ...rest);
}"""


async def test_undo_never_takes_the_act_before_one_of_which_nobody_knows(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Inhaalweg 2", priority=1)
    window = await enter("rt.brand")
    window.may_lose_link = True
    await window.in_hand("Inhaalweg 2")
    await window.command("p 2")
    await window.press("Enter")
    priority = window.at("section[aria-labelledby=incident-title] .head .box")
    await expect(priority).to_have_text("2")
    await window.page.route("**/api/commands", lambda route: route.abort())
    await window.page.evaluate(PATIENCE_PASSES)
    await gives(window, "p 3")
    await window.sees(".preview", "Onbekend")
    await window.page.unroute("**/api/commands")
    await window.press("Control+z")
    await window.sees(".preview", "kan niet teruggedraaid worden")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2


ROWS_COME_LATER = """
const usual = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
Object.defineProperty(MessagePort.prototype, 'onmessage', { ...usual, set(hear) {
  usual.set.call(this, hear && ((event) => void setTimeout(() => hear(event), event.data.t === 'ev' ? 300 : 0)));
} });
"""


async def test_a_status_is_taken_back_before_the_screen_shows_it(enter: Enter, house: House) -> None:
    unit = house.free("rt.brand", "B", 8)
    window = await enter("rt.brand")
    await window.page.add_init_script(ROWS_COME_LATER)
    await window.page.reload()
    await window.ready()
    row = window.at(f"#units .row[data-unit='{unit['ref']}'] .box")
    before = await row.inner_text()
    async with held(window):
        await gives(window, f"s {unit['call_sign']} 6")
        await window.press("Control+z")
    await window.sees(".preview", "Teruggedraaid")
    await expect(row).to_have_text(before)
    assert house.unit("rt.brand", unit["call_sign"])["status"] == unit["status"]


# --- rows, pictures and frames ----------------------------------------------------------------------------------------

LISTEN = """
const Real = SharedWorker;
window.SharedWorker = class extends Real {
  constructor(...how) {
    super(...how);
    window.port = this.port;
    this.port.addEventListener('message', ({ data }) => { if (data.t === 'picture') window.picture = data; });
  }
};
"""
WAITS_THEN_A_PICTURE = """(ref) => {
  const row = picture.rows.incident.find((one) => one.ref === ref);
  dispatchEvent(new KeyboardEvent('keydown', { key: 'Insert' }));
  port.onmessage({ data: { t: 'ev', rows: [
    { kind: 'incident', ref, row: { ...row, priority: 1 } },
    { kind: 'incident', ref: 'RT/gone', row: { ...row, ref: 'RT/gone' } },
  ] } });
  port.onmessage({ data: { t: 'rooms', rows: [] } });
  port.onmessage({ data: picture });
}"""
SHOWN = """async (ref) => {
  const { incidents, rooms } = await import(new URL('stores.js', document.querySelector('script[type=module]').src));
  return [incidents.value.get(ref).priority, incidents.value.has('RT/gone'), rooms.value.length > 0];
}"""


async def test_a_picture_is_not_overtaken_by_what_waited_behind_a_key(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Inhaalweg 3", priority=4)
    window = await enter("rt.brand")
    await window.page.add_init_script(LISTEN)
    await window.page.reload()
    await window.ready()
    await window.page.evaluate(WAITS_THEN_A_PICTURE, ref)
    house.incident("rt.brand", "RT", "B", "Inhaalweg 4")
    await window.sees("#incidents", "Inhaalweg 4")
    assert await window.page.evaluate(SHOWN, ref) == [4, False, True]


async def test_what_comes_is_known_where_no_frame_is_made(enter: Enter, house: House) -> None:
    window = await enter("rt.brand")
    await window.page.evaluate("() => void (window.requestAnimationFrame = () => 0)")
    house.incident("rt.brand", "RT", "B", "Inhaalweg 5")
    await window.sees("#incidents", "Inhaalweg 5")


async def test_a_late_proposal_brings_back_neither_what_was_left_nor_who_goes_elsewhere(
    enter: Enter, house: House
) -> None:
    place = {**AMERSFOORT, "text": "Inhaalweg 6"}
    house.incident("md.brand", "MD", "B", "Inhaalweg 6", location=place)
    window = await enter("md.brand")
    # Without the worker that asks for all windows: what it asks cannot be held here.
    await window.page.add_init_script("delete window.SharedWorker")
    await window.page.reload()
    await window.ready()
    await window.in_hand("Inhaalweg 6")
    first = window.at("#proposal .row[aria-selected=true] strong").first
    sign = await first.inner_text()
    held = Held()
    await window.page.route("**/proposal?*", held)
    await window.press("F6", "v")
    await wait_for(held, 1)
    other = house.incident("md.brand", "MD", "B", "Elders")
    unit = house.unit("md.brand", sign)["ref"]
    house.do("md.brand", type="assign_unit", unit=unit, assignment=secrets.token_hex(8), incident=other)
    since = len(held.waiting)
    await window.press("F6", "v")
    await wait_for(held, since + 1)

    async def comes(n: int) -> None:
        async with window.page.expect_event("requestfinished", lambda request: "/proposal?" in request.url):
            held.waiting[n].set_result(None)
        await window.page.evaluate(SETTLED)

    await comes(since)
    await expect(first).not_to_have_text(sign)
    await comes(0)
    assert await first.inner_text() != sign
    await window.press("F6", "v")
    await wait_for(held, len(held.waiting) + 1)
    await expect(window.at("#proposal")).to_be_focused()
    await window.press("Escape")
    await expect(window.at("#proposal")).to_have_count(0)
    for n, answer in enumerate(held.waiting):
        if not answer.done():
            await comes(n)
    assert await window.at("#proposal").count() == 0


# --- who went on without the worker, and who left ---------------------------------------------------------------------

COMES_BACK = """async () => {
  const { Channel } = await import('/static/js/channel.js');
  const heard = [];
  const channel = new Channel((message) => heard.push(message.t));
  const { port } = channel;
  channel.alone();
  channel.own.stop();
  heard.length = 0;
  port.onmessage?.({ data: { t: 'ev', rows: [] } });
  return heard;
}"""
AS_ANOTHER = """async () => {
  const { session } = await import(new URL('stores.js', document.querySelector('script[type=module]').src));
  session.value = { ...session.value, person: 'rt.ander' };
}"""
LEAVES = """async () => {
  const { Live } = await import('/static/js/live.js');
  const told = [];
  const live = new Live((message) => told.push(message.t));
  const size = () => Object.values(live.snapshot().rows).flat().length;
  await live.follow(['RT']);
  const had = size();
  live.stop();
  const left = size();
  told.length = 0;
  const coming = live.follow(['RT']);
  live.stop();
  await coming;
  const [early, closed, came] = [!told.includes('picture'), live.socket === null, size()];
  await live.follow(['RT']);
  live.become('signed_out');
  live.drop();
  return [had > 0, left, early, closed, came, size()];
}"""


async def test_nobody_takes_back_what_another_did_at_the_desk(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Inhaalweg 7", priority=1)
    window = await enter("rt.brand")
    await window.in_hand("Inhaalweg 7")
    await gives(window, "p 2")
    await expect(window.at("section[aria-labelledby=incident-title] .head .box")).to_have_text("2")
    await window.page.evaluate(AS_ANOTHER)
    await window.at("#incidents").focus()
    await window.press("Control+z")
    await window.sees(".preview", "binnen 10")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2


async def test_neither_a_worker_that_comes_back_nor_who_left_is_heard_beside_whoever_works(enter: Enter) -> None:
    window = await enter("rt.brand")
    assert await window.page.evaluate(COMES_BACK) == []
    assert await window.page.evaluate(LEAVES) == [True, 0, True, True, 0, 0]


# --- an incident and its row ------------------------------------------------------------------------------------------

READ_AFTER = """async () => {
  const { Channel } = await import('/static/js/channel.js');
  const heard = [];
  const channel = new Channel((message) => heard.push(message.t));
  // It told something just now: the next change waits for its turn.
  channel.own.told = performance.now() + 60_000;
  channel.own.take({ region: 'RT', seq: 1, rows: [{ kind: 'call', ref: 'RT/x', row: null }] });
  const before = [...heard];
  await channel.read('/api/session', '');
  channel.own.stop();
  return [before, heard.includes('ev')];
}"""


async def test_what_changed_is_told_before_what_was_read_after_it(enter: Enter) -> None:
    window = await enter("rt.brand")
    await window.page.add_init_script("delete window.SharedWorker")
    await window.page.reload()
    await window.ready()
    assert await window.page.evaluate(READ_AFTER) == [[], True]


WORKER_READS = """async () => {
  window.WebSocket = class {
    constructor() { window.line = this; }
    send() {}
    close() {}
  };
  await import('/static/js/worker.js');
  const { port1, port2 } = new MessageChannel();
  window.onconnect({ ports: [port1] });
  const told = [];
  let more = () => {};
  port2.onmessage = ({ data }) => { told.push(data.t); more(); };
  const until = async (t) => { while (!told.includes(t)) await new Promise((done) => (more = done)); };
  port2.postMessage({ t: 'follow', regions: ['RT'] });
  await until('picture');
  // What waits for its turn would wait for ever.
  window.setTimeout = () => 0;
  const rows = [{ kind: 'call', ref: 'RT/x', row: null }];
  line.onmessage({ data: JSON.stringify({ t: 'ev', region: 'RT', seq: 1_000_000, rows }) });
  port2.postMessage({ t: 'read', n: 1, path: '/api/session', state: '' });
  await until('answer');
  return told.slice(-2);
}"""


async def test_the_worker_too_tells_what_changed_before_what_was_read_after_it(enter: Enter) -> None:
    window = await enter("rt.brand")
    assert await window.page.evaluate(WORKER_READS) == ["ev", "answer"]


async def test_the_proposal_is_asked_for_of_an_incident_of_which_the_row_is_still_to_come(enter: Enter) -> None:
    window = await enter("rt.brand")
    rows: list[str | bytes] = []
    held: list[WebSocketRoute] = []

    def meet(page: WebSocketRoute) -> None:
        held.append(page)
        page.connect_to_server().on_message(lambda said: rows.append(said) if '"ev"' in str(said) else page.send(said))

    await window.page.add_init_script("delete window.SharedWorker")
    await window.page.route_web_socket("**/api/live", meet)
    await window.page.reload()
    await window.ready()
    await window.press("F2")
    await expect(window.at("#where")).to_be_visible()
    await window.press("F4")
    await window.type("Rotterdam")
    await expect(window.at(".hits button").first).to_be_visible()
    await window.press("Enter")
    await expect(window.at("#what")).to_be_focused()
    await window.type("brwo")
    await window.press("Enter", "Control+Enter")
    await window.sees("#incident-title", "#RT-")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    await expect(window.at("#incidents .row.selected")).to_have_count(0)
    for said in rows:
        held[-1].send(said)
    await expect(window.at("#incidents .row.selected")).to_have_count(1)
    await expect(window.at("#proposal")).to_be_focused()


# --- long lists -------------------------------------------------------------------------------------------------------

NAMED = "(list) => document.getElementById(list.getAttribute('aria-activedescendant')) !== null"


async def test_the_cursor_of_a_long_list_is_in_sight_and_named_only_where_it_is(browser: Browser) -> None:
    room = ShownRoom()
    room.units(600)
    for n in range(400):
        room.open(f"i{n}", f"Rijstraat {n}", priority=1 + n // 100)
    async with shown(room) as url:
        context = await browser.new_context(viewport=SCREEN, locale="nl-NL")
        window = await open_window(context, url)
        await window.open("/w/operator")
        await window.ready()
        await window.sees("#incidents-title", "400")
        incidents, units = window.at("#incidents"), window.at("#units")
        await incidents.focus()
        await window.press("End")
        await expect(incidents.locator(".selected")).to_be_in_viewport(ratio=0.9)
        # Whoever loads the page anew finds it where it was.
        await window.page.reload()
        await window.ready()
        await expect(incidents.locator(".selected")).to_contain_text("Rijstraat 399")
        await expect(incidents.locator(".selected")).to_be_in_viewport(ratio=0.9)
        assert await incidents.evaluate(NAMED)
        # Scrolled away from, nothing names a row that is not there; a key brings it back.
        await incidents.evaluate("(list) => void (list.scrollTop = 0)")
        await expect(incidents.locator(".row").first).to_contain_text("Rijstraat 0")
        await expect(incidents).not_to_have_attribute("aria-activedescendant", re.compile("."))
        await incidents.focus()
        await window.press("ArrowUp")
        await expect(incidents.locator(".selected")).to_be_in_viewport(ratio=0.9)
        assert await incidents.evaluate(NAMED)
        # What comes below a list takes of its height, and not the cursor out of sight.
        await window.press("F7", "End")
        high: set[Any] = set()
        for _ in range(2):
            await expect(units.locator(".selected")).to_be_in_viewport(ratio=0.9)
            before = await units.evaluate("(list) => list.clientHeight")
            await window.press("Control+F1")
            await window.page.wait_for_function(
                "(before) => document.querySelector('#units').clientHeight !== before", arg=before
            )
            high.add(before)
            await expect(units.locator(".selected")).to_be_in_viewport(ratio=0.9)
        assert len(high) == 2
        assert window.complaints == []
        await context.close()
