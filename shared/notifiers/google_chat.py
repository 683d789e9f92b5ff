"""Google Chat: a card in the space of an incoming webhook, all notices of a request in one thread.

Secret: `url`, the webhook's address. A webhook brings no answer back: its buttons can only open links.
https://developers.google.com/workspace/chat/quickstart/webhooks
"""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared.formats import wire
from shared.notifiers import Connection, Notice, Result, Told
from shared.notifiers._layout import content, fitted
from shared.notifiers._posting import accepted, failure, key, post
from shared.platform.http import HttpAnswer

Json = dict[str, Any]

#: Limit of a whole message: 32,000 bytes (google/chat/v1/message.proto).
_BYTES_LIMIT = 30_000
_WIDGETS, _THREAD_LIMIT = 100, 4_000
#: Without it, the thread's key is ignored.
_REPLY = {"messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"}
_REASONS = {
    "INVALID_ARGUMENT": "Google Chat does not accept the message",
    "NOT_FOUND": "the space or its webhook does not exist any more: make a new webhook",
}


def create(connection: Connection) -> GoogleChat:
    """Creates the notifier."""
    return GoogleChat(connection)


class GoogleChat:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def notify(self, to: str, notice: Notice) -> Result:  # noqa: ARG002
        """Posts to the webhook's one space; the reference is the message's name."""
        url = _threaded(await key(self._connection, "url"))
        body = fitted(lambda size: _message(notice, size), _BYTES_LIMIT)
        answer = await post(self._connection, url, body)
        if not isinstance(answer, HttpAnswer):
            return answer
        told = wire.loads(answer.body)
        if accepted(answer):
            return Told(wire.words(told, "name")[:500])
        return failure(answer, _REASONS.get(wire.words(told, "error", "status"), ""))


def _threaded(url: str) -> str:
    """Returns the address with the option that puts replies into their thread."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # refused as malformed when it is called
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | _REPLY
    return urlunsplit(parts._replace(query=urlencode(query)))


def _message(notice: Notice, size: int) -> Json:
    """Returns a card. `fallbackText` is for notifications: plain, whereas `text` would mention people."""
    shown = content(notice, size)
    facts = [_fact(label, value) for label, value in shown.facts]
    said = [_paragraph(html.escape(text, quote=False)) for text in [shown.text, *shown.lines] if text]
    opened = [(action.title, action.url) for action in shown.actions]
    opened += [(f"📎 {file.name}", file.url) for file in shown.files]
    buttons = [{"buttonList": {"buttons": [_button(*each) for each in opened]}}] if opened else []
    title = _paragraph(f"<b>{html.escape(shown.title or '…', quote=False)}</b>")
    widgets = [title, *facts, *said][: _WIDGETS - 1] + buttons
    card = {"cardId": "notice", "card": {"sections": [{"widgets": widgets}]}}
    thread = {"threadKey": notice.thread[:_THREAD_LIMIT]}
    return {"fallbackText": shown.title or "…", "cardsV2": [card], "thread": thread}


def _paragraph(markup: str) -> Json:
    return {"textParagraph": {"text": markup}}


def _fact(label: str, value: str) -> Json:
    return {
        "decoratedText": {"topLabel": label, "text": html.escape(value, quote=False) or "…", "wrapText": True}
    }


def _button(name: str, url: str) -> Json:
    return {"text": name, "onClick": {"openLink": {"url": url}}}
