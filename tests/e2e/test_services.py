"""Services as people use them on their phone: proof, rows, private pages, a change, and administration."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from pypdf import PdfReader

from tests.e2e.concierge import SECRET, person, wait_for
from tests.e2e.conftest import LocalRun
from tests.e2e.phone import DESK, Phone

HAND = {"width": 390, "height": 844}
DOWN = "Je n'arrive pas à consulter cela pour le moment."


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    run = LocalRun(tmp_path_factory.mktemp("services"))
    run.start()
    yield run
    run.stop()


@pytest.fixture
async def hand(run: LocalRun, chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(viewport=HAND, device_scale_factor=2, accept_downloads=True)  # type: ignore[arg-type]
    yield context
    await context.close()


class Told:
    """One person's phone in a browser; `asks` writes and returns the bubble that answers."""

    def __init__(self, run: LocalRun, phone: Phone) -> None:
        self.run, self.phone, self.page = run, phone, phone.page

    async def asks(self, text: str, expected: str) -> Locator:
        before = await self.phone.answers.count()
        await self.phone.write(text)
        await expect(self.phone.answers).to_have_count(before + 1)
        answer = self.phone.answers.last
        await expect(answer).to_contain_text(expected)
        return answer

    async def opens(self, answer: Locator) -> Page:
        """Follows the answer's link to a private page."""
        async with self.page.context.expect_page() as opening:
            await answer.get_by_role("link").click()
        page = await opening.value
        await page.wait_for_load_state()
        return page

    def passes(self, minutes: int) -> None:
        moved = self.run.http.post("/_sim/clock", json={"by_minutes": minutes})
        assert moved.status_code == 200, moved.text


async def entered(run: LocalRun, context: BrowserContext, tenant: str) -> Told:
    phone = Phone(await context.new_page())
    await phone.page.goto(run.origin)
    await expect(phone.page.locator("#status")).to_have_text("online")
    if phone.page.viewport_size == HAND:
        await phone.page.get_by_role("button", name="Organisation, person and theme").click()
    await phone.enter(tenant)
    await phone.page.keyboard.press("Escape")
    return Told(run, phone)


