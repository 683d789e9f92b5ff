"""Parsing of messages from Meta's Cloud API: people, content, changes, times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.models.events import (
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PeerMoved,
    Quote,
    Reaction,
    StaffMessage,
)
from shared.models.parts import ContactCard, Location, Media, Pressed, Text
from shared.models.people import Address
from tests.fakes.connection import NOW
from tests.unit.channels.cloud_api.parsing import SAID, URL, dropped, heard, parse

PHONE, USER = f"whatsapp:+{meta.PERSON}", f"whatsapp:user-{meta.USER}"

AWA = Address(chat=meta.PERSON, identities=[PHONE, USER], name="Awa")


def said(message: meta.Json) -> Any:
    """Returns the event made from one message of one person."""
    return heard(meta.received(message))


# People.


def test_a_text() -> None:
    assert said(meta.text()) == MessageReceived(
        tenant="hotel",
        channel="cloud_api",
        id="wamid.A1",
        peer=AWA,
        at=SAID,
        received_at=NOW,
        parts=[Text(text="Bonjour")],
    )


def test_who_hides_their_number_is_known_by_the_user_id() -> None:
    hidden = {"profile": {"username": "awa.d"}, "user_id": meta.USER}
    for sender in ({"from_user_id": meta.USER}, {}):
        body = meta.received(meta.text() | {"from": None} | sender, contacts=[hidden])
        assert heard(body).peer == Address(chat=meta.USER, identities=[USER], name="awa.d")


def test_a_sender_without_contacts() -> None:
    plain = Address(chat=meta.PERSON, identities=[PHONE])
    for contacts in ([], [5, None], [{"wa_id": "221770000002", "profile": {"name": "Fatou"}}]):
        assert heard(meta.received(meta.text(), contacts=contacts)).peer == plain


def test_a_contact_that_is_told_twice() -> None:
    assert heard(meta.received(meta.text(), contacts=[meta.CONTACT, meta.CONTACT])).peer == AWA


def test_two_people_in_one_change_are_not_mixed_up() -> None:
    fatou = {"profile": {"name": "Fatou"}, "wa_id": "221770000002", "user_id": "SN.2"}
    both = meta.received(
        meta.text(), meta.text(key="wamid.A2") | {"from": "221770000002"}, contacts=[fatou, meta.CONTACT]
    )
    assert [event.peer.name for event in parse(both).inbound if isinstance(event, MessageReceived)] == [
        "Awa",
        "Fatou",
    ]
    nameless = meta.received(meta.text() | {"from": None}, contacts=[fatou, meta.CONTACT])
    assert dropped(nameless) == "no_person"


@pytest.mark.parametrize("sender", [None, "", 5, "PHONE", "0221770000001", "1234567890123456", "٢٢١٧٧٠٠٠"])
def test_no_person(sender: Any) -> None:
    assert dropped(meta.received(meta.text() | {"from": sender}, contacts=[])) == "no_person"


def test_crowds_and_echoes() -> None:
    assert dropped(meta.received(meta.text(group_id="G1"))) == "group"
    assert dropped(meta.received(meta.text() | {"from": meta.OURS})) == "own_echo"
    assert dropped(meta.posted(meta.change(statuses=[meta.status(recipient_type="group")]))) == "group"


def test_staff_in_the_business_app() -> None:
    event = heard(meta.EVENTS["echo"])
    assert event == StaffMessage(
        tenant="hotel",
        channel="cloud_api",
        id="wamid.B1",
        peer=AWA,
        at=SAID,
        received_at=NOW,
        parts=[Text(text="Je m'en occupe")],
    )
    own = [meta.echo("revoke", {"original_message_id": "wamid.B1"}), meta.echo("edit", {})]
    assert (
        parse(meta.posted(meta.change("smb_message_echoes", message_echoes=own))).dropped == ["own_echo"] * 2
    )


def test_a_new_number() -> None:
    event = heard(meta.EVENTS["new_number"])
    assert isinstance(event, PeerMoved)
    assert event.peer == Address(chat="221770000009", identities=[PHONE])
    assert (event.id, event.identities) == ("wamid.S1", ["whatsapp:+221770000009"])
    assert dropped(meta.posted(meta.change(messages=[meta.new_number("")]))) == "no_person"


def test_a_new_user_id() -> None:
    told, updated = heard(meta.EVENTS["new_user_id"]), heard(meta.EVENTS["user_id_update"])
    current = "whatsapp:user-SN.20000000000000000002"
    assert isinstance(told, PeerMoved)
    assert (told.peer.identities, told.identities) == ([USER], [current])
    assert (updated.peer.identities, updated.identities) == ([PHONE, USER], [PHONE, current])
    assert (told.peer.chat, updated.peer.chat) == ("SN.20000000000000000002", meta.PERSON)
    again = meta.user_id_update("SN.3", "SN.20000000000000000002")
    assert heard(meta.posted(meta.change("user_id_update", user_id_update=[again]))).id != updated.id


# Message content.


@pytest.mark.parametrize("body", ["", None, "  \n", 5])
def test_an_empty_text(body: Any) -> None:
    assert dropped(meta.received(meta.message("text", {"body": body}))) == "empty"
    assert dropped(meta.received(meta.message("text", body))) == "empty"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (meta.media("image"), "image"),
        (meta.media("video"), "video"),
        (meta.media("audio"), "audio"),
        (meta.media("audio", voice=True), "voice"),
        (meta.media("document"), "document"),
        (meta.media("sticker", animated=False), "sticker"),
    ],
)
def test_media_kinds(message: meta.Json, kind: str) -> None:
    (part,) = said(message).parts
    assert isinstance(part, Media)
    assert part.kind == kind


def test_a_file_is_at_its_own_address() -> None:
    told = meta.media("document", mime_type="application/pdf", filename="reçu.pdf", caption="Mon reçu")
    file = Media(
        kind="document",
        mimetype="application/pdf",
        filename="reçu.pdf",
        caption="Mon reçu",
        url=f"{URL}/1003383421387256",
    )
    assert said(told).parts == [file]


@pytest.mark.parametrize("name", [None, "", "../106540352242922", "1?fields=x", "https://evil.example/x", 5])
def test_no_sender_chooses_another_address(name: Any) -> None:
    (part,) = said(meta.media(id=name, url="https://evil.example/x")).parts
    assert part.url is None


def test_a_location() -> None:
    (place,) = said(meta.location(name="Bureau", address="Dakar")).parts
    assert place == Location(latitude=14.6937, longitude=-17.4441, name="Bureau", address="Dakar")


@pytest.mark.parametrize("latitude", [None, "", "nord", 91, "inf", [], 10**400])
def test_a_bad_location(latitude: Any) -> None:
    assert dropped(meta.received(meta.location(latitude))) == "bad_location"


def test_contact_cards() -> None:
    given = {"vcard": "BEGIN:VCARD\nFN:Ba\nEND:VCARD", "phones": 5}
    cards = said(meta.message("contacts", [meta.contact_card("Sow, Fatou"), given, 5])).parts
    written = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Sow\\, Fatou\r\nTEL:+221770000002\r\nEND:VCARD\r\n"
    assert cards[:2] == [
        ContactCard(name="Sow, Fatou", vcard=written),
        ContactCard(name="", vcard=given["vcard"]),
    ]
    assert len(said(meta.message("contacts", [meta.contact_card()] * 50)).parts) == 20
    assert dropped(meta.received(meta.message("contacts", []))) == "empty"


@pytest.mark.parametrize(
    ("message", "pressed"),
    [
        (meta.button_reply(), Pressed(id="book", title="Réserver")),
        (meta.button_reply(kind="list_reply"), Pressed(id="book", title="Réserver")),
        (meta.template_reply(), Pressed(id="yes", title="Oui")),
    ],
)
def test_what_was_chosen(message: meta.Json, pressed: Pressed) -> None:
    event = said(message)
    assert event.parts == [pressed]
    assert event.quote == Quote(id="wamid.C1")


def test_a_choice_without_an_id_is_known_by_its_words() -> None:
    assert said(meta.button_reply(name="")).parts == [Pressed(id="Réserver", title="Réserver")]
    assert said(meta.template_reply(payload="")).parts == [Pressed(id="Oui", title="Oui")]


def test_no_choice() -> None:
    assert dropped(meta.received(meta.button_reply(name="", title=""))) == "unknown_kind:button_reply"
    assert dropped(meta.received(meta.button_reply(name="x" * 301))) == "unknown_kind:button_reply"
    flow = meta.message("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}})
    assert dropped(meta.received(flow)) == "unknown_kind:nfm_reply"
    assert dropped(meta.received(meta.message("interactive", None))) == "unknown_kind:choice"


def test_a_reply_and_a_forwarded_message() -> None:
    assert heard(meta.EVENTS["reply"]).quote == Quote(id="wamid.C1")
    assert heard(meta.EVENTS["reply"]).forwarded is False
    for mark in ("forwarded", "frequently_forwarded"):
        event = said(meta.text(context={mark: True}))
        assert (event.forwarded, event.quote) == (True, None)


def test_a_reaction_and_its_removal() -> None:
    added = said(meta.reaction(emoji="🙏"))
    assert isinstance(added, Reaction)
    assert (added.id, added.target, added.emoji) == ("wamid.D1", "wamid.C1", "🙏")
    assert [said(meta.reaction(**taken)).emoji for taken in ({"emoji": ""}, {})] == ["", ""]
    assert dropped(meta.received(meta.reaction(message_id=None))) == "no_id"


def test_an_edit() -> None:
    event = said(meta.edit())
    assert isinstance(event, MessageEdited)
    assert (event.id, event.target, event.parts) == ("wamid.E1", "wamid.A1", [Text(text="Bonsoir")])
    (part,) = said(meta.edit("image", {"id": "1", "mime_type": "image/png", "caption": "Reçu"})).parts
    assert part == Media(kind="image", mimetype="image/png", caption="Reçu", url=f"{URL}/1")
    assert dropped(meta.received(meta.message("edit", {"original_message_id": "x"}))) == "unknown_kind:none"


def test_a_deletion() -> None:
    event = said(meta.revoke())
    assert isinstance(event, MessageDeleted)
    assert (event.id, event.target, event.peer) == ("wamid.F1", "wamid.A1", AWA)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (str(meta.AT), SAID),
        (meta.AT, SAID),
        (None, NOW),
        ("soon", NOW),
        ("9" * 600, NOW),
        ("999999999999", NOW),
        ("-5", NOW),
        (True, NOW),
        (10**400, NOW),
    ],
)
def test_times(stamp: Any, expected: datetime) -> None:
    assert said(meta.text() | {"timestamp": stamp}).at == expected
