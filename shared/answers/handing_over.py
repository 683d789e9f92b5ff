"""Handing over to a human: the call, and an honest word on when somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.answers import Answer, Asked
from shared.answers.apology import promise
from shared.conversation.groups import Missing
from shared.conversation.handoffs import CallHuman
from shared.language.content import has_content
from shared.language.texts import text
from shared.models.handoff import Desk
from shared.models.parts import Part, Text
from shared.platform.store import Store

#: From this many words on, the wish for a human says what it is about.
_SUBJECT = 8


class HandingOver:
    """Completes an answer that calls a human."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def complete(self, asked: Asked, answer: Answer) -> Answer:
        """Returns the answer with its call for a human, and the words that announce it; or as it is without
        one.

        Only what is missing is asked for, and only once.
        """
        if not answer.calls:
            return answer
        tenant, language = asked.tenant, answer.language
        desk = await self._store.get(Desk, tenant=tenant.tenant, desk="now") or Desk(tenant=tenant.tenant)
        words, promised_at = promise(tenant, desk, language, asked.now, asked.conversation.staff.handoff)
        missing: Missing = _missing(asked) if "asked" in answer.calls else ""
        question = text(tenant, language, f"handoff_ask_{missing}") if missing else ""
        call = CallHuman(
            answer.calls,
            asked.batch[0].message,
            asked.words.whom,
            promised_at,
            asked.words.mood,
            _mood_reason(asked, answer),
            asks=missing,
        )
        parts = _joined(answer.parts, words, question)
        return replace(answer, parts=parts, acts=[*answer.acts, call])


def _missing(asked: Asked) -> Missing:
    """Returns `name`, `subject` or `both` for what the staff would have to ask first, "" if nothing is
    missing."""
    conversation = asked.conversation
    if conversation.staff.handoff:
        return ""  # it was asked when the request was made
    earlier = any(line.author == "person" and has_content(line.text) for line in conversation.history)
    subject = earlier or len(asked.words.said.split()) >= _SUBJECT
    if subject:
        return "" if conversation.name else "name"
    return "subject" if conversation.name else "both"


def _mood_reason(asked: Asked, answer: Answer) -> str:
    """Returns the reason of a call for the mood on one line, "" if it is no such call."""
    feeling = asked.words.feeling
    return feeling.line if feeling and "mood" in answer.calls else ""


def _joined(parts: Sequence[Part], *words: str) -> list[Part]:
    """Returns the parts with the words after them: in the last text, if that is what the parts end with."""
    told = " ".join(filter(None, words))
    said = list(parts)
    if said and isinstance(said[-1], Text):
        return [*said[:-1], said[-1].model_copy(update={"text": f"{said[-1].text} {told}"})]
    return [*said, Text(text=told)]
