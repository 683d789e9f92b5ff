"""Slack: blocks without markup, buttons, and their presses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.local.vendors.slack import webhooks as slack
from shared.errors import ConfigurationError, Rejected
from shared.models.events import StaffAnswered
from shared.models.history import Line
from shared.notifiers import Later, Refused, Result, Told, Unclear
from tests.contract.notifiers.rooms import (
    HOSTILE,
    NOTICE,
    Room,
    opened,
    posted,
    reader,
    relay,
    sample,
    sampled,
)
from tests.fakes.connection import NOW

SECRET = "desk-signing-secret"
USER = {"id": "U00STAFF", "username": "dana", "name": "dana", "team_id": "T0001"}


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with opened("slack") as found:
        yield found


def pressed(
    button: dict[str, Any], *, at: float = NOW.timestamp(), trigger: str = "1.2.abc"
) -> list[StaffAnswered]:
    body = slack.press(button, USER, trigger=trigger, at=at)
    return list(reader("slack", {"signing_secret": SECRET}).parse(posted(body, {})))


async def buttons(room: Room, **secrets: str) -> list[dict[str, Any]]:
    await room.tell(NOTICE, **secrets)
    return slack.buttons(room.vendor.posted[-1].body)


async def test_the_whole_notice_is_there(room: Room) -> None:
    assert await room.tell(NOTICE) == Told()
    body = room.vendor.posted[0].body
    texts = " ".join(text["text"] for text in slack.texts(body))
    for words in (
        NOTICE.title,
        "Reason",
        "asked",
        "Can I check out late?",
        "I will ask",
        "ticket.png",
        "Take",
    ):
        assert words in texts
    assert body["text"].startswith(NOTICE.title)


async def test_words_of_people_are_no_markup(room: Room) -> None:
    line = Line(author="person", text=HOSTILE, at=NOW)
    await room.tell(replace(NOTICE, title=HOSTILE, text=HOSTILE, facts=[(HOSTILE, HOSTILE)], lines=[line]))
    await room.tell(relay(HOSTILE))
    for body in (each.body for each in room.vendor.posted):
        assert {text["type"] for text in slack.texts(body)} == {"plain_text"}
        assert not any(text["emoji"] for text in slack.texts(body))
        assert not {"<", ">"} & set(body["text"])
        assert "&lt;!channel&gt;" in body["text"]


async def test_a_long_message_is_whole_in_several_sections(room: Room) -> None:
    words = [f"word{n}" for n in range(1_900)]
    await room.tell(relay(" ".join(words)))
    blocks = room.vendor.posted[0].body["blocks"]
    shown = " ".join(block["text"]["text"] for block in blocks if block["type"] == "section")
    assert shown.split() == words


async def test_without_the_apps_secret_buttons_are_links(room: Room) -> None:
    found = await buttons(room)
    assert [each["url"] for each in found if each["action_id"].startswith("open")] == [
        action.url for action in NOTICE.actions
    ]
    assert [answered for each in found for answered in pressed(each)] == []


async def test_with_the_apps_secret_a_press_takes_the_request(room: Room) -> None:
    found = await buttons(room, signing_secret=SECRET)
    acts = [answered for each in found for answered in pressed(each, at=NOW.timestamp() - 5)]
    assert [(each.act, each.handoff, each.who, each.name) for each in acts] == [
        ("take", "handoff-42", "U00STAFF", "dana"),
        ("close", "handoff-42", "U00STAFF", "dana"),
    ]
    assert (acts[0].tenant, acts[0].notifier, acts[0].token) == ("hotel", "desk", "")
    assert acts[0].at == datetime.fromtimestamp(NOW.timestamp() - 5, UTC)
    assert len({each.id for each in acts}) == 2


async def test_a_press_has_its_own_id(room: Room) -> None:
    button = (await buttons(room, signing_secret=SECRET))[-1]
    (one,), (same,), (other,) = pressed(button), pressed(button), pressed(button, trigger="1.2.def")
    assert one.id == same.id != other.id
    (bare,), (bare_later,) = pressed(button, trigger=""), pressed(button, trigger="", at=NOW.timestamp() - 9)
    assert bare.id != bare_later.id


async def test_a_signature_is_of_these_bytes_and_recent(room: Room) -> None:
    answers, body = reader("slack", {"signing_secret": SECRET}), b"payload=%7B%7D"
    for age in (0, 299, -299):
        await answers.verify(posted(body, slack.signed(SECRET, body, NOW.timestamp() - age)))
    good = slack.signed(SECRET, body, NOW.timestamp())
    for wrong in (
        {},
        slack.signed("other", body, NOW.timestamp()),
        slack.signed(SECRET, body + b"%20", NOW.timestamp()),
        slack.signed(SECRET, body, NOW.timestamp() - 301),
        slack.signed(SECRET, body, NOW.timestamp() + 301),
        good | {"x-slack-request-timestamp": "soon"},
        good | {"x-slack-signature": "v0=é"},
    ):
        with pytest.raises(Rejected) as raised:
            await answers.verify(posted(body, wrong))
        assert raised.value.status == 401
    with pytest.raises(ConfigurationError, match="empty"):
        await reader("slack", {"signing_secret": ""}).verify(posted(body, good))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=%7B",
        b"payload=[]",
        b"payload=%7B%7D",
        b"\xff\xfe",
        b"a=1&" * 50,
        b'payload={"type":"block_actions"}',
        b'payload={"type":"block_actions","user":{"id":""},"actions":[]}',
    ],
)
def test_a_body_that_is_not_slacks_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as raised:
        reader("slack", {"signing_secret": SECRET}).parse(posted(body, {}))
    assert raised.value.status == 400


# The vendor's published samples


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("200_ok", Told()),
        ("400_invalid_payload", Refused),
        ("400_user_not_found", Refused),
        ("403_action_prohibited", Refused),
        ("403_invalid_token", Refused("credentials")),
        ("404_channel_not_found", Refused),
        ("404_no_service", Refused),
        ("404_no_active_hooks", Refused),
        ("410_channel_is_archived", Refused),
        ("429_rate_limited", Later("http_429", after=30.0)),
        ("500_rollup_error", Later("http_500")),
    ],
)
async def test_published_answers(room: Room, name: str, result: Result | type) -> None:
    told = sampled("slack_webhook_responses.json")[name]
    room.vendor.script.append(lambda _: slack.refused(told["status"], told["body_text"]))
    if name == "429_rate_limited":
        room.vendor.script[0] = lambda _: slack.limited(int(told["headers"]["Retry-After"]))
    found = await room.tell(NOTICE)
    if isinstance(result, type):
        assert isinstance(found, Refused)
        assert "_" not in found.reason
    else:
        assert found == result


async def test_a_200_that_is_not_slacks_is_unclear(room: Room) -> None:
    room.vendor.script.append(lambda _: slack.refused(200, "<html>welcome</html>"))
    assert await room.tell(NOTICE) == Unclear("unexpected_answer")


async def test_published_signatures() -> None:
    vectors = sampled("slack_signature_vector.json")
    for vector in vectors.values():
        body = vector["body"].encode() if "body" in vector else sample(vector["body_file"])
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        at = float(headers["x-slack-request-timestamp"])
        assert slack.signed(vector["signing_secret"], body, at).items() <= headers.items()


@pytest.mark.parametrize("name", ["block_actions", "block_actions_ephemeral", "view_submission"])
def test_published_interactions_of_other_buttons_are_nothing(name: str) -> None:
    body = b"payload=" + json.dumps(sampled(f"slack_interactive_{name}.json")).replace("+", "%2B").encode()
    assert reader("slack", {"signing_secret": SECRET}).parse(posted(body, {})) == []
    form = sample("slack_interactive_form_body.txt")
    assert reader("slack", {"signing_secret": SECRET}).parse(posted(form, {})) == []


def test_a_published_press_of_our_button() -> None:
    body = sample("slack_interactive_form_body.txt").replace(b"%22a%22", b"%22take%22")
    (found,) = reader("slack", {"signing_secret": SECRET}).parse(posted(body, {}))
    assert (found.act, found.handoff, found.who, found.name) == (
        "take",
        "click_me_123",
        "W111",
        "primary-owner",
    )
