"""Requests to Meta's API, and the meaning of its answers."""

from __future__ import annotations

import re
from typing import Any

from shared.channels import MEDIA_LIMIT, Later, Refused, SendResult, Sent, Unclear
from shared.errors import Drop, Retry
from shared.formats import wire
from shared.formats.wire import inside, items, words
from shared.models import parts
from shared.models.parts import Part
from shared.platform.http import HttpAnswer

Json = dict[str, Any]

# Error codes: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/
_PASSING = {1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 131064, 133004}
_CREDENTIALS = {0, 10, 190, *range(200, 300)}
_WINDOW_CLOSED = 131047
#: One message in 6 s to one person: Meta gives no time to wait.
_WAITS = {131056: 6.0}
#: Statuses of a proxy that passed the request on and lost the answer (520 and 524 are Cloudflare's).
_PERHAPS_DONE = 502, 504, 520, 524

#: Hosts of Meta's media: no other host gets the access token.
_MEDIA = re.compile(r"https://(?:[a-z0-9-]+\.)*(?:fbsbx\.com|whatsapp\.net|facebook\.com)/")

_TEXT_LIMIT, _CAPTION_LIMIT = 4096, 1024
_BUTTONS, _BUTTON_TITLE = 3, 20


def said(part: Part) -> Json | Refused:
    match part:
        case parts.Text(text=text) if not text.strip() or len(text) > _TEXT_LIMIT:
            return Refused("too_long" if text.strip() else "empty")
        case parts.Media(caption=caption) if len(caption) > _CAPTION_LIMIT:
            return Refused("too_long")
        case parts.Text():  # without a preview, for which Meta would fetch a link that is the person's own
            # Of a message that has gone, Meta shows no quote and sends the words all the same.
            quote = {"context": {"message_id": part.reply_to}} if part.reply_to else {}
            return {"type": "text", "text": {"body": part.text, "preview_url": False}, **quote}
        case parts.Media(url=str() as link):  # a sound and a sticker go without words
            kind = "audio" if part.kind == "voice" else part.kind
            caption = part.caption if kind in ("image", "video", "document") else ""
            name = part.filename if kind == "document" else ""
            # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/audio-messages/
            note: Json = {"voice": True} if part.kind == "voice" else {}
            return {"type": kind, kind: _filled(link=link, caption=caption, filename=name) | note}
        case parts.Location():
            degrees = {"latitude": str(part.latitude), "longitude": str(part.longitude)}
            return {"type": "location", "location": degrees | _filled(name=part.name, address=part.address)}
        case parts.Choices():
            return {"type": "interactive", "interactive": _interactive(part)}
        case parts.Template():
            return {"type": "template", "template": _template(part)}
    return Refused(f"unsupported_part:{part.type}")


def _filled(**fields: str) -> Json:
    return {name: value for name, value in fields.items() if value}


def _interactive(part: parts.Choices) -> Json:
    """Returns buttons if all choices fit on them, else a list."""
    short = all(len(one.title) <= _BUTTON_TITLE and not one.description for one in part.choices)
    rows = [one.model_dump(exclude_defaults=True) for one in part.choices]
    kind, action = "list", {"button": part.label, "sections": [{"rows": rows}]}
    if short and len(rows) <= _BUTTONS:
        kind, action = "button", {"buttons": [{"type": "reply", "reply": row} for row in rows]}
    return {"type": kind, "body": {"text": part.text}, "action": action}


def _template(part: parts.Template) -> Json:
    """Returns a template without line breaks and runs of spaces in its values, which Meta refuses."""
    values = [{"type": "text", "text": " ".join(value.split())} for value in part.parameters]
    body = [{"type": "body", "parameters": values}] if values else []
    language = {"policy": "deterministic", "code": part.language}  # the only policy there is
    return {"name": part.name, "language": language, "components": body}


def result(answer: HttpAnswer) -> SendResult:
    body = wire.loads(answer.body)
    if 200 <= answer.status < 300:
        sent = [words(message, "id") for message in items(body, "messages")]
        return Sent(sent[0]) if any(sent[:1]) else Unclear("no_id_in_answer")
    told, after = inside(body, "error", "code"), answer.retry_after
    code = told if isinstance(told, int) else None
    if code in _CREDENTIALS or (code is None and answer.status in (401, 403)):
        return Later("credentials", after=after)
    if code is not None:  # Meta says why it did not take the message: that is certain
        passing = code in _PASSING or inside(body, "error", "is_transient") is True
        if passing or answer.status == 429 or answer.status >= 500:
            return Later(reason_of(code), after=after or _WAITS.get(code))
        return Refused(reason_of(code))
    reason = f"http_{answer.status}"
    if answer.status == 500 or answer.status in _PERHAPS_DONE:
        return Unclear(reason, over=answer.status == 500)
    return Refused(reason) if answer.status in (400, 413) else Later(reason, after=after)


def reason_of(code: object) -> str:
    return "window_closed" if code == _WINDOW_CLOSED else wire.label(f"meta_{code}")


def media_place(answer: HttpAnswer, *, own: str) -> str:
    """Returns the address of a file's bytes: on one of Meta's hosts, or on `own`'s. Raises Drop, Retry."""
    if not 200 <= answer.status < 300:
        meaning = result(answer)
        if isinstance(meaning, Refused):
            raise Drop("media_gone")
        raise Retry("media_unavailable", after=answer.retry_after)
    told = wire.loads(answer.body)
    place, size = words(told, "url"), inside(told, "file_size")
    if isinstance(size, int) and size > MEDIA_LIMIT:
        raise Drop("media_too_large")
    if not _MEDIA.match(place) and not place.startswith("/".join([*own.split("/")[:3], ""])):
        raise Drop("media_forbidden")
    return place
