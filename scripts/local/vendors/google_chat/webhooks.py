"""The answers of an incoming webhook of a space."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from scripts.local.vendors.hooks import Posted
from shared.formats.wire import inside, items, words

PATH, QUERY = "/v1/spaces/SPACE/messages", "key=KEY&token=not-a-real-token%3D"
_REPLIES = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD", "REPLY_MESSAGE_OR_FAIL"


def take(posted: Posted) -> Response:
    """Answers as Google Chat: the message in its thread, or the first thing that is wrong."""
    if posted.query.get("token") != "not-a-real-token=":
        return refused(403, "PERMISSION_DENIED")
    if posted.path != PATH:
        return refused(404, "NOT_FOUND")
    if len(posted.raw) > 32_000:
        return refused(400, "INVALID_ARGUMENT")
    key = words(posted.body, "thread", "threadKey")
    if bool(key) != (posted.query.get("messageReplyOption") in _REPLIES):
        return refused(400, "INVALID_ARGUMENT")
    if len(_widgets(posted.body)) > 100:
        return refused(400, "INVALID_ARGUMENT")
    place = f"spaces/SPACE/threads/{key or 'new'}"
    return JSONResponse({"name": "spaces/SPACE/messages/THREAD.MESSAGE", "thread": {"name": place}})


def refused(code: int, status: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": "scripted", "status": status}}, code)


def _widgets(body: object) -> list[object]:
    cards = [inside(card, "card") for card in items(body, "cardsV2")]
    return [each for card in cards for part in items(card, "sections") for each in items(part, "widgets")]
