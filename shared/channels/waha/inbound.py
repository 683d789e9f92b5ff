"""Translation of WAHA's webhooks into our events: its engines spell ids and people in different ways."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.channels import Connection, Parsed, Webhook
from shared.errors import Drop
from shared.formats import whatsapp, wire
from shared.models import events, parts
from shared.models.people import Address

Json = dict[str, Any]
Heard = events.InboundEvent | events.ReceiptEvent
MediaKind = Literal["image", "video", "voice", "audio", "document", "sticker"]

_ID = re.compile(r"(?:true|false)_([^_]+)_([^_]+)(?:_.*)?", re.DOTALL)
#: Fields of a person's other identifier (LID or phone) by engine: the sender's, and the recipient's.
_SENDER = ("Info", "SenderAlt"), ("key", "remoteJidAlt"), ("key", "senderPn")
_RECIPIENT = ("Info", "RecipientAlt"), ("key", "remoteJidAlt")
#: As WEBJS and as the protocol's own messages say it.
_FORWARDED = ("isForwarded",), ("message", "extendedTextMessage", "contextInfo", "isForwarded")
_NAMES = ("Info", "PushName"), ("notifyName",), ("pushName",)
#: A WAMessage's id: as documented; as WEBJS, WPP and NOWEB answer a send.
_ACKS: dict[float, events.ReceiptStatus] = {-1: "failed", 1: "sent", 2: "delivered", 3: "read", 4: "read"}
_KINDS: dict[object, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
#: `waiting`: not decrypted by WhatsApp yet; then it comes as a message.
_UNUSED = {"message.ack.group": "group", "message.waiting": "waiting"}


def parse(connection: Connection, session: str, webhook: Webhook) -> Parsed:
    """Returns the event of a request. Raises Rejected(400)."""
    envelope = wire.read(_Envelope, wire.loads(webhook.body))
    try:
        heard = _heard(connection, session, envelope)
    except Drop as drop:
        return Parsed(dropped=[drop.reason])
    if isinstance(heard, events.Receipt | events.SessionStatus):
        return Parsed(receipts=[heard])
    return Parsed(inbound=[heard])


def content(message: Json) -> list[parts.Part]:
    """Returns a message's parts. Raises Drop if it is empty, Rejected if it is malformed."""
    return wire.read(_Payload, message | {"id": ""}).content()


def _heard(connection: Connection, session: str, envelope: _Envelope) -> Heard:
    if envelope.session != session:
        raise Drop("other_session")
    if envelope.event in _UNUSED:
        raise Drop(_UNUSED[envelope.event])
    if envelope.event not in _READERS:
        raise Drop("unknown_event:" + wire.label(envelope.event))
    payload = wire.read(_Payload, envelope.payload, "payload")
    now, settings = connection.now(), connection.settings
    origin: Json = {"tenant": settings.tenant, "channel": settings.channel, "received_at": now}
    origin["at"] = wire.moment(now, seconds=payload.timestamp, milliseconds=envelope.timestamp)
    # An engine may date an edit with its message's time: then the envelopes' times order them.
    origin["order"] = wire.whole_number(envelope.timestamp)
    return _READERS[envelope.event](payload, origin, envelope.id)


# WAHA's JSON, limited to the fields that we read.


class _Wire(wire.Wire):
    model_config = ConfigDict(alias_generator=to_camel)


class _Envelope(_Wire):
    event: str
    session: str
    payload: Json
    id: str = ""
    timestamp: Any = None


class _File(_Wire):
    url: str | None = None
    mimetype: str = ""
    filename: str = ""


class _Quoted(_Wire):
    id: str = ""
    body: str = ""


class _Emoji(_Wire):
    text: str = Field("", max_length=100)
    message_id: str = Field("", max_length=500)


class _Payload(_Wire):
    id: str = Field("", max_length=500)
    sender: str = Field("", alias="from")
    to: str = ""
    from_me: bool | None = None
    source: str = ""
    timestamp: Any = None
    body: str = ""
    has_media: bool = False
    media: _File | None = None
    location: Json | None = None
    v_cards: list[str] = Field([])
    reply_to: _Quoted | None = None
    reaction: _Emoji = Field(default_factory=_Emoji)
    edited_message_id: str = Field("", max_length=500)
    revoked_message_id: str = Field("", max_length=500)
    before: _Payload | None = None
    after: _Payload | None = None
    ack: float | None = None
    ack_name: str = ""
    status: str = ""
    engine: Any = Field(None, alias="_data")

    @property
    def own(self) -> bool:
        return self.id.startswith("true_") if self.from_me is None else self.from_me

    def peer(self) -> Address:
        """The person at the other end: the sender, or the recipient of the organisation's message."""
        chat = (self.to or split(self.id)[0]) if self.own else self.sender
        others = [wire.words(self.engine, *path) for path in (_RECIPIENT if self.own else _SENDER)]
        name = "" if self.own else next(filter(None, (wire.words(self.engine, *path) for path in _NAMES)), "")
        return whatsapp.address(chat, others, name)

    def content(self) -> list[parts.Part]:
        if place := self.location or wire.inside(self.engine, "message", "locationMessage"):
            return [_location(place)]  # WEBJS puts a thumbnail into the body
        if self.v_cards:
            return [
                parts.ContactCard(name=whatsapp.card_name(card), vcard=card) for card in self.v_cards[:20]
            ]
        if self.media or self.has_media:
            return [self._file()]
        if not self.body.strip():
            raise Drop("empty")
        return [parts.Text(text=self.body)]

    def _file(self) -> parts.Media:
        file = self.media or _File()
        hint = wire.words(self.engine, "type") or wire.words(self.engine, "Info", "MediaType")
        if hint == "sticker" or wire.inside(self.engine, "message", "stickerMessage"):
            kind: MediaKind = "sticker"
        elif hint == "ptt" or file.mimetype.startswith("audio/ogg") or file.filename.endswith(".oga"):
            kind = "voice"
        else:
            kind = _KINDS.get(file.mimetype.partition("/")[0] or hint, "document")
        return parts.Media(kind=kind, caption=self.body, **file.model_dump())


