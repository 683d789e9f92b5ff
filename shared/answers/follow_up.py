"""Replies to a message that we began: the trigger names the entry of the knowledge that answers them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.answers import Answer, Asked
from shared.answers.facts import AT_ONCE, Facts
from shared.answers.grounding import Grounding
from shared.conversation.acts import Prepared, Scene


@dataclass(frozen=True)
class ForgetFollowUp:
    """Ends the wait for a reply: the next message is a question like any other."""

    async def prepare(self, scene: Scene) -> Prepared:
        def write() -> None:
            scene.conversation.sending.follow_up = None

        return Prepared(write)


class FollowUp:
    """Answers the person's reply by the trigger's entry, unless it is a question that another one answers."""

    def __init__(self, grounding: Grounding, facts: Facts) -> None:
        self._grounding, self._facts = grounding, facts

    async def answer(self, asked: Asked) -> Answer | None:
        waits = asked.conversation.sending.follow_up
        if waits is None or waits.until <= asked.now:
            return None
        best = next(iter(await self._grounding.passages(asked)), None)
        if best is not None and best.id != waits.topic and best.confidence >= AT_ONCE:
            return None
        answer = await self._facts.entry(asked, waits.topic)
        return replace(answer, acts=[*answer.acts, ForgetFollowUp()]) if answer else None
