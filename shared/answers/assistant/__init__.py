"""Answers with a language model that is shown the tenant's knowledge, if the tenant has one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from shared.answers import Answer, Asked
from shared.answers.assistant.prompt import request
from shared.answers.assistant.reading import Reading, read
from shared.answers.grounding import Grounding
from shared.answers.human import hand_over
from shared.answers.unknown import unknown
from shared.errors import ConfigurationError, Retry
from shared.formats import marks
from shared.llm import Model
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.platform import logs, tracing

#: Seconds after which a model that has not answered counts as failed; a whole answer is promised within 5.
DEADLINE = 12.0


class Assistant:
    """Asks the tenant's model; has no answer if the tenant has no model or the model fails.

    `model` returns the model of an entry of the tenant's.
    """

    def __init__(self, grounding: Grounding, model: Callable[..., Model]) -> None:
        self._grounding, self._model = grounding, model

    async def answer(self, asked: Asked) -> Answer | None:
        name, entry = next(iter(asked.tenant.answers.order("answer").items()), ("", None))
        if entry is None:
            return None
        try:
            reading = await self._ask(asked, name, self._model(entry, *entry.keys[:1]))
        except (Retry, ConfigurationError, TimeoutError) as error:
            logs.logger().error("provider_failed", provider=name, **logs.describe(error))
            return None
        if reading.wants_human:
            return hand_over(asked)
        words = marks.from_markdown(reading.text)
        if not reading.known:
            return unknown(asked, words, name)
        why = f"{name}:{','.join(reading.sources)}"
        return Answer([Text(text=words)], Outcome.ANSWERED, why, asked.words.language)

    async def _ask(self, asked: Asked, name: str, model: Model) -> Reading:
        passages = await self._grounding.passages(asked)
        began = time.perf_counter()
        with tracing.span(f"provider {name}", "client"):
            async with asyncio.timeout(DEADLINE):
                completion = await model.complete(request(asked, passages))
        ms = round((time.perf_counter() - began) * 1000, 2)
        logs.logger().info("provider_answered", provider=name, ms=ms, tokens=completion.usage.total)
        return read(completion, asked, passages)
