"""Asks the tenant's provider with what the knowledge holds; `offline` answers where the provider fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from shared.conversation.conversation import Conversation
from shared.errors import ConfigurationError, Retry
from shared.knowledge.library import Library
from shared.llm import Provider, Question, Reply
from shared.models.tenant import Tenant
from shared.platform import logs, tracing

#: The whole answer is promised within 5 s; a provider that has not answered by then is taken for ill.
DEADLINE = 12.0
PASSAGES = 5
LAST_RESORT = "offline"


class Assistant:
    """`provider` gives the tenant's provider of that name (from the directory)."""

    def __init__(self, library: Library, provider: Callable[[Tenant, str], Provider]) -> None:
        self._library, self._provider = library, provider

    async def ask(
        self, tenant: Tenant, conversation: Conversation, said: str, language: str
    ) -> tuple[Reply, str]:
        """The reply, and the name of the provider that gave it."""
        with tracing.span("knowledge.search"):
            index = await self._library.index(tenant.tenant)
            passages = index.search(said, language, PASSAGES)
        question = Question(tenant, language, said, passages, conversation.history)
        chosen = tenant.answers.provider
        if chosen != LAST_RESORT:
            try:
                return await self._reply(tenant, chosen, question), chosen
            except (Retry, ConfigurationError, TimeoutError) as error:
                logs.logger().error("provider_failed", provider=chosen, **logs.describe(error))
        return await self._reply(tenant, LAST_RESORT, question), LAST_RESORT

    async def _reply(self, tenant: Tenant, provider: str, question: Question) -> Reply:
        began = time.perf_counter()
        with tracing.span(f"provider {provider}", "client"):
            async with asyncio.timeout(DEADLINE):
                reply = await self._provider(tenant, provider).reply(question)
        ms = round((time.perf_counter() - began) * 1000, 2)
        logs.logger().info("provider_answered", provider=provider, ms=ms, tokens=reply.tokens)
        return reply
