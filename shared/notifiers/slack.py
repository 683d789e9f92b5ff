"""Slack: a message to the channel of an incoming webhook, with buttons if we are the webhook's app.

Secrets: `url`, the webhook's address; `signing_secret`, the app's own, only if its Interactivity Request URL
is our address for answers: then a button takes the request at once. Without it, a button opens the signed
link.
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

from pydantic import Field

from shared.errors import Rejected
from shared.formats import wire
from shared.models.events import StaffAnswered
from shared.models.parts import shortened
from shared.models.webhook import Webhook
from shared.notifiers import Action, Connection, Notice, Refused, Result, Told, Unclear
from shared.notifiers._layout import Content, content
from shared.notifiers._posting import accepted, dumps, failure, key, post
from shared.notifiers._signatures import is_fresh, same, sha256
from shared.platform.http import HttpAnswer

Json = dict[str, Any]

# Limits of Block Kit (https://docs.slack.dev/reference/block-kit/blocks), in characters and elements.
_SECTION_LIMIT, _FIELD_LIMIT, _FALLBACK_LIMIT = 3_000, 2_000, 4_000
_FIELDS, _SECTIONS, _ELEMENTS = 10, 20, 25
_SIZE = 16_000
#: The words of Slack's refusals
#: (https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks).
_REMOVED = "the webhook was removed in Slack: make a new one and put its address into the secret"
_REASONS = {
    "no_service": _REMOVED,
    "no_service_id": _REMOVED,
    "no_active_hooks": _REMOVED,
    "no_team": _REMOVED,
    "team_disabled": "the Slack workspace is switched off",
    "channel_not_found": "the Slack channel of this webhook does not exist any more",
    "channel_is_archived": "the Slack channel of this webhook is archived",
    "action_prohibited": "an administrator of the Slack workspace does not allow this message",
    "posting_to_general_channel_denied": "the Slack workspace does not allow this in its general channel",
    "user_not_found": "the Slack user of this webhook does not exist any more",
}
#: Names of the buttons that act at once; those with a link only tell that they were pressed.
_ACTS = "take", "close"


def create(connection: Connection) -> Slack:
    """Creates the notifier."""
    return Slack(connection)


def answers(connection: Connection) -> SlackAnswers:
    """Creates the reader of pressed buttons."""
    return SlackAnswers(connection)


class Slack:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def notify(self, to: str, notice: Notice) -> Result:  # noqa: ARG002
        """Posts to the webhook's one channel; Slack gives no id for the message."""
        interactive = "signing_secret" in self._connection.settings.secrets
        url = await key(self._connection, "url")
        answer = await post(self._connection, url, dumps(_message(notice, interactive)))
        return _result(answer) if isinstance(answer, HttpAnswer) else answer


def _result(answer: HttpAnswer) -> Result:
    word = answer.body[:100].decode(errors="replace").strip()
    if not accepted(answer):
        return failure(answer, _REASONS.get(word, ""))
    if word != "ok":
        return Refused(_REASONS[word]) if word in _REASONS else Unclear("unexpected_answer")
    return Told()


def _message(notice: Notice, interactive: bool) -> Json:
    """Returns blocks of plain text, in which nothing is markup, and their text for notifications."""
    shown = content(notice, _SIZE)
    blocks = [{"type": "header", "text": _plain(shown.title, 150)}, *_sections(shown)]
    files = [_link(f"file_{at}", f"📎 {file.name}", file.url) for at, file in enumerate(shown.files)]
    buttons = [_button(action, notice.thread, interactive) for action in shown.actions]
    rows = [{"type": "actions", "elements": row[:_ELEMENTS]} for row in (files, buttons) if row]
    return {"text": _escaped(notice.text or notice.title or "…"), "blocks": [*blocks, *rows]}


