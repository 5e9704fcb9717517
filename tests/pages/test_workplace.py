"""Several windows, one workplace."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import BrowserContext, expect

from .conftest import Enter
from .house import House
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_windows_look_at_the_same_incident_until_one_is_made_loose(enter: Enter, house: House) -> None:
    for street in ("Eerste Vensterweg", "Tweede Vensterweg", "Derde Vensterweg"):
        house.incident("zb.brand", "ZB", "B", street)
    first = await enter("zb.brand")
    second = await open_window(first.page.context, house.url)
    await second.open("/w/operator")
    await second.ready()

    await first.in_hand("Eerste Vensterweg")
    await expect(second.at(".head .place")).to_have_text("Eerste Vensterweg")

    await second.press("Control+b")
    await expect(second.at(".top .chip")).to_have_text("venster los")
    await first.in_hand("Tweede Vensterweg")
    await second.in_hand("Derde Vensterweg")
    await expect(first.at(".head .place")).to_have_text("Tweede Vensterweg")

    await first.page.close()
    house.incident("zb.brand", "ZB", "B", "Vierde Vensterweg")
    await second.sees("#incidents", "Vierde Vensterweg")
    await second.ready()
    assert second.complaints == []


async def test_a_new_window_begins_where_the_others_are(enter: Enter, house: House) -> None:
    house.incident("zb.brand", "ZB", "B", "Laatkomerweg")
    first = await enter("zb.brand")
    await first.in_hand("Laatkomerweg")
    late = await open_window(first.page.context, house.url)
    await late.open("/w/operator")
    await expect(late.at(".head .place")).to_have_text("Laatkomerweg")
    assert late.complaints == []


async def test_every_window_goes_on_when_the_worker_dies(enter: Enter, house: House) -> None:
    house.incident("zb.brand", "ZB", "B", "Werkerweg 1")
    first = await enter("zb.brand")
    second = await open_window(first.page.context, house.url)
    await second.open("/w/operator")
    await second.ready()
    await first.in_hand("Werkerweg 1")
    await first.at("#note").focus()
    await first.type("half geschreven")
    await kill_worker(first)
    # What happens from then on reaches both, each by a line of its own, and nothing that was typed is gone.
    house.incident("zb.brand", "ZB", "B", "Na de werker 2")
    for window in (first, second):
        await window.sees("#incidents", "Na de werker 2")
        await window.ready()
    await expect(first.at("#note")).to_have_value("half geschreven")
    await first.press("Control+Enter")
    await first.sees(".log", "half geschreven")
    # Closing one of them leaves the other its line.
    await second.page.close()
    house.incident("zb.brand", "ZB", "B", "Daarna 3")
    await first.sees("#incidents", "Daarna 3")
    assert second.complaints == []


async def kill_worker(window: Window) -> None:
    """The shared worker of this workplace ends, as when it crashes: nobody is told."""
    browser = window.page.context.browser
    assert browser is not None
    session = await browser.new_browser_cdp_session()
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    (worker,) = (t["targetId"] for t in targets if t["type"] == "shared_worker")
    attached = await session.send("Target.attachToTarget", {"targetId": worker, "flatten": False})
    message = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": "self.close()"}})
    await session.send("Target.sendMessageToTarget", {"sessionId": attached["sessionId"], "message": message})


async def at_windows(enter: Enter, house: House, account: str, seat: str, *scripts: str) -> Window:
    """Somebody at a seat whose layout the file of the house has (see `conftest.WINDOWS`)."""
    first = await enter(account)
    context = first.page.context
    for script in scripts:
        await context.add_init_script(script)
    took = await context.request.post(f"{house.url}/api/seat", data={"seat": seat}, headers={"Origin": house.url})
    assert took.ok, await took.text()
    await first.page.reload()
    await first.ready()
    return first


async def came(context: BrowserContext, first: Window, count: int) -> dict[str, Window]:
    """The windows of a workplace by their name in the address, when there are so many."""
    while len(context.pages) < count:
        await context.wait_for_event("page")
    found = {}
    for page in context.pages:
        window = first if page is first.page else Window(page, first.url)
        await expect(page).to_have_url(re.compile(r"\?window="))
        await window.ready()
        found[page.url.partition("?window=")[2]] = window
    return found


async def test_the_windows_of_a_workplace_open_by_a_key_and_come_back(enter: Enter, house: House) -> None:
    for street in ("Eerste Rolweg", "Tweede Rolweg"):
        house.incident("zb.brand", "ZB", "B", street)
    first = await at_windows(enter, house, "zb.brand", "VENSTER-1")
    context = first.page.context
    await expect(first.at("#workplace")).to_have_text("vensters 0/3")
    await first.press("Control+o")
    await first.sees(".preview", "Geopend: tweede, kaart")
    await expect(first.page).to_have_url(re.compile(r"/w/operator\?window=inzet$"))
    windows = await came(context, first, 3)
    assert set(windows) == {"inzet", "tweede", "kaart"}
    await expect(windows["kaart"].page).to_have_title("kaart · Meldkamer")
    await expect(windows["kaart"].at(".work.map")).to_be_visible()
    await expect(first.at("#workplace")).to_have_count(0)

    # What follows and what does not stands in the file.
    await expect(windows["tweede"].at(".top .chip", has_text="venster los")).to_be_visible()
    await windows["tweede"].in_hand("Tweede Rolweg")
    await first.in_hand("Eerste Rolweg")
    await expect(windows["tweede"].at(".head .place")).to_have_text("Tweede Rolweg")

    # Nothing comes twice; what was closed comes back, by name or all of it.
    await first.command("wp")
    await first.sees(".preview", "Alle vensters van deze werkplek staan er al")
    await first.press("Enter")
    await first.sees(".preview", "Alle 3 vensters van deze werkplek staan er")
    assert len(context.pages) == 3
    await windows["kaart"].page.close()
    await expect(first.at("#workplace")).to_have_text("vensters 2/3")
    await first.command("wp ka")
    await first.sees(".preview", "Vensters openen: kaart")
    await first.press("Enter")
    await came(context, first, 3)
    await expect(first.at("#workplace")).to_have_count(0)

    # Closing the first one takes nothing from the others, and it comes back too.
    await first.page.close()
    other = windows["tweede"]
    await expect(other.at("#workplace")).to_have_text("vensters 2/3")
    house.incident("zb.brand", "ZB", "B", "Derde Rolweg")
    await other.sees("#incidents", "Derde Rolweg")
    await other.press("Control+o")
    back = await came(context, other, 3)
    await back["inzet"].sees("#incidents", "Derde Rolweg")
    assert [w.complaints for w in [*windows.values(), *back.values()] if w.complaints] == []


async def test_a_window_comes_on_its_display_and_one_at_a_time_where_the_browser_wants_that(
    enter: Enter, house: House
) -> None:
    displays = """
      Object.defineProperty(Screen.prototype, 'isExtended', { get: () => true });
      const display = (left) => ({ availLeft: left, availTop: 0, availWidth: 1000, availHeight: 800 });
      window.getScreenDetails = async () => ({ screens: [display(1000), display(0)] });
      window.asked = [];
      window.open = (address, name, how) => {
        window.asked.push(`${address} ${how}`);
        return window.asked.length === 2 ? null : {};
      };"""
    first = await at_windows(enter, house, "zb.ambu", "VENSTER-2", displays)
    await expect(first.at("#workplace")).to_be_visible()
    await first.press("Control+o")
    await first.sees(".preview", "Geopend: tweede. Nog 1: de browser laat er één per toets toe, druk nog een keer")
    await first.press("Control+o")
    await first.sees(".preview", "Geopend: ")
    await first.page.wait_for_function("window.asked.length > 2")
    asked = await first.page.evaluate("window.asked")
    assert asked[0] == "/w/operator?window=tweede popup,left=0,top=0,width=1000,height=800"
    assert "/w/map?window=kaart popup,left=1500,top=0,width=500,height=800" in asked[1:]


@pytest.mark.parametrize("account", ["md.brand", "md.caco"])
async def test_where_no_file_says_anything_nothing_is_missed_and_the_key_still_opens(
    enter: Enter, house: House, account: str
) -> None:
    listen = "window.asked = []; window.open = (address) => { window.asked.push(address); return {}; };"
    first = await enter(account, "/w/caco" if account == "md.caco" else "/w/operator")
    await first.page.context.add_init_script(listen)
    await first.page.reload()
    await first.ready()
    await first.command("wp")
    await first.sees(".preview", "Vensters openen: ")
    await expect(first.at("#workplace")).to_have_count(0)
    await first.press("Enter")
    await first.sees(".preview", "Geopend: map, comms")
    assert await first.page.evaluate("window.asked") == ["/w/map?window=map", "/w/comms?window=comms"]


async def test_whoever_knows_the_keys_hides_their_line_for_themselves(enter: Enter, house: House) -> None:
    window = await enter("zb.brand")
    other = await open_window(window.page.context, house.url)
    await other.open("/w/map")
    await other.ready()
    await window.sees(".top .role", "Centralist brandweer")
    line = window.at(".keys")
    await expect(line).to_be_visible()
    tall = await window.at(".work").evaluate("(e) => e.offsetHeight")
    await window.press("Control+F1")
    await expect(line).to_have_count(0)
    await expect(other.at(".keys")).to_have_count(0)
    assert await window.at(".work").evaluate("(e) => e.offsetHeight") == tall + 28
    await window.page.reload()
    await window.ready()
    await expect(line).to_have_count(0)

    # Somebody else at this workplace has the line; the first one finds it as it was left.
    for account, lines in (("zb.ambu", 1), ("zb.brand", 0)):
        await window.at(".top button", has_text="Afmelden").focus()
        await window.press("Enter")
        await expect(window.at("#account")).to_be_focused()
        await window.type(account)
        await window.press("Tab")
        await window.type(house.password)
        await window.press("Enter")
        await window.ready()
        await expect(line).to_have_count(lines)
    await window.at("#show-keys").focus()
    await window.press("Enter")
    await expect(line).to_be_visible()
