"""The page on which an administrator sets their PIN, in a browser, as on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from shared.answers.administration.pin_links import LASTS
from shared.models.administrator import Administrator
from shared.tenants.links import PinGrant
from tests.e2e.desk_function import KEY, DeskRun

#: Time (ms) within which the browser must show a change.


@pytest.fixture
async def phone(chromium: Browser) -> AsyncIterator[Page]:
    """A page of a French phone. Fails the test if the console has complaints other than failed answers."""
    context = await chromium.new_context(locale="fr-SN", viewport={"width": 390, "height": 844})
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert [each for each in complaints if not each.startswith("Failed to load resource")] == []


async def opens(page: Page, desk: DeskRun, *, staff: str = "chief", minutes: float = 0) -> None:
    """Opens the page by a link that was made so many minutes ago."""
    now = desk.world.clock.now().replace(microsecond=0)
    grant = PinGrant("parish", now + LASTS - timedelta(minutes=minutes), staff)
    await page.goto("about:blank")
    await page.goto(f"{desk.origin}/desk/pin.html#{grant.token(KEY)}")


async def says(page: Page, pattern: str) -> None:
    await expect(page.locator("#status")).to_have_text(re.compile(pattern))


async def sets(page: Page, pin: str, *, again: str = "", old: str = "") -> None:
    if old:
        await page.get_by_label("Votre code PIN actuel").fill(old)
    await page.get_by_label("Nouveau code PIN, 4 à 8 chiffres").fill(pin)
    await page.get_by_label("Le nouveau code, encore une fois").fill(again or pin)
    await page.get_by_role("button", name="Enregistrer").click()


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/pin-{name}.png")


async def has_pin(desk: DeskRun) -> bool:
    own = await desk.world.store.get(Administrator, tenant="parish", staff="chief")
    return own is not None and own.pin is not None


@pytest.mark.browser
async def test_a_pin_is_set_and_then_asked_for(desk: DeskRun, phone: Page) -> None:
    await opens(phone, desk)
    await says(phone, "nulle part ailleurs")
    await expect(phone.locator("html")).to_have_attribute("lang", "fr")
    await expect(phone.get_by_label("Votre code PIN actuel")).to_be_hidden()
    await shot(phone, "new")
    await sets(phone, "2580", again="2581")
    await says(phone, "pas pareils")
    await sets(phone, "1234")
    await says(phone, "ni à la suite")
    assert not await has_pin(desk)
    await sets(phone, "2580")
    await says(phone, "enregistré")
    await expect(phone.get_by_role("button")).to_have_count(0)
    await shot(phone, "set")
    assert await has_pin(desk)
    desk.world.clock.pass_(60)
    await opens(phone, desk)
    await says(phone, "nulle part ailleurs")
    await sets(phone, "1357", old="0000")
    await says(phone, "actuel est faux")
    await shot(phone, "wrong")
    await sets(phone, "1357", old="2580")
    await says(phone, "enregistré")


@pytest.mark.browser
@pytest.mark.parametrize(("staff", "minutes"), [("chief", 15), ("one", 0), ("nobody", 0)])
async def test_a_link_that_is_late_or_not_an_administrator_s(
    desk: DeskRun, phone: Page, staff: str, minutes: float
) -> None:
    await opens(phone, desk, staff=staff, minutes=minutes)
    await says(phone, "n'est plus valable")
    await expect(phone.get_by_role("button")).to_have_count(0)


@pytest.mark.browser
async def test_a_page_without_an_answer_says_so(desk: DeskRun, phone: Page) -> None:
    await opens(phone, desk)
    await says(phone, "nulle part ailleurs")
    await phone.context.set_offline(True)
    await sets(phone, "2580")
    await says(phone, "Cela n'a pas marché")
    await phone.context.set_offline(False)
    await sets(phone, "2580")
    await says(phone, "enregistré")