def _sections(shown: Content) -> Iterator[Json]:
    fields = [_plain(f"{label}\n{value}", _FIELD_LIMIT) for label, value in shown.facts]
    for at in range(0, len(fields), _FIELDS):
        yield {"type": "section", "fields": fields[at : at + _FIELDS]}
    for piece in _pieces(shown.text or "\n".join(shown.lines))[-_SECTIONS:]:
        yield {"type": "section", "text": _plain(piece, _SECTION_LIMIT)}


def _pieces(text: str) -> list[str]:
    """Splits a text at the ends of lines and words, as far as they fit into a section."""
    found = re.findall(rf"\S[\s\S]{{0,{_SECTION_LIMIT - 2}}}(?!\S)|\S{{1,{_SECTION_LIMIT}}}", text)
    return [piece.strip() for piece in found]


def _plain(text: str, limit: int) -> Json:
    return {"type": "plain_text", "text": shortened(text or "…", limit), "emoji": False}


def _escaped(text: str) -> str:
    """Escapes the characters that begin a mention, such as `<!channel>`, a link or an entity."""
    kept = shortened(text, _FALLBACK_LIMIT)
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _button(action: Action, thread: str, interactive: bool) -> Json:
    if not interactive:
        return _link(f"open_{action.id}", action.title, action.url)
    return {"type": "button", "action_id": action.id, "text": _plain(action.title, 75), "value": thread}


def _link(name: str, title: str, url: str) -> Json:
    return {"type": "button", "action_id": name, "text": _plain(title, 75), "url": url}


class SlackAnswers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def verify(self, webhook: Webhook) -> None:
        """Verifies `v0=` and the HMAC-SHA256 of `v0:<time>:<body>`
        (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
        secret = await key(self._connection, "signing_secret")
        stamp = webhook.headers.get("x-slack-request-timestamp", "")
        wanted = "v0=" + sha256(secret, b"v0:" + stamp.encode(errors="replace") + b":" + webhook.body)
        signed = same(wanted, webhook.headers.get("x-slack-signature", ""))
        if not signed or not is_fresh(stamp, self._connection.now()):
            raise Rejected(401, "X-Slack-Signature: expected the body's HMAC-SHA256 under the signing_secret")

    def parse(self, webhook: Webhook) -> Sequence[StaffAnswered]:
        """Returns the pressed buttons that act. A submitted form, a menu and a pressed link are nothing."""
        payload = _payload(webhook.body)
        if wire.read(_Interaction, payload).type != "block_actions":
            return []
        click = wire.read(_Click, payload)
        return [
            self._answered(click, pressed)
            for pressed in click.actions
            if pressed.action_id in _ACTS and pressed.value
        ]

    def _answered(self, click: _Click, pressed: _Pressed) -> StaffAnswered:
        place = click.trigger_id or f"{pressed.action_ts}.{click.user.id}"
        seconds = (
            float(pressed.action_ts) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", pressed.action_ts) else None
        )
        return StaffAnswered(
            tenant=self._connection.tenant,
            notifier=self._connection.name,
            id=f"{place}.{pressed.action_id}",
            act="take" if pressed.action_id == "take" else "close",
            handoff=pressed.value,
            who=click.user.id,
            name=click.user.name or click.user.username,
            at=wire.moment(self._connection.now(), seconds=seconds),
        )


def _payload(body: bytes) -> Any:
    """Returns the JSON in the form's one field. Raises Rejected(400)."""
    try:
        form = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        raise Rejected(400, "body: expected a form with the field payload") from None
    return wire.loads(form.get("payload", [""])[0].encode(errors="replace"))


# Slack's JSON, limited to the fields that we read.


class _Interaction(wire.Wire):
    type: str


class _User(wire.Wire):
    id: str = Field(min_length=1, max_length=200)
    name: str = ""
    username: str = ""


class _Pressed(wire.Wire):
    action_id: str = Field("", max_length=255)
    value: str = Field("", max_length=500)
    action_ts: str = Field("", max_length=50)


class _Click(wire.Wire):
    user: _User
    trigger_id: str = Field("", max_length=200)
    actions: list[_Pressed] = Field([], max_length=100)
