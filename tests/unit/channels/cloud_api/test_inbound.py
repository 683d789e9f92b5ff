"""Parsing of the webhooks of Meta's Cloud API, on payloads of our own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import Parsed, Webhook
from shared.channels.cloud_api import CloudApi, create
from shared.errors import ConfigurationError, Rejected
from shared.models.events import (
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PeerMoved,
    Quote,
    Reaction,
    Receipt,
    SessionStatus,
    StaffMessage,
)
from shared.models.parts import ContactCard, Location, Media, Pressed, Text
from shared.models.people import Address
from shared.platform.http import Unreachable
from tests.fakes.connection import NOW, Settings, connection
from tests.fakes.http import ScriptedHttp

URL = "https://graph.example/v23.0"
SETTINGS: Settings = {
    "base_url": f"{URL}/",
    "phone_number_id": meta.NUMBER_ID,
    "business_account": meta.ACCOUNT_ID,
}
SECRETS = {"api_key": "api-secret", "app_secret": "local-secret", "verify_token": "local-secret"}
PHONE, USER = f"whatsapp:+{meta.PERSON}", f"whatsapp:user-{meta.USER}"
AWA = Address(chat=meta.PERSON, identities=[PHONE, USER], name="Awa")
SAID = datetime(2026, 7, 24, 9, 17, 7, tzinfo=UTC)


def channel(settings: Settings = SETTINGS, secrets: dict[str, str] = SECRETS) -> CloudApi:
    return create(connection("cloud_api", settings, secrets, ScriptedHttp(Unreachable())))


def posted(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook(method="POST", headers=headers or {}, query={}, body=body)


def parse(body: Any) -> Parsed:
    return channel().parse(posted(json.dumps(body).encode()))


def heard(body: Any) -> Any:
    parsed = parse(body)
    assert not parsed.dropped
    found: list[Any] = [*parsed.inbound, *parsed.receipts]
    assert len(found) == 1
    return found[0]


def said(message: meta.Json) -> Any:
    """Returns the event made from one message of one person."""
    return heard(meta.received(message))


def dropped(body: Any) -> str:
    parsed = parse(body)
    assert not [*parsed.inbound, *parsed.receipts]
    (reason,) = parsed.dropped
    return reason


# Signatures and the verification of the address.


def asked(**query: str) -> Webhook:
    named = {f"hub.{name}": value for name, value in query.items()}
    return Webhook(method="GET", headers={}, query=named, body=b"")


async def test_the_address_is_ours() -> None:
    check = asked(mode="subscribe", verify_token="local-secret", challenge="1158201444")
    assert await channel().challenge(check) == "1158201444"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "local-secreT", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "\ud800é", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": "local-secret", "challenge": "1"},
        {"verify_token": "local-secret", "challenge": "1"},
    ],
)
async def test_nobody_else_learns_that(query: dict[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        await channel().challenge(asked(**query))
    assert refused.value.status == 403
    assert "local-secret" not in refused.value.detail


async def test_the_signature_is_of_the_raw_bytes() -> None:
    body = '{"object": "whatsapp_business_account",  "entry": [], "é": "🙏"}'.encode()
    await channel().verify(posted(body, meta.signed(body)))
    with pytest.raises(Rejected):
        await channel().verify(posted(json.dumps(json.loads(body)).encode(), meta.signed(body)))


@pytest.mark.parametrize("key", ["verify-token", "api-secret", ""])
async def test_only_the_app_secret_signs(key: str) -> None:
    with pytest.raises(Rejected) as refused:
        await channel().verify(posted(b"{}", meta.signed(b"{}", key)))
    assert refused.value.status == 401


async def test_an_empty_secret_proves_nothing() -> None:
    empty = channel(secrets={"app_secret": "", "verify_token": ""})
    with pytest.raises(ConfigurationError, match="app_secret"):
        await empty.verify(posted(b"{}", meta.signed(b"{}", "")))
    with pytest.raises(ConfigurationError, match="verify_token"):
        await empty.challenge(asked(mode="subscribe", verify_token="", challenge="1"))


@pytest.mark.parametrize(
    "settings",
    [{}, {"base_url": URL}, {"base_url": URL, "phone_number_id": "../1"}, {"phone_number_id": "1"}],
)
def test_unusable_settings(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="hotel/cloud_api: settings"):
        channel(settings)


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


# Receipts and health.


@pytest.mark.parametrize(
    ("told", "status"), [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read")]
)
def test_receipts_carry_the_turn(told: str, status: str) -> None:
    event = heard(meta.posted(meta.change(statuses=[meta.status(told)])))
    assert isinstance(event, Receipt)
    assert (event.id, event.status, event.detail, event.turn) == ("wamid.C1", status, "", "re-wamid.A1")


@pytest.mark.parametrize(
    ("code", "detail"),
    [(131047, "window_closed"), (130472, "meta_130472"), ("…\n", "meta___"), (None, "meta_none")],
)
def test_a_failure_says_why(code: Any, detail: str) -> None:
    event = heard(meta.posted(meta.change(statuses=[meta.failed(code)])))
    assert (event.status, event.detail) == ("failed", detail)


def test_an_error_beside_a_status_that_is_none() -> None:
    event = heard(meta.posted(meta.change(statuses=[meta.failed(131053) | {"status": "sent"}])))
    assert (event.status, event.detail) == ("sent", "meta_131053")


def test_statuses_that_say_nothing() -> None:
    assert dropped(meta.posted(meta.change(statuses=[meta.status("warning")]))) == "unknown_status:warning"
    assert dropped(meta.posted(meta.change(statuses=[meta.status(id=None)]))) == "no_id"


@pytest.mark.parametrize(
    ("change", "status", "working"),
    [
        (meta.account("ACCOUNT_DELETED"), "ACCOUNT_DELETED", False),
        (meta.account("ACCOUNT_OFFBOARDED"), "ACCOUNT_OFFBOARDED", False),
        (meta.account("ACCOUNT_RECONNECTED"), "ACCOUNT_RECONNECTED", True),
        (meta.account("DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"}), "DISABLE", False),
        (meta.account("DISABLED_UPDATE", ban_info={"waba_ban_state": "REINSTATE"}), "REINSTATE", True),
    ],
)
def test_the_accounts_health(change: meta.Json, status: str, working: bool) -> None:
    assert heard(meta.posted(change)) == SessionStatus(
        tenant="hotel", channel="cloud_api", status=status, working=working, at=SAID
    )


@pytest.mark.parametrize("other", ["999999999999999", "0", "", None, 5])
def test_another_accounts_news_is_not_ours(other: Any) -> None:
    body = meta.posted(meta.account("ACCOUNT_DELETED"))
    body["entry"][0]["id"] = other
    assert dropped(body) == "other_account"


@pytest.mark.parametrize("account", [meta.ACCOUNT_ID, ""])
def test_news_of_an_account_is_not_believed_if_the_channel_names_none(account: str) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "business_account"}
    body = meta.posted(meta.account("ACCOUNT_DELETED"))
    body["entry"][0]["id"] = account
    parsed = channel(settings).parse(posted(json.dumps(body).encode()))
    assert parsed == Parsed(dropped=["no_business_account"])


def test_a_message_is_told_by_its_number_whatever_account_that_belongs_to() -> None:
    body = meta.EVENTS["text"] | {"entry": [meta.EVENTS["text"]["entry"][0] | {"id": "999999999999999"}]}
    assert heard(body).parts == [Text(text="Bonjour")]


# Batches.


def test_the_whole_batch() -> None:
    parsed = parse(meta.EVENTS["batch"])
    assert [event.id for event in parsed.inbound if isinstance(event, MessageReceived)] == [
        "wamid.A1",
        "wamid.A2",
        "wamid.A3",
    ]
    assert len(parsed.receipts) == 1
    assert not parsed.dropped


@pytest.mark.parametrize("bad", [None, 5, "x", [], {}, meta.text() | {"id": 5}, meta.message("order", {})])
def test_a_bad_event_leaves_its_neighbours(bad: Any) -> None:
    parsed = parse(meta.received(meta.text(), bad, meta.text("Deux", key="wamid.A2")))
    assert len(parsed.inbound) == 2
    assert len(parsed.dropped) == 1


def test_what_nobody_needs() -> None:
    assert dropped(meta.posted(meta.change(number_id="1", messages=[meta.text()]))) == "other_number"
    assert dropped(meta.posted({"field": "messages", "value": {"messages": [meta.text()]}})) == "other_number"
    assert dropped(meta.posted(meta.change("Account\n{x}" + "y" * 99))).startswith(
        "unknown_event:account__x_"
    )
    assert dropped(meta.posted(meta.account("PARTNER_ADDED"))) == "unknown_event:partner_added"
    assert dropped(meta.posted(meta.change())) == "empty"
    assert dropped(meta.posted(meta.change(messages=5))) == "empty"
    assert dropped(meta.EVENTS["account_error"]) == "error:meta_131000"
    assert dropped(meta.EVENTS["unsupported"]) == "unknown_kind:unsupported"
    assert dropped(meta.received(meta.message("order", {}))) == "unknown_kind:order"
    identity = meta.message("system", {"type": "customer_identity_changed"})
    assert dropped(meta.received(identity)) == "unknown_kind:customer_identity_changed"


# Malformed bodies.


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b"[" * 100_000, "body"),
        (b'{"object": "page", "entry": []}', "body.object"),
        (b'{"object": "whatsapp_business_account"}', "body.entry"),
        (b'{"object": "whatsapp_business_account", "entry": {}}', "body.entry"),
        (b'{"object": "whatsapp_business_account", "entry": [5]}', "body.entry.0"),
        (b'{"object": "whatsapp_business_account", "entry": [{}]}', "body.entry.0.changes"),
        (
            b'{"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]}',
            "body.entry.0.changes.0.value",
        ),
    ],
)
def test_rejected_by_the_name_of_the_field(body: bytes, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        channel().parse(posted(body))
    assert refused.value.status == 400
    assert refused.value.detail.startswith(f"{named}: ")
