"""The outbox of a conversation: every outbound message is queued here, in the transaction that decides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.conversation.conversation import Conversation
from shared.models.events import OutboundReady
from shared.models.history import Line
from shared.models.message import RESEND_AFTER, Outbound, SentPart
from shared.models.parts import Choice, Choices, Part, Template, Text, as_text, in_words, preview, whole
from shared.models.terms import Terms
from shared.platform.publishing import Publisher
from shared.platform.store import Transaction

#: Long answers go out as several parts; WhatsApp takes 4,096 characters in one.
PART_LIMIT = 3_500


def answer_id(message: str) -> str:
    """Returns the id of the outbound message that answers a turn, from the turn's first message."""
    return f"re-{message}"


@dataclass(frozen=True)
class Draft:
    """A message to queue. `id` derives from its origin, so that the same origin queues it once.

    `answers` are the inbound messages that it answers. `template` is sent instead if the network's window for
    free messages is over; without a template, a human is called then. `author` is `staff` for words of
    theirs; `handoff` and `staff` are the request for a human that it is about, and the member of staff.
    `keeps_offer` is set for news beside a question that stays open: its choices can still be answered.
    `private` stands instead of words with a person's data in all that staff and models see: the history, the
    preview, and the short text.
    `trigger` is the one that begins the message, and `not_before` the time that its channel's pace gives it.
    """

    id: str
    parts: Sequence[Part]
    answers: Sequence[str] = ()
    template: Template | None = None
    author: Literal["concierge", "staff"] = "concierge"
    handoff: str = ""
    staff: str = ""
    keeps_offer: bool = False
    trigger: str = ""
    private: str = ""
    not_before: datetime | None = None


def queue(tx: Transaction, conversation: Conversation, draft: Draft, terms: Terms, now: datetime) -> Outbound:
    """Creates the outbound message `queued`, next in the conversation's order and within the network's pace.

    Long texts become several parts. The last choices in it become `offered`: the person may answer with one.
    """
    parts = [SentPart(part=part) for part in _sendable(draft.parts)]
    offered = [part.part.choices for part in parts if isinstance(part.part, Choices)]
    none: list[Choice] | None = None if draft.keeps_offer else []
    paced = _paced(conversation, terms, len(parts), now)
    outbound = Outbound(
        tenant=conversation.tenant,
        conversation=conversation.conversation,
        message=draft.id,
        channel=conversation.channel,
        text=draft.private[:300] or preview([part.part for part in parts], 300),
        to=conversation.chat,
        parts=parts,
        at=now,
        seq=conversation.sending.number(draft.id, offered[-1] if offered else none),
        answers=list(draft.answers),
        due_at=now + RESEND_AFTER,
        heard_at=conversation.writer.heard_at,
        template=draft.template,
        author=draft.author,
        handoff=draft.handoff,
        staff=draft.staff,
        trigger=draft.trigger,
        not_before=max(filter(None, (draft.not_before, paced)), default=None),
    )
    said = draft.private or "\n\n".join(as_text(in_words(part.part) or part.part) for part in parts)
    conversation.remember(Line(author=draft.author, text=said, at=now))
    conversation.preview, conversation.updated_at = outbound.text, now
    tx.create(outbound)
    return outbound


async def announce(publisher: Publisher, tenant: str, conversation: str, message: str) -> None:
    """Publishes that a conversation's outbox has a message to send. Raises Retry if the bus refuses it."""
    ready = OutboundReady(tenant=tenant, conversation=conversation, message=message)
    ids = {"tenant": tenant, "conversation": conversation, "message": message}
    await publisher.publish("outbound", ready, **ids)


def _sendable(parts: Sequence[Part]) -> Iterator[Part]:
    """Yields the parts, with long texts in pieces; only the first piece quotes."""
    for part in parts:
        if not isinstance(part, Text):
            yield part
            continue
        for index, piece in enumerate(split(part.text)):
            yield Text(text=piece, reply_to="" if index else part.reply_to)


def _paced(conversation: Conversation, terms: Terms, messages: int, now: datetime) -> datetime | None:
    """Charges the messages to the network's pace; returns the time before which they must not go, or None.

    The conversation, which is written here anyway, has the count: it holds over all instances, and delivery
    reads nothing more for it.
    """
    if terms.pace is None:
        return None
    sending = conversation.sending
    moment, sending.paced_until = terms.pace.take(sending.paced_until, messages, now)
    return moment if moment > now else None


def split(text: str, limit: int = PART_LIMIT) -> list[str]:
    """Returns pieces of at most `limit` characters, cut at the last blank line, line end, sentence or space.

    No piece has half an emoji, which cannot be sent.
    """
    pieces = []
    rest = whole(text).strip()
    while len(rest) > limit:
        cut = next(
            (at for mark in ("\n\n", "\n", ". ", " ") if (at := rest.rfind(mark, 1, limit)) > 0), limit - 1
        )
        pieces.append(rest[: cut + 1].strip())
        rest = rest[cut + 1 :].strip()
    return [*pieces, rest]
