"""The notifier port: one file per way to tell staff outside the tenant's own channels; its name is its
registration.

A notifier file defines `create(connection) -> Notifier`. It translates a notice into the vendor's format,
and the vendor's answer into a result; it makes no other decision. A notifier that brings staff's answers
back also
defines `answers(connection) -> Answers`. The tenant's own channels (WhatsApp, Telegram) need no file here: a
notice through them is a message of the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from shared.errors import ConfigurationError
from shared.models.events import StaffAnswered
from shared.models.history import Line
from shared.models.staff import NotifierEntry
from shared.models.webhook import Webhook
from shared.platform.http import Http


@dataclass(frozen=True)
class Connection:
    """A tenant's notifier: its settings, its secrets by the file's own names, HTTP and the time.

    A secret is read with `await connection.secret("url")`, which raises ConfigurationError if it has no name.
    """

    tenant: str
    name: str
    settings: NotifierEntry
    secret: Callable[[str], Awaitable[str]]
    http: Http
    now: Callable[[], datetime]

    @property
    def place(self) -> str:
        """Tenant and notifier, for messages to the operator."""
        return f"{self.tenant}/{self.name}"

    def setting(self, name: str, default: str | None = None) -> str:
        """Returns a setting as text. Raises ConfigurationError if it is missing and has no default."""
        value = self.settings.settings.get(name, default)
        if value is None or value == "":
            raise ConfigurationError(f"{self.place}: settings.{name} is missing")
        return str(value)


@dataclass(frozen=True)
class Action:
    """One thing that staff can do from a notice. `url` is a signed link to do it without an account."""

    id: Literal["take", "close"]
    title: str
    url: str


@dataclass(frozen=True)
class File:
    """A file that a person sent: a signed link to it, its name and its media type."""

    url: str
    name: str
    media_type: str


@dataclass(frozen=True)
class Notice:
    """A message to staff about one request for a human.

    `id` is our own id of this notice, sent to the vendor if it can carry one. `purpose` is `request`
    (somebody is needed), `message` (words of the person for the member of staff who took it), `news` (what
    became of it) or `code` (a one-time code for the person themselves). `title` is one line, `text` the whole
    as plain text. `facts` are label and value, `lines` the last lines of the conversation, oldest first; both
    are in `text` too, for a vendor without structure. `thread` is the same for all notices of a request.
    `answer_token` names the request in an address for answers (lower case, unguessable), "" if answers cannot
    be taken. `language` is the reader's.
    """

    id: str
    purpose: Literal["request", "message", "news", "code"]
    tenant_name: str
    thread: str
    title: str
    text: str
    language: str
    urgent: bool = False
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[Line] = ()
    actions: Sequence[Action] = ()
    files: Sequence[File] = ()
    answer_token: str = ""
    name: str = ""


@dataclass(frozen=True)
class Told:
    """The vendor accepted the notice; `reference` is the vendor's id for it, "" if it gives none."""

    reference: str = ""


@dataclass(frozen=True)
class Later:
    """The notice was certainly not delivered: try again, after the seconds that the vendor asked for."""

    reason: str
    after: float | None = None


@dataclass(frozen=True)
class Unclear:
    """The notice may or may not have been delivered; it is not repeated."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The notice can never be delivered this way. `reason` says why, for the operator; it holds no secret."""

    reason: str


Result = Told | Later | Unclear | Refused


class Notifier(Protocol):
    async def notify(self, to: str, notice: Notice) -> Result:
        """Sends the notice; `to` is the way's target, "" if the notifier has one fixed target.

        Raises ConfigurationError if a setting or secret is missing or wrong. Every wait ends within 20 s.
        """
        ...


class Answers(Protocol):
    """Answers of staff that a vendor posts to us at `/desk/<tenant>/<notifier>`.

    If its posts may be longer than 1 MiB, it has `body_limit`, their length in bytes.
    """

    async def verify(self, webhook: Webhook) -> None:
        """Raises Rejected(401) unless the vendor sent this request, compared in constant time over the raw
        body."""
        ...

    def parse(self, webhook: Webhook) -> Sequence[StaffAnswered]:
        """Returns what staff did; empty if the request holds nothing of theirs (an own echo, a bounce, a
        vacation).

        Raises Rejected(400) if the body is not the vendor's envelope.
        """
        ...


@runtime_checkable
class ReplyingAnswers(Answers, Protocol):
    """Answers whose vendor shows our response to staff; of all others the response is empty."""

    def reply(self, acts: Sequence[StaffAnswered]) -> Mapping[str, object]:
        """Returns the JSON of the response, given the acts that were read."""
        ...
