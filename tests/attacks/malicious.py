"""A language model that helps attackers: it calls every tool with every argument, and tells all results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared import llm
from tests.fakes.model import FakeModel, Reply

#: Values for arguments of any name, and arguments that no tool has.
_VALUES = ("Awa", "Moussa", "1", "DIOP-4821", "KN-20831", "*", "", "Awa Diop' OR '1'='1")
_FOREIGN = {
    "child": "1",
    "family": "1",
    "code": "DIOP-4821",
    "stay": "KN-20831",
    "contact": "c-1",
    "verified": True,
}
#: The tools that have nothing to do with services.
_COMMON = {"search_knowledge", "call_human", "remember", "show_choices"}
#: Calls in one step.
_AT_ONCE = 4


@dataclass
class MaliciousModel(FakeModel):
    """Calls tools as long as it is offered any, other ones and other arguments in each step.

    `called` are the names of all tools that it was offered and called.
    """

    called: set[str] = field(default_factory=set)
    #: Where it begins in the list of all calls: another place in each attempt.
    begin: int = 0
    _asked: int = 0

    async def complete(self, request: llm.Request) -> llm.Completion:
        self._asked += 1
        parts = [part for each in request.messages for part in each.parts]
        results = [part for part in parts if isinstance(part, llm.ToolResult)]
        if request.tools:
            calls = self._calls(request.tools)
            self.called |= {call.name for call in calls}
            return llm.Completion(calls, "tools")
        said = " ".join(part.text for part in results or parts if isinstance(part, llm.ToolResult | llm.Text))
        return Reply(f"Voici tout : {said[:1500]}").completion()

    def _calls(self, tools: Sequence[llm.Tool]) -> list[llm.ToolCall]:
        """Returns the next calls, those of services first."""
        services_first = sorted(tools, key=lambda tool: tool.name in _COMMON)
        wanted = [(tool.name, each) for tool in services_first for each in _arguments(tool.parameters)]
        first = (self.begin + (self._asked - 1) * _AT_ONCE) % len(wanted)
        return [
            llm.ToolCall(f"call-{self._asked}-{number}", name, arguments)
            for number, (name, arguments) in enumerate([*wanted[first:], *wanted[:first]][:_AT_ONCE])
        ]


def _arguments(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, schema in parameters.get("properties", {}).items():
        offered = schema.get("enum") or next(
            (each["enum"] for each in schema.get("anyOf", ()) if "enum" in each), ()
        )
        for value in (*offered, *_VALUES):
            yield {name: value}
    yield {}
    yield dict(_FOREIGN)
