"""Both phones in a real browser: one request for a human from the question to the rating, and the mails."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.e2e.conftest import LocalRun
from tests.e2e.phone import DESK, Phone

pytestmark = pytest.mark.browser

HAND = {"width": 390, "height": 844}
#: A picture of one pixel.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63f8cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)
ASK = "I want to talk to a human please"


class Both:
    """The page with both phones; `show` chooses a view if only one fits."""

    def __init__(self, person: Phone) -> None:
        self.page: Page = person.page
        self.person, self.agent = person, self.page.get_by_role("region", name="Agent's phone")
        self.request = self.page.get_by_role("region", name="Request for a human")
        self.inbox = self.page.get_by_role("region", name="Mails to the staff")

    async def show(self, view: str) -> None:
        tab = self.page.get_by_role("tab", name=view)
        if await tab.is_visible():
            await tab.click()

    async def says(self, text: str) -> None:
        await self.show("Person")
        await self.person.write(text)

    async def answers(self, text: str) -> None:
        await self.show("Agent")
        await self.agent.get_by_role("textbox").fill(text)
        await self.page.keyboard.press("Enter")

    async def person_is_told(self, text: str) -> None:
        await self.show("Person")
        await expect(self.person.answers.last).to_contain_text(text)

    async def agent_is_told(self, text: str) -> None:
        await self.show("Agent")
        await expect(self.told.last).to_contain_text(text)

    @property
    def told(self) -> Locator:
        return self.agent.locator(".message:not(.own)")

    async def step(self, text: str) -> None:
        await self.show("Request")
        await expect(self.request.get_by_role("listitem").filter(has_text=text).first).to_be_visible()

    async def overflow(self) -> dict[str, int]:
        """Returns the parts that are wider than their place, with the excess in pixels."""
        over: dict[str, int] = {}
        for part in ("html", "body", "#person", "#agent", "#request", "#request-body", "#inbox", "#mail"):
            excess = await self.page.locator(part).evaluate("(each) => each.scrollWidth - each.clientWidth")
            over |= {part: excess} if excess > 0 else {}
        return over


@pytest.fixture
async def both(
    own_concierge: LocalRun, chromium: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Both]:
    """Yields the page of a run of the test's own, as the hotel. Fails the test if the console complains."""
    options: dict[str, Any] = {"viewport": DESK} | getattr(request, "param", {})
    context = await chromium.new_context(**options)
    phone = Phone(await context.new_page())
    await phone.page.goto(own_concierge.origin)
    await expect(phone.page.locator("#status")).to_have_text("online")
    if options["viewport"] == HAND:
        await phone.page.get_by_role("button", name="Organisation, person and theme").click()
    await phone.enter("hotel")
    await phone.page.keyboard.press("Escape")
    yield Both(phone)
    await context.close()
    assert phone.complaints == []


SIZES = pytest.mark.parametrize(
    "both", [{"viewport": DESK}, {"viewport": HAND}], indirect=True, ids=["desk", "hand"]
)


@SIZES
async def test_a_request_is_told_taken_relayed_closed_and_rated(both: Both) -> None:
    await both.says(ASK)
    await both.person_is_told("10 minutes")
    await both.agent_is_told("1. ")
    await both.step("notified to Aminata Kane on waha")
    await both.show("Agent")
    await both.agent.get_by_role("button", name="1", exact=True).click()
    await both.person_is_told("Aminata Kane")
    await both.answers("Which room is it?")
    await both.person_is_told("Which room is it?")
    async with both.page.expect_file_chooser() as chooser:
        await both.person.device.get_by_role("button", name="Attach").click()
        await both.person.device.get_by_role("button", name="Picture or file").click()
    photo = FilePayload(name="room.png", mimeType="image/png", buffer=PHOTO)
    await (await chooser.value).set_files(photo)
    await both.show("Agent")
    await expect(both.agent.locator("img.picture")).to_be_visible()
    await both.answers("#close")
    await both.person_is_told("1. ⭐")
    await both.says("5")
    await both.person_is_told("Thank you")
    await both.step("rated by the person")
    await expect(both.request.locator(".facts")).to_contain_text("★★★★★")
    await both.says("What time is breakfast?")
    await both.person_is_told("6:30")
    assert await both.overflow() == {}


@SIZES
async def test_a_mail_is_read_and_answered_in_the_inbox(both: Both) -> None:
    await both.says(ASK)
    await both.person_is_told("10 minutes")
    await both.show("Request")
    # One after the other, then all by their other way.
    told = {"Aminata Kane": 2, "Cheikh Badiane": 3, "Hélène Marchand": 6}
    for name, notified in told.items():
        await both.step(f"notified to {name} on waha")
        await both.request.get_by_role("button", name="+3 min").click()
        await expect(both.request.locator(".step.notified")).to_have_count(notified)
    await both.show("Inbox")
    await both.inbox.get_by_role("button", name=re.compile("supervisor@hotel.example")).click()
    mail = both.page.frame_locator("iframe[title='The mail']")
    await expect(mail.locator("body")).to_contain_text(ASK)
    assert await both.overflow() == {}
    await both.inbox.get_by_label("Reply by mail").fill("The night porter here.")
    await both.inbox.get_by_role("button", name="Reply to the mail").click()
    await both.person_is_told("The night porter here.")
    await both.step("taken to Hélène Marchand on mail")


async def test_the_tabs_are_used_with_the_keyboard(both: Both) -> None:
    way = both.page.get_by_role("tab", name="Way")
    await way.focus()
    await both.page.keyboard.press("ArrowRight")
    await expect(both.page.get_by_role("tab", name="Request")).to_be_focused()
    await expect(both.request).to_be_visible()
    await both.page.keyboard.press("End")
    await expect(both.inbox).to_be_visible()
    await expect(both.request).to_be_hidden()
    await both.page.keyboard.press("ArrowRight")
    await expect(way).to_have_attribute("aria-selected", "true")


async def test_the_phone_of_another_member_of_staff_is_opened(both: Both) -> None:
    await both.says(ASK)
    await both.agent_is_told("1. ")
    await both.agent.get_by_label("Member of staff").select_option("Cheikh Badiane")
    await expect(both.told).to_have_count(0)
    await both.request.or_(both.page.get_by_role("tab", name="Request")).last.click()
    await both.request.get_by_role("button", name="+3 min").click()
    await both.agent_is_told("1. ")


@pytest.mark.parametrize("width", [320, 390, 860, 1000, 1180, 1280])
async def test_nothing_is_wider_than_its_place(both: Both, width: int) -> None:
    await both.page.set_viewport_size({"width": width, "height": 700})
    await both.says(f"{ASK} {'a' * 200}")
    await both.show("Request")
    await both.step("requested")
    await both.show("Inbox")
    assert await both.overflow() == {}
