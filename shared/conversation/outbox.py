"""Puts an answer into a conversation's outbox, as part of the transaction that decided it."""

from __future__ import annotations

from datetime import datetime

from shared.conversation.conversation import Conversation
from shared.conversation.session import remember
from shared.models.history import Line
from shared.models.message import RESEND_AFTER, Outbound, SentPart
from shared.models.parts import Choices, Part, Template, Text, as_text, preview, whole
from shared.models.terms import Terms
from shared.platform.store import Transaction

#: Long answers go out as several parts; WhatsApp takes 4,096 characters in one.
PART_LIMIT = 3_500


def answer_id(message: str) -> str:
    """The outbound message's id is derived from the first message it answers: one turn, one document."""
    return f"re-{message}"


def queue(
    tx: Transaction,
    conversation: Conversation,
    first: str,
    text: str,
    answers: list[str],
    now: datetime,
    terms: Terms,
    template: Template | None = None,
    choices: Choices | None = None,
    reply_to: str = "",
) -> Outbound:
    """Creates the outbound message `queued`, next in the conversation's order and in the network's pace.
    `template` goes instead where the network does not let us write freely any more; `choices` come after the
    text, which may be empty then, and are what the person's next words may mean. The first text quotes the
    message `reply_to`."""
    parts = [SentPart(part=part) for part in _parts(text, choices, reply_to)]
    conversation.offered = choices.choices if choices else []
    conversation.outbound += 1
    outbound = Outbound(
        tenant=conversation.tenant,
        conversation=conversation.conversation,
        message=answer_id(first),
        channel=conversation.channel,
        text=preview([part.part for part in parts], 300),
        to=conversation.chat,
        parts=parts,
        at=now,
        seq=conversation.outbound,
        answers=answers,
        due_at=now + RESEND_AFTER,
        heard_at=conversation.heard_at,
        template=template,
        not_before=_paced(conversation, terms, len(parts), now),
    )
    said = "\n\n".join(as_text(part.part) for part in parts)
    remember(conversation, Line(author="concierge", text=said, at=now))
    conversation.preview, conversation.updated_at = outbound.text, now
    tx.create(outbound)
    return outbound


def _parts(text: str, choices: Choices | None, reply_to: str) -> list[Part]:
    pieces = split(text) if text or not choices else []
    said: list[Part] = [
        Text(text=piece, reply_to="" if index else reply_to) for index, piece in enumerate(pieces)
    ]
    return [*said, choices] if choices else said


def _paced(conversation: Conversation, terms: Terms, messages: int, now: datetime) -> datetime | None:
    """Takes them out of the network's pace. It is counted here, where the conversation is written anyway: so
    it holds over all instances, and delivery reads nothing more for it."""
    if terms.pace is None:
        return None
    moment, conversation.paced_until = terms.pace.take(conversation.paced_until, messages, now)
    return moment if moment > now else None


def split(text: str, limit: int = PART_LIMIT) -> list[str]:
    """Pieces of at most `limit` characters, cut at the last blank line, line end, sentence or space; none
    holds what cannot be sent."""
    pieces = []
    rest = whole(text).strip()
    while len(rest) > limit:
        cut = next(
            (at for mark in ("\n\n", "\n", ". ", " ") if (at := rest.rfind(mark, 1, limit)) > 0), limit - 1
        )
        pieces.append(rest[: cut + 1].strip())
        rest = rest[cut + 1 :].strip()
    return [*pieces, rest]
