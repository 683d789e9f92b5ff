"""A few questions that a tenant can answer, as suggestions on the phone page."""

from __future__ import annotations

from scripts.local.sim.settings import LoadedTenant
from shared.models.tenant import KnowledgeEntry

LIMIT = 4


def of(loaded: LoadedTenant) -> list[str]:
    """Returns questions of different topics, rotating through the tenant's languages."""
    by_topic: dict[str, KnowledgeEntry] = {}
    for entry in loaded.knowledge:
        by_topic.setdefault(next(iter(entry.topic.values()), ""), entry)
    found = []
    for place, entry in enumerate(list(by_topic.values())[:LIMIT]):
        language = loaded.tenant.languages[place % len(loaded.tenant.languages)]
        wording = entry.wordings.get(language) or next(iter(entry.wordings.values()))
        found.append(wording.questions[0])
    return found
