"""Emergencies: a text that says that somebody is in danger calls a human at once."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.conversation.emergencies import CallForEmergency
from shared.language.helplines import helplines
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant
from shared.understanding.signs import Sign


class Emergency:
    """Answers an emergency with the tenant's own text, and calls a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        words = asked.words
        return help_comes(asked.tenant, words.language, words.care) if words.urgent else None


def help_comes(tenant: Tenant, language: str, care: Sign | None = None) -> Answer:
    """Returns the answer to an emergency: the tenant's text, and the call for a human.

    `care` is the sign of an emergency that needs words of care first, with the country's helplines.
    """
    words = text(tenant, language, "emergency")
    if care is not None:
        numbers = " · ".join(helplines(tenant, care))
        kind = text(tenant, language, str(care))
        words = "\n\n".join(filter(None, [kind, words, numbers and f"☎ {numbers}"]))
    return Answer([Text(text=words)], Outcome.HANDED_OFF, "emergency", language, [CallForEmergency()])
