"""The fields of an answer that all vendors get wrong in the same ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.formats import wire
from shared.llm import Completion, Failure, ModelFailed, Part, Request, Stop, Text, ToolCall, Usage
from shared.llm._failures import garbled
from shared.llm._schemas import unfenced


def completion(
    vendor: str, parts: Sequence[Part], stop: Stop, usage: Usage, model: str, request: Request
) -> Completion:
    """Returns the completion of an answer's parts.

    Calls go unless the model stopped for them: in an answer that was cut off or refused they are not meant to
    be run. Raises ModelFailed if nothing is left of a complete answer, or if a call names no tool.
    """
    if stop in ("done", "tools"):
        stop = "tools" if any(isinstance(part, ToolCall) for part in parts) else "done"
    kept = [part for part in parts if stop == "tools" or not isinstance(part, ToolCall)]
    if any(isinstance(part, ToolCall) and not part.name for part in kept):
        raise garbled(vendor)
    texts = [part.text for part in kept if isinstance(part, Text)]
    if stop == "done" and not "".join(texts).strip():
        raise ModelFailed(Failure.EMPTY, f"{vendor}_empty")
    if request.schema is not None and texts and len(texts) == len(kept):
        kept = [Text(unfenced("".join(texts)))]
    return Completion(kept, stop, usage, model)


def arguments(written: Any, name: str, request: Request) -> Mapping[str, Any] | None:
    """Returns a call's arguments from an object or from JSON in a text; None if they cannot be read.

    Nothing at all means no arguments for a tool that has no parameters.
    """
    if isinstance(written, dict):
        return written
    if written is None or (isinstance(written, str) and not written.strip()):
        tool = next((tool for tool in request.tools if tool.name == name), None)
        return {} if tool is not None and not tool.parameters.get("properties") else None
    found = wire.loads(written.encode(errors="replace")) if isinstance(written, str) else None
    return found if isinstance(found, dict) else None


def cost(usage: object) -> float | None:
    """Returns the price in US dollars that the vendor names, or None."""
    named = wire.inside(usage, "cost")
    usable = isinstance(named, int | float) and not isinstance(named, bool) and 0 <= named < 1_000_000
    return float(named) if usable else None
