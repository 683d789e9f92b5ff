"""Emergencies: words that a tenant names always call a human, at once."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.conversation.handoffs import CallHuman
from shared.language.folding import folded
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant


class Emergency:
    """Answers an emergency with the tenant's own text, and calls a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        if not asked.words.urgent:
            return None
        language = asked.words.language
        words = text(asked.tenant, language, "emergency")
        act = CallHuman("emergency", asked.batch[0].message)
        return Answer([Text(text=words)], Outcome.HANDED_OFF, "emergency", language, [act])


def is_emergency(tenant: Tenant, text: str) -> bool:
    """Whether one of the tenant's emergency words or phrases stands in the text, as whole words."""
    said = f" {folded(text)} "
    return any(f" {folded(word)} " in said for word in tenant.emergencies.words if folded(word))
