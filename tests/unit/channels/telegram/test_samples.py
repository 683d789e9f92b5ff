"""Published samples of updates with the expected events, and all payloads corrupted in hundreds of ways."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.local.vendors.telegram import webhooks as telegram
from shared.channels import Parsed
from shared.errors import Rejected
from shared.models.events import MessageEdited, MessageReceived, PeerBlocked
from shared.models.parts import ContactCard, Location, Media, Part, Text
from shared.models.people import Address
from tests.fakes.connection import NOW
from tests.payloads.mutations import broken
from tests.unit.channels.telegram.parsing import channel, posted

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "telegram"


def sample(name: str) -> bytes:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return (CONTRACTS / name).read_bytes()


def person(chat: int, name: str) -> Address:
    return Address(chat=str(chat), identities=[f"telegram:{chat}"], name=name)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def received(key: str, who: Address, seconds: int, part: Part) -> Parsed:
    origin: dict[str, Any] = {"tenant": "hotel", "channel": "telegram", "received_at": NOW}
    return Parsed(inbound=[MessageReceived(id=key, peer=who, at=at(seconds), parts=[part], **origin)])


TESTER, USER = person(1111111, "Test Firstname Test Lastname"), person(12345, "User")

SAMPLES: dict[str, Parsed] = {
    "callback_query_with_message.json": Parsed(dropped=["group"]),
    "edited_message.json": Parsed(
        inbound=[
            MessageEdited(
                tenant="hotel",
                channel="telegram",
                id="1111111.1365.edit.10000",
                target="1111111.1365",
                peer=TESTER,
                at=at(1_441_646_600),
                received_at=NOW,
                parts=[Text(text="Edited text")],
            )
        ]
    ),
    "message_contact.json": received(
        "12345.1", USER, 1_682_189_507, ContactCard(name="John Doe", vcard="some vcard data")
    ),
    "message_document.json": received(
        "1111111.1365",
        TESTER,
        1_441_645_532,
        Media(
            kind="document",
            mimetype="application/pdf",
            filename="Testfile.pdf",
            id="AwADBAADbXXXXXXXXXXXGBdhD2l6_XX",
        ),
    ),
    "message_entities.json": received("1111111.1365", TESTER, 1_441_645_532, Text(text="Bold and italics")),
    "message_location.json": received(
        "12345.1", USER, 1_682_189_507, Location(latitude=50.4501, longitude=30.5234)
    ),
    "message_mention_private.json": received(
        "7527593.133",
        person(7527593, "Test User"),
        1_767_224_888,
        Text(text="@vercelchatsdkbot hi"),
    ),
    "message_photo_sizes.json": received(
        "100000001.17",
        person(100000001, "Test User"),
        1_753_164_384,
        Media(
            kind="image",
            id="AgACAgUAAxkBAAMRaH8qXw-VQSGAG4X4VoCg9A5nE50AAvLGMRtBGPlXGt4-FX4l2_oBAAMCAAN5AAM2BA",
        ),
    ),
    "message_text_start.json": received("1111111.1365", TESTER, 1_441_645_532, Text(text="/start")),
    "message_voice.json": received(
        "1111111.1365",
        TESTER,
        1_441_645_532,
        Media(kind="voice", mimetype="audio/ogg", id="AwADBAADbXXXXXXXXXXXGBdhD2l6_XX"),
    ),
    "my_chat_member_blocked_private.json": Parsed(
        inbound=[
            PeerBlocked(
                tenant="hotel",
                channel="telegram",
                id="membership.5",
                blocked=True,
                peer=USER,
                at=at(1),
                received_at=NOW,
            )
        ]
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_published_update(name: str) -> None:
    """The update's number becomes the order of its event."""
    expected, number = SAMPLES[name], json.loads(sample(name))["update_id"]
    inbound = [event.model_copy(update={"order": number}) for event in expected.inbound]
    assert channel().parse(posted(sample(name))) == replace(expected, inbound=inbound)


def test_every_published_update_has_an_expectation() -> None:
    sample("message_voice.json")
    updates = {path.name for path in CONTRACTS.glob("*.json") if b'"update_id"' in path.read_bytes()}
    assert updates - {"bot_api_10.1_spec.json"} == set(SAMPLES)


@pytest.mark.parametrize("name", [*telegram.EVENTS, *SAMPLES])
def test_whatever_is_broken_is_parsed_or_rejected(name: str) -> None:
    subject, bodies = channel(), list(broken(telegram.EVENTS.get(name) or json.loads(sample(name))))
    assert len(bodies) > 70
    for body in bodies:
        try:
            parsed = subject.parse(posted(body))
        except Rejected as refused:
            assert refused.status == 400, body  # noqa: PT017
        else:
            assert len(parsed.inbound) + len(parsed.receipts) + len(parsed.dropped) == 1, body
