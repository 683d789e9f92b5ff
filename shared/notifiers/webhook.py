"""A webhook of the tenant's own: signed JSON to an address of theirs, and their answers in the same way.

Setting or secret `url`: an HTTPS address on the Internet. Secret `signing_key`: shared by both sides.

Each request, in both directions, has the header `X-Concierge-Signature: t=<seconds since 1970>,v1=<hex>`:
the HMAC-SHA256 of `<t>.<body>` under the key. A receiver compares it over the raw bytes, and refuses a time
that is more than five minutes off. A notice has its id in `Idempotency-Key` too, and its body is an
`Envelope`; any 2xx accepts it. An answer of staff is an `Answer`, posted to our address for answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from shared.errors import Rejected
from shared.formats import wire
from shared.models.events import StaffAnswered
from shared.models.webhook import Webhook
from shared.notifiers import Connection, Notice, Result, Told
from shared.notifiers._posting import accepted, dumps, failure, key, post
from shared.notifiers._signatures import is_fresh, same, sha256
from shared.platform.http import HttpAnswer

SIGNATURE = "X-Concierge-Signature"


class EnvelopeFact(BaseModel):
    label: str
    value: str


class EnvelopeLine(BaseModel):
    """A message of the conversation; `author` is `person`, `concierge` or `staff`."""

    author: str
    text: str
    at: datetime


class EnvelopeAction(BaseModel):
    """A thing that staff can do; `url` is a signed link to do it."""

    id: str
    title: str
    url: str


class EnvelopeFile(BaseModel):
    url: str
    name: str
    media_type: str


class Envelope(BaseModel):
    """A notice. A later version may add fields; it never changes the meaning of these.

    `to` is the target that the roster gives for a member of staff. `thread` is the same for all notices of a
    request, and `token`, if it is not empty, names the request in an `Answer`. `text` is the whole notice as
    plain text; the fields after it hold the same in parts.
    """

    version: Literal[1] = 1
    id: str
    tenant: str
    to: str
    purpose: Literal["request", "message", "news"]
    thread: str
    token: str
    urgent: bool
    language: str
    name: str
    title: str
    text: str
    facts: list[EnvelopeFact]
    lines: list[EnvelopeLine]
    actions: list[EnvelopeAction]
    files: list[EnvelopeFile]


class Answer(wire.Wire):
    """An act of staff. `id` is the sender's own, and the same when the answer is repeated.

    The request is named by `token` or `handoff`; `text` is needed if the act is `say`, and ignored otherwise.
    """

    id: str = Field(min_length=1, max_length=500)
    act: Literal["take", "say", "close"]
    handoff: str = Field("", max_length=500)
    token: str = Field("", max_length=500)
    who: str = Field("", max_length=400)
    name: str = Field("", max_length=400)
    text: str = Field("", max_length=wire.TEXT_LIMIT)


def create(connection: Connection) -> SignedWebhook:
    """Creates the notifier."""
    return SignedWebhook(connection)


def answers(connection: Connection) -> SignedAnswers:
    """Creates the reader of answers."""
    return SignedAnswers(connection)


class SignedWebhook:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def notify(self, to: str, notice: Notice) -> Result:
        """Posts an `Envelope`; the reference is the `id` in the answer, if it is JSON with one."""
        url = await self._url()
        body = _envelope(self._connection.tenant, to, notice)
        secret = await key(self._connection, "signing_key")
        headers = {
            SIGNATURE: signature(secret, body, self._connection.now()),
            "Idempotency-Key": notice.id,
        }
        answer = await post(self._connection, url, body, headers)
        if not isinstance(answer, HttpAnswer):
            return answer
        if accepted(answer):
            return Told(wire.words(wire.loads(answer.body), "id")[:500])
        return failure(answer)

    async def _url(self) -> str:
        if "url" in self._connection.settings.secrets:
            return await key(self._connection, "url")
        return self._connection.setting("url")


def signature(secret: str, body: bytes, now: datetime) -> str:
    """Returns the header's value for this body at this time."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return sha256(secret, stamp.encode(errors="replace") + b"." + body)


def _envelope(tenant: str, to: str, notice: Notice) -> bytes:
    envelope = Envelope(
        id=notice.id,
        tenant=tenant,
        to=to,
        purpose=notice.purpose,
        thread=notice.thread,
        token=notice.answer_token,
        urgent=notice.urgent,
        language=notice.language,
        name=notice.name,
        title=notice.title,
        text=notice.text,
        facts=[EnvelopeFact(label=label, value=value) for label, value in notice.facts],
        lines=[EnvelopeLine(author=line.author, text=line.text, at=line.at) for line in notice.lines],
        actions=[EnvelopeAction(id=one.id, title=one.title, url=one.url) for one in notice.actions],
        files=[EnvelopeFile(url=one.url, name=one.name, media_type=one.media_type) for one in notice.files],
    )
    return dumps(envelope.model_dump(mode="json"))


class SignedAnswers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def verify(self, webhook: Webhook) -> None:
        secret = await key(self._connection, "signing_key")
        given = dict(part.strip().partition("=")[::2] for part in _header(webhook).split(","))
        stamp = given.get("t", "")
        signed = same(_digest(secret, stamp, webhook.body), given.get("v1", ""))
        if not signed or not is_fresh(stamp, self._connection.now()):
            raise Rejected(401, f"{SIGNATURE}: expected t=<time>,v1=<HMAC-SHA256 of t.body> now")

    def parse(self, webhook: Webhook) -> Sequence[StaffAnswered]:
        answer = wire.read(Answer, wire.loads(webhook.body))
        if not (answer.handoff or answer.token):
            raise Rejected(400, "body: expected handoff or token")
        if answer.act == "say" and not answer.text.strip():
            raise Rejected(400, "body.text: expected words to say")
        answered = StaffAnswered(
            tenant=self._connection.tenant,
            notifier=self._connection.name,
            id=answer.id,
            act=answer.act,
            handoff=answer.handoff,
            token=answer.token,
            who=answer.who,
            name=answer.name,
            text=answer.text if answer.act == "say" else "",
            at=self._connection.now(),
        )
        return [answered]


def _header(webhook: Webhook) -> str:
    return webhook.headers.get(SIGNATURE.lower(), "")
