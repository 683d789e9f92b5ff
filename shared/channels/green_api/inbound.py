"""Translation of Green API's webhooks into our events."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from shared.channels import Connection, Parsed, Webhook
from shared.errors import Drop
from shared.formats import whatsapp, wire
from shared.models import events, parts

Json = dict[str, Any]
Heard = events.InboundEvent | events.ReceiptEvent

#: Mark of the vendor for words not decrypted or a file too large (common-errors).
_MARK = re.compile(r"\{\{SWE[0-9]{3}\}\}")

_STATUSES: dict[str, events.ReceiptStatus] = {"sent": "sent", "delivered": "delivered", "read": "read"}
_FAILURES = "failed", "noAccount", "notInGroup", "yellowCard"
FILES = "imageMessage", "videoMessage", "audioMessage", "documentMessage", "stickerMessage"
#: Changes of a message. Made on the organisation's phone, they do not concern a turn.
_CHANGES = "reactionMessage", "editedMessage", "deletedMessage"
_CHOICES = (
    "buttonsResponseMessage templateButtonReplyMessage interactiveButtonsResponse listResponseMessage".split()
)
#: Messages of businesses, which people forward.
_MENUS = "buttonsMessage listMessage templateMessage interactiveButtons".split()


def parse(connection: Connection, instance: str, webhook: Webhook) -> Parsed:
    """Returns the event of a request.

    The vendor repeats a refused request for a day, before all later ones: so only a body that is no
    instance's event is refused, and any other flaw is dropped by name.
    """
    body = wire.loads(webhook.body)
    envelope = wire.read(_Envelope, body)
    try:
        heard = _heard(connection, instance, envelope, body)
    except Drop as drop:
        return Parsed(dropped=[drop.reason])
    if isinstance(heard, events.Receipt | events.SessionStatus):
        return Parsed(receipts=[heard])
    return Parsed(inbound=[heard])


def _heard(connection: Connection, instance: str, envelope: _Envelope, body: Json) -> Heard:
    if str(envelope.instance_data.id_instance) != instance:
        raise Drop("other_instance")
    kind = envelope.type_webhook
    if kind == "outgoingAPIMessageReceived":
        raise Drop("own_echo")
    if kind not in _READERS:
        raise Drop("unknown_event:" + wire.label(kind))
    now, settings = connection.now(), connection.settings
    origin: Json = {"tenant": settings.tenant, "channel": settings.channel, "received_at": now}
    origin["at"] = wire.moment(now, seconds=body.get("timestamp"))
    return _READERS[kind](body, origin)


class _Wire(wire.Wire):
    model_config = ConfigDict(alias_generator=to_camel)


class _Instance(_Wire):
    id_instance: int | str


class _Envelope(_Wire):
    """The common fields of Green API's events.

    All other fields are read on use: they differ by type, and one of the wrong type counts as absent.
    """

    type_webhook: str
    instance_data: _Instance


# Readers by event. `origin` has the fields that all our events share.


def _message(body: Json, origin: Json) -> Heard:
    data, sender = wire.inside(body, "messageData"), wire.inside(body, "senderData")
    name = first(sender, "senderName", "senderContactName")
    peer = whatsapp.address(wire.words(sender, "chatId"), [wire.words(sender, "sender")], name)
    origin |= {"id": _key(body, "idMessage"), "peer": peer}
    match wire.words(data, "typeMessage"):
        case "reactionMessage":
            emoji = first(data, "extendedTextMessageData.text")[:100]
            return events.Reaction(target=_key(data, "quotedMessage.stanzaId"), emoji=emoji, **origin)
        case "editedMessage":
            words = first(data, "editedMessageData.textMessage", "editedMessageData.caption")
            now, target = [text(words, "editedMessage")], _key(data, "editedMessageData.stanzaId")
            return events.MessageEdited(target=target, parts=now, **origin)
        case "deletedMessage":
            return events.MessageDeleted(target=_key(data, "deletedMessageData.stanzaId"), **origin)
    content, quoted = _content(data), _quote(data)
    held = data.keys() - {"quotedMessage"}
    forwarded = any(wire.inside(data, name, "isForwarded") is True for name in held)
    return events.MessageReceived(parts=content, quote=quoted, forwarded=forwarded, **origin)


def _staff(body: Json, origin: Json) -> Heard:
    peer, data = whatsapp.address(first(body, "senderData.chatId")), wire.inside(body, "messageData")
    if wire.words(data, "typeMessage") in _CHANGES:
        raise Drop("own_echo")
    return events.StaffMessage(id=_key(body, "idMessage"), peer=peer, parts=_content(data), **origin)


def _status(body: Json, origin: Json) -> Heard:
    whatsapp.refuse_crowd(wire.words(body, "chatId"))
    if body.get("sendByApi") is False:
        raise Drop("status_of_staff")
    told = wire.words(body, "status")
    status = "failed" if told in _FAILURES else _STATUSES.get(told)
    if status is None:
        raise Drop("unknown_status:" + wire.label(told))
    return events.Receipt(id=_key(body, "idMessage"), status=status, detail=told, **origin)


def _state(body: Json, origin: Json) -> Heard:
    status = wire.words(body, "stateInstance")[:50]
    if not status:
        raise Drop("no_state")
    return events.SessionStatus(status=status, working=status == "authorized", **origin)


def _block(body: Json, origin: Json) -> Heard:
    chat, state = wire.words(body, "chatId"), wire.words(body, "chatState")
    if state not in ("blocked", "unblocked"):
        raise Drop("unknown_state:" + wire.label(state))
    facts = repr((chat, state, body.get("timestamp")))  # it has no id, and ids are logged
    key = "block." + hashlib.sha256(facts.encode()).hexdigest()[:32]
    return events.PeerBlocked(id=key, peer=whatsapp.address(chat), blocked=state == "blocked", **origin)


_READERS: dict[str, Callable[[Json, Json], Heard]] = {
    "incomingMessageReceived": _message,
    "outgoingMessageReceived": _staff,
    "outgoingMessageStatus": _status,
    "stateInstanceChanged": _state,
    "incomingBlock": _block,
}


# Contents of a message. The vendor spells a typeMessage in several ways, so the fields present decide.


def _content(data: object) -> list[parts.Part]:
    kind = wire.words(data, "typeMessage")
    if file := wire.inside(data, "fileMessageData"):
        return [_file(kind, file)]
    if place := wire.inside(data, "locationMessageData"):
        return [location(place)]
    if cards := _cards(data):
        return cards
    if choice := next(filter(None, (wire.inside(data, name) for name in _CHOICES)), None):
        return [_pressed(choice)]
    menus = (f"{name}.contentText" for name in _MENUS)
    return [text(first(data, "textMessageData.textMessage", "extendedTextMessageData.text", *menus), kind)]


def text(text: str, kind: str = "") -> parts.Part:
    """Returns a text, or for words not decrypted a missing file: the person is asked to write again."""
    if not text:
        raise Drop("no_content:" + wire.label(kind))
    return parts.Media(kind="document") if _MARK.fullmatch(text) else parts.Text(text=text)


def _file(kind: str, file: object) -> parts.Media:
    """Returns a file's part. A voice note is an audio in Ogg; only a document's name is the sender's."""
    mimetype, url = wire.words(file, "mimeType"), wire.words(file, "downloadUrl")
    kind = kind.removesuffix("Message") if kind in FILES else "document"
    media = {"kind": "voice" if kind == "audio" and mimetype.startswith("audio/ogg") else kind}
    media |= {"mimetype": mimetype, "caption": wire.words(file, "caption")}
    media |= {"filename": wire.words(file, "fileName")} if kind == "document" else {}
    return parts.Media.model_validate(media | {"url": None if _MARK.search(url) else url or None})


