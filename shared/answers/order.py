"""The order of answerers: the first that has an answer gives it (`wiring/reply` lists them)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared.answers import Answer, Answerer, Asked, Understanding, Understood
from shared.answers.apology import apology
from shared.answers.asking import Router
from shared.answers.doubts import with_doubt
from shared.answers.emergency import help_comes
from shared.answers.feelings import noted, with_call
from shared.answers.handing_over import HandingOver
from shared.answers.heard import with_heard
from shared.answers.services.resuming import with_resumption
from shared.conversation.conversation import Conversation
from shared.conversation.memory import AwaitSummary
from shared.conversation.spending import may_spend
from shared.models.message import Inbound, Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant
from shared.platform.clock import Clock


class Answers:
    """Tries `answerers` in their order; the last resort is an apology with a call for a human."""

    def __init__(
        self,
        answerers: Sequence[Answerer],
        understanding: Understanding,
        handing_over: HandingOver,
        clock: Clock,
        router: Router,
    ) -> None:
        self._answerers, self._understanding = answerers, understanding
        self._handing_over, self._clock, self._router = handing_over, clock, router

    async def answer(self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]) -> Answer:
        """Answers the messages of a turn, at least one, in the person's order."""
        words = await self._understanding.understand(tenant, conversation, batch)
        asked = Asked(tenant, conversation, batch, words, self._clock.now())
        for answerer in self._answerers:
            if (answer := await answerer.answer(asked)) is not None:
                complete = await self._handing_over.complete(asked, with_call(asked, answer))
                asking = with_resumption(asked, with_doubt(asked, complete))
                return self._noted(asked, with_heard(asked, asking))
        return await self.apology(tenant, conversation, batch)

    def _noted(self, asked: Asked, answer: Answer) -> Answer:
        """Returns the answer with the acts that record the mood and await a summary."""
        if asked.batch[-1].staff:
            return answer
        acts = [*answer.acts, *noted(asked, answer)]
        spends = may_spend(asked.conversation, asked.tenant, asked.now)
        if spends and self._router.does(asked.tenant, "summarise"):
            acts.append(AwaitSummary(timedelta(minutes=asked.tenant.limits.session_idle_minutes)))
        return replace(answer, acts=acts)

    async def apology(self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]) -> Answer:
        """Returns an apology with a call for a human, for a turn without an answer or with repeated failures.

        If one of the messages is an emergency, returns the answer to an emergency instead.
        """
        language = conversation.session.language
        if any(message.urgent for message in batch):
            return help_comes(tenant, language)
        asked = Asked(tenant, conversation, batch, Understood("", language), self._clock.now())
        words = apology(tenant, language)
        failed = Answer(
            [Text(text=words)], Outcome.HANDED_OFF, "failed_answers", language, calls=("failed_answers",)
        )
        return await self._handing_over.complete(asked, failed)
