"""The phone page on each of the five channels: a person's actions and their results."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.concierge import Concierge
from tests.e2e.phone import Phone

pytestmark = pytest.mark.browser

GATEWAYS = ["waha", "green_api", "cloud_api", "telegram"]
ROWS = [{"id": "room", "title": "Rooms"}, {"id": "spa", "title": "Spa & sea"}]


def picture(folder: Path) -> Path:
    """Writes a small red PNG (https://www.w3.org/TR/png/); returns its path."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\xc0\x40\x30" * 60 for _ in range(40))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 40, 8, 2, 0, 0, 0))
    path = folder / "red.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    return path


class Gateway:
    """The concierge's side of a simulated gateway: sends to the person at the page."""

    def __init__(self, concierge: Concierge, kind: str, person: str) -> None:
        self._http, self._kind = concierge.http, kind
        self._person = re.sub(r"\D", "", person)
        self._key = f"hotel-{kind.replace('_', '-')}-api-key"

    def choices(self, *, listed: bool = False) -> None:
        if self._kind == "telegram":
            rows = [[{"text": row["title"], "callback_data": row["id"]}] for row in ROWS]
            self._telegram("sendMessage", text="<b>What</b> about?", reply_markup={"inline_keyboard": rows})
            return
        action: dict[str, Any] = {"buttons": [{"type": "reply", "reply": row} for row in ROWS]}
        if listed:
            action = {"button": "Topics", "sections": [{"rows": ROWS}]}
        choice = {"type": "list" if listed else "button", "body": {"text": "*What* about?"}, "action": action}
        body = {
            "messaging_product": "whatsapp",
            "to": self._person,
            "type": "interactive",
            "interactive": choice,
        }
        path, bearer = "/_sim/cloud_api/106540352242922/messages", {"Authorization": f"Bearer {self._key}"}
        self._http.post(path, json=body, headers=bearer).raise_for_status()

    def image(self, url: str) -> None:
        if self._kind == "telegram":
            self._telegram("sendPhoto", photo=url, caption="The <i>pool</i>")
            return
        file = {"mimetype": "image/png", "url": url}
        body = {"session": "default", "chatId": f"{self._person}@c.us", "file": file, "caption": "The _pool_"}
        headers = {"X-Api-Key": self._key}
        self._http.post("/_sim/waha/api/sendImage", json=body, headers=headers).raise_for_status()

    def _telegram(self, method: str, **body: Any) -> None:
        asked = {"chat_id": int(self._person), "parse_mode": "HTML", **body}
        self._http.post(f"/_sim/telegram/bot{self._key}/{method}", json=asked).raise_for_status()


async def answered(phone: Phone, count: int = 1) -> None:
    await expect(phone.answers).to_have_count(count)


async def gateway(phone: Phone, concierge: Concierge, kind: str) -> Gateway:
    return Gateway(concierge, kind, await phone.page.locator("#peer").inner_text())


async def attach(phone: Phone, what: str) -> None:
    await phone.device.get_by_role("button", name="Attach").click()
    await phone.device.get_by_role("button", name=what).click()


async def loaded(image: Locator) -> bool:
    return bool(await image.evaluate("(each) => each.complete && each.naturalWidth > 0"))


@pytest.mark.parametrize("kind", [*GATEWAYS, "webchat"])
async def test_a_question_is_answered_and_its_way_shown(phone: Phone, kind: str) -> None:
    await phone.enter("hotel", kind)
    await phone.write("What time is breakfast?")
    await answered(phone)
    await expect(phone.answers.locator("strong").first).to_be_visible()
    await expect(phone.badge).to_have_text("answered")
    hops = phone.page.locator(".hop:not(.call) h3")
    await expect(hops.filter(has_text="deliver").first).to_be_visible()


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_files_voice_and_places_reach_the_concierge(phone: Phone, kind: str, tmp_path: Path) -> None:
    await phone.enter("hotel", kind)
    async with phone.page.expect_file_chooser() as chooser:
        await attach(phone, "Picture or file")
    await (await chooser.value).set_files(picture(tmp_path))
    image = phone.own.locator("img")
    await expect(image).to_have_attribute("alt", "red.png")
    await attach(phone, "Voice note")
    await expect(phone.own.locator("audio")).to_have_js_property("readyState", 4)
    await attach(phone, "Location")
    await expect(phone.own.locator(".place")).to_contain_text("Dakar")
    assert await loaded(image)
    await expect(phone.own).to_have_count(3)
    await expect(phone.own.locator(".failed")).to_have_count(0)
    await expect(phone.page.locator("#unsent")).to_be_hidden()


@pytest.mark.parametrize(("kind", "listed"), [("cloud_api", False), ("cloud_api", True), ("telegram", False)])
async def test_buttons_and_lists_are_pressed(
    phone: Phone, concierge: Concierge, kind: str, listed: bool
) -> None:
    await phone.enter("hotel", kind)
    await phone.write("What time is breakfast?")
    await answered(phone)
    (await gateway(phone, concierge, kind)).choices(listed=listed)
    await answered(phone, 2)
    await expect(phone.answers.last.locator("strong")).to_have_text("What")
    if listed:
        await phone.answers.last.get_by_text("Topics").click()
    await phone.answers.last.get_by_role("button", name="Rooms").click()
    await expect(phone.own.last).to_contain_text("Rooms")
    await expect(phone.own.last.locator(".quote")).to_contain_text("What")
    await answered(phone, 3)


async def test_what_the_concierge_sends_is_shown(phone: Phone, concierge: Concierge, tmp_path: Path) -> None:
    data = picture(tmp_path).read_bytes()
    headers = {"Content-Type": "image/png"}
    stored = concierge.http.post("/_sim/phone/files", content=data, headers=headers).json()["file"]
    for kind in ("waha", "telegram"):
        await phone.enter("hotel", kind)
        await phone.write("What time is breakfast?")
        await answered(phone)
        (await gateway(phone, concierge, kind)).image(f"{concierge.origin}/_sim/phone/files/{stored}")
        image = phone.answers.last.locator("img")
        await expect(image).to_be_visible()
        await expect(image).not_to_have_js_property("naturalWidth", 0)
        await expect(phone.answers.last.locator("em")).to_have_text("pool")


async def test_telegrams_commands_are_at_hand(phone: Phone) -> None:
    await phone.enter("hotel", "telegram")
    commands = phone.device.get_by_role("list", name="Commands").get_by_role("button")
    assert await commands.all_inner_texts() == ["/start", "/help", "/services", "/contact", "/cancel"]
    await commands.filter(has_text="/help").click()
    await expect(phone.own).to_contain_text("/help")
    await answered(phone)
    await expect(phone.device.get_by_role("switch")).to_be_hidden()
    await phone.enter("hotel", "waha")
    await expect(commands).to_have_count(0)


@pytest.mark.parametrize("kind", ["cloud_api", "telegram", "webchat"])
async def test_a_menu_of_services_is_pressed(phone: Phone, kind: str) -> None:
    await phone.enter("hotel", kind)
    await phone.write("/services")
    await answered(phone)
    await _press(phone, kind, "Information")
    await answered(phone, 2)
    await _press(phone, kind, "Rooms")
    await answered(phone, 3)
    await expect(phone.answers.last.locator("strong")).to_have_text("Rooms")


async def _press(phone: Phone, kind: str, title: str) -> None:
    """Presses a choice of the last answer; a list is opened first, where the network has lists."""
    opens = phone.answers.last.get_by_text("Choose", exact=True)
    if kind == "cloud_api" and await opens.count():
        await opens.click()
    await phone.answers.last.get_by_role("button", name=title).click()


async def test_a_message_is_answered_with_its_quote(phone: Phone, concierge: Concierge) -> None:
    await phone.enter("hotel", "telegram")
    await phone.write("What time is breakfast?")
    await answered(phone)
    await phone.answers.first.get_by_role("button", name="Reply").focus()
    await phone.page.keyboard.press("Enter")
    await expect(phone.page.locator("#replying")).to_be_visible()
    await phone.write("And on Sundays?")
    await expect(phone.own.last.locator(".quote")).to_contain_text("Concierge")
    await expect(phone.page.locator("#replying")).to_be_hidden()
    await answered(phone, 2)


async def test_a_visitor_is_still_there_after_reloading(phone: Phone) -> None:
    await phone.enter("hotel", "webchat")
    await expect(phone.device.get_by_role("button", name="Attach")).to_be_hidden()
    await phone.write("What time is breakfast?")
    await answered(phone)
    visitor = await phone.page.locator("#peer").inner_text()
    await phone.page.reload()
    await expect(phone.page.get_by_label("Channel")).to_have_value("webchat")
    await expect(phone.own).to_have_count(1)
    await answered(phone)
    await expect(phone.page.locator("#peer")).to_have_text(visitor)
    await phone.page.get_by_role("button", name="New person").click()
    await expect(phone.own).to_have_count(0)
    await expect(phone.page.locator("#peer")).not_to_have_text(visitor)
