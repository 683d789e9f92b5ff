"""The answers of a workflow's trigger, and the activity that an outgoing webhook posts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from starlette.responses import JSONResponse, Response

from scripts.local.vendors.hooks import Posted

Json = dict[str, Any]

PATH = "/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke"
QUERY = "api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=not-a-real-signature"


def take(posted: Posted) -> Response:
    """Accepts whatever comes with the whole address: a card is checked after the answer alone."""
    if posted.query.get("sig") != "not-a-real-signature":
        return refused(401, "DirectApiAuthorizationRequired")
    if posted.path != PATH:
        return refused(404, "WorkflowNotFound")
    return Response(status_code=202, headers={"x-ms-workflow-run-id": "0858RUN"})


def refused(status: int, code: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": "scripted"}}, status)


def shown(posted: Posted) -> Json:
    """Returns the card that Teams shows. Raises ValueError if it refuses the message."""
    if len(posted.raw) > 28_672 * 0.85:
        raise ValueError("MessageSizeExceeded")
    attachments = posted.body["attachments"]
    if [each["contentType"] for each in attachments] != ["application/vnd.microsoft.card.adaptive"]:
        raise ValueError("expected one card")
    card: Json = attachments[0]["content"]
    if any(not action["url"].startswith("https://") for action in card["actions"]):
        raise ValueError("expected an absolute URL")
    return card


def activity(html: str, *, id: str, sender: Json) -> bytes:
    """Returns a message in which staff mention the outgoing webhook."""
    said = f"<at>Concierge</at>&nbsp;{html}"
    return json.dumps({"type": "message", "id": id, "text": said, "from": sender}).encode()


def signed(token: str, body: bytes) -> dict[str, str]:
    digest = hmac.new(base64.b64decode(token), body, hashlib.sha256).digest()
    return {"authorization": f"HMAC {base64.b64encode(digest).decode()}"}
