"""Messages that reach us long after they were written: a gateway may have kept them for days.

They are not answered as if they were new: the person is told that they came late, and a human sees them. An
emergency, STOP and START count at any age.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.answers import Answer, Asked
from shared.answers.apology import waiting
from shared.answers.emergency import is_emergency
from shared.conversation.handoffs import CallHuman
from shared.language.commands import Command, command
from shared.language.texts import text
from shared.models.message import Inbound, Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant
from shared.models.words import words_of


class Late:
    """Answers a turn of late messages with an honest word, and calls a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        if not asked.batch[-1].late:
            return None
        language = asked.words.language
        words = f"{text(asked.tenant, language, 'late')} {waiting(asked.tenant, language, asked.now)}"
        act = CallHuman("late", asked.batch[0].message)
        return Answer([Text(text=words)], Outcome.HANDED_OFF, "late", language, [act])


def is_late(tenant: Tenant, message: Inbound, now: datetime) -> bool:
    """Whether the message, which arrives for the first time, is older than the tenant's limit."""
    if now - message.at <= timedelta(hours=tenant.limits.late_after_hours):
        return False
    said = words_of(message)
    return not is_emergency(tenant, said) and command(said) not in (Command.STOP, Command.START)
