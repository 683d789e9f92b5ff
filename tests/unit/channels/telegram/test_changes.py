"""Parsing of Telegram's other updates: edits, buttons, reactions, memberships, malformed bodies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scripts.local.vendors.telegram import webhooks as telegram
from shared.errors import Rejected
from shared.models.events import MessageEdited, MessageReceived, PeerBlocked, Quote, Reaction
from shared.models.parts import Pressed, Text
from tests.fakes.connection import NOW
from tests.unit.channels.telegram.parsing import AT, AWA, channel, dropped, heard, parse, posted

# Changes of messages, buttons and people.


def test_edits_are_told_apart_and_repeats_are_not() -> None:
    said = telegram.message("Bonsoir", edit_date=telegram.AT + 60)
    first = heard("edited_message", said)
    assert isinstance(first, MessageEdited)
    assert (first.target, first.parts) == (heard("message", said).id, [Text(text="Bonsoir")])
    assert first.at == datetime(2026, 7, 24, 9, 18, 7, tzinfo=UTC)
    assert heard("edited_message", said) == first
    assert heard("edited_message", said, number=500_002).id != first.id


def test_a_pressed_button() -> None:
    assert heard("callback_query", telegram.press("yes")) == MessageReceived(
        tenant="hotel",
        channel="telegram",
        id="callback.4382bfdwdsb323b2d9",
        peer=AWA,
        at=NOW,
        order=500_001,
        received_at=NOW,
        parts=[Pressed(id="yes", title="Oui")],
        quote=Quote(id="700000001.15", text="Demain ?"),
    )


def test_a_button_whose_message_is_gone() -> None:
    forgotten = {"chat": telegram.CHAT, "message_id": 15, "date": 0}
    gone = heard("callback_query", telegram.press("yes", message=forgotten))
    assert (gone.parts, gone.peer) == ([Pressed(id="yes")], AWA)
    inline = heard("callback_query", telegram.press("yes", message=None))
    assert (inline.parts, inline.peer, inline.quote) == ([Pressed(id="yes")], AWA, None)


def test_presses_that_choose_nothing() -> None:
    assert dropped("callback_query", telegram.press() | {"data": None, "game_short_name": "x"}) == "no_choice"
    assert dropped("callback_query", telegram.press() | {"id": None}) == "no_choice"
    in_group = telegram.message(chat=telegram.GROUP)
    assert dropped("callback_query", telegram.press(message=in_group)) == "group"


def test_a_reaction_and_its_removal() -> None:
    added = heard("message_reaction", telegram.reaction("🙏"), 1)
    removed = heard("message_reaction", telegram.reaction(), 2)
    assert isinstance(added, Reaction)
    assert (added.target, added.emoji, removed.emoji) == ("700000001.15", "🙏", "")
    assert added.id != removed.id
    assert added.id == heard("message_reaction", telegram.reaction("🙏"), 1).id
    custom = telegram.reaction(new_reaction=[{"type": "custom_emoji", "custom_emoji_id": "5"}])
    assert dropped("message_reaction", custom) == "unknown_emoji"
    assert dropped("message_reaction", telegram.reaction("🙏", chat=telegram.GROUP)) == "group"


@pytest.mark.parametrize(("status", "blocked"), [("kicked", True), ("member", False)])
def test_blocked_and_unblocked(status: str, blocked: bool) -> None:
    event = heard("my_chat_member", telegram.membership(status))
    assert isinstance(event, PeerBlocked)
    assert (event.blocked, event.peer, event.at) == (blocked, AWA, AT)


def test_other_memberships() -> None:
    assert dropped("my_chat_member", telegram.membership(chat=telegram.GROUP)) == "group"
    assert dropped("my_chat_member", telegram.membership("left")) == "unknown_status:left"
    assert dropped("my_chat_member", telegram.membership(new_chat_member=5)) == "unknown_status:"


# Malformed bodies.


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b'{"message": {}}', "body.update_id"),
        (b'{"update_id": "5"}', "body.update_id"),
        (b'{"update_id": true}', "body.update_id"),
        (b'{"update_id": 1.5}', "body.update_id"),
        (b'{"update_id": -1}', "body.update_id"),
        (b'{"update_id": 99999999999999999999999999}', "body.update_id"),
    ],
)
def test_rejected_by_the_name_of_the_field(body: bytes, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        channel().parse(posted(body))
    assert refused.value.status == 400
    assert refused.value.detail.startswith(f"{named}: ")


@pytest.mark.parametrize("field", ["reply_to_message", "message"])
def test_a_message_in_a_message_in_a_message(field: str) -> None:
    deep = telegram.message("dedans")
    for _ in range(200):
        deep = telegram.message("dehors") | {field: deep}
    parsed = parse("message", deep)
    assert len(parsed.inbound) + len(parsed.dropped) == 1
