"""A private page in a browser, at a phone's width and in print."""

from __future__ import annotations

import os
from io import BytesIO

import pytest
from playwright.async_api import Browser, expect
from pypdf import PdfReader

from shared.models.page import Appointment
from tests.e2e.pages_function import PagesRun
from tests.world import START

CERTIFICATE = [
    "Nous certifions que *Awa Diop* est inscrite en _2e année_ de catéchèse à la paroisse Saint-Dominique.",
    "Elle a suivi :\n- le parcours *Eucharistie*\n- les séances du samedi, de 15 h à 17 h",
    "Fait le vendredi 20 novembre 2026, à l'attention de Famille Diop.\nService de la catéchèse",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "java_script_enabled": False}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_certificate_fits_a_phone_and_paper(pages: PagesRun, chromium: Browser, scheme: str) -> None:
    files = [await pages.file(bytes(2_345_678), "programme-de-l-année-2026-2027-de-la-paroisse.pdf")]
    token = await pages.made(
        kind="certificate", title="Attestation d'inscription", text=CERTIFICATE, files=files
    )
    context = await chromium.new_context(**PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text))
    await page.goto(f"{pages.origin}/pages/parish/{token}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Attestation d'inscription")
    assert await page.title() == "Attestation d'inscription"
    box = await page.locator("main").bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True)
    background = await page.locator("main").evaluate("each => getComputedStyle(each).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 28, 26)")
    await shot(page.screenshot, f"certificate-{scheme}")
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="Télécharger en PDF").click()
    assert (await saving.value).suggested_filename == "Attestation d'inscription.pdf"
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="programme").click()
    assert (await saving.value).suggested_filename == files[0].name
    printed = PdfReader(BytesIO(await page.pdf(format="A4")))
    said = printed.pages[0].extract_text()
    assert (len(printed.pages), "Awa Diop" in said, "Télécharger" in said) == (1, True, False)
    assert complaints == []
    await context.close()


@pytest.mark.browser
async def test_a_schedule_in_arabic_reads_from_the_right(pages: PagesRun, chromium: Browser) -> None:
    token = await pages.made(
        kind="schedule",
        language="ar",
        title="مواعيد الدروس",
        text=["- السبت 28 نوفمبر، الساعة 15:00\n- السبت 5 ديسمبر، الساعة 15:00 (Salle 2)"],
        calendar=[Appointment(title="درس", begins=START)],
    )
    context = await chromium.new_context(**PHONE)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{pages.origin}/pages/parish/{token}")
    heading, main = await page.locator("h1 bdi").bounding_box(), await page.locator("main").bounding_box()
    assert heading is not None
    assert main is not None
    assert heading["x"] + heading["width"] > main["x"] + main["width"] - 40
    await expect(page.get_by_role("link")).to_have_text(["أضف إلى تقويمي", "تنزيل بصيغة PDF"])
    await shot(page.screenshot, "schedule-ar")
    await context.close()


@pytest.mark.browser
async def test_a_link_that_has_expired_says_so_kindly(pages: PagesRun, chromium: Browser) -> None:
    context = await chromium.new_context(**PHONE, locale="fr-SN")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{pages.origin}/pages/parish/{await pages.made(days=-1)}")
    await expect(page.locator("main")).to_contain_text("Demandez-la de nouveau dans la conversation.")
    await shot(page.screenshot, "expired")
    await context.close()


async def shot(take: object, name: str) -> None:
    """Takes a screenshot if a folder for screenshots is set."""
    if (folder := os.environ.get("SHOTS")) and callable(take):
        await take(path=f"{folder}/page-{name}.png", full_page=True)
