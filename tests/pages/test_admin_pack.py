"""Two administrators by keyboard: a question set changes on the desks at its moment, and power is given by two."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
FILE = "questions/koolmonoxide-gas.toml"
OLD, NEW = "Is iedereen buiten?", "Zijn alle mensen buiten?"


async def admin(enter: Enter, account: str, screen: str, **how: Any) -> Window:
    """Somebody at one of the screens of access, reached by its key."""
    window = await enter(account, "/w/admin", **how)
    await expect(window.at(".sheets")).to_be_visible()
    await window.press({"pack": "F10", "confirm": "F9"}[screen])
    await expect(window.at("nav a[aria-current]").first).to_have_attribute("href", f"/w/admin/{screen}")
    await expect(window.at(".sheets")).to_be_visible()
    return window


async def line(window: Window, number: int, text: str) -> None:
    """Write another line in the text, by keys."""
    await window.at("#pack-text").focus()
    await window.press("Control+Home", *["ArrowDown"] * (number - 1), "Home", "Shift+End")
    await window.type(text)


async def click(window: Window, selector: str) -> None:
    """Press a button by the keyboard."""
    await window.at(selector).focus()
    await window.press("Enter")


async def twice(window: Window, selector: str) -> None:
    """Press a button that asks once more."""
    await click(window, selector)
    await window.sees(selector, "Zeker?")
    await window.press("Enter")


async def open_change(window: Window, table: str) -> None:
    """Walk to the first change of a list by the arrows, and open it."""
    await window.at(f"{table} tbody button").first.focus()
    await window.press("Enter")
    await window.sees("#pack-change", FILE)


async def test_a_question_changes_on_the_desk_by_four_eyes_and_goes_back(enter: Enter, house: House) -> None:
    house.ring("RT.B.intake", "0612340909", "Gas Beller")
    desk = await enter("rt.brand")
    await expect(desk.at("#queue .row")).to_have_count(1)
    await desk.press("F5")
    await desk.sees(".head", "0612340909")
    await desk.press("F4")
    await desk.type("Gasstraat")
    await desk.press("Enter")
    await expect(desk.at("#what")).to_be_focused()
    await desk.type("lmst")
    await desk.press("Enter")
    await expect(desk.at("#priority")).to_be_focused()
    await desk.sees(".question.active .ask", OLD)

    first = await admin(enter, "beheer", "pack")
    await first.at(f"[id='file-{FILE}']").focus()
    await first.press("Enter")
    await expect(first.at("#pack-text")).to_be_focused()
    lines = (await first.at("#pack-text").input_value()).split("\n")
    at = next(n for n, text in enumerate(lines, start=1) if OLD in text)

    # A mistake is told by file, row and field; from there Enter leads to the row.
    await line(first, at, "ask = ")
    await click(first, "#pack-check")
    await first.sees(".faults", str(at))
    await first.at(".faults tbody button").first.focus()
    await first.press("Enter")
    await expect(first.at("#pack-text")).to_be_focused()
    await line(first, at, f'ask = "{NEW}"')
    await click(first, "#pack-check")
    await first.sees(".faults", "version")  # the version has that text already
    await line(first, 2, 'version = "2026.2"')
    await click(first, "#pack-check")
    await first.sees("#counts", "2 regels vervallen, 2 regels komen erbij")
    await first.sees("#pack-writing .difference", "vervalt")
    await first.at("#pack-reason").focus()
    await first.type("Helderder voor de beller")
    await first.press("Enter")
    await first.sees("#pack-state", "wacht")
    await first.sees("#pack-change", "Een ander keurt het goed")
    await expect(first.at("#pack-approve")).to_have_count(0)

    second = await admin(enter, "tweede", "pack")
    await open_change(second, "#pack-waiting")
    await second.sees("#pack-change .difference", NEW)
    await second.sees("#pack-change", "Helderder voor de beller")
    await shot(second, "admin_pack")
    await second.at("#pack-from").focus()
    await second.type("morgen")
    await twice(second, "#pack-approve")
    await second.sees("form:has(#pack-from) [role=status]", "2026-01-31 06:00")
    await expect(second.at("#pack-from")).to_be_focused()
    await second.press("Control+a")
    await second.press("Delete")
    await twice(second, "#pack-approve")
    await second.sees("#pack-state", "geldt")
    # The desk asks the new one, in the form that is open, and nobody touched it.
    await desk.sees(".question.active .ask", NEW)
    await expect(desk.at("#what")).to_have_count(1)

    # Back is a change like any other: now the first approves what the second proposes.
    await click(second, "#pack-revert")
    await expect(second.at("#pack-text")).to_be_focused()
    await second.at("#pack-reason").focus()
    await second.type("Toch de oude")
    await second.press("Enter")
    await second.sees("#pack-state", "wacht")
    await first.press("F10")
    await open_change(first, "#pack-waiting")
    await twice(first, "#pack-approve")
    await first.sees("#pack-state", "geldt")
    await desk.sees(".question.active .ask", OLD)


async def test_an_account_is_there_once_a_second_administrator_says_so(enter: Enter, house: House) -> None:
    name = f"nieuw.{secrets.token_hex(3)}"
    body = {"name": name, "display": "Nieuw", "roles": ["FB"], "reason": "een derde beheerder"}
    made = house.as_person("beheer").post("/api/accounts", json=body).json()
    assert made["waits"]
    first = await admin(enter, "beheer", "confirm")
    await first.sees(f"[id='asked-{name}']", "Een andere beheerder bevestigt dit")
    await expect(first.at(f"[id='confirm-{name}']")).to_have_count(0)
    second = await admin(enter, "tweede", "confirm")
    await second.sees(f"[id='asked-{name}']", "een derde beheerder")
    await shot(second, "admin_confirm")
    await twice(second, f"[id='confirm-{name}']")
    await expect(second.at(f"[id='asked-{name}']")).to_have_count(0)
    people = house.as_person("beheer").get("/api/admin/people").json()["people"]
    assert next(p for p in people if p["name"] == name)["roles"] == ["FB"]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_nothing_stands_in_the_way_of_a_screen_reader(enter: Enter, house: House) -> None:
    window = await admin(enter, "beheer", "pack", language="en", csp=False)
    await click(window, "[id='file-norms.csv']")
    await expect(window.at("#pack-text")).to_be_focused()
    await line(window, 3, "x,y")
    await click(window, "#pack-check")
    await window.sees(".faults", "cells where the header has")
    assert await violations(window) == []
    await window.at("#pack-drop").focus()
    await window.press("Enter")
    await window.press("F9")
    await expect(window.at("#confirm")).to_be_visible()
    assert await violations(window) == []
