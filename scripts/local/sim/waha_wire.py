"""WAHA's wire format, seen from the gateway: ids, messages, webhook events and their signature.

Facts: https://waha.devlike.pro/docs/how-to/events/ and WAHA's OpenAPI document (WAMessage, WALocation).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

from scripts.local.sim.chats import Ack, Chat, ChatMessage
from shared.errors import Rejected

_PHONE = re.compile(r"\+?(\d{5,15})\Z", re.ASCII)
_CHAT = re.compile(r"\d{5,20}@(c\.us|lid)\Z", re.ASCII)
#: The organisation's own number on the simulated network.
ME = "221330000000@c.us"
_ACK_NAMES = {
    Ack.ERROR: "ERROR",
    Ack.PENDING: "PENDING",
    Ack.SERVER: "SERVER",
    Ack.DEVICE: "DEVICE",
    Ack.READ: "READ",
}


def chat_id(peer: str) -> str:
    """The chat of a person given as phone number or chat id. Raises Rejected(400)."""
    if _CHAT.match(peer):
        return peer
    if found := _PHONE.match(re.sub(r"[\s().-]", "", peer)):
        return f"{found[1]}@c.us"
    raise Rejected(400, "peer: expected a phone number (+221770000001) or a chat id (…@c.us, …@lid)")


def new_id() -> str:
    """A bare message id as phones make them: hexadecimal, upper case."""
    return "3A" + secrets.token_hex(9).upper()


def full_id(chat: Chat, message: str, *, from_me: bool) -> str:
    return f"{str(from_me).lower()}_{chat.id}_{message}"


def bare_id(full: str) -> str:
    """The third segment of `{true|false}_{chat}_{id}[_{participant}]`; an id without a prefix as it is."""
    segments = full.split("_")
    return segments[2] if len(segments) > 2 and segments[0] in ("true", "false") else full


def chat_of(full: str) -> str:
    """The chat named by a message's full id, "" where it names none."""
    segments = full.split("_")
    return segments[1] if len(segments) > 2 and segments[0] in ("true", "false") else ""


def message(chat: Chat, said: ChatMessage) -> dict[str, Any]:
    """A WAMessage."""
    from_me = said.author != "person"
    location = said.detail.get("location")
    return {
        "id": full_id(chat, said.id, from_me=from_me),
        "timestamp": int(said.at),
        "from": ME if from_me else chat.id,
        "fromMe": from_me,
        "source": "api" if said.author == "concierge" else "app",
        "to": chat.id if from_me else ME,
        "participant": None,
        "body": said.text,
        "hasMedia": "file" in said.detail,
        "media": None,
        "ack": said.ack,
        "ackName": _ACK_NAMES[said.ack],
        "location": {**location, "live": False} if location else None,
        "vCards": [],
        "replyTo": None,
        "_data": {"notifyName": said.detail["name"]} if "name" in said.detail else {},
    }


def message_event(session: str, chat: Chat, said: ChatMessage) -> dict[str, Any]:
    """What the gateway posts for a new message; one typed on the organisation's own phone comes only as
    `message.any`, as for a session subscribed to both."""
    kind = "message" if said.author == "person" else "message.any"
    return _event(kind, session, said.at, message(chat, said))


def ack_event(session: str, chat: Chat, message: str, ack: int, at: float) -> dict[str, Any]:
    """What the gateway posts when one of our messages came further."""
    payload = {
        "id": full_id(chat, message, from_me=True),
        "from": chat.id,
        "to": ME,
        "participant": None,
        "fromMe": True,
        "ack": ack,
        "ackName": _ACK_NAMES[ack],
    }
    return _event("message.ack", session, at, payload)


def _event(kind: str, session: str, at: float, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_{secrets.token_hex(13)}",
        "timestamp": int(at * 1000),
        "event": kind,
        "session": session,
        "metadata": {},
        "me": {"id": ME, "pushName": "Concierge"},
        "payload": payload,
        "engine": "WEBJS",
        "environment": {"version": "2026.7.1", "engine": "WEBJS", "tier": "CORE", "browser": None},
    }


def signature(key: str, body: bytes) -> str:
    """`X-Webhook-Hmac`: hex HMAC-SHA512 over the raw bytes."""
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
