"""WAHA (WhatsApp HTTP API): WhatsApp Web behind a REST API, paired by a QR code.

Settings: `base_url`, `session`. Secrets: `api_key` (ours for its API), `hmac_key` (it signs webhooks).
Vendor's pages: https://waha.devlike.pro/docs/how-to/events/ and …/send-messages/; its OpenAPI 2026.7.1.
Its engines (WEBJS, WPP, NOWEB, GOWS) spell ids, people and answers differently: here they become one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from shared.channels import Connection, Later, Parsed, Refused, SendResult, Sent, Unclear, Webhook
from shared.errors import ConfigurationError, Drop, Rejected, Retry
from shared.models import events, parts, whatsapp, wire
from shared.models.people import Address
from shared.platform.http import HttpAnswer, Unanswered, Unreachable

Json = dict[str, Any]
Heard = events.InboundEvent | events.ReceiptEvent
MediaKind = Literal["image", "video", "voice", "audio", "document", "sticker"]

_ID = re.compile(r"(?:true|false)_([^_]+)_([^_]+)(?:_.*)?", re.DOTALL)
#: Where the engines tell a person's other identifier (LID or phone): the sender's, and the recipient's.
_SENDER = ("Info", "SenderAlt"), ("key", "remoteJidAlt"), ("key", "senderPn")
_RECIPIENT = ("Info", "RecipientAlt"), ("key", "remoteJidAlt")
_NAMES = ("Info", "PushName"), ("notifyName",), ("pushName",)
#: A WAMessage's id: as documented; as WEBJS, WPP and NOWEB answer a send.
_SENT_IDS = ("id",), ("id", "_serialized"), ("id", "id"), ("_data", "id", "_serialized"), ("key", "id")
_ACKS: dict[float, events.ReceiptStatus] = {-1: "failed", 1: "sent", 2: "delivered", 3: "read", 4: "read"}
_KINDS: dict[object, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
#: `waiting`: WhatsApp has yet to decrypt it; then it comes as a message.
_UNUSED = {"message.ack.group": "group", "message.waiting": "waiting"}
#: From a proxy that passed the request on and lost the answer (520 and 524 are Cloudflare's).
_PERHAPS_DONE = 502, 504, 520, 524


def create(connection: Connection) -> Waha:
    """Raises ConfigurationError where a setting is missing or cannot be used."""
    return Waha(connection)


class Waha:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = self._setting("base_url", r"https?://[^\s?#]+").rstrip("/")
        self._session = self._setting("session", r"\S+")

    def _setting(self, name: str, pattern: str) -> str:
        at = self._connection.settings
        value = at.settings.get(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ConfigurationError(f"{at.tenant}/{at.channel}: settings.{name}: expected {pattern}")
        return value

    async def verify(self, webhook: Webhook) -> None:
        """HMAC-SHA512 in hex, whatever X-Webhook-Hmac-Algorithm says."""
        key, at = await self._connection.secret("hmac_key"), self._connection.settings
        if not key:
            raise ConfigurationError(f"{at.tenant}/{at.channel}: secrets.hmac_key is empty")
        wanted = hmac.new(key.encode(), webhook.body, hashlib.sha512).hexdigest().encode()
        given = webhook.headers.get("x-webhook-hmac", "").encode(errors="replace")
        if not hmac.compare_digest(wanted, given):
            raise Rejected(401, "X-Webhook-Hmac: expected the body's HMAC-SHA512 under the hmac_key")

    def parse(self, webhook: Webhook) -> Parsed:
        """WAHA posts one event in a request."""
        envelope = wire.read(_Envelope, wire.loads(webhook.body))
        try:
            heard = self._heard(envelope)
        except Drop as drop:
            return Parsed(dropped=[drop.reason])
        if isinstance(heard, events.Receipt | events.SessionStatus):
            return Parsed(receipts=[heard])
        return Parsed(inbound=[heard])

    def _heard(self, envelope: _Envelope) -> Heard:
        if envelope.session != self._session:
            raise Drop("other_session")
        if envelope.event in _UNUSED:
            raise Drop(_UNUSED[envelope.event])
        if envelope.event not in _READERS:
            raise Drop("unknown_event:" + re.sub(r"[^a-z0-9._-]", "_", envelope.event.lower()[:60]))
        payload = wire.read(_Payload, envelope.payload, "payload")
        now, settings = self._connection.now(), self._connection.settings
        origin: Json = {"tenant": settings.tenant, "channel": settings.channel, "received_at": now}
        origin["at"] = wire.moment(now, seconds=payload.timestamp, milliseconds=envelope.timestamp)
        return _READERS[envelope.event](payload, origin, envelope.id)

    async def send(self, to: str, part: parts.Part, *, turn: str) -> SendResult:
        if not isinstance(part, parts.Text):
            return Refused(f"unsupported_part:{part.type}")
        body = self._chat(to, text=part.text)
        try:
            answer = await self._call("POST", "/api/sendText", json=body, headers={"X-Concierge-Turn": turn})
        except Unreachable:
            return Later("unreachable")
        except Unanswered:
            return Unclear("unanswered")
        return _result(answer)

    async def find_sent(
        self, to: str, part: parts.Part, *, since: datetime, known: Sequence[str]
    ) -> str | None:
        """Matches by the words, among the chat's latest 50 own messages, oldest first."""
        if not isinstance(part, parts.Text):
            return None
        earliest = int((since - timedelta(seconds=5)).timestamp())  # WhatsApp's clock is not ours
        path = f"/api/{quote(self._session, safe='')}/chats/{quote(to, safe='@')}/messages"
        query = {"limit": "50", "downloadMedia": "false", "filter.fromMe": "true"}
        query["filter.timestamp.gte"] = str(earliest)
        answer = await self._ask("GET", path, params=query)
        if _hopeless(answer):  # an engine without a message store: NOWEB's is off unless configured
            raise NotImplementedError("this WAHA session keeps no list of messages")
        listed = wire.loads(answer.body)
        if answer.status != 200 or not isinstance(listed, list):
            raise Retry(f"waha_http_{answer.status}", after=_retry_after(answer))
        return _match(listed, part.text, earliest, known)

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        await self._show("/api/sendSeen", self._chat(to, messageIds=[f"false_{to}_{i}" for i in gateway_ids]))

    async def show_typing(self, to: str) -> None:
        await self._show("/api/startTyping", self._chat(to))

    async def _show(self, path: str, body: Json) -> None:
        answer = await self._ask("POST", path, json=body, timeout=5.0)
        if not 200 <= answer.status < 300:
            raise Retry(f"waha_http_{answer.status}", after=_retry_after(answer))

    async def _ask(self, method: str, path: str, **request: Any) -> HttpAnswer:
        """A call that does no harm when it is repeated."""
        try:
            return await self._call(method, path, **request)
        except (Unreachable, Unanswered) as error:
            raise Retry("waha_unavailable") from error

    async def _call(self, method: str, path: str, **request: Any) -> HttpAnswer:
        headers = request.pop("headers", {}) | {"X-Api-Key": await self._connection.secret("api_key")}
        return await self._connection.http.request(method, self._url + path, headers=headers, **request)

    def _chat(self, chat: str, **more: Any) -> Json:
        return {"session": self._session, "chatId": chat, **more}


