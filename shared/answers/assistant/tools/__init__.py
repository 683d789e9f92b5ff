"""The tool port: one file for each tool of our own; services and flows add theirs to the registry.

A tool reads, and returns data for the model and acts for the turn; it writes nothing itself. The acts are
carried out in the turn's transaction together with the answer, so a tool that has succeeded in a turn whose
answer goes out has done what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from shared import llm
from shared.answers import Answer, Asked
from shared.conversation.acts import Act
from shared.knowledge.passage import Passage
from shared.models.handoff import HandoffReason


class Claim(StrEnum):
    """The kinds of acts that an answer may say were done (guards/claims.py)."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    CHANGED = "changed"
    SENT = "sent"
    NOTED = "noted"
    PASSED_ON = "passed_on"
    ORDERED = "ordered"
    CALLED = "called"
    PAID = "paid"
    #: An act without a name: "it is done", "all set". Any tool that backs a claim backs this one too.
    DONE = "done"


class Arguments(BaseModel):
    """The arguments of a tool; an unknown one is an error.

    They never hold an identity: a tool takes the caller's from the turn.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Refused(Exception):
    """A tool's refusal, of a caller without the right or of arguments without sense.

    `reason` is for the model: one sentence without anybody's data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Result:
    """A tool's result: `data` for the model, and the consequences for the answer.

    `passages` may be cited as sources, `calls` are reasons to call a human, and `choices` are the titles of
    choices for the person. `answer` goes to the person as it is, after the model's own words: a model is not
    told what it says.
    """

    data: Any
    passages: Sequence[Passage] = ()
    acts: Sequence[Act] = ()
    calls: tuple[HandoffReason, ...] = ()
    choices: Sequence[str] = ()
    answer: Answer | None = None


class Tool(Protocol):
    """A tool. `claims` are the acts that an answer may name once the tool has succeeded in the turn."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def arguments(self) -> type[Arguments]: ...
    @property
    def claims(self) -> frozenset[Claim]: ...

    async def run(self, asked: Asked, arguments: Any, /) -> Result:
        """Runs the tool for the person of the turn, with an instance of `arguments`.

        It checks the person's rights itself. Raises Refused, or Retry if the tool cannot be used for now.
        """
        ...


@dataclass(frozen=True)
class Registry:
    """The tools of an assistant, in the order in which models are told of them."""

    tools: Sequence[Tool] = field(default_factory=tuple)

    def named(self, name: str) -> Tool | None:
        """Returns the tool of this name, or None if there is none."""
        return next((tool for tool in self.tools if tool.name == name), None)

    @cached_property
    def offered(self) -> Sequence[llm.Tool]:
        """The tools as models are told of them."""
        return [llm.Tool(tool.name, tool.description, _schema(tool.arguments)) for tool in self.tools]


@lru_cache(maxsize=256)
def _schema(arguments: type[Arguments]) -> Mapping[str, Any]:
    """Returns the schema of a tool's arguments, which takes a millisecond to make."""
    return arguments.model_json_schema()
