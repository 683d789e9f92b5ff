"""Authentication and parsing of messages from Green API, on payloads of our own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.local.vendors.green_api import webhooks as green_api
from shared.errors import ConfigurationError, Rejected
from shared.models.events import MessageReceived, Quote
from shared.models.parts import ContactCard, Location, Media, Pressed, Text
from shared.models.people import Address
from tests.fakes.connection import NOW, Settings
from tests.unit.channels.green_api.parsing import LID, PHONE, SENT_AT, channel, dropped, heard, posted

# Authentication.


async def test_the_scheme_may_be_written_in_any_case() -> None:
    await channel().verify(posted(b"", {"authorization": "bearer local-secret"}))


@pytest.mark.parametrize("value", ["local-secret", "Basic local-secret", "Bearerlocal-secret", "Bearer "])
async def test_only_a_bearer_token_counts(value: str) -> None:
    with pytest.raises(Rejected) as refused:
        await channel().verify(posted(b"", {"authorization": value}))
    assert refused.value.status == 401
    assert "local-secret" not in refused.value.detail


async def test_an_empty_token_lets_nobody_in() -> None:
    with pytest.raises(ConfigurationError, match="webhook_token"):
        await channel(secrets={"webhook_token": ""}).verify(posted(b"", green_api.signed("")))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"base_url": "green", "instance": "1"},
        {"base_url": "https://g"},
        {"base_url": "https://g", "instance": "a/b"},
    ],
)
def test_unusable_settings(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="hotel/green_api: settings"):
        channel(settings)


def test_the_instance_may_be_written_as_a_number() -> None:
    subject = channel({"base_url": "https://g", "instance": 7103000000})
    assert subject.parse(posted(json.dumps(green_api.text()).encode())).inbound


# Messages.


def test_a_text() -> None:
    assert heard(green_api.text()) == MessageReceived(
        tenant="hotel",
        channel="green_api",
        id="3EB0A1",
        peer=Address(chat=green_api.PERSON, identities=[PHONE], name="Awa"),
        at=SENT_AT,
        received_at=NOW,
        parts=[Text(text="Bonjour")],
    )


def test_an_ordinary_text_may_come_as_an_extended_one() -> None:
    assert heard(green_api.extended("Voyez")).parts == [Text(text="Voyez")]


@pytest.mark.parametrize("kind", ["buttonsMessage", "listMessage", "templateMessage", "interactiveButtons"])
def test_a_menu_that_somebody_passes_on_is_its_words(kind: str) -> None:
    menu = {"contentText": "Choisissez", "buttons": [], "isForwarded": True}
    passed_on = green_api.incoming(kind)
    passed_on["messageData"][kind] = menu
    event = heard(passed_on)
    assert (event.parts, event.forwarded) == ([Text(text="Choisissez")], True)


def test_a_name_is_the_persons_own_then_the_organisations() -> None:
    nameless = green_api.text()
    nameless["senderData"]["senderName"] = ""
    assert heard(nameless).peer.name == "Mme Awa"
    nameless["senderData"]["senderName"] = "A" * 500
    assert heard(nameless).peer.name == "A" * 100


def test_a_lid_alone_and_with_its_phone() -> None:
    assert heard(green_api.text(chat=green_api.LID)).peer.identities == [LID]
    told = heard(green_api.text(chat=green_api.LID, sender=green_api.PERSON)).peer
    assert (told.chat, told.identities) == (green_api.LID, [PHONE, LID])


@pytest.mark.parametrize(
    ("chat", "reason"),
    [
        (green_api.GROUP, "group"),
        ("221770000001-1600000000@g.us", "group"),
        ("status@broadcast", "status"),
        ("120363000000000002@newsletter", "newsletter"),
        ("221770000001@с.us", "other_chat"),  # a Cyrillic с, as in one of the vendor's samples
        ("10000000", "other_chat"),  # an id of Green API's Telegram instances
        ("", "other_chat"),
    ],
)
def test_no_person(chat: str, reason: str) -> None:
    assert dropped(green_api.text(chat=chat, sender=green_api.PERSON)) == reason


def test_other_instance() -> None:
    assert dropped(green_api.event("incomingMessageReceived", instance=1234)) == "other_instance"
    assert dropped(green_api.text() | {"instanceData": {"idInstance": "71030000000"}}) == "other_instance"
    lost = green_api.state("notAuthorized") | {"instanceData": {"idInstance": 1234}}
    assert dropped(lost) == "other_instance"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (green_api.file("imageMessage", "image/jpeg"), "image"),
        (green_api.file("videoMessage", "video/mp4"), "video"),
        (green_api.file("stickerMessage", "image/webp"), "sticker"),
        (green_api.file("audioMessage", "audio/ogg; codecs=opus"), "voice"),
        (green_api.file("audioMessage", "audio/mpeg"), "audio"),
        (green_api.file("documentMessage", "audio/ogg"), "document"),
        (green_api.file("hologramMessage", "model/stl"), "document"),
    ],
)
def test_media_kinds(event: green_api.Json, kind: str) -> None:
    (part,) = heard(event).parts
    assert isinstance(part, Media)
    assert (part.kind, part.url, part.filename) == (
        kind,
        green_api.MEDIA_URL,
        "5005fe15.bin" if kind == "document" else "",
    )


def test_a_file_with_its_caption_and_name() -> None:
    event = green_api.file("documentMessage", "application/pdf", caption="Mon reçu", fileName="reçu.pdf")
    assert heard(event).parts == [
        Media(
            kind="document",
            mimetype="application/pdf",
            filename="reçu.pdf",
            caption="Mon reçu",
            url=green_api.MEDIA_URL,
        )
    ]


@pytest.mark.parametrize("url", ["", None, "{{SWE002}}"])
def test_a_file_that_was_not_downloaded(url: str | None) -> None:
    (part,) = heard(green_api.file("videoMessage", "video/mp4", downloadUrl=url)).parts
    assert part == Media(kind="video", mimetype="video/mp4", url=None)


@pytest.mark.parametrize("mark", ["{{SWE001}}", " {{SWE003}} ", "{{SWE004}}"])
def test_words_that_were_not_decrypted_never_reach_an_answer(mark: str) -> None:
    assert heard(green_api.text(mark)).parts == [Media(kind="document")]
    assert heard(green_api.text("Que veut dire {{SWE}} ?")).parts == [Text(text="Que veut dire {{SWE}} ?")]


@pytest.mark.parametrize("words", ["", None, "  \n", 5])
def test_an_empty_text(words: Any) -> None:
    assert dropped(green_api.text(words)) == "no_content:textmessage"


def test_a_location() -> None:
    place = Location(latitude=14.6937, longitude=-17.4441, name="Bureau", address="Dakar")
    assert heard(green_api.location()).parts == [place]


@pytest.mark.parametrize("latitude", [None, "", "nord", 91, [], 10**400])
def test_a_bad_location(latitude: Any) -> None:
    assert dropped(green_api.location(latitude)) == "bad_location"


def test_contact_cards() -> None:
    assert heard(green_api.contact()).parts == [ContactCard(name="Tata Fatou", vcard=green_api.vcard())]
    assert heard(green_api.contact("")).parts[0].name == "Fatou Sow"
    assert [card.name for card in heard(green_api.contacts(2)).parts] == ["Personne 0", "Personne 1"]
    assert len(heard(green_api.contacts(50)).parts) == 20
    assert dropped(green_api.contacts(0)) == "no_content:contactsarraymessage"


@pytest.mark.parametrize(
    "event",
    [
        green_api.button(),
        green_api.template_button(),
        green_api.template_button(kind="templateButtonReplyMessage"),
        green_api.list_row(),
        green_api.list_row({"selectedRowId": "yes"}),
        green_api.incoming(
            "interactiveButtonsResponse",
            interactiveButtonsResponse={
                "stanzaId": "3EB0C1",
                "selectedId": "yes",
                "selectedDisplayText": "Oui",
            },
        ),
    ],
)
def test_a_choice(event: green_api.Json) -> None:
    said = heard(event)
    assert said.parts == [Pressed(id="yes", title="Oui")]
    assert said.quote == Quote(id="3EB0C1")


def test_a_choice_without_an_id_is_its_title() -> None:
    assert heard(green_api.template_button(key="")).parts == [Pressed(id="Oui", title="Oui")]
    assert dropped(green_api.button(key="", title="")) == "no_content:choice"


def test_a_reply_of_any_kind() -> None:
    said = heard(green_api.reply())
    assert (said.parts, said.quote) == ([Text(text="Oui")], Quote(id="3EB0C1", text="Demain ?"))
    voice = green_api.file("audioMessage", "audio/ogg")
    voice["messageData"]["quotedMessage"] = {"stanzaId": "3EB0C1", "caption": "Votre facture"}
    assert heard(voice).quote == Quote(id="3EB0C1", text="Votre facture")
    undecrypted = green_api.reply()
    undecrypted["messageData"]["quotedMessage"]["textMessage"] = "{{SWE001}}"
    assert heard(undecrypted).quote == Quote(id="3EB0C1", text="")
    assert heard(green_api.text()).quote is None


def test_a_forwarded_message_says_so() -> None:
    assert heard(green_api.file("imageMessage", "image/png", isForwarded=True)).forwarded
    assert not heard(green_api.file("imageMessage", "image/png")).forwarded
    answer = green_api.reply()
    answer["messageData"]["quotedMessage"]["isForwarded"] = True
    assert not heard(answer).forwarded
