"""Choices of a message that a trigger began: the choice is kept, and its topic answers."""

from __future__ import annotations

from dataclasses import replace

from shared.answers import Answer, Asked
from shared.answers.facts import Facts
from shared.conversation.replies import Choose
from shared.language.texts import text
from shared.models.document import is_name
from shared.models.message import Outcome
from shared.models.occurrence import Occurrence
from shared.models.parts import Text
from shared.models.trigger import Trigger
from shared.platform.store import Store


class Said:
    """Follows a choice `said:OCCURRENCE:N`: its topic's entry answers, or a word of thanks."""

    def __init__(self, store: Store, facts: Facts) -> None:
        self._store, self._facts = store, facts

    async def answer(self, asked: Asked) -> Answer | None:
        chosen = asked.words.choice
        if chosen is None or not chosen.id.startswith("said:"):
            return None
        name, _, number = chosen.id.removeprefix("said:").rpartition(":")
        if not is_name(name) or not number.isdecimal():
            return None
        tenant = asked.tenant.tenant
        occurrence = await self._store.get(Occurrence, tenant=tenant, occurrence=name)
        if occurrence is None or occurrence.contact != asked.conversation.contact:
            return None
        language = asked.conversation.session.language or asked.tenant.languages[0]
        topic = await self._topic(tenant, occurrence.trigger, int(number), chosen.title)
        answer = await self._facts.entry(asked, topic) if topic else None
        if answer is None:
            noted = Text(text=text(asked.tenant, language, "noted"))
            answer = Answer([noted], Outcome.ANSWERED, "choice:said", language)
        return replace(answer, acts=[*answer.acts, Choose(name, chosen.title)])

    async def _topic(self, tenant: str, trigger: str, number: int, title: str) -> str:
        """Returns the topic of the choice of this number and title in any language, "" if it has none."""
        found = await self._store.get(Trigger, tenant=tenant, trigger=trigger)
        worded = found.definition.get("says", {}).values() if found else ()
        for words in worded:
            choices = words.get("choices", [])
            option = choices[number - 1] if 0 < number <= len(choices) else {}
            if option.get("title") == title:
                return str(option.get("topic") or "")
        return ""
