"""The calls of tools in one turn: checked, bounded, and answered as data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from shared.answers import Asked
from shared.answers.assistant.tools import Claim, Refused, Registry, Result, Tool
from shared.errors import Retry
from shared.knowledge.passage import Passage
from shared.llm import ToolCall, ToolResult
from shared.models.parts import shortened
from shared.platform import logs

#: Most calls in a turn, and most failed ones of one tool; what exceeds them is answered with an error.
CALLS, FAILURES = 8, 2
#: Most characters of a result, as JSON.
RESULT = 8_000


@dataclass
class Calls:
    """The calls of a turn, in order: `done` are the names of the tools that succeeded."""

    asked: Asked
    registry: Registry
    results: list[Result] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    claims: set[Claim] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _failed: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    @property
    def passages(self) -> list[Passage]:
        """The passages that tools found, those of the last call first."""
        return [passage for result in reversed(self.results) for passage in result.passages]

    @property
    def data(self) -> list[str]:
        """The results as JSON, for the guards and for a model's last attempt."""
        return [_encoded(result.data) for result in self.results]

    @property
    def exhausted(self) -> bool:
        """Whether there is no sense in offering tools again."""
        return self._made >= CALLS or sum(self._failed.values()) > FAILURES

    async def run(self, call: ToolCall) -> ToolResult:
        """Returns the result of a call, or the error that the model is told.

        The same call is not made twice. Raises nothing but a tool's bugs.
        """
        try:
            result = await self._checked(call)
        except (Refused, Retry, TimeoutError) as error:
            name = call.name if self.registry.named(call.name) else "unknown"
            self._failed[name] = self._failed.get(name, 0) + 1
            told = error.reason if isinstance(error, Refused) else "It cannot be used for now."
            logs.logger().warning("tool_failed", tool=name, **logs.describe(error))
            return ToolResult(call.id, call.name, json.dumps({"error": told}), failed=True)
        return ToolResult(call.id, call.name, _encoded(result.data))

    async def _checked(self, call: ToolCall) -> Result:
        self._made += 1
        tool = self.registry.named(call.name)
        if tool is None:
            raise Refused("There is no such tool.")
        if self._made > CALLS or self._failed.get(call.name, 0) >= FAILURES:
            raise Refused("No more calls: answer with the knowledge that you have.")
        identical = json.dumps([call.name, call.arguments], sort_keys=True, default=str)
        if identical in self._seen:
            raise Refused("The same call was made before, and its result stands above.")
        self._seen.add(identical)
        result = await tool.run(self.asked, _arguments(tool, call.arguments))
        self.results.append(result)
        self.done.append(tool.name)
        self.claims |= {*tool.claims, Claim.DONE} if tool.claims else set()
        return result


def _arguments(tool: Tool, arguments: Any) -> Any:
    """Returns the arguments as the tool's class. Raises Refused with the fields that are wrong."""
    try:
        return tool.arguments.model_validate(arguments)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[:5]
        fields = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}" for each in found
        )
        raise Refused(shortened(f"Wrong arguments: {fields}", 500)) from None


def _encoded(data: Any) -> str:
    """Returns a result as JSON in which it is marked as data, cut to RESULT characters."""
    text = json.dumps({"data": data}, ensure_ascii=False, default=str)
    if len(text) <= RESULT:
        return text
    return json.dumps({"data": text[: RESULT // 2], "cut": True}, ensure_ascii=False)
