"""Messages that triggers begin, over HTTP and in a browser: planned, and there once the clock was moved."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.concierge import SECRET, person, wait_for
from tests.e2e.conftest import LocalRun
from tests.e2e.phone import Phone

Json = dict[str, Any]
DAY = timedelta(days=1)


class Stay:
    """A guest of the hotel's own system, and the run's clock."""

    def __init__(self, run: LocalRun, **fields: Any) -> None:
        self.run, self.who = run, person()
        self.id = f"E2E-{self.who}"
        self.now = datetime.fromisoformat(self.get("clock")["now"])
        attributes = {"check_in": (self.now + 3 * DAY).date().isoformat(), "room": "7"}
        self.write(**{"attributes": attributes} | fields)
        wait_for(lambda: self.planned() or "attributes" in fields)

    def write(self, tenant: str = "hotel", **fields: Any) -> None:
        known = {"version": 1, "phone": f"+{self.who}", "name": "Fatou", "consent": {"service": True}}
        body = json.dumps(known | fields).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        answer = self.run.http.put(
            f"/contacts/{tenant}/{self.id}", content=body, headers={"X-Signature": f"sha256={signature}"}
        )
        assert answer.status_code == 200, answer.text

    def get(self, name: str, **query: str) -> Json:
        answer: Json = self.run.http.get(f"/_sim/{name}", params=query).json()
        return answer

    def planned(self, contact: str = "", tenant: str = "hotel") -> list[Json]:
        found = self.get("planned", tenant=tenant, contact=contact or f"+{self.who}")
        return list(found["occurrences"])

    def to(self, at: datetime) -> None:
        answer = self.run.http.post("/_sim/clock", json={"to": at.isoformat()})
        assert answer.status_code == 200, answer.text

    @property
    def arrived(self) -> list[datetime]:
        """The times at which messages reached them."""
        return [datetime.fromisoformat(each["at"]) for each in self.run.calls(self.who)]


def at(day: datetime, hour: int, minute: int = 0) -> datetime:
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def test_a_guests_reminder_arrives_once_at_the_local_time(own_concierge: LocalRun) -> None:
    guest = Stay(own_concierge, timezone="Asia/Tokyo", language="fr")
    due = at(guest.now + 2 * DAY, 1)  # ten in Tokyo
    [reminder] = [each for each in guest.planned() if each["trigger"] == "day-before"]
    assert (reminder["state"], reminder["message"]) == ("planned", "")
    assert reminder["local"] == f"{due:%Y-%m-%d}T10:00"
    assert timedelta() <= datetime.fromisoformat(reminder["due_at"]) - due < timedelta(seconds=1)
    assert guest.planned(guest.id) == guest.planned(reminder["contact"]) == guest.planned()
    guest.to(due - timedelta(minutes=5))
    assert guest.arrived == []
    guest.to(due)
    guest.to(due + timedelta(hours=3))
    [arrived] = guest.arrived
    assert timedelta() <= arrived - due < timedelta(seconds=30)
    [reminder] = [each for each in guest.planned() if each["id"] == reminder["id"]]
    assert (reminder["state"], reminder["message"]) == ("sent", reminder["id"])
    assert "c'est demain" in guest.run.texts(guest.who)[0]


def test_weeks_bring_each_message_at_its_own_time_in_order(own_concierge: LocalRun) -> None:
    guest = Stay(own_concierge)
    parent = Stay(own_concierge, attributes={})
    attributes = {"role": "parent", "child": "Awa", "session_day": "samedi"}
    parent.write("diocese", attributes=attributes)
    guest.to(guest.now + 22 * DAY)
    checks = [at(guest.now + 2 * DAY, 10), at(guest.now + 3 * DAY, 18, 30)]
    fridays = [each for days in range(23) if (each := guest.now + days * DAY).weekday() == 4]
    for who, wanted in ((guest, checks), (parent, [at(friday, 18) for friday in fridays])):
        wanted = [each for each in wanted if guest.now < each <= guest.now + 22 * DAY]
        assert len(who.arrived) == len(wanted)
        late = [arrived - due for arrived, due in zip(who.arrived, wanted, strict=True)]
        assert timedelta() <= min(late) <= max(late) < timedelta(seconds=30)
    [following] = [each for each in parent.planned(tenant="diocese") if each["state"] == "planned"]
    assert datetime.fromisoformat(following["due_at"]) > guest.now + 22 * DAY


def test_a_message_waits_for_a_person_who_is_writing(own_concierge: LocalRun) -> None:
    guest = Stay(own_concierge)
    due = at(guest.now + 2 * DAY, 10)
    guest.to(due - timedelta(minutes=2))
    written = datetime.fromisoformat(guest.get("clock")["now"])
    said = {"tenant": "hotel", "channel": "waha", "peer": f"+{guest.who}", "text": "What time is breakfast?"}
    assert own_concierge.http.post("/_sim/phone", json=said).json()["webhook_status"] == 200
    own_concierge.until_texts(guest.who, 1)
    guest.to(due + timedelta(hours=1))
    [_, reminder] = guest.arrived
    assert timedelta(minutes=10) <= reminder - written < timedelta(minutes=11)


def test_what_is_planned_is_asked_of_a_known_tenant(concierge: LocalRun) -> None:
    names = {each["name"] for each in concierge.http.get("/_sim/people?tenant=hotel").json()["people"]}
    assert {"Claire Martin", "Chidi Okafor"} <= names
    found = concierge.http.get("/_sim/planned?tenant=hotel&contact=KN-20832").json()["occurrences"]
    assert {each["state"] for each in found} <= {"planned", "sent", "skipped", "cancelled", "failed"}
    keys = {"id", "trigger", "contact", "due_at", "local", "state", "why", "message"}
    assert all(set(each) == keys for each in found)
    assert [each["due_at"] for each in found] == sorted(each["due_at"] for each in found)
    assert concierge.http.get("/_sim/planned?tenant=hotel&contact=nobody").json() == {"occurrences": []}
    assert concierge.http.get("/_sim/planned?tenant=nobody").status_code == 404
    assert concierge.http.get("/_sim/planned").status_code == 400


def test_the_people_are_imported_once(own_concierge: LocalRun) -> None:
    before = own_concierge.http.get("/_sim/people?tenant=diocese").json()
    own_concierge.stop()
    own_concierge.start()
    assert own_concierge.http.get("/_sim/people?tenant=diocese").json() == before
    assert len(before["people"]) == 12


@pytest.fixture
async def page(own_concierge: LocalRun, chromium: Browser) -> AsyncIterator[Page]:
    """Yields the page as a guest with an arrival in three days."""
    guest = Stay(own_concierge, name="Fatou Guest", language="en")
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Asia/Tokyo")
    phone = Phone(await context.new_page())
    await phone.page.goto(own_concierge.origin)
    await phone.enter("hotel")
    await phone.page.get_by_label("Known person").select_option(label="Fatou Guest")
    await expect(phone.page.locator("#peer")).to_have_text(f"+{guest.who}")
    yield phone.page
    await context.close()
    assert phone.complaints == []


@pytest.mark.browser
async def test_the_phone_gets_the_next_message_and_the_panel_says_so(page: Page) -> None:
    panel = page.get_by_role("region", name="Planned for this person")
    following = panel.get_by_role("list", name="Next").get_by_role("listitem")
    await expect(following.filter(has_text="day-before")).to_contain_text("10:00")
    button = panel.locator("#to-next")
    await expect(button).to_contain_text("10:00")
    await button.click()
    message = page.locator("#person .message")
    await expect(message).to_contain_text("tomorrow is the day")
    over = panel.get_by_role("list", name="Before").get_by_role("listitem")
    await expect(over.filter(has_text="day-before")).to_contain_text("sent on waha")
    await expect(button).to_have_text("To tomorrow 18:30")
    await expect(message).to_have_count(1)
    await page.get_by_role("button", name="New person").click()
    await expect(panel).to_contain_text("Nothing is planned")
    for width in (320, 390, 860, 1180):
        await page.set_viewport_size({"width": width, "height": 700})
        if width < 860:
            await page.get_by_role("tab", name="Planned").click()
        for part in ("html", "body", "#planned", "#planned-body", ".bar"):
            over_by = await page.locator(part).evaluate("(each) => each.scrollWidth - each.clientWidth")
            assert over_by <= 0, f"{part} is {over_by} px too wide at {width} px"
