"""Checks of a completion that any model's answer must pass before it is used."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from shared.formats import wire
from shared.llm import Completion, Failure, ModelFailed, Request, ToolCall

#: Most characters of an answer; the longest that is asked for is a tenth of it.
LONGEST = 100_000


def check(request: Request, completion: Completion) -> None:
    """Raises ModelFailed if the completion is empty, too long, cut off, refused, or not of the asked shape.

    A refusal and an answer that was cut off say nothing against the model: another one may answer.
    """
    if completion.stop == "refused":
        raise ModelFailed(Failure.BAD_REQUEST, "model_refused")
    text = completion.text
    if len(text) > LONGEST:
        raise ModelFailed(Failure.MALFORMED, "model_too_long")
    if completion.stop == "cut_off":
        raise ModelFailed(Failure.TOO_LONG, "model_cut_off")
    if any(isinstance(part, ToolCall) for part in completion.parts):
        return
    if not text.strip():
        raise ModelFailed(Failure.EMPTY, "model_empty")
    if request.schema is not None and not _fits(request.schema, text):
        raise ModelFailed(Failure.MALFORMED, "model_garbled")


def _fits(schema: type[BaseModel], text: str) -> bool:
    """Whether the text is JSON of this shape, also if a Markdown fence is around it."""
    text = text.strip()
    if text.startswith("```"):
        text = text.removeprefix("```json").strip("`").strip()
    try:  # our own parser forgives half an emoji, which models write at times
        schema.model_validate(wire.loads(text.encode(errors="replace")))
    except ValidationError:
        return False
    return True
