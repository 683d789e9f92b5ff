"""A request for a human through the served run: people and staff write by the gateway's webhooks."""

from __future__ import annotations

import itertools
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.concierge import chat, person, waha_message, wait_for
from tests.e2e.conftest import LocalRun

ONE, TWO, SUPERVISOR = "221770000901", "221770000902", "221770000903"
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(2_000)
Json = dict[str, Any]
_messages = itertools.count(1)


class Desk:
    """A run with its staff. `calls` and `mails` are those since the last `mark`."""

    def __init__(self, run: LocalRun) -> None:
        self.run, self._call, self._mail = run, 0, 0

    def mark(self) -> None:
        self._call = self.run.http.get("/_sim/outbox", params={"since": self._call}).json()["next"]
        self._mail = self.run.http.get("/_sim/mail", params={"since": self._mail}).json()["next"]

    def says(self, who: str, text: str) -> None:
        """Posts WAHA's webhook for a message of a person or of a member of staff, at the run's time."""
        at = datetime.fromisoformat(self.get("clock")["now"]).timestamp()
        event = waha_message(who, text, f"DESK{next(_messages)}", timestamp=int(at))
        assert self.run.post(json.dumps(event).encode()).status_code == 200

    def shows(self, who: str, data: bytes, caption: str) -> None:
        """Lets the gateway post a photo, which it serves itself."""
        uploaded = self.run.http.post(
            "/_sim/phone/files", content=data, headers={"Content-Type": "image/jpeg"}
        )
        file = {"id": uploaded.json()["file"], "kind": "image"}
        said = {"tenant": "hotel", "channel": "waha", "peer": f"+{who}", "text": caption, "file": file}
        assert self.run.http.post("/_sim/phone", json=said).json()["webhook_status"] == 200

    def get(self, name: str, **query: str | int) -> Json:
        answer: Json = self.run.http.get(f"/_sim/{name}", params=query).json()
        return answer

    def calls(self, who: str, kind: str = "text") -> list[Json]:
        calls = self.get("outbox", since=self._call)["calls"]
        return [each for each in calls if each["to"] == chat(who) and each["kind"] == kind]

    def told(self, who: str, part: str, number: int = 1) -> str:
        """Waits until this many texts that were told them have the part; returns the last."""

        def found() -> list[str]:
            return [
                each["text"]
                for each in self.calls(who)
                if part in each["text"] and each["status"] in (0, 201)
            ]

        wait_for(lambda: len(found()) >= number, lambda: str([each["text"] for each in self.calls(who)]))
        assert len(found()) == number
        return found()[-1]

    def mails(self, to: str = "") -> list[Json]:
        mails: list[Json] = self.get("mail", since=self._mail)["mails"]
        return [each for each in mails if not to or each["to"].startswith(to)]

    def mailed(self, to: str, part: str) -> Json:
        """Waits for a mail to them whose text has the part."""
        wait_for(lambda: any(part in each["text"] for each in self.mails(to)), lambda: str(self.mails()))
        return next(each for each in self.mails(to) if part in each["text"])

    def request(self, who: str, state: str = "") -> Json:
        """Returns the person's newest request, once it is in this state."""

        def found() -> Json:
            mine = [each for each in self.get("handoffs", tenant="hotel")["handoffs"] if who in each["peer"]]
            return mine[0] if mine else {"state": "none"}

        wait_for(lambda: not state or found()["state"] == state, lambda: str(found()))
        return found()

    def steps(self, who: str) -> list[tuple[str, str, str]]:
        return [(each["step"], each["to"], each["way"]) for each in self.request(who)["steps"]]

    def later(self, minutes: float) -> None:
        answer = self.run.http.post("/_sim/clock", json={"by_minutes": minutes})
        assert answer.status_code == 200, answer.text

    def replies(self, mail: Json, text: str, **more: str) -> None:
        answer = self.run.http.post("/_sim/mail/replies", json={"seq": mail["seq"], "text": text, **more})
        assert answer.json() == {"webhook_status": 200}, self.run.log()[-2000:]

    def asks(self, who: str) -> None:
        """Lets a person ask for a human, and waits until agent one is told."""
        self.says(who, "I want to talk to a human please")
        self.told(who, "minutes")
        self.told(ONE, "1. ")

    def taken(self, who: str, by: str = ONE) -> None:
        self.asks(who)
        self.says(by, "1")
        assert self.request(who, "taken")["taken_by"]

    def closed(self, who: str, by: str = ONE) -> None:
        self.says(by, "#close")
        self.request(who, "closed")


