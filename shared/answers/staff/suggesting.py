"""Drafts of an answer for a member of staff: the concierge's answer to the person's last words."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Answerer, Asked, Understanding
from shared.answers.services.typed import is_code
from shared.conversation.conversation import Conversation
from shared.models.message import Inbound
from shared.models.parts import as_text
from shared.models.tenant import Tenant
from shared.models.words import words_of
from shared.platform.clock import Clock
from shared.platform.store import Store, Where

#: Messages of the person that a draft answers, and the age (s) that separates them from earlier ones.
_LAST = 3


class Suggesting:
    """Asks the answerers that answer from the knowledge; nothing that they want to do is done."""

    def __init__(
        self, store: Store, clock: Clock, understanding: Understanding, answerers: Sequence[Answerer]
    ) -> None:
        self._store, self._clock = store, clock
        self._understanding, self._answerers = understanding, answerers

    async def draft(self, tenant: Tenant, person: Conversation) -> str:
        """Returns the words of an answer to the person's last messages, "" if there is none.

        Messages with a code are left out: no model may read them.
        """
        last = await self._last(tenant, person)
        batch = [message for message in last if not is_code(tenant, person, words_of(message))]
        if not batch:
            return ""
        words = await self._understanding.understand(tenant, person, batch)
        asked = Asked(tenant, person, batch, words, self._clock.now())
        for answerer in self._answerers:
            answer = await answerer.answer(asked)
            if answer is not None and answer.why.partition(":")[2] != "unknown" and not answer.acts:
                return "\n\n".join(filter(None, (as_text(part) for part in answer.parts)))
        return ""

    async def _last(self, tenant: Tenant, person: Conversation) -> list[Inbound]:
        """Returns the person's messages since the last answer, oldest first."""
        found = await self._store.query(
            Inbound,
            where=[Where("direction", "==", "in")],
            order="-at",
            limit=_LAST,
            tenant=tenant.tenant,
            conversation=person.conversation,
        )
        said = [line.at for line in person.history if line.author != "person"]
        newest = max(said, default=None)
        since = [message for message in found if newest is None or message.at > newest]
        return list(reversed(since or found[:1]))
