"""Chat completions as they come: https://platform.openai.com/docs/api-reference/chat/object"""

from __future__ import annotations

from typing import Any

from shared.formats import wire
from shared.llm import Completion, Failure, ModelFailed, Part, Request, Stop, Text, ToolCall, Usage
from shared.llm._failures import garbled
from shared.llm._history import signed
from shared.llm._reading import arguments, completion, cost

_NAME = "openai_compatible"
_STOPS: dict[str, Stop] = {
    "length": "cut_off",
    "model_context_window_exceeded": "cut_off",
    "content_filter": "refused",
    "sensitive": "refused",
}
#: Ends in which the vendor failed: DeepSeek's, Z.ai's.
_BUSY = {"insufficient_system_resource", "network_error"}


def read(found: dict[str, Any], made_by: str, request: Request) -> Completion:
    """Returns the completion. Raises ModelFailed if there is none, or an error in its place."""
    choices = wire.items(found, "choices")
    message = wire.inside(choices[0], "message") if choices else None
    if not isinstance(message, dict):
        raise garbled(_NAME)
    reason = wire.words(choices[0], "finish_reason")
    if reason in _BUSY:
        raise ModelFailed(Failure.BUSY, f"{_NAME}_{reason}")
    if reason == "error" or wire.inside(choices[0], "error"):
        raise ModelFailed(Failure.MALFORMED, f"{_NAME}_error_inside")
    stop = "refused" if wire.words(message, "refusal") else _STOPS.get(reason, "done")
    parts = [*_texts(message.get("content")), *_calls(message, made_by, request)]
    return completion(_NAME, parts, stop, usage(found.get("usage")), wire.words(found, "model"), request)


def usage(used: Any) -> Usage:
    """Returns the tokens; DeepSeek has a field of its own for those from its cache."""
    cached = wire.whole_number(wire.inside(used, "prompt_tokens_details", "cached_tokens"))
    return Usage(
        wire.whole_number(wire.inside(used, "prompt_tokens")),
        wire.whole_number(wire.inside(used, "completion_tokens")),
        cached or wire.whole_number(wire.inside(used, "prompt_cache_hit_tokens")),
        wire.whole_number(wire.inside(used, "prompt_tokens_details", "audio_tokens")),
        cost(used),
    )


def _texts(content: Any) -> list[Part]:
    if isinstance(content, list):
        return [part for each in content for part in _texts(wire.inside(each, "text"))]
    return [Text(content)] if isinstance(content, str) and content else []


def _calls(message: dict[str, Any], made_by: str, request: Request) -> list[Part]:
    """Returns the calls; the first carries the thoughts, which DeepSeek wants back with it."""
    found: list[Part] = []
    thoughts = wire.words(message, "reasoning_content")
    for call in wire.items(message, "tool_calls"):
        name = wire.words(call, "function", "name")
        given = arguments(wire.inside(call, "function", "arguments"), name, request)
        mark = signed(made_by, "" if found else thoughts)
        found.append(ToolCall(wire.words(call, "id") or f"{name}_{len(found)}", name, given, mark))
    return found