# WAHA's JSON, as far as we read it.


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
    reaction: _Emoji = _Emoji()
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
        """The person at the other end: who wrote, or whom the organisation wrote to."""
        chat = (self.to or _split(self.id)[0]) if self.own else self.sender
        _refuse_crowd(chat)
        person = whatsapp.person(chat)
        if person is None:
            raise Drop("other_chat")
        known = [person]
        for path in _RECIPIENT if self.own else _SENDER:
            other = whatsapp.person(wire.words(self.engine, *path))
            if other and all(other.by_phone != one.by_phone for one in known):
                known.append(other)
        known.sort(key=lambda one: not one.by_phone)  # the phone first: it is the steadier one
        name = "" if self.own else next(filter(None, (wire.words(self.engine, *path) for path in _NAMES)), "")
        return Address(chat=person.chat, identities=[one.identity for one in known], name=name[:100])

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


# What each event means. `origin` is what all of ours have in common, `event` the envelope's id.


def _message(payload: _Payload, origin: Json, _event: str) -> Heard:
    key = _key(payload.id)
    if payload.own and payload.source != "app":
        raise Drop("own_echo")
    peer, content = payload.peer(), payload.content()
    if payload.own:
        return events.StaffMessage(id=key, peer=peer, parts=content, **origin)
    quoted = payload.reply_to and events.Quote(id=_split(payload.reply_to.id)[1], text=payload.reply_to.body)
    return events.MessageReceived(id=key, peer=peer, parts=content, quote=quoted, **origin)


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
    _refuse_crowd(_split(payload.id)[0] or payload.sender)
    if not payload.own:
        raise Drop("ack_of_inbound")
    status = _ACKS.get(payload.ack) if payload.ack is not None else None
    if status is None:
        raise Drop("ack_pending" if payload.ack == 0 else "ack_unknown")
    return events.Receipt(id=_key(payload.id), status=status, detail=payload.ack_name[:100], **origin)


