"""The menu: the topics of a tenant's knowledge as choices, and the questions of each topic."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.knowledge.library import Library
from shared.language.texts import text
from shared.models.parts import Choice, Choices, shortened
from shared.models.tenant import KnowledgeEntry, Tenant

#: Choices on one page: the shortest list that a network allows (WhatsApp's). The last one leads to the rest.
PAGE = 10
QUESTIONS = 8
#: The bounds of shared/models/parts.
_TEXT, _TITLE, _LABEL = 1024, 24, 20


class Menu:
    """The menu of a tenant, in pages.

    Ids of its choices: `services:N` is the menu from its Nth topic, `topic:E` the topic of the entry E; both
    are the same in every language.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    async def topics(
        self,
        tenant: Tenant,
        language: str,
        first: int = 0,
        among: Collection[str] = (),
        more: str = "services:",
    ) -> Choices | None:
        """Returns a page of topics from the index `first` on, or None if there are no more.

        Topics with the most entries come first; `among` are the entries whose topics count, all without any.
        `more` begins the id of the choice that leads to the next page.
        """
        topics = _topics((await self._library.index(tenant.tenant)).entries, language)
        if among:
            topics = {title: each for title, each in topics.items() if _any_of(each, among)}
        titles = sorted(topics, key=lambda title: -len(topics[title]))[first:]
        shown = titles if len(titles) <= PAGE else titles[: PAGE - 1]
        choices = [_choice(f"topic:{topics[title][0].entry}", title) for title in shown]
        if len(shown) < len(titles):
            choices.append(_choice(f"{more}{first + len(shown)}", text(tenant, language, "more")))
        return offer(text(tenant, language, "services"), choices, text(tenant, language, "choose"))

    async def about(self, tenant: Tenant, language: str, entry: str) -> str:
        """Returns the questions of the entry's topic as a text, or "" if the entry is gone."""
        topics = _topics((await self._library.index(tenant.tenant)).entries, language)
        for title, entries in topics.items():
            if any(each.entry == entry for each in entries):
                questions = [f"• {_question(each, language)}" for each in entries[:QUESTIONS]]
                return text(tenant, language, "topic", topic=title, questions="\n".join(questions))
        return ""


def offer(words: str, choices: list[Choice], label: str = "…") -> Choices | None:
    """Returns the choices under these words, cut to the networks' bounds, or None if there are no choices."""
    if not choices:
        return None
    return Choices(text=shortened(words, _TEXT), choices=choices, label=shortened(label, _LABEL))


def _choice(id: str, title: str) -> Choice:
    return Choice(id=id, title=shortened(title, _TITLE))


def _topics(entries: Sequence[KnowledgeEntry], language: str) -> dict[str, list[KnowledgeEntry]]:
    """Returns the entries by the title of their topic in the person's language, else in the entry's first."""
    topics: dict[str, list[KnowledgeEntry]] = {}
    for entry in entries:
        title = entry.topic.get(language) or next(iter(entry.topic.values()), "")
        if title:
            topics.setdefault(title, []).append(entry)
    return topics


def _any_of(entries: Sequence[KnowledgeEntry], among: Collection[str]) -> bool:
    return any(entry.entry in among for entry in entries)


def _question(entry: KnowledgeEntry, language: str) -> str:
    wording = entry.wordings.get(language) or next(iter(entry.wordings.values()))
    return wording.questions[0]
