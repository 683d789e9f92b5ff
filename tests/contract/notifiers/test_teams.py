"""Teams: a card without markup, within its size, and messages to the outgoing webhook."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from scripts.local.vendors.teams import webhooks as teams
from shared.errors import ConfigurationError, Rejected
from shared.models.events import StaffAnswered
from shared.models.history import Line
from shared.notifiers import Refused, Told
from tests.contract.notifiers.rooms import (
    HOSTILE,
    NOTICE,
    Room,
    huge,
    opened,
    posted,
    reader,
    relay,
    sample,
    sampled,
)
from tests.fakes.connection import NOW

TOKEN = "bm90LWEtcmVhbC10b2tlbg=="
DANA = {"id": "29:dana", "name": "Dana", "aadObjectId": "00000000-dana"}


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with opened("teams") as found:
        yield found


def runs(card: dict[str, Any]) -> list[dict[str, Any]]:
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}, "other blocks read markup"
    return [run for block in card["body"] for run in block["inlines"]]


async def test_the_whole_notice_is_on_the_card(room: Room) -> None:
    assert await room.tell(NOTICE) == Told("0858RUN")
    card = teams.shown(room.vendor.posted[0])
    texts = " ".join(run["text"] for run in runs(card))
    for words in (NOTICE.title, "Reason", "asked", "Can I check out late?", "I will ask", "ticket.png"):
        assert words in texts
    assert card["version"] == "1.4"
    assert [(each["type"], each["title"], each["url"]) for each in card["actions"]] == [
        ("Action.OpenUrl", action.title, action.url) for action in NOTICE.actions
    ]


async def test_the_whole_address_is_called(room: Room) -> None:
    await room.tell(NOTICE)
    assert room.vendor.posted[0].query["sp"] == "/triggers/manual/run"


async def test_words_of_people_are_no_markup(room: Room) -> None:
    line = Line(author="person", text=HOSTILE, at=NOW)
    await room.tell(replace(NOTICE, title=HOSTILE, facts=[(HOSTILE, HOSTILE)], lines=[line]))
    found = runs(teams.shown(room.vendor.posted[0]))
    assert {run["type"] for run in found} == {"TextRun"}
    assert sum(HOSTILE in run["text"] for run in found) >= 3


@pytest.mark.parametrize("words", ["長い話 " * 5_000, "\n".join("abc" * 5_000), '"' * 20_000])
async def test_a_long_message_is_shown_as_far_as_it_fits(room: Room, words: str) -> None:
    await room.tell(relay(words))
    await room.tell(huge())
    for each in room.vendor.posted:
        assert len(each.raw) <= 20_000
        assert teams.shown(each)["body"][0]["inlines"][0]["text"]


async def test_the_newest_lines_stay(room: Room) -> None:
    lines = [Line(author="person", text=f"line {n} " + "x" * 3_000, at=NOW) for n in range(50)]
    await room.tell(replace(NOTICE, lines=lines))
    texts = " ".join(run["text"] for run in runs(teams.shown(room.vendor.posted[0])))
    assert "line 49 " in texts
    assert "line 0 " not in texts


@pytest.mark.parametrize(
    "url",
    ["https://example.webhook.office.com/webhookb2/secret", "https://outlook.office.com/webhook/secret"],
)
async def test_a_connector_is_a_wrong_setting(room: Room, url: str) -> None:
    with pytest.raises(ConfigurationError, match="connector") as raised:
        await room.tell(NOTICE, url=url)
    assert "secret" not in str(raised.value).replace("secrets.url", "")


# Answers


def said(html: str, id: str = "1785585600000") -> list[StaffAnswered]:
    body = teams.activity(html, id=id, sender=DANA)
    return list(reader("teams", {"token": TOKEN}).parse(posted(body, teams.signed(TOKEN, body))))


@pytest.mark.parametrize(
    ("html", "act", "text"),
    [
        (" yes, room 42", "say", "yes, room 42"),
        ("<p>one<br>two</p><p>3 &lt; 4&nbsp;&amp; more</p>", "say", "one\ntwo\n3 < 4 & more"),
        ("tell <at>Ana</at> <b>now</b>", "say", "tell Ana now"),
        (" take", "take", ""),
        (" 1", "take", ""),
        ("<p>#Close</p>", "close", ""),
        ("#take 7", "say", "#take 7"),
        ("please close the window", "say", "please close the window"),
    ],
)
def test_a_message_is_an_act_or_words(html: str, act: str, text: str) -> None:
    (found,) = said(html)
    assert (found.act, found.text, found.handoff, found.token) == (act, text, "", "")
    assert (found.who, found.name) == ("00000000-dana", "Dana")


@pytest.mark.parametrize("html", ["", "<p>&nbsp;</p>"])
def test_a_mention_alone_is_nothing(html: str) -> None:
    assert said(html) == []


def test_each_message_has_its_own_id() -> None:
    (one,), (same,), (other,) = said("yes"), said("yes"), said("yes", "1785585600001")
    assert one.id == same.id != other.id


async def test_a_signature_is_of_these_bytes_under_the_decoded_token() -> None:
    answers, body = reader("teams", {"token": TOKEN}), b'{"type":"message"}'
    await answers.verify(posted(body, teams.signed(TOKEN, body)))
    for headers in (
        {},
        teams.signed(TOKEN, body + b" "),
        teams.signed("b3RoZXI=", body),
        {"authorization": "HMAC é"},
    ):
        with pytest.raises(Rejected) as raised:
            await answers.verify(posted(body, headers))
        assert raised.value.status == 401
    for token in ("", "not base64!"):
        with pytest.raises(ConfigurationError, match="token"):
            await reader("teams", {"token": token}).verify(posted(body, teams.signed(TOKEN, body)))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"type":"message"}', b'{"type":1,"id":"1","from":{"id":"1"}}']
)
def test_a_body_that_is_no_activity_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as raised:
        reader("teams", {"token": TOKEN}).parse(posted(body, {}))
    assert raised.value.status == 400


# The vendor's published samples


@pytest.mark.parametrize("name", ["400_trigger_not_enabled", "400_trigger_suspended", "401_oauth_required"])
async def test_published_refusals(room: Room, name: str) -> None:
    told = sampled("teams_workflow_responses.json")[name]
    room.vendor.script.append(lambda _: teams.refused(told["status"], told["body"]["error"]["code"]))
    found = await room.tell(NOTICE)
    assert isinstance(found, Refused)
    assert found.reason == "credentials" if told["status"] == 401 else "switched off" in found.reason


async def test_our_card_has_the_published_form(room: Room) -> None:
    await room.tell(NOTICE)
    published, ours = sampled("teams_workflow_request_adaptive_card.json"), room.vendor.posted[0].body
    assert ours.keys() == published.keys()
    (theirs,), (card,) = published["attachments"], ours["attachments"]
    assert card.keys() == theirs.keys()
    assert card["contentType"] == theirs["contentType"]
    assert card["content"].keys() == theirs["content"].keys()


async def test_the_published_signature() -> None:
    vector = sampled("teams_outgoing_webhook_vector.json")
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    answers = reader("teams", {"token": vector["security_token"]})
    await answers.verify(posted(vector["body"].encode(), headers))
    wrong = {"authorization": vector["wrong_when_the_token_is_not_base64_decoded"]}
    with pytest.raises(Rejected):
        await answers.verify(posted(vector["body"].encode(), wrong))


def test_a_published_mention() -> None:
    (found,) = reader("teams", {"token": TOKEN}).parse(posted(sample("teams_activity_mention.json"), {}))
    sender = json.loads(sample("teams_activity_mention.json"))["from"]
    assert (found.act, found.text, found.name) == ("say", "Test", "Test User")
    assert found.who == sender["aadObjectId"]
