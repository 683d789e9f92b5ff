"""Messages that come days late or after deletion, receipts in any order, moved numbers, and floods.

No person is answered twice, as if the message were new, or endlessly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, Json, new_id, now, person, post
from tests.security.news import TEXT, News
from tests.security.run import Run

HOUR, DAY = 3_600, 86_400
TOLD_BY = ("waha", "green_api", "cloud_api")
#: Answers to a person in a minute, plus the notices that they write too fast and that an emergency is known.
PACE = 10 + 2

AGES = {"13-hours": 13 * HOUR, "three-days": 3 * DAY, "21-days": 21 * DAY, "a-year": 365 * DAY}
LATE = {f"{kind}-{name}": (kind, age) for kind in GATEWAYS for name, age in AGES.items()}


@pytest.fixture(scope="module")
def late(run: Run) -> dict[tuple[str, int], News]:
    """Returns messages that first arrive so many seconds after they were written."""
    told = {attempt: News(attempt[0]) for attempt in LATE.values()}
    for (kind, seconds), news in told.items():
        post(run, GATEWAYS[kind], news.text(at=-seconds))
    run.settle()
    return told


def conversation(run: Run, news: News) -> str:
    found = run.documents("tenants/hotel/conversations/*").values()
    (mine,) = (doc["conversation"] for doc in found if doc.get("chat") == news.chat)
    return str(mine)


def handoffs(run: Run, news: News) -> list[Json]:
    mine = conversation(run, news)
    return [d for d in run.documents("tenants/hotel/handoffs/*").values() if d["conversation"] == mine]


@attempts(LATE)
def test_a_message_that_comes_late_is_told_so_and_shown_to_a_human(
    run: Run, late: dict[tuple[str, int], News], attempt: tuple[str, int]
) -> None:
    news = late[attempt]
    calls = run.calls(news.chat)
    window_over = attempt[0] == "cloud_api" and attempt[1] > DAY  # Meta no longer accepts free messages
    assert len(calls) == (0 if window_over else 1)
    assert all("breakfast" not in call["text"].lower() for call in calls)
    assert len(handoffs(run, news)) >= 1


@attempts(LATE)
def test_a_late_message_that_was_forgotten_is_not_told_again(
    run: Run, late: dict[tuple[str, int], News], attempt: tuple[str, int]
) -> None:
    kind, seconds = attempt
    news = late[attempt]
    calls = len(run.calls(news.chat))
    run.forget(f"tenants/hotel/conversations/{conversation(run, news)}/messages/*")
    post(run, GATEWAYS[kind], news.text(at=-seconds))
    run.settle()
    assert len(run.calls(news.chat)) == calls


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_message_that_was_forgotten_is_not_answered_again(run: Run, kind: str) -> None:
    """Deletes its document as retention does."""
    news = News(kind)
    post(run, GATEWAYS[kind], news.text())
    run.settle()
    run.forget(f"tenants/hotel/conversations/{conversation(run, news)}/messages/*")
    post(run, GATEWAYS[kind], news.text())
    run.settle()
    assert len(run.calls(news.chat)) == 1


@dataclass(frozen=True)
class Receipts:
    """Receipts in order of arrival, and the expected state of the answer."""

    came: tuple[str, ...]
    status: str


RECEIPTS = {
    f"{kind}-{name}": (kind, receipts)
    for kind in TOLD_BY
    for name, receipts in {
        "backwards": Receipts(("read", "delivered", "sent"), "read"),
        "again": Receipts(("delivered", "read", "delivered", "read", "sent"), "read"),
        "read-twice": Receipts(("read", "read"), "read"),
        "failed-after-read": Receipts(("read", "failed"), "read"),
        "failed-after-delivered": Receipts(("delivered", "failed"), "delivered"),
        "failed-twice": Receipts(("failed", "failed"), "failed"),
        "delivered-after-failed": Receipts(("failed", "delivered"), "failed"),
    }.items()
}


@attempts(RECEIPTS)
def test_receipts_in_any_order(run: Run, attempt: tuple[str, Receipts]) -> None:
    kind, receipts = attempt
    news = News(kind)
    post(run, GATEWAYS[kind], news.text())
    run.settle()
    place = f"tenants/hotel/conversations/{conversation(run, news)}/messages/*"
    (sent,) = (doc for doc in run.documents(place).values() if doc["direction"] == "out")
    for status in receipts.came:
        post(run, GATEWAYS[kind], news.receipt(status, sent["gateway_ids"][0]))
        run.settle()
    (kept,) = (doc for doc in run.documents(place).values() if doc["direction"] == "out")
    assert kept["status"] == receipts.status
    assert len(handoffs(run, news)) == (1 if receipts.status == "failed" else 0)
    assert len(run.calls(news.chat)) == 1


def test_an_id_of_two_people_is_two_messages(run: Run) -> None:
    id = new_id()
    both = [News("waha", id=id), News("waha", id=id)]
    for news in both:
        post(run, GATEWAYS["waha"], news.text())
    run.settle()
    assert [len(run.calls(news.chat)) for news in both] == [1, 1]


def moved(old: str, new: str, at: int) -> Json:
    said = cloud_api.new_number(new) | {"from": old, "id": f"wamid.{new_id()}", "timestamp": str(now() + at)}
    return cloud_api.posted(cloud_api.change(messages=[said]))


def test_a_number_that_moved_and_has_a_new_owner_stays_theirs(run: Run) -> None:
    """The move is repeated after a stranger has begun to write from the old number."""
    gateway, old, new = GATEWAYS["cloud_api"], person(), person()
    told = moved(old, new, -20)
    steps = [
        gateway.message(old, TEXT, new_id(), now() - 30),
        told,
        gateway.message(old, "Is there a pool?", new_id(), now() - 10),
        told,
        moved(old, new, -25),
        gateway.message(old, "Is there parking?", new_id()),
    ]
    for event in steps:
        post(run, gateway, event)
        run.settle()
    ledger = {"tenant": "hotel", "channel": "cloud_api", "peer": old}
    found = run.http.get("/_sim/ledger", params=ledger).json()["messages"]
    said = [each["text"] for each in found if each["direction"] == "in"]
    assert said == ["Is there a pool?", "Is there parking?"]


def test_an_older_move_leads_nobody_back(run: Run) -> None:
    gateway, first, second, third = GATEWAYS["cloud_api"], person(), person(), person()
    older = moved(first, second, -30)
    for event in (
        gateway.message(first, TEXT, new_id(), now() - 40),
        older,
        moved(second, third, -20),
        older,
        gateway.message(second, "Is there a pool?", new_id()),
        gateway.message(third, "Is there parking?", new_id()),
    ):
        post(run, gateway, event)
        run.settle()
    said = {
        peer: [
            each["text"]
            for each in run.http.get(
                "/_sim/ledger", params={"tenant": "hotel", "channel": "cloud_api", "peer": peer}
            ).json()["messages"]
            if each["direction"] == "in"
        ]
        for peer in (second, third)
    }
    assert said == {second: ["Is there a pool?"], third: [TEXT, "Is there parking?"]}


#: Texts that a person writes thirty times in a minute.
FLOODS: dict[str, Callable[[int], str]] = {
    "a-question": lambda n: TEXT,
    "other-questions": lambda n: f"{TEXT} {n}",
    "an-emergency": lambda n: "urgence wifi",
    "other-emergencies": lambda n: f"emergency in room {n}",
    "a-human": lambda n: "I want to talk to a human",
    "stop-and-start": lambda n: "stop" if n % 2 else "/start",
    "menus": lambda n: "/services",
}


@attempts(FLOODS)
def test_thirty_messages_of_one_person_are_answered_no_faster_than_one_may_write(
    run: Run, attempt: Callable[[int], str]
) -> None:
    news = News("waha")
    for number in range(30):
        post(run, GATEWAYS["waha"], news.text(attempt(number), number=number))
    run.settle()
    assert len(run.calls(news.chat)) <= PACE
    assert len([each for each in handoffs(run, news) if each["reason"] == "emergency"]) <= 1
    kept = run.documents(f"tenants/hotel/conversations/{conversation(run, news)}/messages/*").values()
    assert None not in {doc["outcome"] for doc in kept if doc["direction"] == "in"}


def test_a_visitor_s_message_is_answered_once_however_it_is_posted_again(run: Run) -> None:
    token = run.http.post("/webhook/hotel/webchat/visitor").json()["token"]
    mine, id = {"Authorization": f"Bearer {token}"}, str(uuid4())
    for spelt in (id, id.upper(), id, id.capitalize()):
        for text in (TEXT, "Is there a pool?"):
            said = {"id": spelt, "text": text}
            assert run.http.post("/webhook/hotel/webchat", json=said, headers=mine).status_code == 200
            run.settle()
    (answer,) = run.http.get("/webhook/hotel/webchat", headers=mine).json()["messages"]
    assert "breakfast" in answer["text"].lower()
