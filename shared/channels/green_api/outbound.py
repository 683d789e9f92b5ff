"""Requests to Green API, the meaning of its answers, and lookups in its queue and its journal."""

from __future__ import annotations

import mimetypes
import re
from typing import Any

from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.channels.green_api import inbound
from shared.errors import Drop
from shared.formats import wire
from shared.models import parts
from shared.platform.http import HttpAnswer

Json = dict[str, Any]

#: Characters of a text (SendMessage) and of a caption (SendFileByUrl).
TEXT_LIMIT = 20_000


def request(part: parts.Part) -> tuple[str, Json] | None:
    """Returns the API method and body for this part, or None if unsupported."""
    if isinstance(part, parts.Text) and part.reply_to:
        return "sendMessage", {"message": part.text, "quotedMessageId": part.reply_to}
    if text := parts.as_text(part):
        return "sendMessage", {"message": text}
    match part:
        case parts.Media(url=str(url)):
            caption = {"caption": part.caption} if part.caption else {}
            return "sendFileByUrl", {"urlFile": url, "fileName": _file_name(part), **caption}
        case parts.Location():
            about = {"nameLocation": part.name, "address": part.address}
            said = {name: value for name, value in about.items() if value}
            return "sendLocation", {"latitude": part.latitude, "longitude": part.longitude, **said}
    return None


def _file_name(part: parts.Media) -> str:
    """Returns the file's name; its ending decides how WhatsApp shows the file."""
    if re.search(r"\.[A-Za-z0-9]{1,8}$", part.filename):
        return part.filename
    guessed = mimetypes.guess_extension(part.media_type.partition(";")[0].strip()) or ".bin"
    return (part.filename or part.kind) + {"voice": ".ogg", "sticker": ".webp"}.get(part.kind, guessed)


def result(answer: HttpAnswer) -> SendResult:
    reason, said = f"http_{answer.status}", _said(answer)
    match answer.status:
        case status if 200 <= status < 300:
            sent = wire.words(wire.loads(answer.body), "idMessage")
            return Sent(sent) if sent else Unclear("no_id_in_answer")
        case 499 | 502 | 504 | 520 | 524:  # from a proxy that passed it on and lost the answer, or gave up
            return Unclear(reason)
        case 500 if "exceeded max upload size" not in said:
            return Unclear(reason, over=True)
        case 400 if said.startswith("instance"):  # starting, not authorized or not paid for: temporary
            return Later(wire.label(said))
        case 400 | 413 | 500:
            return Refused(reason)
        case 466:
            return Refused("quota_exceeded")
        case 401 | 403:
            return Later("credentials")
    return Later(reason, after=answer.retry_after)


def _said(answer: HttpAnswer) -> str:
    """Returns the error's text: in JSON, beside the request's path with the token in it, or bare."""
    body = wire.loads(answer.body)
    bare = answer.body[:200].decode(errors="replace")
    return (wire.words(body, "message") if isinstance(body, dict) else bare.strip('" ')).lower()


def waiting(queue: list[Any], to: str, part: parts.Part) -> list[str]:
    """Returns the ids of messages in the queue with this part for this chat."""
    return [wire.words(one, "messageID") for one in queue if _says(wire.inside(one, "body"), to, part)]


def gone(journal: list[Any], to: str, part: parts.Part, earliest: float) -> list[str]:
    """Returns the ids of messages sent at `earliest` (s since 1970) or later, oldest first."""
    sent = [entry for entry in journal if _gone_since(entry, earliest) and _says(entry, to, part)]
    sent.sort(key=lambda entry: float(entry["timestamp"]))
    return [wire.words(entry, "idMessage") for entry in sent]


def _says(message: object, to: str, part: parts.Part) -> bool:
    """Whether a message of the queue or the journal is this part in this chat."""
    try:
        return wire.words(message, "chatId") == to and parts.alike(part, _told(message))
    except Drop:
        return False


def _told(message: object) -> parts.Part:
    place = wire.inside(message, "location") or message
    if wire.inside(place, "latitude") is not None:
        return inbound.location(place)
    if wire.words(message, "urlFile") or wire.words(message, "typeMessage") in inbound.FILES:
        return parts.Media(kind="document", caption=wire.words(message, "caption"))
    return inbound.text(inbound.first(message, "message", "textMessage", "extendedTextMessage.text"))


def _gone_since(entry: object, earliest: float) -> bool:
    at, by_us = wire.inside(entry, "timestamp"), wire.inside(entry, "sendByApi") is not False
    return by_us and isinstance(at, int | float) and at >= earliest
