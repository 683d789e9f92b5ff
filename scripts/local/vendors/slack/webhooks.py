"""Slack's answers at an incoming webhook, with Block Kit's limits, and the press of a button."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from starlette.responses import PlainTextResponse, Response

from scripts.local.vendors.hooks import Posted
from shared.formats.wire import inside, items, words

Json = dict[str, Any]

#: The path of the webhook that exists.
PATH = "/services/T00000000/B00000000/not-a-real-address"
_TEXTS = {"header": 150, "section": 3_000, "field": 2_000, "button": 75}


def take(posted: Posted) -> Response:
    """Answers as Slack: `ok`, or a word for the first thing that is wrong."""
    if posted.path != PATH:
        return refused(404, "no_service")
    if not words(posted.body, "text"):
        return refused(400, "no_text")
    blocks = items(posted.body, "blocks")
    fits = len(blocks) <= 50 and all(_fits(block) for block in blocks)
    return PlainTextResponse("ok") if fits else refused(400, "invalid_payload")


def refused(status: int, word: str) -> Response:
    return PlainTextResponse(word, status)


def limited(seconds: int) -> Response:
    return PlainTextResponse("", 429, {"Retry-After": str(seconds)})


def texts(body: object) -> Iterator[Json]:
    """Yields the text objects of a message."""
    for block in items(body, "blocks"):
        yield from filter(None, [inside(block, "text"), *items(block, "fields")])
        yield from (inside(element, "text") for element in items(block, "elements"))


def buttons(body: object) -> list[Json]:
    return [button for block in items(body, "blocks") for button in items(block, "elements")]


def _fits(block: Json) -> bool:
    fields, elements = items(block, "fields"), items(block, "elements")
    lengths = [(words(field, "text"), _TEXTS["field"]) for field in fields]
    lengths += [(words(element, "text", "text"), _TEXTS["button"]) for element in elements]
    if block["type"] in _TEXTS and "text" in block:
        lengths.append((words(block, "text", "text"), _TEXTS[block["type"]]))
    bounded = all(0 < len(text) <= limit for text, limit in lengths) and len(fields) <= 10
    urls = all(len(words(element, "url")) <= 3_000 for element in elements)
    names = [words(element, "action_id") for element in elements]
    return bounded and urls and len(elements) <= 25 and len(set(names)) == len(names)


def press(button: Json, user: Json, *, trigger: str, at: float) -> bytes:
    """Returns the form that Slack posts when this button is pressed."""
    action = {"type": "button", "action_ts": f"{at:.6f}", "block_id": "XH72R"}
    action |= {name: button[name] for name in ("action_id", "text", "value") if name in button}
    payload = {"type": "block_actions", "user": user, "trigger_id": trigger, "actions": [action]}
    return urlencode({"payload": json.dumps(payload)}).encode()


def signed(secret: str, body: bytes, at: float) -> dict[str, str]:
    """Returns the headers of a request (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}
