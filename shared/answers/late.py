"""Late messages: a gateway may deliver a message days after it was written.

They get no answer from the knowledge: the person is told that they came late, and a human is called. An
emergency, STOP and START count at any age.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from shared.answers import Answer, Asked
from shared.language.commands import opts_out_or_in
from shared.language.texts import text
from shared.models.message import Inbound, Outcome
from shared.models.parts import Text
from shared.models.pending import Reference
from shared.models.tenant import Tenant
from shared.models.words import words_of


class Late:
    """Answers a turn of late messages with a text that says so, and calls a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        if not asked.batch[-1].late or opts_out_or_in(asked.words.said):
            return None
        language = asked.words.language
        words = text(asked.tenant, language, "late")
        return Answer([Text(text=words)], Outcome.HANDED_OFF, "late", language, calls=("late",))


def is_late(tenant: Tenant, at: datetime, now: datetime) -> bool:
    """Whether a message written at `at`, which arrives for the first time, is over the tenant's age limit."""
    return now - at > timedelta(hours=tenant.limits.late_after_hours)


def first_batch(messages: Sequence[Inbound | Reference]) -> list[Inbound | Reference]:
    """Returns the first of the messages that one turn answers together.

    Late messages are answered apart from fresh ones; a late STOP or START and each message of staff alone.
    """
    if not messages or _stands_alone(messages[0]):
        return list(messages[:1])
    late = messages[0].late
    return list(takewhile(lambda each: each.late == late and not _stands_alone(each), messages))


def _stands_alone(message: Inbound | Reference) -> bool:
    if message.staff:
        return True
    return message.late and isinstance(message, Inbound) and opts_out_or_in(words_of(message))