async def shot(page: Page, name: str, *, full: bool = False) -> None:
    """Takes a screenshot if a folder for screenshots is set."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/services-{name}.png", full_page=full)


async def saved(page: Page, link: str) -> tuple[str, bytes]:
    """Returns the name and the bytes of a file that a link downloads."""
    async with page.expect_download() as saving:
        await page.get_by_role("link", name=link).click()
    download = await saving.value
    return download.suggested_filename, await asyncio.to_thread(Path(await download.path()).read_bytes)


async def fits(page: Page) -> None:
    over = await page.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
    assert over <= 0, f"{over} px too wide"


@pytest.mark.browser
async def test_a_parent_from_the_code_to_the_certificate(run: LocalRun, hand: BrowserContext) -> None:
    parent = await entered(run, hand, "diocese")
    await parent.asks("Bonjour, je voudrais voir les notes de ma fille", "code_parent")
    await parent.asks("c'est  d1Op  4821 !", "Moussa")
    notes = await parent.asks("Awa", "Voici les notes (Awa)")
    assert "Moussa" not in await notes.inner_text()
    await shot(parent.page, "notes")
    page = await parent.opens(await parent.asks("l'attestation pour Awa", "Attestation de suivi : Awa"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Attestation de suivi : Awa")
    await expect(page.locator("main")).to_contain_text("Awa Diop est inscrit(e) en 2e année")
    assert await page.locator("html").get_attribute("lang") == "fr"
    await fits(page)
    await shot(page, "certificate", full=True)
    name, data = await saved(page, "PDF")
    assert (name.startswith("Attestation de suivi"), data[:5]) == (True, b"%PDF-")
    assert "Awa Diop" in PdfReader(BytesIO(data)).pages[0].extract_text()
    await page.close()
    page = await parent.opens(await parent.asks("le planning de Moussa", "lien privé"))
    await fits(page)
    await shot(page, "schedule", full=True)
    _, data = await saved(page, "calendrier")
    begins = [each.decoded("dtstart") for each in Calendar.from_ical(data).walk("VEVENT")]
    assert begins == sorted(begins)
    assert all(isinstance(each, datetime) and each.tzinfo for each in begins)
    assert len(begins) >= 4
    await page.close()
    parent.passes(31)
    again = await parent.asks("les notes d'Awa", "la session se ferme")
    await expect(again).to_contain_text("code_parent")
    await parent.asks("diop-4821", "Voici les notes (Awa)")
    await parent.asks("déconnexion", "Vous êtes déconnecté")
    await parent.asks("les notes d'Awa", "code_parent")
    assert parent.phone.complaints == []


@pytest.mark.browser
async def test_three_wrong_codes_lock_all_channels_of_a_person(run: LocalRun, hand: BrowserContext) -> None:
    parent = await entered(run, hand, "diocese")
    await parent.asks("mes notes", "code_parent")
    await parent.asks("SARR-1111", "Je ne reconnais pas ce code.")
    await parent.asks("FALL-2222", "Je ne reconnais pas ce code.")
    locked = await (await parent.asks("NIANG-3333", "trop d'essais faux")).inner_text()
    time = re.search(r"réessayez à (\d\d:\d\d)", locked)
    assert time is not None
    await parent.asks("DIOP-4821", f"réessayez à {time[1]}")
    await shot(parent.page, "locked")
    peer = await parent.page.locator("#peer").inner_text()
    said = {"tenant": "diocese", "channel": "cloud_api", "peer": peer, "text": "DIOP-4821"}
    assert run.http.post("/_sim/phone", json=said).json()["webhook_status"] == 200
    here = {name: said[name] for name in ("tenant", "channel", "peer")}

    def answers() -> list[str]:
        chat = run.http.get("/_sim/phone/chat", params=here).json()["messages"]
        return [each["text"] for each in chat if each["author"] == "concierge"]

    wait_for(answers)
    assert f"réessayez à {time[1]}" in answers()[0]
    parent.passes(16)
    await parent.asks("DIOP-4821", "Notes")


def stay(run: LocalRun) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {SECRET}"}
    found = run.http.get("/_sim/hotel_system/stays", params={"code": "KN-20831"}, headers=headers)
    (row,) = found.json()["stays"]
    return dict(row)


@pytest.mark.browser
async def test_a_guest_changes_their_stay_once(run: LocalRun, hand: BrowserContext) -> None:
    guest = await entered(run, hand, "hotel")
    await guest.asks("my stay", "its code")
    await guest.asks("kn 2O831", "What would you like to do?")
    await guest.asks("my room and dates", "Room 12")
    assert stay(run)["late_checkout"] is None
    question = await guest.asks("Can I have a late check-out?", "until 14:00")
    await expect(question).to_contain_text("Yes, confirm")
    await guest.asks("1", "Done! The room is yours until 14:00")
    changed = stay(run)
    assert changed["late_checkout"] == "14:00"
    await guest.asks("yes", "That is done already: nothing more was changed.")
    assert stay(run) == changed
    await shot(guest.page, "late-checkout")
    page = await guest.opens(await guest.asks("the invoice please", "private link"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Invoice of your stay KN-20831")
    assert await page.locator("html").get_attribute("lang") == "en"
    await fits(page)
    await shot(page, "invoice", full=True)
    _, data = await saved(page, "PDF")
    assert "KN-20831" in PdfReader(BytesIO(data)).pages[0].extract_text()


@pytest.mark.browser
async def test_a_supervisor_finds_people_and_sends_a_broadcast(run: LocalRun, chromium: Browser) -> None:
    context = await chromium.new_context(viewport=DESK)  # type: ignore[arg-type]
    here = await entered(run, context, "diocese")
    desk = here.page.get_by_role("region", name="Agent's phone")
    await desk.get_by_label("Member of staff").select_option("Marie-Hélène Gomis")
    told = desk.locator(".message:not(.own)")

    async def orders(text: str, expected: str) -> None:
        before = await told.count()
        await desk.get_by_role("textbox").fill(text)
        await here.page.keyboard.press("Enter")
        await expect(told).to_have_count(before + 1)
        await expect(told.last).to_contain_text(expected)

    await orders("#find ndeye dipo", "Vouliez-vous dire")
    await expect(told.last).to_contain_text("Ndèye Diop: parent")
    await orders("#show 1", "Jour de séance: samedi")
    await expect(told.last).not_to_contain_text("Enfant")
    await shot(here.page, "find")
    await orders("#broadcast", "Il y a : inscriptions")
    await orders("#broadcast inscriptions", "Votre code PIN")
    await orders("4711", "Je compte les personnes")
    assert not any("4711" in each["text"] for each in run.ledger("221770000903", "diocese"))
    before = await told.count()
    here.passes(3)
    await expect(told).to_have_count(before + 1)
    count = re.search(r"partirait vers (\d+) personnes", await told.last.inner_text())
    assert count is not None
    await orders("1", "Ce n'est pas le nombre qui confirme")
    await orders("#today", "Aujourd'hui :")
    await orders("#help", "#diffuser")
    await orders("#broadcast inscriptions", "Je compte les personnes")
    here.passes(3)
    await expect(told.last).to_contain_text("partirait vers")
    before = await told.count()
    await orders(count[1], "Je vérifie")
    here.passes(3)
    await expect(told).to_have_count(before + 2)
    await expect(told.last).to_contain_text(f"est confirmée pour {count[1]} personnes")
    await shot(here.page, "broadcast")
    await context.close()


def fails(run: LocalRun, **fault: object) -> None:
    answer = run.http.post("/_sim/faults", json={"records": "baserow", **fault})
    assert answer.status_code == 200, answer.text


def test_a_source_that_fails_is_told_in_words(run: LocalRun) -> None:
    parent = person()

    def asks(text: str) -> str:
        before = len(run.texts(parent))
        run.say(parent, text, tenant="diocese")
        return run.until_texts(parent, before + 1)[-1]

    fails(run, garbage=True)
    assert asks("DIOP-4821").startswith("Je ne peux pas vérifier votre code en ce moment.")
    assert "Notes" in asks("DIOP-4821")
    for fault in ({"status": 500}, {"garbage": True}, {"status": 429, "retry_after": 60}, {"drop": True}):
        fails(run, **fault)
        told = asks("les notes de Moussa")
        assert told.startswith(DOWN), fault
        assert "Parler à quelqu'un" in told
    run.http.post("/_sim/clock", json={"by_minutes": 2})
    fresh = asks("les notes d'Awa")
    assert "Ceci date de" not in fresh
    run.http.post("/_sim/clock", json={"by_minutes": 6})
    fails(run, hang_s=60)
    kept = asks("les notes d'Awa")
    assert kept.startswith(fresh)
    assert re.search(r"Ceci date de \d\d:\d\d : je n'ai pas accès à plus récent", kept)
    broken = [line for line in run.log().splitlines() if "records_broken" in line]
    assert len(broken) == 6
    assert not any("Diop" in line or "4821" in line for line in broken)
