"""WAHA's documented samples with the expected events, and all payloads corrupted in hundreds of ways."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.local.vendors.waha import webhooks as waha
from shared.channels import Parsed
from shared.errors import Rejected
from shared.models.events import MessageReceived, Reaction, Receipt, SessionStatus, StaffMessage
from shared.models.parts import Media, Text
from shared.models.people import Address
from tests.fakes.connection import NOW
from tests.payloads.mutations import broken
from tests.unit.channels.waha.parsing import LID, channel, posted

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "waha"


def sample(name: str) -> bytes:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return (CONTRACTS / name).read_bytes()


#: Some of the documentation's incoming messages have an id that begins with `true_`.
SAMPLES: dict[str, Parsed | str] = {
    "event_envelope.json": "body.payload: Field required",
    "event_message_ack_read.json": Parsed(
        receipts=[
            Receipt(
                tenant="hotel",
                channel="waha",
                id="4CC5EDD64BC22EBA6D639F2AF571346C",
                status="read",
                detail="READ",
                received_at=NOW,
            )
        ]
    ),
    "event_message_any_voice.json": Parsed(
        inbound=[
            MessageReceived(
                tenant="hotel",
                channel="waha",
                id="RAWID111",
                peer=Address(chat="10000000002@c.us", identities=["whatsapp:+10000000002"]),
                at=datetime(2026, 7, 24, 9, 17, 7, tzinfo=UTC),
                received_at=NOW,
                parts=[
                    Media(
                        kind="voice",
                        mimetype="audio/ogg",
                        url="http://localhost:3000/api/files/default/x.oga",
                    )
                ],
            )
        ]
    ),
    "event_message_document.json": Parsed(dropped=["own_echo"]),
    "event_message_image.json": Parsed(dropped=["own_echo"]),
    "event_message_reply_to.json": Parsed(dropped=["own_echo"]),
    "event_message_reaction.json": Parsed(
        inbound=[
            Reaction(
                tenant="hotel",
                channel="waha",
                id="11111111111111111111111111111111.reaction.98a0a5c1f02f5ea4",
                peer=Address(chat="79111111@c.us", identities=["whatsapp:+79111111"]),
                at=datetime(2024, 3, 15, 5, 38, 31, 853000, tzinfo=UTC),
                received_at=NOW,
                target="11111111111111111111111111111111",
                emoji="🙏",
            )
        ]
    ),
    "event_message_text_gows_lid_direct.json": Parsed(
        inbound=[
            MessageReceived(
                tenant="hotel",
                channel="waha",
                id="3AC22AE73E797638455D",
                peer=Address(
                    chat="100000000000001@lid", identities=["whatsapp:+22222222222", LID], name="Test ✨"
                ),
                at=datetime(2026, 1, 16, 16, 23, 11, tzinfo=UTC),
                order=1_768_580_591_344,
                received_at=NOW,
                parts=[Text(text="Ixi kkk")],
            )
        ]
    ),
    "event_message_text_webjs.json": Parsed(
        inbound=[
            StaffMessage(
                tenant="hotel",
                channel="waha",
                id="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                peer=Address(chat="11111111111@c.us", identities=["whatsapp:+11111111111"]),
                at=datetime(2022, 11, 4, 11, 31, 25, tzinfo=UTC),
                received_at=NOW,
                parts=[Text(text="Hi there!")],
            )
        ]
    ),
    "event_session_status_working.json": Parsed(
        receipts=[SessionStatus(tenant="hotel", channel="waha", status="WORKING", working=True, at=NOW)]
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_documented_event(name: str) -> None:
    expected = SAMPLES[name]
    webhook = posted(sample(name))
    if isinstance(expected, Parsed):
        assert channel().parse(webhook) == expected
    else:
        with pytest.raises(Rejected) as refused:
            channel().parse(webhook)
        assert (refused.value.status, refused.value.detail) == (400, expected)


def test_every_documented_event_has_an_expectation() -> None:
    sample("event_envelope.json")
    assert {path.name for path in CONTRACTS.glob("event_*.json")} == set(SAMPLES)


async def test_the_documented_signature() -> None:
    vector = json.loads(sample("hmac_vector.json"))
    headers = {"x-webhook-hmac": vector["X-Webhook-Hmac"], "x-webhook-hmac-algorithm": "sha512"}
    signed = channel(secrets={"hmac_key": vector["key"]})
    await signed.verify(posted(vector["body"].encode(), headers))
    with pytest.raises(Rejected):
        await signed.verify(posted(vector["body"].encode() + b" ", headers))


@pytest.mark.parametrize("name", [*waha.EVENTS, *SAMPLES])
def test_whatever_is_broken_is_parsed_or_rejected(name: str) -> None:
    subject, bodies = channel(), list(broken(waha.EVENTS.get(name) or json.loads(sample(name))))
    assert len(bodies) > 90
    for body in bodies:
        try:
            parsed = subject.parse(posted(body))
        except Rejected as refused:
            assert refused.status == 400, body  # noqa: PT017
        else:
            assert len(parsed.inbound) + len(parsed.receipts) + len(parsed.dropped) == 1, body
