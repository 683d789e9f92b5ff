"""The pairing page in a browser, as an administrator sees it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.responses import JSONResponse

from shared.upkeep.administration import LINK_LASTS
from tests.e2e.deployment import Deployment

#: Time (ms) within which the browser must show a change: the page polls every three seconds.


@dataclass
class Seen:
    """The page as the administrator sees it."""

    page: Page
    complaints: list[str]

    async def says(self, pattern: str) -> None:
        await expect(self.page.locator("#status")).to_have_text(re.compile(pattern))

    async def code(self) -> str:
        source = await self.page.locator("#qr").get_attribute("src")
        return (source or "").removeprefix("data:image/png;base64,")

    async def later(self) -> None:
        """Moves the page's clock past its next poll."""
        await self.page.clock.fast_forward(3_100)

    async def shot(self, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            await self.page.screenshot(path=f"{folder}/pairing-{name}.png")


Open = Callable[[str], Awaitable[Seen]]


@pytest.fixture
async def opened(
    deployment: Deployment,
    chromium: Browser,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Open]:
    """Opens the page with a token. Fails the test if the console has complaints other than failed answers."""
    options = {"locale": "en-GB", "viewport": {"width": 900, "height": 760}} | getattr(request, "param", {})
    context = await chromium.new_context(**options)
    complaints: list[str] = []

    async def open_(token: str) -> Seen:
        page = await context.new_page()
        await page.clock.install()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{deployment.origin}/pairing/#{token}")
        return Seen(page, complaints)

    yield open_
    await context.close()
    assert [each for each in complaints if not each.startswith("Failed to load resource")] == []


@pytest.mark.browser
async def test_an_administrator_pairs_a_phone(deployment: Deployment, opened: Open) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    seen = await opened(await deployment.invited())
    await seen.says("Scan this code")
    await expect(seen.page.get_by_role("heading")).to_have_text("Hôtel Kër Ndox")
    await expect(seen.page.get_by_role("img", name="The code to scan")).to_be_visible()
    await expect(seen.page.get_by_role("listitem")).to_have_count(3)
    assert (
        await seen.page.locator("#qr").evaluate("image => image.decode().then(() => image.naturalWidth)")
        == 33
    )
    await seen.shot("scan")
    first = await seen.code()
    await seen.later()
    await expect(seen.page.locator("#qr")).not_to_have_attribute("src", f"data:image/png;base64,{first}")
    deployment.gateways["hotel"].session.pair()
    await seen.later()
    await seen.says("Paired")
    await expect(seen.page.locator("#done")).to_be_visible()
    await expect(seen.page.locator("#qr")).to_be_hidden()
    assert await seen.page.locator("#qr").get_attribute("src") is None
    await seen.shot("paired")
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    await seen.later()
    await seen.page.evaluate("1")  # requests of the page are reported before this answer
    assert asked == [], "a finished page must stop polling"


@pytest.mark.browser
@pytest.mark.parametrize(
    "opened",
    [{"locale": "fr-SN", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}],
    indirect=True,
)
async def test_a_code_that_ran_out_is_asked_for_again_in_french(deployment: Deployment, opened: Open) -> None:
    deployment.gateways["hotel"].session.state = "FAILED"
    seen = await opened(await deployment.invited())
    await seen.says("pas de code")
    await seen.shot("stopped-fr-dark")
    await seen.page.get_by_role("button", name="Afficher un nouveau code").click()
    await seen.says("Le code arrive")
    await seen.later()
    await seen.says("Scannez ce code")
    await expect(seen.page.locator("html")).to_have_attribute("lang", "fr")
    await seen.shot("scan-fr-dark")


@pytest.mark.browser
async def test_a_link_that_ends_takes_its_code_along(deployment: Deployment, opened: Open) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    seen = await opened(await deployment.invited())
    await seen.says("Scan this code")
    deployment.clock.pass_(LINK_LASTS.total_seconds())
    await seen.later()
    await seen.says("not valid")
    await expect(seen.page.locator("#qr")).to_be_hidden()
    assert await seen.page.locator("#qr").get_attribute("src") is None
    await seen.shot("over")


@pytest.mark.browser
@pytest.mark.parametrize("token", ["", "hotel.waha.pair.99999999999.forged", "<img src=x onerror=alert(1)>"])
async def test_a_forged_link_shows_nothing(deployment: Deployment, opened: Open, token: str) -> None:
    seen = await opened(token)
    await seen.says("not valid")
    await expect(seen.page.get_by_role("heading")).to_have_text("Pair WhatsApp")
    assert deployment.gateways["hotel"].calls == []


@pytest.mark.browser
async def test_an_ill_gateway_is_tried_again(deployment: Deployment, opened: Open) -> None:
    gateway = deployment.gateways["hotel"]
    await deployment.http.post("/gateways/hotel/waha/register")
    token = await deployment.invited()
    gateway.fault = JSONResponse({}, 503)
    seen = await opened(token)
    await seen.says("Trying again")
    gateway.fault = None
    await seen.later()
    await seen.says("Scan this code")


@pytest.mark.browser
async def test_no_address_that_the_browser_asked_for_holds_the_token(
    deployment: Deployment, opened: Open
) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    token = await deployment.invited()
    seen = await opened("")
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url + repr(request.headers.get("referer"))))
    await seen.page.goto(f"{deployment.origin}/pairing/#{token}")
    await seen.says("Scan this code")
    assert asked
    assert not [each for each in asked if token in each.partition("#")[0]]
