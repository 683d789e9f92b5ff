"""The phone page in a real browser: the chat, and the way of each message."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.e2e.concierge import Concierge
from tests.e2e.phone import Phone

pytestmark = pytest.mark.browser

PAGE = Path(__file__).resolve().parents[2] / "scripts" / "local" / "phone"
HAND = {"width": 390, "height": 844}


async def test_a_chip_is_asked_answered_and_its_way_shown(phone: Phone) -> None:
    chip = phone.page.locator("#chips button").first
    question = await chip.inner_text()
    await chip.click()
    await expect(phone.own).to_contain_text(question)
    await expect(phone.answers).to_have_count(1)
    await expect(phone.own.get_by_role("button", name=re.compile("read"))).to_be_visible()
    await expect(phone.page.locator("#empty")).to_be_hidden()
    await expect(phone.badge).to_have_text("answered")
    hops = phone.page.locator(".hop:not(.call) h3")
    await expect(hops.filter(has_text="webhook")).to_have_count(1)
    await expect(hops.filter(has_text="reply")).to_have_count(1)
    call = phone.page.locator(".hop.call").filter(has_text="gateway call: text")
    await expect(call).to_contain_text("answered 201")
    written = phone.page.locator(".paths li").filter(has_text="tenants/diocese/conversations/")
    await expect(written.first).to_be_visible()


async def test_a_persons_text_is_text_with_its_marks_and_links(phone: Phone) -> None:
    await phone.write(
        '*bold* _leaning_ 2*3*4 <img src=x onerror="document.title=1"> https://example.org/a?b=1.'
    )
    words = phone.own.locator(".words")
    await expect(words.locator("strong")).to_have_text("bold")
    await expect(words.locator("em")).to_have_text("leaning")
    await expect(words).to_contain_text('2*3*4 <img src=x onerror="document.title=1">')
    link = words.get_by_role("link")
    await expect(link).to_have_attribute("href", "https://example.org/a?b=1")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert await words.locator("img").count() == 0


async def test_shift_enter_makes_a_line_and_right_to_left_stays_so(phone: Phone) -> None:
    box = phone.device.get_by_role("textbox", name="Message")
    await box.fill("السلام عليكم")
    await box.press("Shift+Enter")
    assert await phone.own.count() == 0
    await box.press("Enter")
    await expect(phone.own).to_have_count(1)
    assert await phone.own.evaluate("(each) => getComputedStyle(each).direction") == "rtl"


async def test_staff_takes_over_and_the_concierge_keeps_silent(phone: Phone) -> None:
    await phone.enter("hotel")
    await phone.write("What time is breakfast?")
    await expect(phone.answers).to_have_count(1)
    switch = phone.device.get_by_role("switch")
    await switch.check()
    await phone.write("This is the reception, I take it from here.")
    await expect(phone.page.locator(".message.staff")).to_have_count(1)
    await switch.uncheck()
    await expect(phone.page.locator(".message.staff.picked")).to_have_count(1)
    await phone.write("Thank you")
    await expect(phone.badge).to_have_text("left to human")
    await expect(phone.answers).to_have_count(1)


async def test_any_bubble_shows_its_own_way(phone: Phone) -> None:
    await phone.write("What time is breakfast?")
    await expect(phone.answers).to_have_count(1)
    await phone.write("Is there a pool?")
    await expect(phone.answers).to_have_count(2)
    quote = phone.page.locator(".way-quote")
    await expect(quote).to_have_text("Is there a pool?")
    await phone.own.first.locator(".meta").press("Enter")
    await expect(quote).to_have_text("What time is breakfast?")
    await expect(phone.own.first).to_have_class(re.compile("picked"))
    await phone.own.last.locator(".meta").click()
    await expect(quote).to_have_text("Is there a pool?")
    message = phone.page.locator(".facts dd").first
    asked = await message.inner_text()
    await phone.answers.last.locator(".meta").click()
    await expect(quote).not_to_have_text("Is there a pool?")
    await expect(message).to_have_text(asked)


async def test_a_chat_is_still_there_after_reloading_and_a_new_person_starts_afresh(phone: Phone) -> None:
    await phone.write("Bonjour")
    await expect(phone.answers).to_have_count(1)
    await phone.page.reload()
    await expect(phone.own).to_have_count(1)
    number = await phone.page.locator("#peer").inner_text()
    await phone.page.get_by_role("button", name="New person").click()
    await expect(phone.own).to_have_count(0)
    await expect(phone.page.locator("#chips button").first).to_be_visible()
    await expect(phone.page.locator("#peer")).not_to_have_text(number)


async def test_a_lost_connection_is_told_and_found_again(concierge: Concierge, chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.route("**/_sim/phone/stream*", lambda route: route.abort())
    await page.goto(concierge.origin)
    await expect(page.locator("#lost")).to_be_visible()
    await page.unroute_all()
    await expect(page.locator("#lost")).to_be_hidden()
    await expect(page.locator("#status")).to_have_text("online")
    await page.close()


@pytest.mark.parametrize("phone", [{"viewport": HAND, "has_touch": True}], indirect=True)
async def test_in_the_hand_the_way_is_a_sheet(phone: Phone) -> None:
    await phone.page.locator("#chips button").first.click()
    await expect(phone.answers).to_have_count(1)
    way = phone.page.get_by_role("complementary")
    await expect(way).to_be_hidden()
    await phone.page.get_by_role("button", name="The message's way", exact=True).click()
    await expect(way).to_be_visible()
    await expect(phone.badge).to_have_text("answered")
    await phone.page.keyboard.press("Escape")
    await expect(way).to_be_hidden()
    await phone.page.get_by_role("button", name="Organisation, person and theme").click()
    await phone.enter("hotel")
    await expect(phone.own).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390, 860, 1280])
async def test_nothing_is_wider_than_the_window(phone: Phone, width: int) -> None:
    await phone.page.set_viewport_size({"width": width, "height": 700})
    await phone.write("a" * 300)
    await expect(phone.own).to_have_count(1)
    for part in ("html", "body", "#person", "#scroll"):
        over = await phone.page.locator(part).evaluate("(each) => each.scrollWidth - each.clientWidth")
        assert over <= 0, f"{part} is {over} px too wide at {width} px"
    box = await phone.device.get_by_role("button", name="Send").bounding_box()
    assert box
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("phone", [{"color_scheme": "dark", "reduced_motion": "reduce"}], indirect=True)
async def test_the_system_chooses_theme_and_motion_and_the_toggle_the_theme(phone: Phone) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = await phone.page.evaluate(ground)
    toggle = phone.page.get_by_role("button", name="Dark")
    await expect(toggle).to_have_attribute("aria-pressed", "true")
    await toggle.click()
    assert await phone.page.evaluate(ground) != dark
    await phone.page.reload()
    await expect(toggle).to_have_attribute("aria-pressed", "false")
    await phone.write("Bonjour")
    assert await phone.own.evaluate("(each) => getComputedStyle(each).animationName") == "none"


async def test_nothing_can_be_written_before_there_is_a_chat(phone: Phone) -> None:
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await phone.page.route("**/_sim/phone/tenants", late)
    await phone.page.reload()
    await expect(phone.device.get_by_role("textbox", name="Message")).to_be_disabled()
    answered.set()
    await phone.write("Bonjour")
    await expect(phone.own).to_have_count(1)


# Text on its ground, by the names of the page's colours (WCAG 2.2, 1.4.3: 4.5 to 1).
PAIRS = [
    *[
        ("ink", ground)
        for ground in ("ground", "surface", "raised", "bubble-in", "bubble-own", "bubble-staff")
    ],
    *[("ink-soft", ground) for ground in ("ground", "surface", "raised", "mute-soft")],
    *[("tick", ground) for ground in ("bubble-in", "bubble-own", "bubble-staff")],
    *[("link", ground) for ground in ("bubble-in", "bubble-own", "bubble-staff")],
    *[(name, f"{name}-soft") for name in ("good", "warn", "bad", "calm", "mute")],
    ("accent-ink", "accent"),
    ("accent", "surface"),
    ("ink", "accent-soft"),
    ("warn", "bubble-staff"),
    ("bad", "bubble-own"),
    ("bad", "surface"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_keep_their_contrast(theme: int) -> None:
    pattern = r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)"
    colours = {name: shades[theme] for name, *shades in re.findall(pattern, (PAGE / "phone.css").read_text())}
    poor = {
        f"{text} on {ground}": round(_contrast(colours[text], colours[ground]), 2)
        for text, ground in PAIRS
        if _contrast(colours[text], colours[ground]) < 4.5
    }
    assert poor == {}


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
