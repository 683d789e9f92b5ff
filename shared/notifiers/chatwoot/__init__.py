"""Chatwoot: a request as a conversation of an API channel; staff assign it, write in it and resolve it.

Settings: `base_url`; `account` and `inbox`, the numbers of the account and of its API channel's inbox.
Secrets: `api_access_token`, of a user or an agent bot; `webhook_secret`, of the webhook that posts to our
address for answers: without it, links stand in place of the assignment. https://developers.chatwoot.com/api-reference/introduction
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from shared.errors import ConfigurationError, Rejected
from shared.models.events import StaffAnswered
from shared.models.parts import shortened
from shared.models.webhook import Webhook
from shared.notifiers import Connection, Later, Notice, Result, Told, Unclear
from shared.notifiers._layout import spoken, words
from shared.notifiers._posting import key
from shared.notifiers._signatures import is_fresh, same, sha256
from shared.notifiers.chatwoot import inbound
from shared.notifiers.chatwoot.api import NOTICE, Api, Failed, Lost, plain

Json = dict[str, Any]

_CONTENT_LIMIT, _NAME_LIMIT = 100_000, 200


def create(connection: Connection) -> Chatwoot:
    """Creates the notifier. Raises ConfigurationError if a setting is missing or unusable."""
    return Chatwoot(connection)


def answers(connection: Connection) -> ChatwootAnswers:
    """Creates the reader of webhooks. Raises ConfigurationError if a setting is missing or unusable."""
    return ChatwootAnswers(connection)


class Chatwoot:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = connection.setting("base_url").rstrip("/")
        if not re.fullmatch(r"https?://[^\s?#]+", self._url):
            raise ConfigurationError(f"{connection.place}: settings.base_url: expected https://…")
        self._account, self._inbox = _number(connection, "account"), _number(connection, "inbox")

    async def notify(self, to: str, notice: Notice) -> Result:  # noqa: ARG002
        """Writes into the request's conversation, which is made first if there is none.

        The reference is the id of the last message. A message that is there already, known by the notice's id
        on it, is not repeated.
        """
        token = await key(self._connection, "api_access_token")
        api = Api(self._connection.http, f"{self._url}/api/v1/accounts/{self._account}", token, self._inbox)
        name = shortened(notice.name or notice.title or notice.thread, _NAME_LIMIT)
        try:
            conversation = await api.conversation(notice.thread, name)
            known = await api.known(conversation)
            reference = ""
            for body in _messages(notice, "webhook_secret" in self._connection.settings.secrets):
                named = body["content_attributes"][NOTICE]
                reference = known.get(named) or await api.write(conversation, body)
        except Failed as failed:
            return failed.result
        except Lost as lost:
            return Unclear(lost.reason) if lost.name == notice.id else Later(lost.reason)
        return Told(reference)


def _messages(notice: Notice, answerable: bool) -> list[Json]:
    """Returns the messages of a notice, the one that counts last.

    The facts and the news are private notes, for staff alone; the rest stands as words of the person.
    """
    facts = [f"**{plain(label)}**: {plain(value)}" for label, value in notice.facts]
    facts += [] if answerable else [f"{plain(action.title)}: {action.url}" for action in notice.actions]
    said = "\n".join(plain(spoken(line)) for line in notice.lines) or plain(words(notice))
    files = "\n".join(f"📎 {plain(file.name)}: {file.url}" for file in notice.files)
    title = "" if notice.purpose == "message" else f"**{plain(' '.join(notice.title.split()))}**"
    content = "\n".join(filter(None, [title, said, files])) or "…"
    notes = [_message(f"{notice.id}.facts", "\n".join(facts), note=True)] if facts else []
    return [*notes, _message(notice.id, content, note=notice.purpose == "news")]


def _message(name: str, content: str, *, note: bool) -> Json:
    kind = {"message_type": "outgoing", "private": True} if note else {"message_type": "incoming"}
    return {"content": shortened(content, _CONTENT_LIMIT), "content_attributes": {NOTICE: name}, **kind}


class ChatwootAnswers:
    def __init__(self, connection: Connection) -> None:
        self._connection, self._inbox = connection, _number(connection, "inbox")

    async def verify(self, webhook: Webhook) -> None:
        """Verifies `sha256=` and the HMAC-SHA256 in hex of `<time>.<body>`, which versions from 4.13 send."""
        secret = await key(self._connection, "webhook_secret")
        stamp = webhook.headers.get("x-chatwoot-timestamp", "")
        wanted = "sha256=" + sha256(secret, stamp.encode(errors="replace") + b"." + webhook.body)
        signed = same(wanted, webhook.headers.get("x-chatwoot-signature", ""))
        if not signed or not is_fresh(stamp, self._connection.now()):
            raise Rejected(401, "X-Chatwoot-Signature: expected the HMAC-SHA256 under the webhook_secret")

    def parse(self, webhook: Webhook) -> Sequence[StaffAnswered]:
        return inbound.parse(self._connection, self._inbox, webhook.body)


def _number(connection: Connection, name: str) -> int:
    value = connection.setting(name)
    if not re.fullmatch(r"[1-9][0-9]{0,15}", value):
        raise ConfigurationError(f"{connection.place}: settings.{name}: expected a number")
    return int(value)
