"""The events that Chatwoot posts, as version 4.17 does, and their signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

Json = dict[str, Any]

AGENT: Json = {"id": 2, "name": "Dana Staff", "type": "user"}
BOT: Json = {"id": 1, "name": "Concierge bot", "type": "agent_bot"}


def message(content: str, conversation: Json, *, id: int = 12, **fields: Any) -> bytes:
    """Returns `message_created`: of a member of staff to the person, unless `fields` say otherwise."""
    event: Json = {"event": "message_created", "id": id, "content": content, "message_type": "outgoing"}
    event |= {"private": False, "sender": AGENT, "content_attributes": {}, "conversation": conversation}
    return json.dumps(event | {"created_at": "2026-08-01T11:59:58.399Z"} | fields).encode()


def changed(event: str, conversation: Json, **fields: Any) -> bytes:
    """Returns an event whose top level is the conversation."""
    return json.dumps(conversation | {"event": event, "changed_attributes": None} | fields).encode()


def conversation(request: str, *, inbox: int = 1, assignee: Json | None = None, status: str = "open") -> Json:
    kind = None if assignee is None else "AgentBot" if assignee["type"] == "agent_bot" else "User"
    return {
        "id": 31,
        "inbox_id": inbox,
        "status": status,
        "meta": {"assignee": assignee, "assignee_type": kind},
        "custom_attributes": {"concierge_request": request} if request else {},
        "updated_at": 1785585598.4729,
    }


def signed(secret: str, body: bytes, at: float) -> dict[str, str]:
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-chatwoot-timestamp": stamp, "x-chatwoot-signature": f"sha256={digest}"}
