"""Green API's wire format: https://green-api.com/en/docs/api/ (sending, receiving, queues, journals)."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from scripts.local.vendors.chats import Ack, Chat, ChatMessage
from scripts.local.vendors.gateway import (
    OWN_NAME,
    Answer,
    Asked,
    Done,
    Json,
    Media,
    Network,
    Operation,
    Problem,
    Read,
    Request,
    file_of,
    phone,
)
from scripts.local.vendors.green_api import webhooks
from scripts.local.vendors.green_api.requests import OPERATIONS, file_operation
from scripts.local.vendors.requests import number
from shared.errors import Rejected
from shared.formats.whatsapp import person
from shared.models.tenant import Channel

_LID = re.compile(r"\d{5,20}@lid\Z", re.ASCII)
_STATUSES = {Ack.SERVER: "sent", Ack.DEVICE: "delivered", Ack.READ: "read", Ack.ERROR: "failed"}
_TYPES = {"image": "imageMessage", "voice": "audioMessage", "document": "documentMessage"}


# Responses.


def _queue(request: Request, channel: Channel, network: Network) -> Answer:
    """Returns the messages in the queue, oldest first."""
    _check_instance(channel, request)
    now = network.clock.now().timestamp()
    sent = network.chats.sent(channel.tenant, channel.channel, now - network.queued_s)
    waiting = [(chat, said) for chat, said in reversed(sent) if said.at + network.queued_s > now]
    return Answer([_waiting(chat, said) for chat, said in waiting])


def _journal(request: Request, channel: Channel, network: Network) -> Answer:
    """Returns the messages sent in the last minutes, newest first."""
    _check_instance(channel, request)
    now = network.clock.now().timestamp()
    since = now - 60 * number(request.query_params, "minutes", 1440)
    sent = network.chats.sent(channel.tenant, channel.channel, since)
    return Answer([_entry(chat, said) for chat, said in sent if said.at + network.queued_s <= now])


def _waiting(chat: Chat, said: ChatMessage) -> Json:
    """Returns a message in the queue as the call that put it there."""
    method, body = "sendMessage", {"message": said.text}
    if file := said.detail.get("file"):
        method = "sendFileByUrl"
        body = {"urlFile": file["source"], "fileName": file["filename"], "caption": said.text}
    elif place := said.detail.get("location"):
        method, body = "sendLocation", _place(place)
    return {"messageID": said.id, "type": method, "body": {"chatId": chat.id, **body}}


def _entry(chat: Chat, said: ChatMessage) -> Json:
    """Returns a message in the journal."""
    entry: Json = {"type": "outgoing", "idMessage": said.id, "timestamp": int(said.at), "chatId": chat.id}
    entry |= {"statusMessage": _STATUSES.get(said.ack, "pending"), "sendByApi": True}
    if file := said.detail.get("file"):
        told = {"fileName": file["filename"], "mimeType": file["mimetype"], "caption": said.text}
        return {**entry, "typeMessage": _TYPES[said.kind], "downloadUrl": file["source"], **told}
    if place := said.detail.get("location"):
        return {**entry, "typeMessage": "locationMessage", "location": _place(place)}
    if "quote" in said.detail or "http" in said.text:
        kind = "quotedMessage" if "quote" in said.detail else "extendedTextMessage"
        return {**entry, "typeMessage": kind, "extendedTextMessage": {"text": said.text}}
    return {**entry, "typeMessage": "textMessage", "textMessage": said.text}


class GreenApi:
    """One gateway for all tenants; the instance is the channel's."""

    kind: ClassVar[str] = "green_api"
    secret: ClassVar[str] = "webhook_token"  # noqa: S105
    invalid: ClassVar[int] = 400
    staff: ClassVar[bool] = True
    calls: ClassVar[Sequence[tuple[str, str]]] = (("POST", "/waInstance{instance}/{method}/{token:path}"),)
    reads: ClassVar[Sequence[Read]] = (
        Read("/waInstance{instance}/showMessagesQueue/{token:path}", _queue),
        Read("/waInstance{instance}/lastOutgoingMessages/{token:path}", _journal),
    )
    media: ClassVar[Media] = Media("/media/{name}", public=True)

    def token(self, request: Request) -> str:
        return str(request.path_params.get("token", ""))

    def operation(self, request: Request, given: Any) -> Operation:
        method = request.path_params["method"]
        if method == "sendFileByUrl":
            return file_operation(str(given.get("fileName", "")) if isinstance(given, dict) else "")
        if method not in OPERATIONS:
            raise Problem(404, f"Cannot POST {method}")
        return OPERATIONS[method]

    def check(self, channel: Channel, request: Request, asked: Asked) -> None:  # noqa: ARG002
        _check_instance(channel, request)

    def answer(self, done: Done) -> Answer:
        if done.said:
            return Answer({"idMessage": done.said.id})
        return Answer({"setRead": True} if done.operation.kind == "seen" else {})

    def refuse(self, problem: Problem) -> Answer:
        """Returns an empty body for a wrong token, else the error with the time (ms). 466 is a plan's
        quota."""
        if problem.status in (401, 403):
            return Answer(status=problem.status)
        body: Json = {"statusCode": problem.status, "timestamp": int(time.time() * 1000)}
        body["message"] = (
            problem.words if problem.status != 400 else f"Validation failed. Details: {problem.words}"
        )
        if problem.status == 466:
            body = {
                "correspondentsStatus": {"status": "CORRESPONDENTS_QUOTE_EXCEEDED", "used": 3, "total": 3}
            }
        return Answer(body, problem.status, problem.headers)

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:  # noqa: ARG002
        return "3EB0" + secrets.token_hex(8).upper()

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:
        mine = said.author == "person"
        who = {
            "chatId": chat.id,
            "chatName": said.detail.get("name", ""),
            "sender": chat.id if mine else webhooks.OURS,
        }
        who["senderName"] = said.detail.get("name", "") if mine else OWN_NAME
        kind = "incomingMessageReceived" if mine else "outgoingMessageReceived"
        data = _message_data(chat, said, network)
        return _event(kind, channel, said.at, idMessage=said.id, senderData=who, messageData=data)

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> Json:
        status = {"chatId": chat.id, "idMessage": said.id, "status": _STATUSES[ack], "sendByApi": True}
        return _event("outgoingMessageStatus", channel, at, **status)

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:  # noqa: ARG002
        return webhooks.signed(key)

    def chat_id(self, peer: str) -> str:
        if _LID.match(peer):
            return peer
        if digits := phone(peer):
            return f"{digits}@c.us"
        raise Rejected(400, "peer: expected a phone number (+221770000001) or a chat id (…@c.us, …@lid)")

    def identity(self, chat: str) -> str:
        found = person(chat)
        return found.identity if found else ""


