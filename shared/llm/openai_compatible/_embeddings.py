"""Embeddings: https://platform.openai.com/docs/api-reference/embeddings"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared.formats import wire
from shared.llm import Usage
from shared.llm._failures import garbled
from shared.llm._reading import cost
from shared.llm._vectors import DIMENSIONS, batches, checked

_NAME = "openai_compatible"
#: Part of the names of models whose vectors can be shortened.
_SHORTENED = "text-embedding-3"


async def embed(
    model: str, texts: Sequence[str], ask: Callable[[object], Awaitable[Any]]
) -> tuple[list[list[float]], Usage]:
    """Returns the vectors and what they cost, by one call of `ask` after the other."""
    vectors: list[list[float]] = []
    tokens, paid = 0, None
    for batch in batches(texts):
        body: dict[str, Any] = {"model": model, "input": list(batch), "encoding_format": "float"}
        if _SHORTENED in model:
            body["dimensions"] = DIMENSIONS
        found = await ask(body)
        vectors += checked(_sorted(found), len(batch), _NAME)
        tokens += wire.whole_number(wire.inside(found, "usage", "prompt_tokens"))
        price = cost(wire.inside(found, "usage"))
        paid = price if paid is None else paid + (price or 0.0)
    return vectors, Usage(tokens, cost=paid)


def _sorted(found: Any) -> list[Any]:
    """Returns the vectors in the order of the texts. Raises ModelFailed if their places are not 0, 1, 2 …"""
    data = sorted(wire.items(found, "data"), key=_place)
    if [_place(each) for each in data] != list(range(len(data))):
        raise garbled(_NAME)
    return [wire.inside(each, "embedding") for each in data]


def _place(each: Any) -> int:
    place = wire.inside(each, "index")
    return place if isinstance(place, int) else -1
