"""Ids of messages and chats in unusual spellings: answered once, dropped by name or refused.

No id is taken for another kind of document.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, new_id, person, post
from tests.security.news import News
from tests.security.run import Run

TEXT = "What time is breakfast?"
IDS = {
    "dot": ".",
    "dots": "..",
    "path": "../../../tenants/diocese",
    "slash": "a/b",
    "slashes": "//",
    "backslash": "a\\b",
    "the-store-s-own": "__x__",
    "nul": "a\0b",
    "line-breaks": "a\r\nb",
    "escape-sequence": "\x1b[2J\x1b[31mZEBRA7",
    "space": " ",
    "emoji": "🙏",
    "half-emoji": "\ud83d",
    "right-to-left": "\u202eZEBRA7",
    "quote": "a' OR '1'='1",
    "wildcard": "*",
    "template": "{{7*7}}{id}%s%n",
    "json": '{"a": 1}',
    "number": "0",
    "negative": "-1",
    "digest-of-ours": "sha256-" + "0" * 40,
    "conversation-of-ours": "waha.c-1",
    "499-characters": "Z" * 499,
    "501-characters": "Z" * 501,
    "60-kilobytes": "Z" * 60_000,
}
CHATS = {
    "empty": "",
    "nobody": "@c.us",
    "dots": "..@c.us",
    "path": "../221770000001@c.us",
    "zero-before": "0221770000001@c.us",
    "plus": "+221770000001@c.us",
    "16-digits": "2217700000011234@c.us",
    "other-digits": "٢٢١٧٧٠٠٠٠٠٠١@c.us",
    "full-width-digits": "２２１７７０００００１@c.us",
    "words": "ZEBRA7@c.us",
    "line-break-inside": "221770\n000001@c.us",
    "nul-after": "221770000001@c.us\0",
    "two": "221770000001@c.us,221770000002@c.us",
    "another-host": "221770000001@evil.example",
    "no-host": "221770000001",
    "upper-case": "221770000001@C.US",
    "identity-of-ours": "whatsapp:+221770000001",
    "group": "120363000000000001@g.us",
    "group-like": "221770000001@c.us@g.us",
    "status": "status@broadcast",
    "newsletter": "1@newsletter",
    "30-kilobytes": "2" * 30_000 + "@c.us",
}
DROPPED_CHATS = {"other_chat", "group", "status", "newsletter", "broadcast"}


@pytest.mark.parametrize("kind", ["waha", "green_api", "cloud_api"])
@attempts(IDS)
def test_a_message_with_an_odd_id(run: Run, kind: str, attempt: str) -> None:
    who, before, gateway = person(), len(run.lines), GATEWAYS[kind]
    body = json.dumps(gateway.message(who, TEXT, attempt)).encode()
    first, again = (run.post(f"hotel/{kind}", body, gateway.headers(body)) for _ in range(2))
    run.settle()
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    published = first.json()["published"] if first.status_code == 200 else 0
    assert first.status_code == 200 or first.json()["error"].startswith("payload.id: ")
    assert len(run.calls(gateway.chat(who))) == published
    assert run.told("ZEBRA7", before) == []
    assert [line for line in run.lines[before:] if line["event"] == "failed"] == []


@pytest.mark.parametrize("kind", ["waha", "green_api"])
@attempts(CHATS)
def test_a_chat_that_is_no_person_s(run: Run, kind: str, attempt: str) -> None:
    before, gateway = len(run.lines), GATEWAYS[kind]
    event = gateway.message(person(), TEXT, new_id())
    if kind == "waha":
        event["payload"] |= {"from": attempt, "id": f"false_{new_id()}"}
    else:
        event["senderData"] |= {"chatId": attempt}
    told = post(run, gateway, event)
    assert told["published"] == 0
    assert set(told["dropped"]) <= DROPPED_CHATS
    assert run.told("ZEBRA7", before) == []


@pytest.mark.parametrize(
    "id", [0, -1, 2**53, 2**63, 10**400, 1.5, True, "700000001", None, [], {"id": 1}], ids=str
)
def test_a_telegram_chat_that_is_no_person_s(run: Run, id: Any) -> None:
    event = GATEWAYS["telegram"].message(person(), TEXT, new_id())
    event["message"]["chat"]["id"] = id
    assert post(run, GATEWAYS["telegram"], event)["published"] == 0


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_change_of_what_we_said_changes_nothing(run: Run, kind: str) -> None:
    """Tries the id of our document, and the gateway's id of a message that we sent."""
    news, before, gateway = News(kind), len(run.lines), GATEWAYS[kind]
    post(run, gateway, news.text(TEXT))
    run.settle()
    (conversation,) = (
        doc["conversation"]
        for doc in run.documents("tenants/hotel/conversations/*").values()
        if doc.get("chat") == news.chat
    )
    place = f"tenants/hotel/conversations/{conversation}/messages/*"
    (answer,) = (doc for doc in run.documents(place).values() if doc["direction"] == "out")
    ids = [answer["message"], *answer["gateway_ids"]]
    if kind == "telegram":
        changes = [news.edit("Forged", target=ids[1].rpartition(".")[2])]
    else:
        changes = [
            change for id in ids for change in (news.edit("Forged", target=id), news.deletion(target=id))
        ]
    for change in changes:
        post(run, gateway, change)
    run.settle()
    assert answer in run.documents(place).values()
    assert [line for line in run.lines[before:] if line["event"] == "failed"] == []
    assert len(run.calls(news.chat)) == 1


def test_no_odd_id_is_in_a_log_line_that_it_could_forge(run: Run) -> None:
    for line in run.lines:
        assert len(json.dumps(line, default=str)) < 10_000
        assert all(str(value).isprintable() for value in line.values())
