"""What a tenant offers, as things to choose: the topics of its knowledge, and what people ask about each."""

from __future__ import annotations

from collections.abc import Sequence

from shared.knowledge.library import Library
from shared.language.texts import text
from shared.models.parts import Choice, Choices, shortened
from shared.models.tenant import KnowledgeEntry, Tenant

#: What is shown at once, as many as the narrowest of the networks' lists holds; its last leads to the rest.
PAGE = 10
QUESTIONS = 8
#: The bounds of shared/models/parts.
_TEXT, _TITLE, _LABEL = 1024, 24, 20


class Menu:
    """The choices' ids: `services:N` is the menu from its Nth topic, `topic:E` the topic of the entry E, in
    whatever language it was shown."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def topics(self, tenant: Tenant, language: str, first: int = 0) -> Choices | None:
        """The topics from the `first` on, those that most is known of before the others; None where there
        are none."""
        topics = _topics((await self._library.index(tenant.tenant)).entries, language)
        titles = sorted(topics, key=lambda title: -len(topics[title]))[first:]
        shown = titles if len(titles) <= PAGE else titles[: PAGE - 1]
        choices = [_choice(f"topic:{topics[title][0].entry}", title) for title in shown]
        if len(shown) < len(titles):
            choices.append(_choice(f"services:{first + len(shown)}", text(tenant, language, "more")))
        return offer(text(tenant, language, "services"), choices, text(tenant, language, "choose"))

    async def about(self, tenant: Tenant, language: str, entry: str) -> str:
        """What people ask about the topic of this entry; "" where the tenant has it no more."""
        topics = _topics((await self._library.index(tenant.tenant)).entries, language)
        for title, entries in topics.items():
            if any(each.entry == entry for each in entries):
                questions = [f"• {_question(each, language)}" for each in entries[:QUESTIONS]]
                return text(tenant, language, "topic", topic=title, questions="\n".join(questions))
        return ""


def offer(words: str, choices: list[Choice], label: str = "…") -> Choices | None:
    """The choices under these words, within the networks' bounds; None where there is nothing to choose."""
    if not choices:
        return None
    return Choices(text=shortened(words, _TEXT), choices=choices, label=shortened(label, _LABEL))


def _choice(id: str, title: str) -> Choice:
    return Choice(id=id, title=shortened(title, _TITLE))


def _topics(entries: Sequence[KnowledgeEntry], language: str) -> dict[str, list[KnowledgeEntry]]:
    """By what each topic is called in the person's language, or else in the entry's first."""
    topics: dict[str, list[KnowledgeEntry]] = {}
    for entry in entries:
        title = entry.topic.get(language) or next(iter(entry.topic.values()), "")
        if title:
            topics.setdefault(title, []).append(entry)
    return topics


def _question(entry: KnowledgeEntry, language: str) -> str:
    wording = entry.wordings.get(language) or next(iter(entry.wordings.values()))
    return wording.questions[0]
