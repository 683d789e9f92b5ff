"""The page of a signed link in a browser, as a member of staff sees it on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.desk_function import DeskRun
from tests.unit.handoff.desk import ONE, request, said_to, writes
from tests.world import AWA

#: Time (ms) within which the browser must show a change.
LANGUAGES = {
    "en": "Nobody has taken",
    "fr": "Personne n'a encore",
    "es": "Nadie ha tomado",
    "pt": "Ainda ninguém",
    "ar": "لم يتولَّ",
    "wo": "Kenn jëlagul",
}


@dataclass
class Seen:
    """The page as the member of staff sees it."""

    page: Page

    async def says(self, pattern: str) -> None:
        await expect(self.page.locator("#status")).to_have_text(re.compile(pattern))

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()

    async def later(self) -> None:
        """Moves the page's clock past its next look."""
        await self.page.clock.fast_forward(10_100)

    async def shot(self, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            await self.page.screenshot(path=f"{folder}/desk-{name}.png")


Open = Callable[[str], Awaitable[Seen]]


@pytest.fixture
async def opened(desk: DeskRun, chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Opens the page with a token. Fails the test if the console has complaints other than failed answers."""
    options = {"locale": "fr-SN", "viewport": {"width": 390, "height": 844}} | getattr(request, "param", {})
    context = await chromium.new_context(**options)
    complaints: list[str] = []

    async def open_(token: str) -> Seen:
        page = await context.new_page()
        await page.clock.install()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{desk.origin}/desk/#{token}")
        return Seen(page)

    yield open_
    await context.close()
    assert [each for each in complaints if not each.startswith("Failed to load resource")] == []


@pytest.mark.browser
async def test_a_request_is_taken_answered_and_closed(desk: DeskRun, opened: Open) -> None:
    seen = await opened(await desk.token())
    await seen.says("Personne n'a encore")
    await expect(seen.page.get_by_role("heading", level=1)).to_contain_text("Awa")
    await expect(seen.page.get_by_role("textbox")).to_be_hidden()
    await expect(seen.page.get_by_role("button")).to_have_text(["Je m'en occupe"])
    await seen.shot("waiting")
    await seen.press("Je m'en occupe")
    await seen.says("à vous")
    await desk.world.pump()
    await seen.page.get_by_role("textbox").fill("Venez demain à 9 h.")
    await seen.shot("yours")
    await seen.press("Envoyer")
    await seen.says("Envoyé")
    await expect(seen.page.get_by_role("textbox")).to_have_value("")
    await desk.world.pump()
    assert said_to(desk.world, AWA)[-1] == "Venez demain à 9 h."
    await writes(desk.world, AWA, "Merci ! <img src=x onerror=alert(1)>")
    await seen.later()
    await expect(seen.page.get_by_role("listitem").last).to_contain_text("Merci ! <img")
    await seen.shot("answered")
    await seen.press("Clore")
    await seen.says("close")
    await expect(seen.page.get_by_role("button")).to_have_count(0)
    await seen.shot("closed")
    assert (await request(desk.world)).state == "closed"


@pytest.mark.browser
@pytest.mark.parametrize("opened", [{"color_scheme": "dark"}], indirect=True)
async def test_taking_while_another_takes_names_who_was_quicker(desk: DeskRun, opened: Open) -> None:
    seen = await opened(await desk.token())
    await seen.says("Personne")
    await seen.shot("waiting-dark")
    await writes(desk.world, ONE, "#take")
    await seen.press("Je m'en occupe")
    await seen.says("Aminata Ba a été plus rapide")
    await expect(seen.page.get_by_role("button")).to_have_count(0)
    await seen.shot("quicker-dark")
    assert (await request(desk.world)).holder == "one"


@pytest.mark.browser
async def test_a_double_click_takes_and_says_once(desk: DeskRun, opened: Open) -> None:
    seen = await opened(await desk.token())
    await seen.page.get_by_role("button", name="Je m'en occupe").dblclick()
    await seen.says("à vous")
    await seen.page.get_by_role("textbox").fill("Bonjour")
    await seen.page.get_by_role("button", name="Envoyer").dblclick()
    await seen.says("Envoyé")
    await desk.world.pump()
    assert said_to(desk.world, AWA).count("Bonjour") == 1


@pytest.mark.browser
async def test_words_whose_answer_was_lost_are_sent_again_and_said_once(desk: DeskRun, opened: Open) -> None:
    seen = await opened(await desk.token())
    await seen.press("Je m'en occupe")
    await seen.says("à vous")

    async def lose(route) -> None:  # type: ignore[no-untyped-def]
        await route.fetch()
        await route.abort()

    await seen.page.route("**/desk/say", lose, times=1)
    await seen.page.get_by_role("textbox").fill("Bonjour")
    await seen.press("Envoyer")
    await seen.says("pas marché")
    await expect(seen.page.get_by_role("textbox")).to_have_value("Bonjour")
    await seen.press("Envoyer")
    await seen.says("Envoyé")
    await desk.world.pump()
    assert said_to(desk.world, AWA).count("Bonjour") == 1


@pytest.mark.browser
async def test_opening_a_link_takes_nothing(desk: DeskRun, opened: Open) -> None:
    before = await request(desk.world)
    seen = await opened(await desk.token())
    await seen.says("Personne")
    assert await request(desk.world) == before


@pytest.mark.browser
async def test_a_wrong_or_expired_link_says_so(desk: DeskRun, opened: Open) -> None:
    for token, told in (("", "pas valable"), ("x.y", "pas valable")):
        await (await opened(token)).says(told)
    seen = await opened(await desk.token(minutes=1))
    await seen.says("Personne")
    desk.world.clock.pass_(61)
    await seen.press("Je m'en occupe")
    await seen.says("expiré")
    await seen.shot("expired")
    await expect(seen.page.get_by_role("button")).to_have_count(0)
    assert (await request(desk.world)).state == "notified"


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_language_of_the_member_of_staff(
    desk: DeskRun, opened: Open, language: str
) -> None:
    token = await desk.token()
    tenant = await desk.world.directory(None).tenant("parish")  # type: ignore[arg-type]
    assert tenant is not None
    chief = tenant.staff["chief"].model_copy(update={"languages": [language]})
    told = {"languages": [language, "fr"], "staff": {**tenant.staff, "chief": chief}}
    await desk.world.store.put(tenant.model_copy(update=told))
    desk.world.clock.pass_(61)
    seen = await opened(token)
    await seen.says(LANGUAGES[language])
    root = seen.page.locator("html")
    await expect(root).to_have_attribute("lang", language)
    await expect(root).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    await seen.shot(f"waiting-{language}")
    words = "import('./words.js').then(({ WORDS }) => Object.values(WORDS)"
    found = await seen.page.evaluate(f"{words}.map((each) => Object.keys(each).join()))")
    assert len(set(found)) == 1
    assert len(found) == len(LANGUAGES)


@pytest.mark.browser
async def test_no_address_that_the_browser_asked_for_holds_the_token(desk: DeskRun, opened: Open) -> None:
    token = await desk.token()
    seen = await opened("")
    asked: list[str] = []
    seen.page.on("request", lambda each: asked.append(each.url + repr(each.headers.get("referer"))))
    await seen.page.goto(f"{desk.origin}/desk/?again#{token}")
    await seen.says("Personne")
    assert asked
    assert not [each for each in asked if token in each.partition("#")[0]]
