"""Chatwoot's webhooks: words, assignments and ends by staff, and everything that is none of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.local.vendors.chatwoot import webhooks as chatwoot
from scripts.local.vendors.chatwoot.webhooks import AGENT, BOT, changed, conversation, message, signed
from shared.errors import ConfigurationError, Rejected
from shared.models.events import StaffAnswered
from tests.contract.notifiers.rooms import posted, reader, sample, sampled
from tests.fakes.connection import NOW

SECRETS = {"webhook_secret": "desk-webhook-secret"}
OURS = conversation("handoff-42")
ASSIGNED = [{"assignee_id": {"previous_value": None, "current_value": 2}}, {"updated_at": {}}]


def parsed(body: bytes, inbox: int = 1) -> list[StaffAnswered]:
    return list(reader("chatwoot", SECRETS, {"inbox": inbox}).parse(posted(body, {})))


def test_words_of_staff_are_for_the_person() -> None:
    (said,) = parsed(message("Yes, **room 42** is free.", OURS))
    assert (said.act, said.handoff, said.text) == ("say", "handoff-42", "Yes, *room 42* is free.")
    assert (said.who, said.name, said.tenant, said.notifier) == ("2", "Dana Staff", "hotel", "desk")
    assert said.at == datetime(2026, 8, 1, 11, 59, 58, 399000, tzinfo=UTC)


def test_a_file_of_staff_goes_as_its_address() -> None:
    files = [{"data_url": "https://chat.example/file/1"}, {"data_url": None}, 7]
    (said,) = parsed(message("", OURS, attachments=files))
    assert said.text == "https://chat.example/file/1"


def test_an_assignment_takes_and_a_resolution_closes() -> None:
    assigned = conversation("handoff-42", assignee=AGENT)
    (took,) = parsed(changed("conversation_updated", assigned, changed_attributes=ASSIGNED))
    assert (took.act, took.handoff, took.who, took.name, took.text) == (
        "take",
        "handoff-42",
        "2",
        "Dana Staff",
        "",
    )
    resolved = conversation("handoff-42", assignee=AGENT, status="resolved")
    (closed,) = parsed(changed("conversation_status_changed", resolved))
    assert (closed.act, closed.handoff, closed.who) == ("close", "handoff-42", "2")
    assert closed.at == datetime.fromtimestamp(1785585598.4729, UTC)


def test_the_same_event_of_two_webhooks_has_one_id() -> None:
    bodies = [
        message("Yes.", OURS),
        changed(
            "conversation_updated", conversation("handoff-42", assignee=AGENT), changed_attributes=ASSIGNED
        ),
        changed("conversation_status_changed", conversation("handoff-42", status="resolved")),
    ]
    ids = [parsed(body)[0].id for body in bodies]
    assert ids == [
        parsed(json.dumps(json.loads(body) | {"account": {"id": 2}}).encode())[0].id for body in bodies
    ]
    assert len(set(ids)) == 3


UNASSIGNED = [{"assignee_id": {"previous_value": 2, "current_value": None}}]
NOTHING = {
    "an own message": message("Hello", OURS, content_attributes={"concierge_notice": "notice-1"}),
    "a person": message("Hello", OURS, message_type="incoming", sender={"id": 2, "name": "Martin"}),
    "a bot": message("Hello", OURS, sender=BOT),
    "an automation": message("Hello", OURS, sender=None),
    "a private note": message("Hello", OURS, private=True),
    "an activity": message("Dana joined", OURS, message_type="activity"),
    "a template": message("How did we do?", OURS, message_type="template"),
    "an empty message": message(" ", OURS),
    "another's conversation": message("Hello", conversation("")),
    "another inbox": message("Hello", conversation("handoff-42", inbox=9)),
    "opened": changed("conversation_status_changed", OURS),
    "another's end": changed("conversation_status_changed", conversation("", status="resolved")),
    "a label": changed("conversation_updated", OURS, changed_attributes=[{"label_list": {}}]),
    "no changes": changed("conversation_updated", OURS),
    "unassigned": changed("conversation_updated", OURS, changed_attributes=UNASSIGNED),
    "assigned to a bot": changed(
        "conversation_updated",
        conversation("handoff-42", assignee=BOT | {"id": 2}),
        changed_attributes=ASSIGNED,
    ),
    "typing": changed("conversation_typing_on", OURS),
    "an automation's event": changed("automation_event.message_created", OURS),
}


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING.keys())
def test_what_staff_did_not_do_is_nothing(body: bytes) -> None:
    assert parsed(body) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"event": 7}',
        b'{"event": "message_created"}',
        message("Yes.", OURS, id=-1),
        message("Yes.", {"id": 1}),
        changed("conversation_updated", {"id": "x", "inbox_id": 1}),
    ],
)
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as raised:
        parsed(body)
    assert raised.value.status == 400


@pytest.mark.parametrize(
    "made", [None, 1785585598, "soon", "2026-08-01T11:00:00", "9999-12-31T23:59:59-23:00"]
)
def test_a_message_without_a_usable_time_is_of_now(made: Any) -> None:
    (said,) = parsed(message("Yes.", OURS, created_at=made))
    assert said.at == NOW


async def test_a_signature_is_of_time_and_bytes_and_recent() -> None:
    answers, body = reader("chatwoot", SECRETS, {"inbox": 1}), message("Yes.", OURS)
    secret, now = SECRETS["webhook_secret"], NOW.timestamp()
    for age in (0, 299, -299):
        await answers.verify(posted(body, signed(secret, body, now - age)))
    good = signed(secret, body, now)
    for wrong in (
        {},
        signed("other", body, now),
        signed(secret, body + b" ", now),
        signed(secret, body, now - 301),
        good | {"x-chatwoot-timestamp": str(int(now) + 1)},
        good | {"x-chatwoot-signature": "sha256=é"},
    ):
        with pytest.raises(Rejected) as raised:
            await answers.verify(posted(body, wrong))
        assert raised.value.status == 401
    with pytest.raises(ConfigurationError, match="empty"):
        await reader("chatwoot", {"webhook_secret": " "}, {"inbox": 1}).verify(posted(body, good))


# The vendor's published samples, whose conversation is given our request


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("message_created_agent", "say"),
        ("conversation_status_changed_resolved", "close"),
        ("conversation_updated_assigned", "take"),
        ("conversation_status_changed_open", None),
        ("message_created_bot_echo", None),
        ("message_created_incoming", None),
        ("message_created_private_note", None),
    ],
)
def test_published_events(name: str, act: str | None) -> None:
    body = sample(f"chatwoot_{name}.json").replace(
        b'"concierge_conversation_id": "conv_1"', b'"concierge_request": "r"'
    )
    found = parsed(body)
    assert [each.act for each in found] == ([act] if act else [])
    assert {(each.handoff, each.who, each.name) for each in found} <= {("r", "2", "Dana Staff")}
    assert parsed(sample(f"chatwoot_{name}.json")) == []


def test_the_published_signature() -> None:
    vector = sampled("chatwoot_signature_vector.json")
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    at = float(headers["x-chatwoot-timestamp"])
    assert chatwoot.signed(vector["secret"], vector["body"].encode(), at).items() <= headers.items()
    assert signed("s3cr3t", b"body", 123)["x-chatwoot-signature"] == vector["third_party_vector"]["signature"]
