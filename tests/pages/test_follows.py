"""Scaling up by the command line: what follows is read before Enter, and is what is carried out then."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Route, expect

from meldkamer.pack import load_pack

from .conftest import Enter
from .house import ROTTERDAM, House
from .line import line_to
from .shots import shot
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_a_greater_fire_asks_is_read_first_and_then_asked(enter: Enter, house: House) -> None:
    where = {**ROTTERDAM, "text": "Opschaalkade 1"}
    ref = house.incident("rt.brand", "RT", "B", "Opschaalkade 1", location=where, class_code="brgb02", priority=1)
    window = await enter("rt.brand")
    await window.in_hand("Opschaalkade 1")
    await window.sees("#proposal-need", "TS-6")
    await window.command("-middelbrand")
    await window.sees(".preview", "Ops Br")
    follows = window.at("#follows")
    asked = house.supposed("rt.brand", ref, "Ops Br", "Middel")["B"]
    await expect(follows).to_contain_text(f"wordt {asked['needs']}")
    await expect(follows).to_contain_text(asked["proposal"]["filled"][0]["going"]["call_sign"])
    await expect(follows).to_contain_text("Niemand wordt hierdoor gealarmeerd")
    assert "Ops Br" not in house.detail("rt.brand", ref)["incident"]["characteristics"]
    # It goes when the command is left, and comes back with it.
    await window.press("Escape")
    await expect(follows).to_be_hidden()
    await window.press("Control+Space")
    await expect(follows).to_be_visible()
    await window.press("Enter")
    await window.sees("#proposal-need", asked["needs"])
    await expect(follows).to_have_count(0)
    assert house.detail("rt.brand", ref)["incident"]["characteristics"]["Ops Br"] == "Middel"


async def test_grip_lists_the_playbook_that_its_coordinator_then_gets(enter: Enter, house: House) -> None:
    [book] = [b for b in load_pack().playbooks if b.characteristic == "GRIP"]
    ref = house.incident("rt.brand", "RT", "B", "Opschaalkade 2", location={**ROTTERDAM, "text": "Opschaalkade 2"})
    number = house.detail("rt.brand", ref)["incident"]["number"]
    window, caco = await enter("rt.brand"), await enter("rt.caco", "/w/playbooks")
    await window.in_hand("Opschaalkade 2")
    await window.command("-grip 2")
    follows = window.at("#follows")
    await expect(follows).to_contain_text(f"het draaiboek {book.name}")
    for step in (*book.steps, *book.tell):
        await expect(follows).to_contain_text(f"{step.within} min: {step.text}" if step.within else step.text)

    async def again() -> None:
        await expect(follows.locator("ul")).to_be_visible()

    await shot(window, "follows", again=again)
    await again()
    offer = caco.at("body", has_text=f"#{number} is opgeschaald")
    await expect(offer).to_have_count(0)
    await window.press("Enter")
    await expect(offer).to_have_count(1)
    # Coming down lays nothing ready.
    await window.command("-grip 0")
    await expect(follows).to_contain_text("Er wordt geen draaiboek klaargelegd")
    await window.press("Enter")
    await expect(offer).to_have_count(0)


async def test_who_is_faster_than_the_list_is_asked_once_more(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Opschaalkade 3", location={**ROTTERDAM, "text": "Opschaalkade 3"})
    window = await enter("rt.brand")
    await window.in_hand("Opschaalkade 3")
    # Its answer never comes.
    await window.page.route("**/proposal?name=**", lambda _: None)
    await window.command("-grip 1")
    await window.press("Enter")
    await window.sees(".preview.twice", "Wat volgt is nog niet opgezocht")
    assert "GRIP" not in house.detail("rt.brand", ref)["incident"]["characteristics"]
    await window.press("Enter")
    await expect(window.at("#command")).to_have_value("")
    await expect(window.at(".marks")).to_contain_text("GRIP: 1")
    await window.page.unroute_all(behavior="ignoreErrors")


async def test_the_form_lists_first_too_and_enter_sets_it(enter: Enter, house: House) -> None:
    where = {**ROTTERDAM, "text": "Opschaalkade 5"}
    ref = house.incident("rt.brand", "RT", "B", "Opschaalkade 5", location=where, class_code="brgb02", priority=1)
    window = await enter("rt.brand")
    await window.in_hand("Opschaalkade 5")
    value, line, follows = window.at("#characteristic-value"), window.at("#command"), window.at("#follows")
    # What somebody is typing stays; it is said that the choice did not come there.
    await window.command("d 17")
    await window.at("#characteristic").select_option("Ops Br")
    await value.select_option("Middel")
    await expect(line).to_have_value("d 17")
    await window.sees(".bar", "In de opdrachtregel staat al iets")
    await window.command("")
    await expect(line).to_have_value("")

    await window.at("#characteristic").select_option("Ops Br")
    await value.focus()
    # By keys as well: the arrows choose, Enter takes.
    await window.press("ArrowDown", "ArrowDown", "Enter")
    await expect(line).to_have_value("-ops br middel")
    await expect(line).to_be_focused()
    asked = house.supposed("rt.brand", ref, "Ops Br", "Middel")["B"]
    await expect(follows).to_contain_text(f"wordt {asked['needs']}")
    assert "Ops Br" not in house.detail("rt.brand", ref)["incident"]["characteristics"]
    await window.press("Enter")
    await expect(window.at(".marks")).to_contain_text("Ops Br: Middel")
    await expect(follows).to_have_count(0)


class Other:
    """Gives a window the pack of a room that was changed: its playbooks under another name, and its hash."""

    def __init__(self) -> None:
        self.name, self.hash = "", ""

    async def stand_before(self, window: Window) -> None:
        """From now on this window is answered so."""
        await window.page.route("**/api/playbooks", self._answer)
        await window.page.route("**/api/pack", self._answer)

    async def _answer(self, route: Route) -> None:
        response = await route.fetch()
        found = json.loads(await response.text())
        for book in found.get("books", ()):
            book["name"] = f"{self.name}{book['name']}"
        if self.hash and "hash" in found:
            found["hash"] = self.hash
        await route.fulfill(response=response, json=found)


async def test_playbooks_are_read_anew_after_a_loss_of_the_link_and_with_another_pack(
    enter: Enter, house: House
) -> None:
    house.incident("rt.brand", "RT", "B", "Opschaalkade 4", location={**ROTTERDAM, "text": "Opschaalkade 4"})
    other = Other()
    async with line_to(house.url) as line:
        caco = await enter("rt.caco", "/w/playbooks", url=line.url)
        window = await enter("rt.brand", url=line.url)
        names = caco.at("#playbooks")
        await caco.sees("#playbooks", "Telefonie uitgevallen")
        await window.in_hand("Opschaalkade 4")
        await window.command("-grip 2")
        await expect(window.at("#follows li", has_text="draaiboek")).to_have_count(1)
        for one in (caco, window):
            one.may_lose_link = True
            await other.stand_before(one)
        other.name = "Herzien "
        line.restore()
        await expect(names).to_contain_text("Herzien Telefonie uitgevallen")
        # What stands under the command line says the same, without a key.
        await window.sees("#follows", "Herzien ")

        # The room says that it works with another pack now; the desk takes that, and its playbooks with it.
        other.name, other.hash = "Nieuw ", "f" * 64
        for one in (caco, window):
            await one.page.evaluate(
                """async () => {
                  const app = document.querySelector("script[type=module]").src;
                  const { rooms } = await import(app.replace("app.js", "stores.js"));
                  rooms.value = rooms.value.map((r) => ({ ...r, pack: "ffff" }));
                }"""
            )
        await expect(names).to_contain_text("Nieuw Telefonie uitgevallen")
        await window.sees("#follows", "Nieuw ")
        await caco.page.unroute_all(behavior="ignoreErrors")
        await window.page.unroute_all(behavior="ignoreErrors")