@pytest.fixture
def desk(own_concierge: LocalRun) -> Desk:
    """Returns a run of the test's own: its clock is moved, and staff talk with one person at a time."""
    return Desk(own_concierge)


def test_a_whole_story(desk: Desk) -> None:
    who = person()
    desk.asks(who)
    asked = desk.request(who, "notified")
    assert (asked["peer"], asked["reason"], asked["taken_by"]) == (f"+{who}", "asked", "")
    desk.says(ONE, "1")
    desk.told(who, "Aminata Kane")
    desk.says(ONE, "Which room is it?")
    desk.told(who, "Which room is it?")
    desk.says(who, "Number 12")
    desk.told(ONE, "Number 12")
    desk.closed(who)
    desk.told(who, "1. ⭐")
    desk.says(who, "4")
    wait_for(lambda: desk.request(who)["rating"] == 4)
    desk.says(who, "What time is breakfast?")
    desk.told(who, "6:30")
    assert desk.steps(who) == [
        ("requested", "", ""),
        ("promised", "person", ""),
        ("notified", "agent1", "waha"),
        ("taken", "agent1", "waha"),
        ("first_words", "", ""),
        ("closed", "", ""),
        ("rated", "", ""),
    ]


def test_a_photo_goes_both_ways_by_a_signed_link(desk: Desk) -> None:
    who = person()
    desk.taken(who)
    for sender, reader, data in ((who, ONE, PHOTO + b"broken"), (ONE, who, PHOTO + b"mended")):
        desk.shows(sender, data, "look")
        wait_for(lambda to=reader: bool(desk.calls(to, "image")), desk.run.log)
        [call] = desk.calls(reader, "image")
        url = call["body"]["file"]["url"]
        assert url.startswith(f"{desk.run.origin}/desk/files/")
        assert desk.run.http.get(url).content == data
        assert desk.run.http.get(f"{url[:-1]}{'a' if url[-1] != 'a' else 'b'}").status_code in (401, 403, 404)
    desk.closed(who)


def test_a_private_page_of_staff_is_read_taken_back_and_gone_after_its_days(desk: Desk) -> None:
    who = person()
    desk.taken(who)
    links = []
    for number in (1, 2):
        desk.shows(ONE, PHOTO, f"#page Your bill {number}\nTwo nights, *240 EUR*")
        [link] = re.findall(r"http\S+", desk.told(who, f"Your bill {number}"))
        assert link.startswith(f"{desk.run.origin}/pages/hotel/")
        links.append(link)
        seen = desk.run.http.get(link)
        assert (seen.status_code, "Two nights, <b>240 EUR</b>" in seen.text) == (200, True)
        assert desk.run.http.get(f"{link}/files/0").content == PHOTO
        assert desk.run.http.get(f"{link}/document.pdf").content.startswith(b"%PDF")
    desk.says(ONE, "#page off")
    wait_for(lambda: desk.run.http.get(links[1]).status_code == 404, desk.run.log)
    assert desk.run.http.get(links[0]).status_code == 200
    media = desk.run.folder / "media" / "tenants" / "hotel" / "pages"
    assert list(media.rglob("0"))
    desk.closed(who)
    desk.later(7 * 24 * 60 + 5)
    assert [desk.run.http.get(link).status_code for link in links] == [404, 404]
    wait_for(lambda: not list(media.rglob("0")), desk.run.log)


def test_if_nobody_takes_it_the_next_are_told_then_all_then_by_mail(desk: Desk) -> None:
    who = person()
    desk.asks(who)
    assert desk.calls(TWO) == []
    desk.later(3.1)
    desk.told(TWO, "1. ")
    desk.later(3.1)
    desk.told(SUPERVISOR, "1. ")
    desk.later(3.1)
    mail = desk.mailed("supervisor@hotel.example", "I want to talk to a human please")
    assert (mail["tenant"], mail["from"]) == ("hotel", "concierge@hotel.example")
    assert mail["html"].count("I want to talk to a human please") == 2  # its summary, and the last lines
    assert not any(mark in mail[kind] for kind in ("text", "html") for mark in ("*Demande", "_Derniers"))
    desk.later(3.1)
    desk.told(who, "sorry")
    steps = [step for step, _, _ in desk.steps(who)]
    assert [*dict.fromkeys(steps)] == ["requested", "promised", "notified", "escalated", "apologised"]

    desk.replies(mail, "Good evening, the night porter here.\nWhat may I do?")
    desk.told(who, "Good evening, the night porter here.\nWhat may I do?")
    assert desk.request(who, "taken")["taken_by"] == "supervisor"
    assert {("taken", "supervisor", "mail"), ("first_words", "", "")} <= set(desk.steps(who))
    assert "##-" not in desk.told(who, "night porter")  # the quoted mail is cut off
    desk.says(who, "A taxi at five, please")
    answer = desk.mailed("supervisor@", "A taxi at five, please")
    desk.replies(answer, "#close")
    desk.request(who, "closed")
    desk.mark()
    desk.replies(answer, "One more thing")
    desk.mailed("supervisor@", "#")
    assert all("One more thing" not in call["text"] for call in desk.calls(who))


