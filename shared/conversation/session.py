"""The session: a conversation's working memory, which ends after the tenant's idle time."""

from __future__ import annotations

from dataclasses import dataclass

from shared.conversation.acts import Prepared, Scene


@dataclass(frozen=True)
class CountMiss:
    """Counts a question without an answer; a turn with an answer resets the count."""

    async def prepare(self, scene: Scene) -> Prepared:
        misses = scene.conversation.session.misses + 1

        def write() -> None:
            scene.conversation.session.misses = misses

        return Prepared(write)