# Readers by event. `origin` has the fields that all our events share, `event` is the envelope's id.


def _message(payload: _Payload, origin: Json, _event: str) -> Heard:
    key = _key(payload.id)
    if payload.own and payload.source != "app":
        raise Drop("own_echo")
    peer, content = payload.peer(), payload.content()
    if payload.own:
        return events.StaffMessage(id=key, peer=peer, parts=content, **origin)
    quoted = payload.reply_to and events.Quote(id=split(payload.reply_to.id)[1], text=payload.reply_to.body)
    forwarded = any(wire.inside(payload.engine, *path) is True for path in _FORWARDED)
    return events.MessageReceived(
        id=key, peer=peer, parts=content, quote=quoted, forwarded=forwarded, **origin
    )


def _reaction(payload: _Payload, origin: Json, event: str) -> Heard:
    peer, target, emoji = _theirs(payload), _key(payload.reaction.message_id), payload.reaction.text
    key = _change_id(target, "reaction", payload.id, emoji, event)
    return events.Reaction(id=key, target=target, emoji=emoji, peer=peer, **origin)


def _edited(payload: _Payload, origin: Json, event: str) -> Heard:
    peer, target = _theirs(payload), _key(payload.edited_message_id or payload.id)
    # With WEBJS an edit has the message's own id, and words may change back: `event` tells edits apart.
    key = _change_id(target, "edit", payload.id, payload.body, event)
    return events.MessageEdited(id=key, target=target, parts=payload.content(), peer=peer, **origin)


def _revoked(payload: _Payload, origin: Json, _event: str) -> Heard:
    act = payload.after or payload.before or _Payload()
    target = _key(payload.revoked_message_id or (payload.before or act).id)
    return events.MessageDeleted(id=_change_id(target, "deleted"), target=target, peer=_theirs(act), **origin)


def _ack(payload: _Payload, origin: Json, _event: str) -> Heard:
    whatsapp.refuse_crowd(split(payload.id)[0] or payload.sender)
    if not payload.own:
        raise Drop("ack_of_inbound")
    status = _ACKS.get(payload.ack) if payload.ack is not None else None
    if status is None:
        raise Drop("ack_pending" if payload.ack == 0 else "ack_unknown")
    return events.Receipt(id=_key(payload.id), status=status, detail=payload.ack_name[:100], **origin)


def _session(payload: _Payload, origin: Json, event: str) -> Heard:
    status = payload.status[:50]
    return events.SessionStatus(id=event[:100], status=status, working=status == "WORKING", **origin)


_READERS: dict[str, Callable[[_Payload, Json, str], Heard]] = {
    "message": _message,
    "message.any": _message,
    "message.reaction": _reaction,
    "message.edited": _edited,
    "message.revoked": _revoked,
    "message.ack": _ack,
    "session.status": _session,
}


# Ids and people.


def split(key: str) -> tuple[str, str]:
    """Splits `false_<chat>_<id>[_<participant>]` into chat and bare id.

    A message keeps its bare id however its chat is spelt; an id without that prefix (NOWEB) names no chat.
    """
    match = _ID.fullmatch(key)
    return (match[1], match[2]) if match else ("", key)


def _key(key: str) -> str:
    if not key:
        raise Drop("no_id")
    return split(key)[1]


def _change_id(target: str, what: str, *facts: str) -> str:
    return f"{target[:400]}.{what}.{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"


def _theirs(payload: _Payload) -> Address:
    if payload.own:
        raise Drop("own_echo")
    return payload.peer()


def _location(place: object) -> parts.Location:
    """Reads degrees as numbers or strings; NOWEB's own field names date from before WAHA had `location`."""
    latitude, longitude = wire.inside(place, "latitude"), wire.inside(place, "longitude")
    return whatsapp.location(
        wire.inside(place, "degreesLatitude") if latitude is None else latitude,
        wire.inside(place, "degreesLongitude") if longitude is None else longitude,
        wire.words(place, "name"),
        wire.words(place, "address"),
        live=wire.inside(place, "live") is True,
    )
