"""Microsoft Teams: an Adaptive Card through a webhook of Workflows, and answers through an outgoing webhook.

Secrets: `url`, the address of the workflow's trigger "When a Teams webhook request is received", open to
anyone; `token`, the outgoing webhook's security token, only for answers: staff mention it in the channel, and
write `take`, `close`, or their words.
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook,
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import html
import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from shared.errors import ConfigurationError, Rejected
from shared.formats import wire
from shared.models.events import StaffAnswered
from shared.models.webhook import Webhook
from shared.notifiers import Connection, Notice, Result, Told
from shared.notifiers._layout import content, fitted
from shared.notifiers._posting import accepted, failure, host_of, key, post
from shared.notifiers._signatures import same
from shared.platform.http import HttpAnswer

Json = dict[str, Any]
Act = Literal["take", "say", "close"]

#: Teams refuses a message over 28,672 bytes with its own additions, after it has answered 202.
_BYTES_LIMIT = 20_000
#: Hosts of the former connectors, which Microsoft has switched off.
_CONNECTORS = "webhook.office.com", "outlook.office.com", "outlook.office365.com"
_REASONS = {
    "WorkflowTriggerIsNotEnabled": "the workflow in Teams is switched off: switch it on again",
    "WorkflowNotFound": "the workflow in Teams does not exist any more: make a new one",
    "TriggerInputSchemaMismatch": "the workflow in Teams expects another format: use its template",
    "MissingApiVersionParameter": "the address of the workflow is incomplete: copy the whole of it",
}
_ACTS: dict[str, Act] = {"1": "take", "take": "take", "#take": "take", "close": "close", "#close": "close"}
_MENTION = re.compile(r"<at\b[^<>]{0,200}>[^<>]{0,200}</at>")
_BREAK = re.compile(r"<br\s{0,9}/?>|</(?:p|div|li)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")


def create(connection: Connection) -> Teams:
    """Creates the notifier."""
    return Teams(connection)


def answers(connection: Connection) -> TeamsAnswers:
    """Creates the reader of messages to the outgoing webhook."""
    return TeamsAnswers(connection)


class Teams:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def notify(self, to: str, notice: Notice) -> Result:  # noqa: ARG002
        """Posts to the workflow's one channel, with the id of the workflow's run as the reference.

        The workflow accepts before it posts, so a card that Teams refuses is known in its history alone.
        """
        url = await key(self._connection, "url")
        if host_of(url).endswith(_CONNECTORS):
            place = f"{self._connection.place}: secrets.url"
            raise ConfigurationError(f"{place}: expected a webhook of Workflows, not an Office 365 connector")
        body = fitted(lambda size: _message(notice, size), _BYTES_LIMIT)
        answer = await post(self._connection, url, body)
        if not isinstance(answer, HttpAnswer):
            return answer
        if accepted(answer):
            return Told(answer.headers.get("x-ms-workflow-run-id", "")[:200])
        code = wire.words(wire.loads(answer.body), "error", "code")
        return failure(answer, _REASONS.get(code, ""))


def _message(notice: Notice, size: int) -> Json:
    """Returns a card of text runs, in which nothing is markup
    (https://adaptivecards.io/explorer/TextRun.html)."""
    shown = content(notice, size)
    colour = {"color": "Attention"} if notice.urgent else {}
    title = _run(shown.title or "…", weight="Bolder", size="Medium", **colour)
    facts = [_block(_run(f"{label}: ", weight="Bolder"), _run(value)) for label, value in shown.facts]
    said = [_block(_run(line)) for text in [shown.text, *shown.lines] for line in text.splitlines() if line]
    files = [_block(_run(f"📎 {file.name}", selectAction=_opening(file.url))) for file in shown.files]
    actions = [_opening(action.url) | {"title": action.title} for action in shown.actions]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [_block(title), *facts, *said, *files],
        "actions": actions,
        "msteams": {"width": "full"},
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _block(*runs: Json) -> Json:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **looks: Any) -> Json:
    return {"type": "TextRun", "text": text, **looks}


def _opening(url: str) -> Json:
    return {"type": "Action.OpenUrl", "url": url}


class TeamsAnswers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def verify(self, webhook: Webhook) -> None:
        """Verifies `HMAC` and the HMAC-SHA256 in base64, under the decoded token."""
        token = await key(self._connection, "token")
        try:
            secret = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError):
            raise ConfigurationError(f"{self._connection.place}: secrets.token: expected base64") from None
        digest = base64.b64encode(hmac.new(secret, webhook.body, hashlib.sha256).digest()).decode()
        if not same(f"HMAC {digest}", webhook.headers.get("authorization", "")):
            raise Rejected(401, "Authorization: expected the body's HMAC-SHA256 under the token")

    def parse(self, webhook: Webhook) -> Sequence[StaffAnswered]:
        """Returns the act that the message is, else its words.

        It names no request: that is the one which the member of staff works on, or which the words name.
        """
        activity = wire.read(_Activity, wire.loads(webhook.body))
        text = _words(activity.text)
        if activity.type != "message" or not text:
            return []
        act = _ACTS.get(text.casefold(), "say")
        answered = StaffAnswered(
            tenant=self._connection.tenant,
            notifier=self._connection.name,
            id=f"{activity.sender.id}.{activity.id}",
            act=act,
            who=activity.sender.aadObjectId or activity.sender.id,
            name=activity.sender.name,
            text=text if act == "say" else "",
            at=self._connection.now(),
        )
        return [answered]

    def reply(self, acts: Sequence[StaffAnswered]) -> Json:
        """Returns the message that Teams posts below the answer: it was passed on, or not understood."""
        return {"type": "message", "text": "📨" if acts else "❓"}


def _words(text: str) -> str:
    """Returns the plain text of a message without the mention of our webhook."""
    plain = _TAG.sub("", _BREAK.sub("\n", _MENTION.sub("", text, count=1)))
    return html.unescape(plain).replace("\xa0", " ").strip()


# The Bot Framework's activity, limited to the fields that we read.


class _Sender(wire.Wire):
    id: str = Field(min_length=1, max_length=200)
    name: str = ""
    aadObjectId: str = Field("", max_length=200)


class _Activity(wire.Wire):
    type: str
    id: str = Field(min_length=1, max_length=200)
    text: str = ""
    sender: _Sender = Field(alias="from")
