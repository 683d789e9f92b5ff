"""Parsing of Green API's other webhooks: changes, our own messages, statuses, malformed bodies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from scripts.local.vendors.green_api import webhooks as green_api
from shared.errors import Rejected
from shared.models.events import (
    MessageDeleted,
    MessageEdited,
    PeerBlocked,
    Reaction,
    Receipt,
    SessionStatus,
    StaffMessage,
)
from shared.models.parts import Text
from shared.models.people import Address
from tests.fakes.connection import NOW
from tests.unit.channels.green_api.parsing import PHONE, SENT_AT, channel, dropped, heard, posted

# Changes of messages.


def test_a_reaction_and_its_removal() -> None:
    added, removed = heard(green_api.reaction("🙏")), heard(green_api.reaction(""))
    assert isinstance(added, Reaction)
    assert (added.id, added.target, added.emoji, removed.emoji) == ("3EB0D1", "3EB0C1", "🙏", "")
    assert dropped(green_api.reaction(target="")) == "no_id"


def test_an_edit_has_an_id_of_its_own() -> None:
    event = heard(green_api.edited("Bonsoir"))
    assert isinstance(event, MessageEdited)
    assert (event.id, event.target, event.parts) == ("3EB0E1", "3EB0A1", [Text(text="Bonsoir")])
    captioned = green_api.edited()
    captioned["messageData"]["editedMessageData"] = {"caption": "Reçu corrigé", "stanzaId": "3EB0A1"}
    assert heard(captioned).parts == [Text(text="Reçu corrigé")]
    assert dropped(green_api.edited("")) == "no_content:editedmessage"


def test_a_deletion() -> None:
    event = heard(green_api.deleted())
    assert isinstance(event, MessageDeleted)
    assert (event.id, event.target, event.peer.identities) == ("3EB0F1", "3EB0A1", [PHONE])


def test_blocked_and_unblocked() -> None:
    blocked, again, unblocked = (heard(green_api.block(word)) for word in ("blocked", "blocked", "unblocked"))
    assert isinstance(blocked, PeerBlocked)
    assert blocked.blocked
    assert not unblocked.blocked
    assert blocked == again
    assert blocked.id != unblocked.id
    assert "221770000001" not in blocked.id
    assert dropped(green_api.block("")) == "unknown_state:"


# Our own messages.


def test_staff_on_the_phone() -> None:
    event = heard(green_api.staff())
    assert isinstance(event, StaffMessage)
    assert (event.id, event.peer) == ("3EB0B1", Address(chat=green_api.PERSON, identities=[PHONE]))
    assert event.parts == [Text(text="Je m'en occupe")]


def test_own_echo() -> None:
    assert dropped(green_api.staff(kind="outgoingAPIMessageReceived")) == "own_echo"
    for change in (green_api.reaction(), green_api.edited(), green_api.deleted()):
        assert dropped(green_api.staff(change)) == "own_echo"
    assert dropped(green_api.staff(green_api.text(chat=green_api.GROUP))) == "group"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("failed", "failed"),
        ("noAccount", "failed"),
        ("notInGroup", "failed"),
        ("yellowCard", "failed"),
    ],
)
def test_receipts(word: str, status: str) -> None:
    event = heard(green_api.status(word, description="of 221770000001"))
    assert isinstance(event, Receipt)
    assert (event.id, event.status, event.detail) == ("3EB0C1", status, word)


def test_statuses_that_say_nothing_of_ours() -> None:
    assert dropped(green_api.status("played\n")) == "unknown_status:played"
    assert dropped(green_api.status(sendByApi=False)) == "status_of_staff"
    assert dropped(green_api.status(chatId=green_api.GROUP)) == "group"
    assert dropped(green_api.status(idMessage="")) == "no_id"
    assert dropped(green_api.status(idMessage="9" * 501)) == "no_id"


@pytest.mark.parametrize(
    "word", ["authorized", "notAuthorized", "blocked", "starting", "yellowCard", "sleepMode"]
)
def test_session_status(word: str) -> None:
    assert heard(green_api.state(word)) == SessionStatus(
        tenant="hotel", channel="green_api", status=word, working=word == "authorized", at=SENT_AT
    )
    assert dropped(green_api.state("")) == "no_state"


def test_what_nobody_needs() -> None:
    assert (
        dropped(green_api.event("incomingCall", **{"from": green_api.PERSON})) == "unknown_event:incomingcall"
    )
    assert dropped(green_api.event("Poll\n{x}" + "y" * 5_000)) == "unknown_event:poll__x_" + "y" * 52
    poll = {"stanzaId": "3EB0C1", "name": "?", "votes": []}
    assert (
        dropped(green_api.incoming("pollUpdateMessage", pollMessageData=poll))
        == "no_content:pollupdatemessage"
    )


@pytest.mark.parametrize(
    ("stamp", "expected"), [(green_api.AT, SENT_AT), (None, NOW), ("soon", NOW), (4_102_444_800, NOW)]
)
def test_times(stamp: Any, expected: datetime) -> None:
    assert heard(green_api.text() | {"timestamp": stamp}).at == expected


# Malformed bodies. Other unusable ones are dropped with 200: a refusal would block the events after them.


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"{}", "body.typeWebhook"),
        (b'{"typeWebhook": 5, "instanceData": {"idInstance": 1}}', "body.typeWebhook"),
        (b'{"typeWebhook": "x"}', "body.instanceData"),
        (b'{"typeWebhook": "x", "instanceData": {"idInstance": true}}', "body.instanceData.idInstance"),
        (b'{"receiptId": 1, "body": {"typeWebhook": "x"}}', "body.typeWebhook"),
    ],
)
def test_rejected_by_the_name_of_the_field(body: bytes, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        channel().parse(posted(body))
    assert refused.value.status == 400
    assert refused.value.detail.startswith(f"{named}: ")


@pytest.mark.parametrize("wrong", [None, 5, "x", [], {"typeMessage": 5}, {"typeMessage": "textMessage"}])
def test_a_flaw_inside_a_good_envelope_is_dropped_by_name(wrong: Any) -> None:
    assert dropped(green_api.text() | {"messageData": wrong}).startswith("no_content:")
    assert dropped(green_api.text() | {"senderData": wrong}) == "other_chat"


@pytest.mark.parametrize("wrong", [None, 5, "", " ", [], {}, "9" * 501])
def test_a_message_without_an_id_cannot_be_told_from_its_repeat(wrong: Any) -> None:
    assert dropped(green_api.text() | {"idMessage": wrong}) == "no_id"
