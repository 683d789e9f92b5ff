"""The embedder port: texts as vectors, so that texts of one meaning are near each other in any language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    #: One row per text, of length 1: the product of two rows is their cosine similarity.
    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """The model's name. Vectors of two names cannot be compared."""
        ...

    @property
    def loaded(self) -> bool:
        """Whether `embed` answers without loading a model first."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns one vector per text; only the first LIMIT characters of a text count.

        Raises Retry if it fails for now; ConfigurationError if it can never work as configured.
        """
        ...


#: Most characters of a text that are embedded.
LIMIT = 1_000


def readable(text: str) -> str:
    """Returns the text as embedders take it: its first LIMIT characters, valid Unicode, never empty."""
    return text[:LIMIT].encode(errors="replace").decode().strip() or "."
