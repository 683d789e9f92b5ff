"""What a bus gave up on, kept where an administrator can see it, and publish it again."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from shared.models.document import Document
from shared.models.tenant import is_slug

#: How long it is kept: the field `expires_at` is Firestore's TTL.
KEPT = timedelta(days=30)
#: Stands for the tenant where the event names none. No tenant can be called so.
NO_TENANT = "_none"


@dataclass(frozen=True)
class Undelivered:
    """What the bus tells of a message that nobody acknowledged. `subscription` is `<function>-<topic>`;
    `error` is "" where the bus does not tell why."""

    bus_message: str
    subscription: str
    attempts: int
    error: str
    published_at: datetime
    data: bytes
    attributes: dict[str, str]
    key: str


class DeadLetterState(StrEnum):
    WAITING = "waiting"
    REPLAYED = "replayed"
    DROPPED = "dropped"


class DeadLetter(Document):
    """One event that a function could not handle. Its id is that of its content: the same event that dies
    again, after a replay or at the sweep's next try, is the same document, and `deaths` counts."""

    path: ClassVar[str] = "tenants/{tenant}/dead_letters/{dead_letter}"
    tenant: str
    dead_letter: str
    state: DeadLetterState = DeadLetterState.WAITING
    function: str
    topic: str
    kind: str = ""
    conversation: str = ""
    message: str = ""
    error: str = ""
    #: Under this id the log has every attempt, with what went wrong.
    trace: str = ""
    attempts: int
    deaths: int = 1
    at: datetime
    replayed_at: datetime | None = None
    #: The event as text; what is not text is kept as base64.
    payload: str
    payload_encoding: Literal["utf-8", "base64"] = "utf-8"
    attributes: dict[str, str] = {}
    key: str = ""
    #: The bus's id of the latest death: its redelivery is no further one.
    bus_message: str
    expires_at: datetime

    @classmethod
    def of(cls, undelivered: Undelivered, now: datetime) -> DeadLetter:
        attributes = undelivered.attributes
        function, _, topic = undelivered.subscription.partition("-")
        tenant = attributes.get("tenant", "")
        payload, encoding = _as_text(undelivered.data)
        return cls(
            tenant=tenant if is_slug(tenant) else NO_TENANT,
            dead_letter=_id(undelivered),
            function=function,
            topic=topic,
            kind=attributes.get("kind", ""),
            conversation=attributes.get("conversation", ""),
            message=attributes.get("message", ""),
            error=undelivered.error,
            trace=_trace(attributes.get("traceparent", "")),
            attempts=undelivered.attempts,
            at=now,
            payload=payload,
            payload_encoding=encoding,
            attributes=attributes,
            key=undelivered.key,
            bus_message=undelivered.bus_message,
            expires_at=now + KEPT,
        )

    def data(self) -> bytes:
        """The event as it was published."""
        if self.payload_encoding == "base64":
            return base64.b64decode(self.payload)
        return self.payload.encode()

    def die_again(self, again: DeadLetter) -> bool:
        """Takes over what a further death tells. False where it is the one that we know. What was dropped
        stays dropped."""
        if again.bus_message == self.bus_message:
            return False
        self.deaths += 1
        self.attempts += again.attempts
        self.error, self.trace = again.error, again.trace
        self.at, self.expires_at = again.at, again.expires_at
        self.bus_message = again.bus_message
        if self.state == DeadLetterState.REPLAYED:
            self.state = DeadLetterState.WAITING
        return True


def _id(undelivered: Undelivered) -> str:
    digest = hashlib.sha256(undelivered.subscription.encode() + b"\0" + undelivered.data)
    return f"{undelivered.subscription}.{digest.hexdigest()[:20]}"


def _as_text(data: bytes) -> tuple[str, Literal["utf-8", "base64"]]:
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(data).decode(), "base64"


def _trace(traceparent: str) -> str:
    """The trace's id in a W3C traceparent."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 else ""
