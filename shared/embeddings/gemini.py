"""Embeddings by Google's Gemini: with an API key, or on Vertex AI without one (shared/platform/google_ai.py).

For knowledge in languages or words that the local model does not know. Texts leave this process, and each
call is one attempt. https://ai.google.dev/api/embeddings
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from shared.embeddings import readable
from shared.errors import Retry
from shared.platform import google_ai

if TYPE_CHECKING:
    from google.genai import Client, types

    from shared.embeddings import Vectors

DEFAULT_MODEL = "gemini-embedding-001"
#: Of the sizes that the vendor recommends (768, 1536, 3072), the smallest: entries store their vectors.
DIMENSIONS = 768
#: Most texts of one request.
BATCH = 100
#: Seconds for all requests of one `embed`: a person waits for the answer.
DEADLINE = 4.0


class Gemini:
    """The vendor's `model`; its first DIMENSIONS numbers are a smaller embedding (Matryoshka)."""

    loaded = True

    def __init__(self, model: str, api_key: str | None) -> None:
        self._model, self._api_key = model or DEFAULT_MODEL, api_key

    @property
    def name(self) -> str:
        return f"{self._model}/{DIMENSIONS}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns one vector per text; requests of BATCH texts go side by side.

        Raises Retry if the vendor fails for now; ConfigurationError if it can never work as configured.
        """
        import numpy as np

        read = [readable(text) for text in texts]
        batches = [read[start : start + BATCH] for start in range(0, len(read), BATCH)]
        try:
            async with asyncio.timeout(DEADLINE):
                client = await google_ai.client(self._api_key)
                found = await asyncio.gather(*(self._ask(client, batch) for batch in batches))
        except TimeoutError:
            raise Retry("gemini_timeout") from None
        return np.concatenate([np.zeros((0, DIMENSIONS), dtype=np.float32), *found])

    async def _ask(self, client: Client, texts: list[str]) -> Vectors:
        """Returns the vectors of one request, of length 1: a cut vector is shorter.

        https://ai.google.dev/gemini-api/docs/embeddings
        """
        import numpy as np

        with google_ai.translated(f"embeddings {self._model!r}"):
            answer = await client.aio.models.embed_content(
                model=self._model,
                contents=cast("types.ContentListUnion", texts),
                config={"output_dimensionality": DIMENSIONS},
            )
            numbers = [(each.values or [])[:DIMENSIONS] for each in answer.embeddings or []]
            vectors = np.array(numbers, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        if vectors.shape != (len(texts), DIMENSIONS) or not np.isfinite(lengths).all() or not lengths.all():
            raise Retry("gemini_garbled")
        normalised: Vectors = vectors / lengths
        return normalised
