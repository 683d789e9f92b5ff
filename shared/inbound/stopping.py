"""The end of a message that a gate stopped: its outcome, and a notice to the person if one is due."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.answers.services.typed import is_code
from shared.conversation import outbox, taking
from shared.conversation.conversation import Conversation
from shared.conversation.groups import TurnedAway
from shared.conversation.relaying import relay
from shared.inbound import gates
from shared.inbound.newcomers import TRY_AGAIN, acquaintance
from shared.language.detection import detect
from shared.language.texts import text
from shared.models.history import CONCEALED, Line
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Text
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.models.words import words_of
from shared.platform.store import Transaction


def notice_due(
    tenant: Tenant, conversation: Conversation, message: Inbound, reason: str, now: datetime
) -> str | None:
    """Returns the notice that is due for a message that was stopped, and records it; None if none is.

    The conversation is still as before the message.
    """
    if reason == "rate" and not conversation.human_present(now) and conversation.writer.slow_down(now):
        return text(tenant, conversation.session.language, "slow_down")
    if reason == "tenant_rate" and _turn_away(tenant, conversation, now):
        known = conversation.session.language or tenant.languages[0]
        minutes = str(TRY_AGAIN // timedelta(minutes=1))
        return text(tenant, detect(tenant, words_of(message), known), "crowded", minutes=minutes)
    return None


def end(
    tx: Transaction,
    tenant: Tenant,
    conversation: Conversation,
    message: Inbound,
    stopped: gates.Stop,
    notice: str | None,
    now: datetime,
    terms: Terms,
) -> list[str]:
    """Ends the message at a gate. Returns the ids of answers to publish: the notice, if one is due."""
    message.settle(stopped.outcome, stopped.reason)
    conversation.why = f"kept silent: {stopped.reason}"
    if stopped.outcome == Outcome.LEFT_TO_HUMAN:
        _leave(tenant, conversation, message, now)
    if notice is not None:
        first = message.message
        draft = outbox.Draft(outbox.answer_id(first), [Text(text=notice)], [first])
        message.turn = outbox.queue(tx, conversation, draft, terms, now).message
    tx.create(message)
    tx.put(conversation)
    return [message.turn] if message.turn else []


def for_staff(message: Inbound) -> Inbound | None:
    """Returns the message if it was left to a human, or if the words of a voice note may yet be an emergency,
    which is answered in spite of an opt-out or a flood."""
    unheard = message.reason in ("opted_out", "tenant_rate") and any(
        isinstance(part, Media) and part.sound for part in message.parts
    )
    return message if message.outcome == Outcome.LEFT_TO_HUMAN or unheard else None


def _turn_away(tenant: Tenant, conversation: Conversation, now: datetime) -> bool:
    """Records that the person was turned away. Returns whether they are to be told."""
    before = conversation.writer.turned_away
    if before is not None and now - before.told_at < TRY_AGAIN:
        return False
    stranger = acquaintance(tenant, conversation, now) == "stranger"
    conversation.writer.turned_away = TurnedAway(told_at=now, stranger=stranger)
    return True


def _leave(tenant: Tenant, conversation: Conversation, message: Inbound, now: datetime) -> None:
    """Leaves a message to the human who is present: it is part of the talk, and of the history."""
    said = words_of(message)
    heard = CONCEALED if is_code(tenant, conversation, said) else said
    conversation.remember(Line(author="person", text=heard, at=message.at))
    human = conversation.staff.human
    if human is not None and human.source == "desk":
        human.until = taking.lasts(tenant, now)
        conversation.writer.count(now, gates.limit_of(tenant, conversation, now))
        relay(conversation, [message])
