"""Authentication and parsing of messages from Telegram, on payloads of our own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from scripts.local.vendors.telegram import webhooks as telegram
from shared.errors import ConfigurationError, Rejected
from shared.models.events import MessageReceived, Quote
from shared.models.parts import ContactCard, Location, Media, Text
from tests.fakes.connection import NOW, Settings
from tests.unit.channels.telegram.parsing import AT, AWA, SECRETS, channel, dropped, heard, posted


def content(**more: Any) -> Any:
    (part,) = heard("message", telegram.message(None, **more)).parts
    return part


# Authentication.


async def test_the_header_holds_the_secret() -> None:
    await channel().verify(posted(b"{}", telegram.signed()))
    with pytest.raises(Rejected) as refused:
        await channel(secrets=SECRETS | {"secret_token": "another"}).verify(posted(b"{}", telegram.signed()))
    assert refused.value.status == 401
    assert "local-secret" not in refused.value.detail


@pytest.mark.parametrize("headers", [{}, {"x-telegram-bot-api-secret-token": ""}])
async def test_an_empty_secret_lets_nobody_in(headers: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"hotel/telegram: secrets\.secret_token"):
        await channel(secrets={"secret_token": ""}).verify(posted(b"{}", headers))


@pytest.mark.parametrize("settings", [{}, {"base_url": "api.telegram.org"}, {"base_url": ["https://t"]}])
def test_unusable_settings(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"hotel/telegram: settings\.base_url"):
        channel(settings)


# Messages.


def test_a_text() -> None:
    assert heard("message", telegram.message("Bonjour")) == MessageReceived(
        tenant="hotel",
        channel="telegram",
        id="700000001.17",
        peer=AWA,
        at=AT,
        order=500_001,
        received_at=NOW,
        parts=[Text(text="Bonjour")],
    )


def test_a_repeat_has_the_same_id_and_another_message_has_another() -> None:
    first, again, next_one = (telegram.message(number=number) for number in (17, 17, 18))
    assert heard("message", first).id == heard("message", again).id != heard("message", next_one).id


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_group(kind: str) -> None:
    assert dropped("message", telegram.message(chat=telegram.GROUP | {"type": kind})) == "group"
    assert dropped("edited_message", telegram.message(chat=telegram.GROUP | {"type": kind})) == "group"


def test_nobody_to_answer() -> None:
    assert dropped("message", telegram.message(chat=telegram.GROUP | {"type": "channel"})) == "channel"
    assert dropped("message", telegram.message(chat=telegram.CHAT | {"type": "sender"})) == "other_chat"
    assert dropped("message", telegram.message(chat=telegram.CHAT | {"id": -5})) == "other_chat"
    assert dropped("message", telegram.message() | {"chat": None, "from": None}) == "other_chat"
    assert dropped("message", telegram.message() | {"message_id": None}) == "no_id"


def test_a_bot_is_not_answered() -> None:
    assert dropped("message", telegram.message() | {"from": telegram.BOT}) == "bot"


def test_a_name_is_kept_short() -> None:
    chat = telegram.CHAT | {"first_name": "A" * 300, "last_name": None}
    assert heard("message", telegram.message(chat=chat)).peer.name == "A" * 100


@pytest.mark.parametrize("text", ["/start", "/start abc", "/help"])
def test_a_command_is_a_text(text: str) -> None:
    entities = [{"type": "bot_command", "offset": 0, "length": 6}]
    assert heard("message", telegram.message(text, entities=entities)).parts == [Text(text=text)]


def test_texts_are_kept_to_20_000_characters_and_readable() -> None:
    assert heard("message", telegram.message("é" * 25_000)).parts == [Text(text="é" * 20_000)]
    assert heard("message", telegram.message("ok \ud83d")).parts == [Text(text="ok ?")]


def test_the_largest_photo_with_its_caption() -> None:
    assert content(photo=telegram.photo(), caption="Mon reçu") == Media(
        kind="image", caption="Mon reçu", id="photo-800"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("video", "video"),
        ("video_note", "video"),
        ("animation", "video"),
        ("audio", "audio"),
        ("voice", "voice"),
        ("document", "document"),
        ("sticker", "sticker"),
    ],
)
def test_files(name: str, kind: Any) -> None:
    named = telegram.file(mime_type="application/pdf", file_name="reçu.pdf")
    assert content(**{name: named}, caption="Voici") == Media(
        kind=kind,
        mimetype="application/pdf",
        filename="reçu.pdf",
        caption="Voici",
        id="BQACAgQAAxkBAAIB",
    )


def test_an_animation_is_no_document() -> None:
    assert content(document=telegram.file("d"), animation=telegram.file("a")).id == "a"


def test_locations() -> None:
    here = Location(latitude=14.6937, longitude=-17.4441)
    assert content(location=telegram.place()) == here
    assert content(location=telegram.place(live_period=900)) == here.model_copy(update={"live": True})
    venue = {"location": telegram.place(), "title": "Bureau", "address": "Rue 10"}
    found = content(location=telegram.place(), venue=venue)
    assert found == here.model_copy(update={"name": "Bureau", "address": "Rue 10"})


def test_a_live_location_that_moves_is_an_edit() -> None:
    moved = telegram.message(None, location=telegram.place(latitude=14.7, live_period=900), edit_date=1)
    (place,) = heard("edited_message", moved).parts
    assert (place.latitude, place.live) == (14.7, True)


def test_contact_cards() -> None:
    known = {"phone_number": "+221770000002", "first_name": "Fatou", "last_name": "Sow", "vcard": "BEGIN:…"}
    assert content(contact=known) == ContactCard(name="Fatou Sow", vcard="BEGIN:…")
    hostile = {"phone_number": "+221 77\nEND:VCARD", "first_name": "Ba;\r\nTEL:1,2"}
    lines = content(contact=hostile).vcard.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["BEGIN", "VERSION", "FN", "TEL", "END"]


def test_replies() -> None:
    asked = Quote(id="700000001.15", text="Demain ?")
    assert heard("message", telegram.reply()).quote == asked
    passage = telegram.reply(quote={"text": "main", "position": 2})
    assert heard("message", passage).quote == asked.model_copy(update={"text": "main"})
    photo = telegram.message(None, number=15, photo=telegram.photo(), caption="Le plan")
    assert heard("message", telegram.message(reply_to_message=photo)).quote == Quote(
        id="700000001.15", text="Le plan"
    )
    elsewhere = telegram.message(external_reply={"origin": {}}, quote={"text": "Avis", "position": 0})
    assert heard("message", elsewhere).quote == Quote(text="Avis")
    assert heard("message", telegram.message()).quote is None


def test_forwarded() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "Fatou", "date": telegram.AT}
    assert heard("message", telegram.message(forward_origin=origin)).forwarded
    assert not heard("message", telegram.message()).forwarded


def test_what_we_cannot_read_is_named() -> None:
    assert dropped("message", telegram.message(None, dice={"emoji": "🎲", "value": 3})) == "unknown_kind:dice"
    assert dropped("message", telegram.message(None, pinned_message={})) == "unknown_kind:pinned_message"
    assert dropped("message", telegram.message(None)) == "empty"
    assert dropped("message", telegram.message(" \n")) == "empty"
    assert dropped("channel_post", telegram.message()) == "unknown_event:channel_post"
    assert dropped("inline_query", {"id": "1"}) == "unknown_event:inline_query"
    assert dropped("Poll\n{x}" + "y" * 5_000, {}) == "unknown_event:poll__x_" + "y" * 52
    assert dropped("message", None) == "unknown_event:none"


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ("Bonjour", "message"),
        (telegram.message() | {"message_id": "17"}, "message.message_id"),
        (telegram.message() | {"message_id": 2**53}, "message.message_id"),
        (telegram.message(chat={"type": "private"}), "message.chat.id"),
        (telegram.message(chat=telegram.CHAT | {"id": True}), "message.chat.id"),
        (telegram.message() | {"text": 5}, "message.text"),
        (telegram.message(None, photo=[{}]), "message.photo.0.file_id"),
        (telegram.message(None, voice={"file_id": ""}), "voice.file_id"),
        (telegram.message(None, location={"latitude": 91, "longitude": 0}), "message.location.latitude"),
        (telegram.message(None, location={"latitude": "14", "longitude": 0}), "message.location.latitude"),
    ],
)
def test_a_wrong_field_is_named_and_holds_nobody_up(event: Any, named: str) -> None:
    assert dropped("message", event) == f"malformed:{named}"


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (telegram.AT, AT),
        (None, NOW),
        ("soon", NOW),
        (True, NOW),
        (-1, NOW),
        (4_102_444_800, NOW),  # the year 2100
        (10**400, NOW),
    ],
)
def test_times(stamp: Any, expected: datetime) -> None:
    assert heard("message", telegram.message(date=stamp)).at == expected
