"""Emergencies: a text with one of the tenant's emergency words calls a human at once."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.conversation.emergencies import CallForEmergency
from shared.language.folding import folded
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant


class Emergency:
    """Answers an emergency with the tenant's own text, and calls a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        return help_comes(asked.tenant, asked.words.language) if asked.words.urgent else None


def help_comes(tenant: Tenant, language: str) -> Answer:
    """Returns the answer to an emergency: the tenant's text, and the call for a human."""
    words = text(tenant, language, "emergency")
    return Answer([Text(text=words)], Outcome.HANDED_OFF, "emergency", language, [CallForEmergency()])


def is_emergency(tenant: Tenant, text: str) -> bool:
    """Whether the text contains one of the tenant's emergency words or phrases, as whole words."""
    said = f" {folded(text)} "
    return any(f" {folded(word)} " in said for word in tenant.emergencies.words if folded(word))