def test_of_two_who_take_it_the_second_is_told_who_has_it(desk: Desk) -> None:
    who = person()
    desk.asks(who)
    desk.later(3.1)
    desk.told(TWO, "1. ")
    desk.says(ONE, "1")
    desk.request(who, "taken")
    desk.says(TWO, "1")
    desk.told(TWO, "Aminata Kane")
    assert desk.request(who)["taken_by"] == "agent1"
    desk.closed(who)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429, "retry_after": 1}, {"drop": True}])
def test_a_gateway_that_fails_is_overcome_and_staff_are_told_once(desk: Desk, fault: Json) -> None:
    said = {"tenant": "hotel", "channel": "telegram", "peer": person()}
    desk.run.fault(ONE, tenant="hotel", kind="text", **fault)
    text = "I want to talk to a human please"
    assert desk.run.http.post("/_sim/phone", json=said | {"text": text}).json()["webhook_status"] == 200
    desk.told(ONE, "1. ")
    desk.says(ONE, "1")
    desk.request(said["peer"], "taken")
    desk.closed(said["peer"])


def test_a_way_that_is_refused_is_followed_by_the_next(desk: Desk) -> None:
    said = {"tenant": "hotel", "channel": "telegram", "peer": person()}
    desk.run.fault(ONE, tenant="hotel", kind="text", status=422)
    text = "I want to talk to a human please"
    assert desk.run.http.post("/_sim/phone", json=said | {"text": text}).json()["webhook_status"] == 200
    mail = desk.mailed("agent1@hotel.example", text)
    desk.replies(mail, "1")
    assert desk.request(said["peer"], "taken")["taken_by"] == "agent1"
    assert ("not_notified", "agent1", "waha") in desk.steps(said["peer"])
    desk.replies(mail, "#close")
    desk.request(said["peer"], "closed")


def test_a_mail_of_a_stranger_reaches_nobody(desk: Desk) -> None:
    who = person()
    desk.asks(who)
    for _ in range(3):
        desk.later(3.1)
    mail = desk.mailed("supervisor@", "I want to talk to a human please")
    desk.mark()
    desk.replies(mail, "Click here", sender="stranger@elsewhere.example")
    desk.says(ONE, "1")
    desk.request(who, "taken")
    assert all("Click here" not in call["text"] for call in desk.calls(who))
    desk.closed(who)


def test_the_clock_moves_forward_for_every_function_only(desk: Desk) -> None:
    before = datetime.fromisoformat(desk.get("clock")["now"])
    desk.later(90)
    after = datetime.fromisoformat(desk.get("clock")["now"])
    assert 5400 <= (after - before).total_seconds() < 5430
    for wrong in ({}, {"by_minutes": -1}, {"to": before.isoformat()}, {"to": "soon"}, {"by_minutes": 1e9}):
        assert desk.run.http.post("/_sim/clock", json=wrong).status_code == 400
    month = (after + timedelta(days=31)).isoformat()[:7]
    to = {"to": f"{month}-28T23:00:00Z"}
    assert desk.run.http.post("/_sim/clock", json=to).json()["now"][:7] == month
    who = person()
    desk.asks(who)
    assert desk.request(who)["created_at"][:10] == f"{month}-28"
    desk.says(ONE, "1")
    desk.closed(who)


def test_unknown_tenants_and_mails_are_not_found(desk: Desk) -> None:
    assert desk.run.http.get("/_sim/handoffs", params={"tenant": "nobody"}).status_code == 404
    assert desk.run.http.get("/_sim/handoffs").status_code == 400
    unknown = {"seq": 999_999, "text": "x"}
    assert desk.run.http.post("/_sim/mail/replies", json=unknown).status_code == 404
