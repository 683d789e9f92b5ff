"""The model port: one file per wire format in this folder, registered by its name.

A file defines `create(connection) -> Model`. It translates a request into the vendor's format and the answer
back, and does nothing else: prompts, grounding and the reading of an answer belong to `answers/assistant`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel


@dataclass(frozen=True)
class Connection:
    """The tenant's settings for a model: `model` is the vendor's name for it, "" for the file's default.

    `secret` returns the tenant's secret for a name of the file's choice, or None if the tenant has none.
    """

    model: str
    secret: Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class File:
    """A picture, a sound or a document: its bytes and their media type (RFC 6838)."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class ToolCall:
    """A model's request to run a tool; `arguments` are not checked against the tool's parameters."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """The result of the call with this id, as text for the model."""

    id: str
    name: str
    text: str
    failed: bool = False


Part = Text | File | ToolCall | ToolResult


@dataclass(frozen=True)
class Message:
    """One message of the conversation with the model; results of tools have the role `person`."""

    role: Literal["person", "model"]
    parts: Sequence[Part]


@dataclass(frozen=True)
class Tool:
    """A tool that the model may call; `parameters` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One request to a model; if `schema` is set, the whole answer is a JSON object of that shape."""

    instruction: str
    messages: Sequence[Message]
    tools: Sequence[Tool] = ()
    schema: type[BaseModel] | None = None
    output_tokens: int = 2_048
    temperature: float = 0.2


@dataclass(frozen=True)
class Usage:
    """Tokens that the vendor charges for, 0 if it reports none. `total` may also count thoughts."""

    input: int = 0
    output: int = 0
    total: int = 0


#: Reason for the end of a completion: complete, tools requested, token limit, content refused by the vendor.
Stop = Literal["done", "tools", "cut_off", "refused"]


@dataclass(frozen=True)
class Completion:
    parts: Sequence[Part]
    stop: Stop
    usage: Usage = field(default_factory=Usage)

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))


class Model(Protocol):
    async def complete(self, request: Request) -> Completion:
        """Makes one attempt; the caller bounds its time.

        Raises Retry if the vendor fails for now, with `after` if it asked for a wait; ConfigurationError if
        it can never work as configured.
        """
        ...


@runtime_checkable
class Reachable(Model, Protocol):
    """A model whose vendor can be asked, at no cost, whether it would answer."""

    async def reach(self) -> None:
        """Raises the errors of `complete`."""
        ...
