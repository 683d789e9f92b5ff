"""The conversation in the order that all vendors take, and the mark of a call's maker.

A vendor's signature is valid for the model and the account that gave it; calls that another one made become
text, since vendors refuse them (https://ai.google.dev/gemini-api/docs/thought-signatures).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.llm import Connection, Message, Part, Text, ToolCall, ToolResult

#: Stands for the messages before a history that begins with the model: vendors want a person's first.
_EARLIER = Message("person", [Text("…")])


def maker(connection: Connection, key: str | None, file: str) -> str:
    """Returns a name for this file, model, address and account; the key cannot be read from it."""
    known = "\n".join([file, connection.url, connection.model, key or ""])
    return hashlib.sha256(known.encode(errors="replace")).hexdigest()[:12]


def signed(made_by: str, signature: str) -> str:
    """Returns the signature for ToolCall, marked with the maker of the call."""
    return f"{made_by}:{signature}"


def signature(call: ToolCall) -> str:
    """Returns the vendor's own signature, "" if it gave none."""
    return call.signature.partition(":")[2]


def orderly(messages: Sequence[Message], made_by: str) -> list[Message]:
    """Returns messages in turn, the first from a person, each call with its result right after it.

    A call without a result gets a failed one. Calls of other makers, and results without a call, become text.
    """
    calls = {part.id: part for message in messages for part in message.parts if isinstance(part, ToolCall)}
    found: list[Message] = []
    waiting: list[ToolCall] = []
    for message in _in_turn(messages):
        if message.role == "model":
            parts = [part for part in message.parts if not isinstance(part, ToolCall) or _by(part, made_by)]
            waiting = [part for part in parts if isinstance(part, ToolCall)]
            found.append(replace(message, parts=parts))
        else:
            found.append(replace(message, parts=_answered(message.parts, waiting, calls)))
            waiting = []
    found = _in_turn([*found, Message("person", _answered([], waiting, calls))])
    return found if not found or found[0].role == "person" else [_EARLIER, *found]


def _by(call: ToolCall, made_by: str) -> bool:
    return call.signature.partition(":")[0] == made_by


def _in_turn(messages: Sequence[Message]) -> list[Message]:
    """Returns messages of alternating roles, without empty ones."""
    found: list[Message] = []
    for message in messages:
        parts = [part for part in message.parts if not isinstance(part, Text) or part.text.strip()]
        if found and found[-1].role == message.role:
            found[-1] = replace(message, parts=[*found[-1].parts, *parts])
        elif parts:
            found.append(replace(message, parts=parts))
    return found


def _answered(
    parts: Sequence[Part], waiting: Sequence[ToolCall], calls: Mapping[str, ToolCall]
) -> list[Part]:
    """Returns the results of the waiting calls, in the calls' order, then the other parts."""
    results = {part.id: part for part in parts if isinstance(part, ToolResult)}
    first = [
        results.get(call.id, ToolResult(call.id, call.name, "no result", failed=True)) for call in waiting
    ]
    settled = {call.id for call in waiting}
    others = [
        _told(part, calls.get(part.id)) if isinstance(part, ToolResult) else part
        for part in parts
        if not (isinstance(part, ToolResult) and part.id in settled)
    ]
    return [*first, *others]


def _told(result: ToolResult, call: ToolCall | None) -> Text:
    """Returns a result as text with the call that it belongs to."""
    arguments = json.dumps(call.arguments, ensure_ascii=False) if call and call.arguments else ""
    how = "failed" if result.failed else "returned"
    return Text(f"The tool {result.name}({arguments}) {how}: {result.text}")
