"""Dead letters: events that the bus gave up on, stored for an administrator to inspect and replay."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from shared.models.document import Document
from shared.models.tenant import is_slug

#: Time until a dead letter is deleted: the field `expires_at` is Firestore's TTL.
KEPT = timedelta(days=30)
#: The tenant of an event without a tenant; not a valid slug.
NO_TENANT = "_none"


@dataclass(frozen=True)
class Undelivered:
    """The bus's report of a message that was never acknowledged.

    `subscription` is `<function>-<topic>`; `error` is "" if the bus does not report the reason.
    """

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
    """One event that a function could not handle.

    Its id is a digest of its content: if the same event fails again, after a replay or at the sweep's next
    try, it is the same document, and `deaths` counts the failures.
    """

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
    #: The trace id of all attempts in the log, with their errors.
    trace: str = ""
    attempts: int
    #: How many times the bus gave up on this event; `attempts` counts the deliveries before.
    deaths: int = 1
    at: datetime
    replayed_at: datetime | None = None
    #: The event as text, or as base64 if it is not UTF-8.
    payload: str
    payload_encoding: Literal["utf-8", "base64"] = "utf-8"
    attributes: dict[str, str] = {}
    key: str = ""
    #: The bus's id of the latest failure, to recognise its redelivery.
    bus_message: str
    expires_at: datetime

    @classmethod
    def of(cls, undelivered: Undelivered, now: datetime) -> DeadLetter:
        """Returns the dead letter of a first failure."""
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
        """Returns the event as it was published."""
        if self.payload_encoding == "base64":
            return base64.b64decode(self.payload)
        return self.payload.encode()

    def record_again(self, later: DeadLetter) -> bool:
        """Updates this from a later failure of the same event; a dropped dead letter stays dropped.

        Returns False if it is a redelivery of the failure recorded last.
        """
        if later.bus_message == self.bus_message:
            return False
        self.deaths += 1
        self.attempts += later.attempts
        self.error, self.trace = later.error, later.trace
        self.at, self.expires_at = later.at, later.expires_at
        self.bus_message = later.bus_message
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
    """Returns the trace id of a W3C traceparent, or "" if it is malformed."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 else ""
