"""Meta's wire format: https://developers.facebook.com/documentation/business-messaging/whatsapp/ (messages,
webhooks' payloads, error codes) and its OpenAPI document, v23.0."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

from scripts.local.vendors.chats import Ack, Chat, ChatMessage
from scripts.local.vendors.cloud_api import webhooks
from scripts.local.vendors.cloud_api.requests import OPERATIONS, Interactive, Message, Status, Text
from scripts.local.vendors.gateway import (
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
from shared.errors import Rejected
from shared.formats.whatsapp import account
from shared.models.tenant import Channel

_USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}\Z")
_STATUSES = {Ack.SERVER: "sent", Ack.DEVICE: "delivered", Ack.READ: "read", Ack.ERROR: "failed"}
#: Meta's error code by HTTP status (…/support/error-codes); other statuses have none.
_CODES = {400: 100, 401: 190, 403: 10, 404: 100, 429: 130429, 500: 131000, 503: 131016}
_TYPES = {"image": "image", "voice": "audio", "document": "document"}


# Responses.


def _media_place(request: Request, channel: Channel, network: Network) -> Answer:  # noqa: ARG001
    """Returns the address of a file's bytes."""
    file = network.files.get(request.path_params["media"])
    if file is None:
        raise Problem(400, "Unsupported get request. Object with this ID does not exist")
    told = {"url": f"{network.origin}/_sim/cloud_api/media/{file.id}", "mime_type": file.mimetype}
    told |= {"sha256": hashlib.sha256(file.data).hexdigest(), "file_size": str(len(file.data)), "id": file.id}
    return Answer({"messaging_product": "whatsapp", **told})


def error(code: Any, words: str = "…", **more: Any) -> Json:
    """Returns an error in Meta's form."""
    told = {"message": f"(#{code}) {words}", "type": "OAuthException", "code": code}
    return {"error": told | {"fbtrace_id": secrets.token_urlsafe(8)} | more}


class CloudApi:
    """One gateway for all tenants; the number is the channel's."""

    kind: ClassVar[str] = "cloud_api"
    secret: ClassVar[str] = "app_secret"  # noqa: S105
    invalid: ClassVar[int] = 400
    staff: ClassVar[bool] = True
    calls: ClassVar[Sequence[tuple[str, str]]] = (("POST", "/{number}/messages"),)
    reads: ClassVar[Sequence[Read]] = (Read("/{media}", _media_place),)
    media: ClassVar[Media] = Media("/media/{name}")

    def token(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def operation(self, request: Request, given: Any) -> Operation:  # noqa: ARG002
        body = given if isinstance(given, dict) else {}
        if "status" in body:
            return Operation("typing" if "typing_indicator" in body else "seen", Status)
        if body.get("type") == "interactive":
            listed = "sections" in str(body.get("interactive", {}).get("action", ""))
            return Operation("list" if listed else "buttons", Interactive)
        return OPERATIONS.get(str(body.get("type", "text")), Operation("other", Text))

    def check(self, channel: Channel, request: Request, asked: Asked) -> None:
        if request.path_params["number"] != str(channel.settings["phone_number_id"]):
            raise Problem(400, "Unsupported post request. Object with this ID does not exist")
        if isinstance(asked, Message) and not asked.chat:
            raise Problem(400, "The parameter to is required.")

    def answer(self, done: Done) -> Answer:
        if done.said is None:
            return Answer({"success": True})
        contact, message = {"input": done.chat.id, "wa_id": done.chat.id}, {"id": done.said.id}
        return Answer({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})

    def refuse(self, problem: Problem) -> Answer:
        code = problem.code or _CODES.get(problem.status)
        if code is None:
            return Answer(problem.words, problem.status, problem.headers)
        details = {"messaging_product": "whatsapp", "details": problem.words}
        return Answer(error(code, problem.words, error_data=details), problem.status, problem.headers)

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:  # noqa: ARG002
        """Returns an id like Meta's: base64 with the person's number in it."""
        key = secrets.token_hex(9).upper().encode()
        raw = (
            b"\x1c\x18"
            + bytes([len(chat.id)])
            + chat.id.encode()
            + b"\x15\x02\x00\x11\x18\x12"
            + key
            + b"\x00"
        )
        return "wamid." + base64.b64encode(raw).decode()

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:
        message = _message(said, network)
        if said.author == "staff":
            echo = message | {"from": webhooks.OURS, "to": chat.id}
            return _posted(channel, "smb_message_echoes", message_echoes=[echo])
        number = chat.id.isdecimal()
        contact: Json = {"wa_id" if number else "user_id": chat.id}
        contact["profile"] = {"name": said.detail.get("name", "")}
        del message["from"]
        message["from" if number else "from_user_id"] = chat.id
        return _posted(channel, "messages", contacts=[contact], messages=[message])

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> Json:
        about = {"id": said.id, "timestamp": str(int(at)), "recipient_id": chat.id}
        status = webhooks.status(_STATUSES[ack], **about, biz_opaque_callback_data=said.turn)
        if not said.turn:
            del status["biz_opaque_callback_data"]
        return _posted(channel, "messages", statuses=[status])

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:  # noqa: ARG002
        """Returns the signature: hex HMAC-SHA256 over the raw bytes."""
        return webhooks.signed(body, key)

    def chat_id(self, peer: str) -> str:
        if found := phone(peer) or (peer if _USER.match(peer) else ""):
            return found
        raise Rejected(
            400, "peer: expected a phone number (+221770000001, 221770000001) or a user id (US.123)"
        )

    def identity(self, chat: str) -> str:
        digits = chat.isdecimal()
        return account(chat if digits else "", "" if digits else chat).identities[0]


# Ids and events.


def _posted(channel: Channel, field: str, **value: Any) -> Json:
    number = str(channel.settings["phone_number_id"])
    return webhooks.posted(webhooks.change(field, number_id=number, **value))


def _message(said: ChatMessage, network: Network) -> Json:
    quote = said.detail.get("quote")
    context = {"context": {"from": webhooks.OURS, "id": quote["id"]}} if quote else {}
    kind, content = _content(said, network)
    return webhooks.message(kind, content, key=said.id, timestamp=str(int(said.at)), **context)


def _content(said: ChatMessage, network: Network) -> tuple[str, Json]:
    """Returns a message's type, and its content of that type."""
    if press := said.detail.get("press"):
        kind = "list_reply" if press["list"] else "button_reply"
        reply = {"id": press["id"], "title": press["title"]}
        return "interactive", {"type": kind, kind: reply}
    if file := file_of(said, network):
        kind = _TYPES[said.kind]
        told: Json = {
            "id": file.id,
            "mime_type": file.mimetype,
            "sha256": hashlib.sha256(file.data).hexdigest(),
        }
        told |= {"caption": said.text} if said.text and kind != "audio" else {}
        told |= {"filename": file.filename} if kind == "document" else {}
        told |= {"voice": True} if kind == "audio" else {}
        return kind, told
    if place := said.detail.get("location"):
        return "location", {name: value for name, value in place.items() if value != ""}
    return "text", {"body": said.text}
