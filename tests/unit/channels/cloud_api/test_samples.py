"""Collected samples of Meta's webhooks with the expected events, and all payloads corrupted in many ways."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import Parsed
from shared.channels.cloud_api import CloudApi
from shared.errors import Rejected
from shared.models.events import MessageReceived, Quote, Reaction, Receipt
from shared.models.parts import Location, Media, Part, Pressed, Text
from shared.models.people import Address
from tests.fakes.connection import NOW
from tests.payloads.mutations import broken
from tests.unit.channels.cloud_api.parsing import SETTINGS, URL, channel, posted

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "meta_cloud"
#: Names of samples that are neither requests to us nor answers to our calls.
OTHERS = ("request_", "response_", "error_")


def sample(name: str) -> bytes:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return (CONTRACTS / name).read_bytes()


TESTER = Address(
    chat="972987654321",
    identities=["whatsapp:+972987654321", "whatsapp:user-US.13491208655302741918"],
    name="Test Name",
)
VERCEL = Address(chat="15551234567", identities=["whatsapp:+15551234567"], name="Test User")


def said(part: Part, stamp: int, *, key: str = "wamid.xyzxyz", peer: Address = TESTER, **more: Any) -> Parsed:
    """Returns the expected result: one message with one part."""
    at = datetime.fromtimestamp(stamp, UTC)
    common: dict[str, Any] = {"tenant": "hotel", "channel": "cloud_api", "at": at, "received_at": NOW}
    return Parsed(inbound=[MessageReceived(id=key, peer=peer, parts=[part], **common, **more)])


def told(status: Any, detail: str = "") -> Parsed:
    """Returns the expected result: one receipt."""
    common: dict[str, Any] = {"tenant": "hotel", "channel": "cloud_api", "received_at": NOW}
    return Parsed(receipts=[Receipt(id="wamid.xyzxyz", status=status, detail=detail, **common)])


def file(kind: Any, name: str, mimetype: str, **more: str) -> Media:
    return Media(kind=kind, mimetype=mimetype, url=f"{URL}/{name}", **more)


REACTION = Reaction(
    tenant="hotel",
    channel="cloud_api",
    id="wamid.xyzxyz",
    peer=TESTER,
    at=datetime(2023, 10, 11, 17, 14, 16, tzinfo=UTC),
    received_at=NOW,
    target="wamid.yzxyzx=",
    emoji="😮",
)
CHOSEN = Pressed(id="callback_data", title="title")
BSUID_KEY = "wamid.HBgNMTU1NTEyMzQ1NjcVAgASGBQzQUYwMDAwMDAwMDAwMDAwMDAB"
USERNAME_USER = VERCEL.model_copy(
    update={"identities": [*VERCEL.identities, "whatsapp:user-US.13491208655302741918"]}
)

SAMPLES: dict[str, Parsed] = {
    "batch_two_changes_in_one_post.json": Parsed(dropped=["other_number"] * 2),  # its number is a placeholder
    "interactive_button_reply.json": said(CHOSEN, 1698266730, quote=Quote(id="wamid.xyzxyz")),
    "interactive_list_reply.json": said(
        CHOSEN, 1698266905, key="wamid.zyzxyz", quote=Quote(id="wamid.xyzxyz")
    ),
    "message_document.json": said(
        file(
            "document", "1234567890987654321", "application/pdf", filename="filename.pdf", caption="caption"
        ),
        1697043666,
        forwarded=True,
    ),
    "message_image.json": said(file("image", "65463453", "image/jpeg"), 1697043379),
    "message_location.json": said(
        Location(latitude=12.25089, longitude=43.90539), 1697044557, forwarded=True
    ),
    "message_reaction.json": Parsed(inbound=[REACTION]),
    "message_reply.json": said(Text(text="replied text"), 1697044746, quote=Quote(id="wamid.xyzxyz==")),
    "message_text.json": said(Text(text="Body Text"), 1697043223),
    "message_unsupported_131051.json": Parsed(dropped=["unknown_kind:unsupported"]),
    "message_voice.json": said(file("voice", "1234567890987654321", "audio/ogg; codecs=opus"), 1697043473),
    "status_delivered.json": told("delivered"),
    "status_failed_130472.json": told("failed", "meta_130472"),
    "status_read.json": told("read"),
    "status_sent.json": told("sent"),
    "template_quick_reply_button.json": said(
        CHOSEN, 1698269027, key="wamid.xsidjw", quote=Quote(id="wamid.xyzxyz==")
    ),
    "text_vercel_sample.json": said(
        Text(text="Hello, bot!"),
        1700000000,
        key="wamid.HBgNMTU1NTEyMzQ1NjcVAgASGBQzQUYwMDAwMDAwMDAwMDAwMDAA",
        peer=VERCEL,
    ),
    "text_with_bsuid.json": said(
        Text(text="Hello from a username user"), 1700000000, key=BSUID_KEY, peer=USERNAME_USER
    ),
}


def addressed(document: Any) -> CloudApi:
    """Returns a channel with the number that a document's first change names."""
    metadata = document["entry"][0]["changes"][0]["value"].get("metadata", {})
    number = metadata.get("phone_number_id", "")
    return channel(SETTINGS | ({"phone_number_id": number} if number.isdecimal() else {}))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_collected_sample(name: str) -> None:
    raw = sample(name)
    assert addressed(json.loads(raw)).parse(posted(raw)) == SAMPLES[name]


def test_every_sample_has_an_expectation() -> None:
    sample("message_text.json")
    events = {path.name for path in CONTRACTS.glob("*.json") if not path.name.startswith(OTHERS)}
    assert events == set(SAMPLES)


def test_the_sample_with_two_changes_has_two_messages() -> None:
    raw = sample("batch_two_changes_in_one_post.json").replace(b"PHONE_NUMBER_ID", meta.NUMBER_ID.encode())
    raw = raw.replace(b'_number": "PHONE_NUMBER"', b'_number": "1"').replace(b"PHONE_NUMBER", b"15551234567")
    parsed = channel().parse(posted(raw))
    assert [event.parts for event in parsed.inbound if isinstance(event, MessageReceived)] == [
        [Text(text="MESSAGE_BODY")],
        [Text(text="MESSAGE_BODY2")],
    ]


@pytest.mark.parametrize("name", [*meta.EVENTS, *SAMPLES])
def test_whatever_is_broken_is_parsed_or_rejected(name: str) -> None:
    intact = meta.EVENTS.get(name) or json.loads(sample(name))
    subject, bodies = addressed(intact), list(broken(intact))
    assert len(bodies) > 90
    for body in bodies:
        try:
            parsed = subject.parse(posted(body))
        except Rejected as refused:
            assert refused.status == 400, body  # noqa: PT017
        else:
            for event in [*parsed.inbound, *parsed.receipts]:
                assert event.model_dump_json()  # serialisable
