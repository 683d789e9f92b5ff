"""Changes of an outbound message's document while its parts are sent (delivery/outbox.py)."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.models.message import RESEND_AFTER, Outbound, SentPart, Status
from shared.models.parts import Text, unquoted

#: How long one worker may send; every call to a gateway ends well before.
CLAIM = timedelta(seconds=60)


def _next(doc: Outbound) -> SentPart | None:
    return next((part for part in doc.parts if part.status.open), None)


def intend(doc: Outbound, now: datetime) -> None:
    """Marks the next queued part as being sent, before the call: after a crash its result counts as unknown.
    Each part has the whole of the claim's time."""
    part = _next(doc)
    if part is not None and part.status == Status.QUEUED:
        part.status, part.attempted_at, part.repeatable_at = Status.SENDING, now, None
        part.calls += 1
    if doc.claim is not None:
        doc.claim.until = now + CLAIM
    doc.status = part.status if part else doc.status
    doc.due_at = now + CLAIM + RESEND_AFTER


def mark_sent(doc: Outbound, index: int, gateway_id: str, now: datetime) -> None:
    """Marks a part as sent under the gateway's id, and the next one as being sent."""
    part = doc.parts[index]
    if part.status.open:
        part.status, part.gateway_id = Status.SENT, gateway_id
    if gateway_id not in doc.gateway_ids:
        doc.gateway_ids = [*doc.gateway_ids, gateway_id]
    if _next(doc) is None:
        doc.sent_at = now
        doc.close(Status.SENT)
    elif doc.cancelled:
        doc.close(Status.CANCELLED)
    else:
        intend(doc, now)


def requeue(doc: Outbound, index: int, reason: str) -> None:
    """Puts a part back into the queue that was certainly not sent."""
    doc.parts[index].calls -= 1
    _release_as(doc, index, Status.QUEUED, reason)


def _release_as(doc: Outbound, index: int, status: Status, reason: str) -> None:
    part = doc.parts[index]
    part.status = doc.status = status
    doc.error = reason
    release(doc)


def mark_unknown(doc: Outbound, index: int, reason: str, repeatable_at: datetime | None) -> None:
    """Marks a part whose call was not answered; it may be sent again from `repeatable_at` on."""
    doc.parts[index].repeatable_at = repeatable_at
    _release_as(doc, index, Status.UNKNOWN, reason)


def send_again(doc: Outbound, index: int, now: datetime) -> None:
    """Sends an unknown part again that the gateway does not have, unless a receipt or a human came meanwhile.
    The part then quotes no message: the quote may have been the cause of the failure."""
    part = doc.parts[index]
    if part.status == Status.UNKNOWN:
        part.status, part.part = Status.QUEUED, unquoted(part.part)
    if doc.cancelled:
        release(doc)
    else:
        intend(doc, now)


def use_words(doc: Outbound, index: int, said: Text) -> None:
    """Replaces a sound by its words: the gateway, or the person's own settings, refuse the sound."""
    doc.parts[index].part = said


def release(doc: Outbound) -> None:
    """Gives up the claim, so that another worker may send."""
    doc.claim = None


def postpone(doc: Outbound, until: datetime) -> None:
    """Postpones the message until new facts are possible."""
    release(doc)
    doc.due_at = until