def _session(payload: _Payload, origin: Json, _event: str) -> Heard:
    status = payload.status[:50]
    return events.SessionStatus(status=status, working=status == "WORKING", **origin)


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


def _split(key: str) -> tuple[str, str]:
    """`false_<chat>_<id>[_<participant>]` → chat and bare id, which a message keeps however its chat is
    spelt; an id without that prefix (NOWEB) names no chat."""
    match = _ID.fullmatch(key)
    return (match[1], match[2]) if match else ("", key)


def _key(key: str) -> str:
    if not key:
        raise Drop("no_id")
    return _split(key)[1]


def _change_id(target: str, what: str, *facts: str) -> str:
    return f"{target[:400]}.{what}.{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"


def _theirs(payload: _Payload) -> Address:
    if payload.own:
        raise Drop("own_echo")
    return payload.peer()


def _refuse_crowd(chat: str) -> None:
    if crowd := whatsapp.crowd(chat):
        raise Drop(crowd)


def _location(place: object) -> parts.Location:
    """Degrees come as numbers or strings; NOWEB's own names for them are from before WAHA had `location`."""
    latitude, longitude = wire.inside(place, "latitude"), wire.inside(place, "longitude")
    try:
        return parts.Location(
            latitude=wire.inside(place, "degreesLatitude") if latitude is None else latitude,
            longitude=wire.inside(place, "degreesLongitude") if longitude is None else longitude,
            name=wire.words(place, "name"),
            address=wire.words(place, "address"),
            live=wire.inside(place, "live") is True,
        )
    except ValidationError:
        raise Drop("bad_location") from None


# What the gateway's answers mean.


def _result(answer: HttpAnswer) -> SendResult:
    reason = f"http_{answer.status}"
    if 200 <= answer.status < 300:
        sent = _sent_id(wire.loads(answer.body))
        return Sent(sent) if sent else Unclear("no_id_in_answer")
    if answer.status in _PERHAPS_DONE:
        return Unclear(reason)
    if answer.status == 500:  # an engine may fail after it has sent (devlikeapro/waha's are no exception)
        return Unclear(reason, over=True)
    # The rest heals: a key or a session in change (401, 403, 404), a session that starts (422), overload.
    return Refused(reason) if _hopeless(answer) else Later(reason, after=_retry_after(answer))


def _hopeless(answer: HttpAnswer) -> bool:
    """Whether WAHA understood and never can. A 422 with the `expected` states of the session can, later."""
    if answer.status == 422:
        return wire.inside(wire.loads(answer.body), "expected") is None
    return answer.status in (400, 413)


def _retry_after(answer: HttpAnswer) -> float | None:
    """Seconds (RFC 9110, 10.2.3; its dates are not worth a parser here), at most an hour."""
    value = answer.headers.get("retry-after", "")
    return min(float(value), 3600.0) if re.fullmatch(r"[0-9]{1,9}", value) else None


def _sent_id(message: object) -> str:
    found = (wire.words(message, *path) for path in _SENT_IDS)
    return _split(next(filter(None, found), ""))[1]


def _match(listed: list[Any], text: str, earliest: int, known: Sequence[str]) -> str | None:
    found = []
    for message in listed:
        key, at = _sent_id(message), wire.inside(message, "timestamp")
        same = wire.inside(message, "fromMe") is True and wire.words(message, "body") == text.strip()
        if same and key and key not in known and isinstance(at, int | float) and at >= earliest:
            found.append((at, key))
    return min(found)[1] if found else None
