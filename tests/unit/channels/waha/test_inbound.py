"""Signatures and parsing of messages from WAHA, on payloads of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.local.vendors.waha import webhooks as waha
from shared.errors import ConfigurationError
from shared.models.events import MessageReceived, Quote, StaffMessage
from shared.models.parts import ContactCard, Location, Media, Text
from shared.models.people import Address
from tests.fakes.connection import NOW, Settings
from tests.unit.channels.waha.parsing import LID, PHONE, channel, dropped, heard, posted

# Signatures.


@pytest.mark.parametrize("algorithm", ["sha1", "none", ""])
async def test_the_algorithm_is_not_the_senders_choice(algorithm: str) -> None:
    body = b'{"event":"message"}'
    await channel().verify(posted(body, waha.signed(body) | {"x-webhook-hmac-algorithm": algorithm}))


async def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ConfigurationError, match="hmac_key"):
        await channel(secrets={"hmac_key": ""}).verify(posted(b"{}", waha.signed(b"{}", "")))


@pytest.mark.parametrize("settings", [{}, {"base_url": "waha"}, {"base_url": "https://w", "session": ""}])
def test_unusable_settings(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="hotel/waha: settings"):
        channel(settings)


# Messages.


def test_a_text() -> None:
    event = heard("message", waha.message("Bonjour"))
    assert event == MessageReceived(
        tenant="hotel",
        channel="waha",
        id="3EB0A1",
        peer=Address(chat=waha.PERSON, identities=[PHONE], name="Awa"),
        at=datetime(2026, 7, 24, 9, 17, 7, tzinfo=UTC),
        order=waha.AT * 1000 + 250,
        received_at=NOW,
        parts=[Text(text="Bonjour")],
    )


@pytest.mark.parametrize("payload", [waha.gows_lid(), waha.noweb_lid()])
def test_a_lid_with_its_phone(payload: waha.Json) -> None:
    event = heard("message", payload)
    assert event.peer.chat == waha.LID
    assert event.peer.identities == [PHONE, LID]
    assert event.peer.name.startswith("Awa")


def test_a_lid_alone_and_a_phone_with_its_lid() -> None:
    assert heard("message", waha.message(chat=waha.LID)).peer.identities == [LID]
    told = waha.message(_data={"Info": {"SenderAlt": "100000000000001:12@lid"}})
    assert heard("message", told).peer == Address(chat=waha.PERSON, identities=[PHONE, LID])


def test_one_message_under_each_spelling_has_one_id() -> None:
    told = [
        ("message", waha.message(key="3EB0A9")),
        ("message.any", waha.message(key="3EB0A9")),
        ("message", waha.message(chat=waha.LID, key="3EB0A9")),
        ("message", waha.message(id="3EB0A9")),
        ("message", waha.message(id=f"false_{waha.PERSON}_3EB0A9_{waha.PERSON}")),
    ]
    assert {heard(kind, payload).id for kind, payload in told} == {"3EB0A9"}


def test_the_protocols_own_address_is_never_answered() -> None:
    event = heard("message", waha.message(chat="221770000001:3@s.whatsapp.net"))
    assert event.peer == Address(chat=waha.PERSON, identities=[PHONE], name="Awa")


@pytest.mark.parametrize(
    ("chat", "reason"),
    [
        (waha.GROUP, "group"),
        ("status@broadcast", "status"),
        ("120363000000000002@newsletter", "newsletter"),
        ("1700000000@broadcast", "broadcast"),
        ("0@c.us", "other_chat"),
        ("1234567890123456@c.us", "other_chat"),
        ("221770000001@с.us", "other_chat"),  # a Cyrillic с
        ("٢٢١٧٧٠٠٠٠٠٠١@c.us", "other_chat"),
        ("", "other_chat"),
    ],
)
def test_no_person(chat: str, reason: str) -> None:
    assert dropped("message", waha.message(chat=chat, key="X")) == reason


def test_staff_on_the_phone() -> None:
    event = heard("message.any", waha.own("Je m'en occupe"))
    assert isinstance(event, StaffMessage)
    assert event.peer == Address(chat=waha.PERSON, identities=[PHONE])
    assert event.parts == [Text(text="Je m'en occupe")]


def test_staff_to_a_lid_names_the_recipient_not_ourselves() -> None:
    info = {"SenderAlt": "221330000000@s.whatsapp.net", "RecipientAlt": "221770000001@s.whatsapp.net"}
    event = heard("message.any", waha.own(chat=waha.LID) | {"to": None, "_data": {"Info": info}})
    assert event.peer.chat == waha.LID
    assert event.peer.identities == [PHONE, LID]


@pytest.mark.parametrize("source", ["api", None, "desktop"])
def test_own_echo(source: str | None) -> None:
    assert dropped("message.any", waha.own() | {"source": source}) == "own_echo"


def test_own_without_from_me_is_told_by_the_id() -> None:
    assert isinstance(heard("message.any", waha.own() | {"fromMe": None}), StaffMessage)
    assert dropped("message.any", waha.own(source="api") | {"fromMe": None}) == "own_echo"


def test_other_session() -> None:
    assert dropped("message", waha.message(), session="other") == "other_session"
    assert dropped("session.status", {"status": "FAILED"}, session="other") == "other_session"


@pytest.mark.parametrize("body", ["", None, "  \n"])
def test_an_empty_text(body: str | None) -> None:
    assert dropped("message", waha.message(body)) == "empty"


def test_long_texts_are_kept_to_20_000_characters() -> None:
    assert heard("message", waha.message("é" * 5_000)).parts == [Text(text="é" * 5_000)]
    assert heard("message", waha.message("é" * 25_000)).parts == [Text(text="é" * 20_000)]


def test_half_an_emoji_is_readable() -> None:
    assert heard("message", waha.message("ok \ud83d")).parts == [Text(text="ok ?")]
    assert heard("message", waha.message("ok \U0001f64f")).parts == [Text(text="ok 🙏")]


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (waha.media("image/jpeg"), "image"),
        (waha.media("image/webp"), "image"),
        (waha.media("image/webp", _data={"type": "sticker"}), "sticker"),
        (waha.media("image/webp", _data={"Info": {"MediaType": "sticker"}}), "sticker"),
        (waha.media("image/webp", _data={"message": {"stickerMessage": {"height": 64}}}), "sticker"),
        (waha.media("video/mp4"), "video"),
        (waha.media("audio/ogg; codecs=opus"), "voice"),
        (waha.media("audio/mp4", _data={"type": "ptt"}), "voice"),
        (waha.media("audio/mpeg"), "audio"),
        (waha.media("application/pdf"), "document"),
        (waha.media("nonsense"), "document"),
        (waha.message("", hasMedia=True, _data={"type": "image"}), "image"),
        (waha.message("", hasMedia=True), "document"),
    ],
)
def test_media_kinds(payload: waha.Json, kind: str) -> None:
    (part,) = heard("message", payload).parts
    assert isinstance(part, Media)
    assert part.kind == kind


def test_a_file_with_its_caption() -> None:
    payload = waha.media("application/pdf", caption="Mon reçu")
    payload["media"] |= {"filename": "reçu.pdf", "url": "http://localhost:3000/r.pdf"}
    assert heard("message", payload).parts == [
        Media(
            kind="document",
            mimetype="application/pdf",
            filename="reçu.pdf",
            caption="Mon reçu",
            url="http://localhost:3000/r.pdf",
        )
    ]


def test_a_file_that_was_not_downloaded() -> None:
    for payload in (waha.media("image/png", url=None), waha.message("", hasMedia=True)):
        assert heard("message", payload).parts[0].url is None


@pytest.mark.parametrize(
    "payload", [waha.location(), waha.location(14.6937, -17.4441), waha.noweb_location()]
)
def test_a_location(payload: waha.Json) -> None:
    (place,) = heard("message", payload).parts
    assert isinstance(place, Location)
    assert (place.latitude, place.longitude) == (14.6937, -17.4441)


@pytest.mark.parametrize("latitude", [None, "", "nord", 91, "NaN", "inf", [], 10**400])
def test_a_bad_location(latitude: Any) -> None:
    assert dropped("message", waha.location(latitude)) == "bad_location"


def test_contact_cards() -> None:
    plain, odd = waha.vcard("Fatou Sow"), "BEGIN:VCARD\r\nitem1.FN;CHARSET=UTF-8:Dr. Ba\r\nEND:VCARD"
    cards = heard("message", waha.message(plain, vCards=[plain, odd, "nothing"])).parts
    assert [card.name for card in cards] == ["Fatou Sow", "Dr. Ba", ""]
    assert cards[0] == ContactCard(name="Fatou Sow", vcard=plain)
    assert len(heard("message", waha.message("", vCards=[plain] * 50)).parts) == 20


@pytest.mark.parametrize("quoted", ["3EB0C1", f"true_{waha.PERSON}_3EB0C1"])
def test_a_reply(quoted: str) -> None:
    told = waha.message("Oui", replyTo={"id": quoted, "body": "Demain ?", "media": None, "_data": {}})
    assert heard("message", told).quote == Quote(id="3EB0C1", text="Demain ?")
    assert heard("message", waha.message(replyTo={"id": None, "hasMedia": False})).quote == Quote()
    assert heard("message", waha.message()).quote is None


# Times.


@pytest.mark.parametrize(
    ("stamp", "envelope", "expected"),
    [
        (1_784_884_627.5, None, datetime(2026, 7, 24, 9, 17, 7, 500_000, tzinfo=UTC)),
        (None, 1_784_884_627_250, datetime(2026, 7, 24, 9, 17, 7, 250_000, tzinfo=UTC)),
        ("soon", None, NOW),
        (True, None, NOW),
        (-1, None, NOW),
        (4_102_444_800, None, NOW),  # the year 2100
        (10**400, 10**400, NOW),
        (1_784_884_627_000, None, NOW),  # milliseconds instead of seconds
    ],
)
def test_times(stamp: Any, envelope: Any, expected: datetime) -> None:
    assert heard("message", waha.message(timestamp=stamp), timestamp=envelope).at == expected
