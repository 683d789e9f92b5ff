"""Requests to Telegram's API, and the meaning of its answers."""

from __future__ import annotations

from typing import Any, NamedTuple

from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.errors import Drop, Retry
from shared.formats import marks, wire
from shared.models import parts
from shared.platform.http import HttpAnswer

Json = dict[str, Any]

#: Limit of `callback_data` in bytes.
_DATA_LIMIT = 64
UNPARSED = Refused("cannot_parse")
#: Reasons of a refusal by words of its description (tdlib/telegram-bot-api, Client.cpp).
_REFUSALS = {
    "can't parse entities": UNPARSED.reason,
    "blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "can't initiate conversation": "not_started",
    "chat not found": "chat_not_found",
    "upgraded to a supergroup": "chat_moved",
    "too long": "too_long",
    "text is empty": "empty",
    "must be non-empty": "empty",
    "http url": "file_not_taken",
    "web page content": "file_not_taken",
}
#: Statuses of a proxy that passed the request on and lost the answer.
_PERHAPS_DONE = 502, 504, 520, 524


class Request(NamedTuple):
    """A call without its chat.

    The `words`, with our light marks, go into the field `into`; `quotes` is our id of the quoted message.
    """

    method: str
    body: Json
    into: str = ""
    words: str = ""
    quotes: str = ""

    def body_for(self, chat: str, plain: bool) -> Json:
        body, words = {"chat_id": chat, **self.body, **self._quote(chat)}, parts.whole(self.words)
        if not self.into:
            return body
        if plain:
            return body | {self.into: words}
        return body | {self.into: marks.to_html(words), "parse_mode": "HTML"}

    def _quote(self, chat: str) -> Json:
        """Returns the quote's fields, if the message is quotable and in this chat.

        Our ids are `<chat>.<message_id>`; a press has none.
        """
        where, _, number = self.quotes.rpartition(".")
        if where != chat or not number.isdecimal():
            return {}
        quoted = {"message_id": int(number), "allow_sending_without_reply": True}
        return {"reply_parameters": quoted}


def request(part: parts.Part) -> Request | None:
    match part:
        case parts.Text():
            return Request("sendMessage", {}, "text", part.text, part.reply_to)
        case parts.Template():
            return Request("sendMessage", {}, "text", part.text)
        case parts.Choices():
            return _choices(part)
        case parts.Media(url=str()):
            field = "photo" if part.kind == "image" else part.kind
            captioned = part.caption and field != "sticker"  # stickers have no caption
            method = f"send{field.capitalize()}"
            return Request(method, {field: part.url}, "caption" if captioned else "", part.caption)
        case parts.Location():
            return _location(part)
    return None


def _choices(part: parts.Choices) -> Request:
    """Returns one button per row, or numbered text if an id is too long for a button."""
    if any(len(choice.id.encode()) > _DATA_LIMIT for choice in part.choices):
        return Request("sendMessage", {}, "text", parts.as_text(part))
    told = [parts.told(choice) for choice in part.choices if choice.description]
    rows = [[{"text": parts.whole(choice.title), "callback_data": choice.id}] for choice in part.choices]
    words = "\n".join([part.text, "", *told]) if told else part.text
    return Request("sendMessage", {"reply_markup": {"inline_keyboard": rows}}, "text", words)


def _location(part: parts.Location) -> Request:
    """Returns a venue, which needs both a title and an address; one of them stands for both if need be."""
    place: Json = {"latitude": part.latitude, "longitude": part.longitude}
    if not part.name and not part.address:
        return Request("sendLocation", place)
    title, address = part.name or part.address, part.address or part.name
    return Request("sendVenue", place | {"title": parts.whole(title), "address": parts.whole(address)})


def result(to: str, answer: HttpAnswer) -> SendResult:
    told, status = wire.loads(answer.body), answer.status
    reason, description = f"http_{status}", wire.words(told, "description").lower()
    if 200 <= status < 300:
        sent = wire.inside(told, "result", "message_id")
        return Sent(f"{to}.{sent}") if type(sent) is int else Unclear("no_id_in_answer")
    if status in (400, 413) or (status == 403 and description):
        return Refused(next((name for words, name in _REFUSALS.items() if words in description), reason))
    if status in (401, 404):  # the token was revoked, or is invalid
        return Later("credentials", after=retry_after(answer, told))
    if status == 500:  # the server's final answer, which does not say how far it came
        return Unclear(reason, over=True)
    return Unclear(reason) if status in _PERHAPS_DONE else Later(reason, after=retry_after(answer, told))


def retry_after(answer: HttpAnswer, told: object) -> float | None:
    asked = wire.inside(told, "parameters", "retry_after")
    return float(min(max(asked, 0), 3600)) if type(asked) is int else answer.retry_after


def file_path(answer: HttpAnswer) -> str:
    """Returns the path of a file from getFile's answer. Raises Drop, Retry."""
    told = wire.loads(answer.body)
    if answer.status == 400:
        large = "file is too big" in wire.words(told, "description")
        raise Drop("media_too_large" if large else "media_gone")
    if not 200 <= answer.status < 300:
        raise Retry(f"telegram_http_{answer.status}", after=retry_after(answer, told))
    path = wire.words(told, "result", "file_path")
    if not path or path.startswith("/") or ".." in path:  # a private server may name its own disk
        raise Drop("media_gone")
    return path
