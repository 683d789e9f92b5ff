"""Embeddings that may be absent: without them, the knowledge is searched by words and letters.

A turn's texts are embedded once: they are searched ahead of the answer, and again by each answerer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.errors import ConfigurationError, Retry
from shared.platform import logs
from shared.platform.clock import Clock

if TYPE_CHECKING:
    from shared.embeddings import Embedder, Vectors

#: After a failure the embedder is left alone for this long: each attempt may take a person seconds.
PAUSE = timedelta(seconds=30)
#: Lists of texts whose vectors are kept, and most texts of one: a question and its sentences.
_KEPT, _TEXTS = 64, 12


class Attempts:
    """An embedder whose failure costs a line in the log, and no answer."""

    def __init__(self, embedder: Embedder, clock: Clock) -> None:
        self._embedder, self._clock = embedder, clock
        self._paused_until: datetime | None = None
        self._kept: OrderedDict[tuple[str, ...], Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def loaded(self) -> bool:
        return self._embedder.loaded

    async def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Returns one vector per text, or None if the embedder fails or failed a moment ago."""
        if (found := self._kept.get(tuple(texts))) is not None:
            return found
        if self._paused_until and self._clock.now() < self._paused_until:
            return None
        try:
            found = await self._embedder.embed(texts)
        except (Retry, ConfigurationError) as error:
            self._paused_until = self._clock.now() + PAUSE
            logs.logger().error("provider_failed", provider=self.name, **logs.describe(error))
            return None
        if len(texts) <= _TEXTS:
            self._kept[tuple(texts)] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found
