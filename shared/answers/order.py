"""The order of answerers: the first that has an answer gives it (`wiring/reply` lists them)."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Answer, Answerer, Asked, Understanding, Understood
from shared.answers.apology import apology
from shared.answers.doubts import with_doubt
from shared.answers.emergency import help_comes
from shared.answers.handing_over import HandingOver
from shared.conversation.conversation import Conversation
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
    ) -> None:
        self._answerers, self._understanding = answerers, understanding
        self._handing_over, self._clock = handing_over, clock

    async def answer(self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]) -> Answer:
        """Answers the messages of a turn, at least one, in the person's order."""
        words = await self._understanding.understand(tenant, conversation, batch)
        asked = Asked(tenant, conversation, batch, words, self._clock.now())
        for answerer in self._answerers:
            if (answer := await answerer.answer(asked)) is not None:
                return with_doubt(asked, await self._handing_over.complete(asked, answer))
        return await self.apology(tenant, conversation, batch)

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
