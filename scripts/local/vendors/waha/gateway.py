"""WAHA's wire format: https://waha.devlike.pro/docs/how-to/send-messages/, …/events/, …/receive-messages/,
and its OpenAPI document (MessageTextRequest and its like, WAMessage, WALocation)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from scripts.local.vendors.chats import Ack, Chat, ChatMessage
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
from scripts.local.vendors.requests import number
from scripts.local.vendors.waha import webhooks
from scripts.local.vendors.waha.requests import OPERATIONS, InSession
from shared.errors import Rejected
from shared.formats.whatsapp import person
from shared.models.tenant import Channel

#: WAHA's address in the links to files that it posts.
OWN_ADDRESS = "http://localhost:3000"
_LID = re.compile(r"\d{5,20}@lid\Z", re.ASCII)
_REASONS = {401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity", 429: "Too Many Requests"}
_ACK_NAMES = {
    Ack.ERROR: "ERROR", Ack.PENDING: "PENDING", Ack.SERVER: "SERVER", Ack.DEVICE: "DEVICE", Ack.READ: "READ",
}  # fmt: skip


# Responses.


def _messages(request: Request, channel: Channel, network: Network) -> Answer:
    """Returns the messages of one chat."""
    _check_session(channel, request.path_params["session"])
    chat = Chat(channel.tenant, channel.channel, request.path_params["chat"])
    return Answer(
        listed([message(chat, each) for each in network.chats.messages(chat)], request.query_params)
    )


def listed(messages: Sequence[Json], query: Mapping[str, str]) -> list[Json]:
    """Returns the messages that a call requests, given all of a chat's, oldest first."""
    since = number(query, "filter.timestamp.gte")
    from_me = {"true": True, "false": False}.get(query.get("filter.fromMe", ""))
    found = [each for each in messages if each["timestamp"] >= since and from_me in (None, each["fromMe"])]
    if query.get("sortOrder", "desc") == "desc":
        found.reverse()
    offset = int(number(query, "offset"))
    return found[offset : offset + int(number(query, "limit", 10))]


def answered(operation: Operation, chat: Chat, said: ChatMessage | None) -> Answer:
    """Returns the response to a successful call; `said` is the message that it made."""
    if said:
        return Answer(message(chat, said), operation.status)
    return Answer({} if operation.kind == "seen" else None, operation.status)


class Waha:
    """One gateway for all tenants; the session is the channel's."""

    kind: ClassVar[str] = "waha"
    secret: ClassVar[str] = "hmac_key"  # noqa: S105
    invalid: ClassVar[int] = 422
    staff: ClassVar[bool] = True
    calls: ClassVar[Sequence[tuple[str, str]]] = (("POST", "/api/{operation}"), ("PUT", "/api/{operation}"))
    reads: ClassVar[Sequence[Read]] = (Read("/api/{session}/chats/{chat}/messages", _messages),)
    media: ClassVar[Media] = Media("/api/files/{session}/{name}")

    def token(self, request: Request) -> str:
        return request.headers.get("x-api-key", "")

    def operation(self, request: Request, given: Any) -> Operation:  # noqa: ARG002
        name = request.path_params["operation"]
        if name not in OPERATIONS or (request.method == "PUT") != (name == "reaction"):
            raise Problem(404, f"Cannot {request.method} /api/{name}")
        return OPERATIONS[name]

    def check(self, channel: Channel, request: Request, asked: Asked) -> None:  # noqa: ARG002
        if isinstance(asked, InSession):
            _check_session(channel, asked.session)

    def answer(self, done: Done) -> Answer:
        return answered(done.operation, done.chat, done.said)

    def refuse(self, problem: Problem) -> Answer:
        """Returns an error as Nest words it: a list of breaches for a wrong body, one line otherwise."""
        message = problem.lines if problem.status == 422 and ":" in problem.words else problem.words
        error = _REASONS.get(problem.status, "Internal Server Error")
        body = {"message": message, "error": error, "statusCode": problem.status}
        return Answer(body, problem.status, problem.headers)

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:  # noqa: ARG002
        """Returns a bare message id as phones make them: hexadecimal, upper case."""
        return "3A" + secrets.token_hex(9).upper()

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:
        """Returns the webhook of a message. One typed on the organisation's own phone comes only as
        `message.any`, as for a session that is subscribed to both."""
        kind = "message" if said.author == "person" else "message.any"
        payload = message(chat, said)
        if file := file_of(said, network):
            url = f"{OWN_ADDRESS}/api/files/{_session_of(channel)}/{file.name}"
            filename = file.filename if said.kind == "document" else None
            payload["media"] = {"url": url, "mimetype": file.mimetype, "filename": filename, "error": None}
        return _event(kind, channel, said.at, payload)

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> Json:
        payload = webhooks.ack(ack, _ACK_NAMES[ack], chat=chat.id, id=_full(chat, said))
        return _event("message.ack", channel, at, payload)

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:
        """Returns the signature: hex HMAC-SHA512 over the raw bytes."""
        about = {"x-webhook-request-id": event["id"], "x-webhook-timestamp": str(event["timestamp"])}
        return webhooks.signed(body, key) | about

    def chat_id(self, peer: str) -> str:
        if _LID.match(peer):
            return peer
        if digits := phone(peer):
            return f"{digits}@c.us"
        raise Rejected(400, "peer: expected a phone number (+221770000001) or a chat id (…@c.us, …@lid)")

    def identity(self, chat: str) -> str:
        found = person(chat)
        return found.identity if found else ""


# Ids, messages and events.


def _session_of(channel: Channel) -> str:
    return str(channel.settings.get("session", "default"))


def _check_session(channel: Channel, session: str) -> None:
    """Raises Problem(422) for an unknown session: WAHA treats it as one that is not WORKING."""
    if session != _session_of(channel):
        raise Problem(422, "Session status is not as expected. Try again later or restart the session")


def _full(chat: Chat, said: ChatMessage) -> str:
    return f"{str(said.author != 'person').lower()}_{chat.id}_{said.id}"


def message(chat: Chat, said: ChatMessage) -> Json:
    """Returns a WAMessage."""
    if said.author == "person":
        told = webhooks.message(said.text, chat=chat.id, key=said.id)
    else:
        source = "api" if said.author == "concierge" else "app"
        told = webhooks.own(said.text, chat=chat.id, key=said.id, source=source)
    return told | {
        "timestamp": int(said.at),
        "hasMedia": "file" in said.detail,
        "ack": said.ack,
        "ackName": _ACK_NAMES[said.ack],
        "location": _location(said),
        "vCards": [],
        "replyTo": _reply_to(chat, said),
        "_data": {"notifyName": said.detail["name"]} if "name" in said.detail else {},
    }


def _location(said: ChatMessage) -> Json | None:
    """Returns the location, with degrees as strings."""
    place = said.detail.get("location")
    if place is None:
        return None
    degrees = {"latitude": str(place["latitude"]), "longitude": str(place["longitude"])}
    return {**degrees, "name": place["name"], "live": False}


def _reply_to(chat: Chat, said: ChatMessage) -> Json | None:
    quote = said.detail.get("quote")
    if quote is None:
        return None
    whose = chat.id if quote["author"] == "person" else webhooks.OURS
    return {"id": quote["id"], "participant": whose, "body": quote["text"], "hasMedia": False, "media": None}


def _event(kind: str, channel: Channel, at: float, payload: Json) -> Json:
    envelope = webhooks.event(kind, payload, session=_session_of(channel))
    return envelope | {"id": f"evt_{secrets.token_hex(13)}", "timestamp": int(at * 1000)}
