"""Green API's documented samples with the expected events, and all payloads corrupted in hundreds of ways."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.local.vendors.green_api import webhooks as green_api
from shared.channels import Parsed
from shared.channels.green_api import GreenApi
from shared.errors import Rejected
from shared.models.events import MessageReceived, Quote, Receipt, SessionStatus, StaffMessage
from shared.models.parts import ContactCard, Location, Media, Part, Text
from shared.models.people import Address
from tests.fakes.connection import NOW
from tests.payloads.mutations import broken
from tests.unit.channels.green_api.parsing import SETTINGS, channel, dropped, posted

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "green_api"
OURS: dict[str, Any] = {"tenant": "hotel", "channel": "green_api"}


def sample(name: str) -> bytes:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return (CONTRACTS / name).read_bytes()


def of_its_instance(name: str) -> GreenApi:
    """Returns a channel with the sample's own instance."""
    account = json.loads(sample(name)).get("instanceData", {})
    return channel(SETTINGS | {"instance": account.get("idInstance", 1)})


def received(*content: Part, **more: Any) -> Parsed:
    """Returns the message that most samples have in common, with this content."""
    message = MessageReceived(
        id="F7AEC1B7086ECDC7E6E45923F5EDB825",
        peer=Address(chat="79001234568@c.us", identities=["whatsapp:+79001234568"], name="Green API"),
        at=datetime(2020, 4, 28, 16, 33, tzinfo=UTC),
        received_at=NOW,
        parts=list(content),
        **OURS,
        **more,
    )
    return Parsed(inbound=[message])


VICTOR = (
    "BEGIN:VCARD\nVERSION:3.0\nN:Andreevich;Victor;;;\nFN:Victor Andreevich\nORG:Image\nTITLE:\n"
    "item1.TEL;waid=79001234569:+7 900 123-45-69\nitem1.X-ABLabel:Mobile\nEND:VCARD"
)
SAMPLES: dict[str, Parsed | str] = {
    "incoming_text.json": received(Text(text="I use Green-API to send this message to you!")),
    "incoming_extended_text_url.json": received(
        Text(text="https://green-api.com/docs/video"), forwarded=True
    ),
    "incoming_text_quoting_text.json": received(
        Text(text="Это"), quote=Quote(id="9A73322488DCB7D9689A6112F2528C9D", text="Hello")
    ),
    "incoming_quoted_deprecated.json": received(
        Text(text="Quoting this"), quote=Quote(id="3EB0D7D028C312EB513C")
    ),
    "incoming_audio_quoting_text.json": received(
        Media(
            kind="audio",
            mimetype="image/jpeg",
            url="https://sw-media.storage.yandexcloud.net/9901742665/39c20293-eb8d-abdd-5fdd1b83820a.mpga",
        ),
        quote=Quote(id="9A73322488DCB7D9689A6112F2528C9D", text="Hello"),
        forwarded=True,
    ),
    "incoming_image.json": received(
        Media(
            kind="image",
            mimetype="image/jpeg",
            caption="Image",
            url="https://api.green-api.com/waInstance1234/downloadFile/19136A974392FA8CF584D70DD0E1AEDF",
        ),
        forwarded=True,
    ),
    "incoming_location.json": received(
        Location(latitude=12.345678910111213, longitude=14.151617181920212), forwarded=True
    ),
    "incoming_contact.json": received(ContactCard(name="Victor Andreevich", vcard=VICTOR), forwarded=True),
    "incoming_call.json": Parsed(dropped=["unknown_event:incomingcall"]),
    "outgoing_phone_image.json": Parsed(
        inbound=[
            StaffMessage(
                id="B8C959F41DDF44C312053B420A16C217",
                peer=Address(chat="71231234567@c.us", identities=["whatsapp:+71231234567"]),
                at=datetime(2024, 1, 17, 4, 44, 52, tzinfo=UTC),
                received_at=NOW,
                parts=[
                    Media(
                        kind="image",
                        mimetype="image/jpeg",
                        url="https://sw-media-1101.storage.yandexcloud.net/1101000001/15697d2c-397c-4fd0-8e1a-8be95f753aae.jpg",
                    )
                ],
                **OURS,
            )
        ]
    ),
    "outgoing_status_noAccount.json": Parsed(
        receipts=[
            Receipt(id="3EB0608D6A2901063D63", status="failed", detail="noAccount", received_at=NOW, **OURS)
        ]
    ),
    "state_instance_changed.json": Parsed(
        receipts=[
            SessionStatus(
                status="notAuthorized",
                working=False,
                at=datetime(2020, 4, 12, 14, 11, 30, tzinfo=UTC),
                **OURS,
            )
        ]
    ),
    # Answers to polling contain the notification, and are no webhooks.
    "response_receiveNotification.json": "body.typeWebhook: Field required",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_documented_event(name: str) -> None:
    expected, webhook = SAMPLES[name], posted(sample(name))
    if isinstance(expected, Parsed):
        assert of_its_instance(name).parse(webhook) == expected
    else:
        with pytest.raises(Rejected) as refused:
            channel().parse(webhook)
        assert (refused.value.status, refused.value.detail) == (400, expected)


def test_every_documented_event_has_an_expectation() -> None:
    sample("incoming_text.json")
    asked = {path.name for ours in ("request_*", "response_*") for path in CONTRACTS.glob(ours)}
    assert {path.name for path in CONTRACTS.glob("*.json")} - asked == set(SAMPLES) - asked


def test_what_polling_answers_holds_a_notification() -> None:
    polled = json.loads(sample("response_receiveNotification.json"))["body"]
    assert dropped(polled) == "other_instance"
    subject = channel(SETTINGS | {"instance": 1234})
    assert subject.parse(posted(json.dumps(polled).encode())) == SAMPLES["incoming_text.json"]


@pytest.mark.parametrize("name", [*green_api.EVENTS, *SAMPLES])
def test_whatever_is_broken_is_parsed_or_rejected(name: str) -> None:
    """Rejects a broken envelope; a flaw inside it must not delay the events after it."""
    ours = green_api.EVENTS.get(name)
    subject = channel() if ours else of_its_instance(name)
    bodies = list(broken(ours or json.loads(sample(name))))
    assert len(bodies) > 90
    for body in bodies:
        try:
            parsed = subject.parse(posted(body))
        except Rejected as refused:
            assert (refused.status, "messageData" in refused.detail) == (400, False), body  # noqa: PT017
        else:
            assert len(parsed.inbound) + len(parsed.receipts) + len(parsed.dropped) == 1, body
