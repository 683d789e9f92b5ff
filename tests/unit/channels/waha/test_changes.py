"""Parsing of WAHA's other events: changes, receipts, sessions, malformed bodies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.local.vendors.waha import webhooks as waha
from shared.errors import Rejected
from shared.models.events import MessageDeleted, MessageEdited, Reaction, Receipt, SessionStatus
from shared.models.parts import Text
from tests.unit.channels.waha.parsing import PHONE, channel, dropped, heard, posted

# Changes of messages.


def test_a_reaction_and_its_removal() -> None:
    added, removed = (
        heard("message.reaction", waha.reaction("🙏")),
        heard("message.reaction", waha.reaction("")),
    )
    assert isinstance(added, Reaction)
    assert (added.target, added.emoji, removed.emoji) == ("3EB0C1", "🙏", "")
    assert added.id != removed.id
    assert added.id == heard("message.reaction", waha.reaction("🙏")).id
    assert dropped("message.reaction", waha.reaction(fromMe=True)) == "own_echo"
    assert dropped("message.reaction", waha.reaction(**{"from": waha.GROUP})) == "group"
    assert dropped("message.reaction", waha.reaction() | {"reaction": None}) == "no_id"


def test_edits_are_told_apart_and_repeats_are_not() -> None:
    def edit(body: str, event: str, **more: Any) -> MessageEdited:
        found = heard("message.edited", waha.edited(body, **more), id=event)
        assert isinstance(found, MessageEdited)
        return found

    first = edit("Bonsoir", "evt_1")
    assert (first.target, first.parts) == ("3EB0A1", [Text(text="Bonsoir")])
    assert edit("Bonsoir", "evt_1").id == first.id
    assert len({first.id, edit("Salut", "evt_2").id, edit("Bonsoir", "evt_3").id, "3EB0A1"}) == 4
    assert edit("Salut", "evt_4", target=None, key="3EB0A1").target == "3EB0A1"
    assert dropped("message.edited", waha.edited(fromMe=True)) == "own_echo"


def test_a_deletion() -> None:
    event = heard("message.revoked", waha.revoked())
    assert isinstance(event, MessageDeleted)
    assert (event.target, event.peer.identities) == ("3EB0A1", [PHONE])
    before = waha.message(key="3EB0A2")
    assert heard("message.revoked", waha.revoked(target=None, before=before)).target == "3EB0A2"
    assert heard("message.revoked", waha.revoked(target=None)).target == "3EB0F1"
    assert dropped("message.revoked", waha.revoked(fromMe=True)) == "own_echo"
    assert dropped("message.revoked", {"revokedMessageId": "3EB0A1"}) == "other_chat"


@pytest.mark.parametrize(
    ("level", "status"), [(-1, "failed"), (1, "sent"), (2, "delivered"), (3, "read"), (4, "read")]
)
def test_receipts(level: int, status: str) -> None:
    event = heard("message.ack", waha.ack(level, "SAID"))
    assert isinstance(event, Receipt)
    assert (event.id, event.status, event.detail) == ("3EB0C1", status, "SAID")


def test_acks_that_say_nothing() -> None:
    assert dropped("message.ack", waha.ack(0)) == "ack_pending"
    assert dropped("message.ack", waha.ack(9)) == "ack_unknown"
    assert dropped("message.ack", waha.ack(None)) == "ack_unknown"
    assert dropped("message.ack", waha.ack(3, fromMe=False)) == "ack_of_inbound"
    assert dropped("message.ack", waha.ack(3, chat=waha.GROUP)) == "group"
    assert dropped("message.ack.group", waha.ack(3, chat=waha.GROUP)) == "group"


def test_session_status() -> None:
    lost = heard("session.status", waha.session_status("SCAN_QR_CODE"))
    assert isinstance(lost, SessionStatus)
    assert lost.id.startswith("evt_")
    assert lost == SessionStatus(
        tenant="hotel",
        channel="waha",
        id=lost.id,
        order=waha.AT * 1000 + 250,
        status="SCAN_QR_CODE",
        working=False,
        at=datetime(2026, 7, 24, 9, 17, 7, 250_000, tzinfo=UTC),
    )
    assert heard("session.status", waha.session_status("WORKING")).working


def test_what_nobody_needs() -> None:
    assert dropped("message.waiting", waha.message()) == "waiting"
    assert dropped("poll.vote", {}) == "unknown_event:poll.vote"
    hostile = dropped("Poll\n{x}" + "y" * 5_000, {})
    assert hostile == "unknown_event:poll__x_" + "y" * 52


# Malformed bodies.


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b'{"event": NaN}', "body"),
        (b"[" * 100_000, "body"),
        (b'{"event": "message", "session": "default"}', "body.payload"),
        (b'{"event": "message", "session": 1, "payload": {}}', "body.session"),
        (b'{"event": "message", "session": "default", "payload": {"id": 5}}', "payload.id"),
        (
            b'{"event": "message", "session": "default", "payload": {"media": {"url": 5}}}',
            "payload.media.url",
        ),
        (b'{"event": "message", "session": "default", "payload": {"vCards": [5]}}', "payload.vCards.0"),
    ],
)
def test_rejected_by_the_name_of_the_field(body: bytes, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        channel().parse(posted(body))
    assert refused.value.status == 400
    assert refused.value.detail.startswith(f"{named}: ")


def test_what_was_passed_on_is_marked() -> None:
    context = {"message": {"extendedTextMessage": {"text": "Bonjour", "contextInfo": {"isForwarded": True}}}}
    for said in ({"isForwarded": True}, context):
        assert heard("message", waha.message(_data=said)).forwarded is True
    assert heard("message", waha.message(_data={"isForwarded": False})).forwarded is False


def test_edits_that_bear_their_messages_time_are_ordered_by_their_envelopes() -> None:
    """WAHA's WEBJS engine posts them so."""
    one = heard("message.edited", waha.edited("Un"), timestamp=waha.AT * 1000 + 250)
    other = heard("message.edited", waha.edited("Deux"), timestamp=waha.AT * 1000 + 950)
    assert one.at == other.at
    assert one.order < other.order


@pytest.mark.parametrize("odd", [None, "1784884627250", -1, 0.5, True, 2**70, []])
def test_an_odd_time_of_the_envelope_orders_nothing(odd: object) -> None:
    assert heard("message.edited", waha.edited("Un"), timestamp=odd).order == 0
