"""Requests to WAHA's API, and the meaning of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.channels.waha import inbound
from shared.errors import Drop, Rejected
from shared.formats import wire
from shared.models import parts
from shared.platform.http import HttpAnswer

Json = dict[str, Any]

#: A WAMessage's id: as documented; as WEBJS, WPP and NOWEB answer a send.
_SENT_IDS = ("id",), ("id", "_serialized"), ("id", "id"), ("_data", "id", "_serialized"), ("key", "id")
#: Statuses of a proxy that passed the request on and lost the answer (520 and 524 are Cloudflare's).
_PERHAPS_DONE = 502, 504, 520, 524


def request(to: str, part: parts.Part) -> tuple[str, Json] | None:
    """Returns the API method and body for this part and chat, or None if unsupported."""
    if isinstance(part, parts.Text) and part.reply_to:
        return "sendText", {"text": part.text, "reply_to": theirs(to, part.reply_to)}
    if text := parts.as_text(part):
        return "sendText", {"text": text}
    match part:
        case parts.Media(kind="voice", url=str(url)):  # WhatsApp plays opus in ogg only, and shows no caption
            file = {"mimetype": part.media_type, "url": url}
            return "sendVoice", {"file": file, "convert": not part.media_type.startswith("audio/ogg")}
        case parts.Media(url=str(url)):
            file = {"mimetype": part.media_type, "url": url}
            file |= {"filename": part.filename} if part.filename else {}
            caption = {"caption": part.caption} if part.caption else {}
            return "sendImage" if part.kind == "image" else "sendFile", {"file": file, **caption}
        case parts.Location():
            title = part.name or part.address
            return "sendLocation", {"latitude": part.latitude, "longitude": part.longitude, "title": title}
    return None


def theirs(chat: str, gateway_id: str) -> str:
    """Returns the full id, as WAHA's calls need it, of a message that the person wrote in this chat."""
    return f"false_{chat}_{gateway_id}"


def result(answer: HttpAnswer) -> SendResult:
    reason = f"http_{answer.status}"
    if 200 <= answer.status < 300:
        sent = _sent_id(wire.loads(answer.body))
        return Sent(sent) if sent else Unclear("no_id_in_answer")
    if answer.status in _PERHAPS_DONE:
        return Unclear(reason)
    if answer.status == 500:  # an engine may fail after it has sent (devlikeapro/waha's are no exception)
        return Unclear(reason, over=True)
    if answer.status in (401, 403):
        return Later("credentials", after=answer.retry_after)
    # All other statuses are temporary: a session in change (404), one that starts (422), overload.
    return Refused(reason) if unsupported(answer) else Later(reason, after=answer.retry_after)


def unsupported(answer: HttpAnswer) -> bool:
    """Whether WAHA can never do it. A 422 with the `expected` states of the session is temporary."""
    if answer.status == 422:
        return wire.inside(wire.loads(answer.body), "expected") is None
    return answer.status in (400, 413)


def _sent_id(message: object) -> str:
    found = (wire.words(message, *path) for path in _SENT_IDS)
    return inbound.split(next(filter(None, found), ""))[1]


def match(listed: list[Any], part: parts.Part, earliest: int, known: Sequence[str]) -> str | None:
    found = []
    for message in listed:
        key, at = _sent_id(message), wire.inside(message, "timestamp")
        ours = wire.inside(message, "fromMe") is True and key and key not in known
        if ours and isinstance(at, int | float) and at >= earliest and _says(message, part):
            found.append((at, key))
    return min(found)[1] if found else None


def _says(message: Json, part: parts.Part) -> bool:
    try:
        said = inbound.content(message)
    except (Drop, Rejected):
        return False
    return parts.alike(part, said[0])