# Events.


def _check_instance(channel: Channel, request: Request) -> None:
    if request.path_params["instance"] != str(channel.settings["instance"]):
        raise Problem(403, "Forbidden")


def _event(kind: str, channel: Channel, at: float, **more: Any) -> Json:
    return webhooks.event(kind, instance=int(str(channel.settings["instance"])), timestamp=int(at), **more)


def _place(place: Json) -> Json:
    degrees = {"latitude": place["latitude"], "longitude": place["longitude"], "jpegThumbnail": ""}
    return {"nameLocation": place["name"], "address": place.get("address", ""), **degrees}


def _message_data(chat: Chat, said: ChatMessage, network: Network) -> Json:
    quoted = _quoted(chat, said)
    if file := file_of(said, network):
        url = f"{network.origin}/_sim/green_api/media/{file.name}"
        told = {"downloadUrl": url, "caption": said.text, "fileName": file.filename or file.name}
        return _data(webhooks.file(_TYPES[said.kind], file.mimetype, **told)) | quoted
    if place := said.detail.get("location"):
        return _data(webhooks.location(**_place(place))) | quoted
    if quoted:
        about = {name: quoted["quotedMessage"][name] for name in ("stanzaId", "participant")}
        text = {"text": said.text, **about}
        return {"typeMessage": "quotedMessage", "extendedTextMessageData": text, **quoted}
    return _data(webhooks.text(said.text))


def _data(event: Json) -> Json:
    """Returns the part of an event with the message's content."""
    data: Json = event["messageData"]
    return data


def _quoted(chat: Chat, said: ChatMessage) -> Json:
    quote = said.detail.get("quote")
    if quote is None:
        return {}
    whose = chat.id if quote["author"] == "person" else webhooks.OURS
    told = {"stanzaId": quote["id"], "participant": whose, "typeMessage": "textMessage"}
    return {"quotedMessage": {**told, "textMessage": quote["text"]}}