def location(place: object) -> parts.Location:
    name, address = wire.words(place, "nameLocation"), wire.words(place, "address")
    return whatsapp.location(wire.inside(place, "latitude"), wire.inside(place, "longitude"), name, address)


def _cards(data: object) -> list[parts.Part]:
    several = wire.inside(data, "messageData", "contacts")
    contacts = several if isinstance(several, list) else [wire.inside(data, "contactMessageData")]
    cards = [(wire.words(one, "displayName"), wire.words(one, "vcard")) for one in contacts[:20]]
    return [
        parts.ContactCard(name=name or whatsapp.card_name(card), vcard=card) for name, card in cards if card
    ]


def _pressed(choice: object) -> parts.Pressed:
    title = first(choice, "selectedButtonText", "selectedDisplayText", "title")
    row = "singleSelectReply", "singleSelectReply.selectedRowId"
    key = first(choice, "selectedButtonId", "selectedId", *row) or title
    if not key:
        raise Drop("no_content:choice")
    return parts.Pressed(id=key[:300], title=title)


def _quote(data: object) -> events.Quote | None:
    """Returns the quote.

    Older notifications give no more than its id, beside the text; a choice gives its question's.
    """
    places = "quotedMessage", "extendedTextMessageData", *_CHOICES
    key = first(data, *(f"{place}.stanzaId" for place in places))
    text = first(data, "quotedMessage.textMessage", "quotedMessage.caption", "quotedMessage.contentText")
    return events.Quote(id=key, text=_MARK.sub("", text)) if key else None


def _key(source: object, path: str) -> str:
    key = first(source, path)
    if not 0 < len(key) <= 500:
        raise Drop("no_id")
    return key


def first(source: object, *paths: str) -> str:
    """Returns the first text among these paths, or ""."""
    return next(filter(None, (wire.words(source, *path.split(".")) for path in paths)), "")
