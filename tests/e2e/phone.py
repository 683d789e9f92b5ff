"""The phone page in Chromium, for browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tests.e2e.concierge import WAIT_S, Concierge

ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
DESK = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        reason = "no Chromium on the PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        expect.set_options(timeout=WAIT_S * 1000)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


class Phone:
    """One person's page, with its console messages."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.device = page.locator("#person")
        self.own = self.device.locator(".message.own")
        self.answers = self.device.locator(".message:not(.own):not(.staff)")
        self.badge = page.locator(".badge")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def write(self, text: str) -> None:
        await self.device.get_by_role("textbox", name="Message").fill(text)
        await self.page.keyboard.press("Enter")

    async def enter(self, tenant: str, channel: str = "") -> None:
        await self.page.get_by_role("radio", name=tenant).check()
        if channel:
            await self.page.get_by_label("Channel").select_option(channel)
        await expect(self.page.locator("#status")).to_have_text("online")


@pytest.fixture
async def phone(
    concierge: Concierge, chromium: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Phone]:
    """Yields a fresh person at the page. Fails the test if the browser's console has complaints."""
    options: dict[str, Any] = {"viewport": DESK} | getattr(request, "param", {})
    context = await chromium.new_context(**options)
    phone = Phone(await context.new_page())
    await phone.page.goto(concierge.origin)
    await expect(phone.page.locator("#status")).to_have_text("online")
    yield phone
    await context.close()
    assert phone.complaints == []
