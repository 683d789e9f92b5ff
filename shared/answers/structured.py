"""A model's answer as one JSON object of a given shape."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared import llm
from shared.answers.asking import Routed, Router
from shared.errors import Retry
from shared.formats import wire
from shared.models.answers import Task
from shared.models.tenant import Tenant

M = TypeVar("M", bound=BaseModel)

#: The fence in which some models put their JSON.
_FENCE = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)


async def structured(
    router: Router,
    tenant: Tenant,
    task: Task,
    shape: type[M],
    instruction: str,
    data: dict[str, Any] | Sequence[Any],
    *,
    within: float,
    output_tokens: int = 1_024,
) -> tuple[M, Routed]:
    """Returns the answer as the shape, and the call that gave it. In JSON, no text can end its own quotation.

    Raises Retry if no model answers in time, or if the answer is refused, cut off or of another shape.
    """
    words = llm.Text(json.dumps(data, ensure_ascii=False))
    request = llm.Request(
        instruction, [llm.Message("person", [words])], schema=shape, output_tokens=output_tokens
    )
    routed = await router.complete(tenant, task, request, within=within)
    return shaped(routed.completion, shape, _FENCE.sub(r"\1", routed.completion.text)), routed


def shaped(completion: llm.Completion, shape: type[M], text: str) -> M:
    """Returns the JSON object `text`, a part of the completion, as the shape.

    Raises Retry if the completion is refused, cut off or empty, or if the text is of another shape.
    """
    if completion.stop in ("refused", "cut_off"):
        raise Retry(f"model_{completion.stop}")
    try:  # pydantic's own parser refuses half an emoji, which models write at times
        return shape.model_validate(wire.loads(text.encode(errors="replace")))
    except ValidationError:
        raise Retry("model_garbled" if completion.text.strip() else "model_empty") from None
