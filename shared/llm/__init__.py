"""The model port: one file per wire format in this folder, registered by its name.

A file defines `create(connection) -> Model`. It translates a request into the vendor's format and the answer
back, and does nothing else: prompts, grounding and the reading of an answer belong to `answers/assistant`,
the choice among a tenant's models and keys to `routing`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from shared.errors import Retry
from shared.platform.http import Http


class Failure(StrEnum):
    """The kinds of a model's failure, the same for all vendors."""

    #: Overloaded, unreachable, too slow, or an error of the vendor's own.
    BUSY = "busy"
    #: Too many requests; `after` says for how long.
    RATE = "rate"
    #: The key's credit or spend limit is used up.
    SPENT = "spent"
    #: The vendor refuses the key, or does not know the model.
    REFUSED_KEY = "refused_key"
    #: The request is longer than the model takes.
    TOO_LONG = "too_long"
    #: The vendor refuses the request as wrong: no other key or time mends it.
    BAD_REQUEST = "bad_request"
    #: The answer is not in the vendor's format, or an error inside a 200 that has no status of its own.
    MALFORMED = "malformed"
    #: The answer holds nothing.
    EMPTY = "empty"


class ModelFailed(Retry):
    """A failed attempt. `after` is the wait (s) that the vendor asked for, None if it asked for none.

    Its cause is a ConfigurationError if only a person can mend it.
    """

    def __init__(self, failure: Failure, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason, after=after)
        self.failure = failure


@dataclass(frozen=True)
class Connection:
    """The tenant's settings for a model: `model` is the vendor's name for it, "" for the file's default.

    `key` returns the value of the one key that this connection uses, or None if it has none; `url` is the
    address of the API, "" for the vendor's own; `voice` the vendor's name of a voice, "" for the file's
    default.
    """

    model: str
    key: Callable[[], Awaitable[str | None]]
    http: Http
    url: str = ""
    voice: str = ""


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
    """A model's request to run a tool; `arguments` are not checked against the tool's parameters.

    They are None if the model wrote them in no readable form. `signature` is the plugin file's own mark of
    the call, with the vendor's in it, and goes back to the model unchanged.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    signature: str = ""


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
    """One request to a model; if `schema` is set, the whole answer is a JSON object of that shape.

    `temperature` None leaves it to the model, as newer ones require.
    """

    instruction: str
    messages: Sequence[Message]
    tools: Sequence[Tool] = ()
    schema: type[BaseModel] | None = None
    output_tokens: int = 2_048
    temperature: float | None = 0.2


@dataclass(frozen=True)
class Usage:
    """Tokens that the vendor charges for, 0 if it reports none.

    `output` counts thoughts too; `cached` is the part of `input` that the vendor read from its cache; `audio`
    the part of `input` that is sound. `cost` is the price in US dollars if the vendor names it. `seconds` is
    the length of a sound for which the vendor charges by time, and not by tokens; `characters` that of a text
    which was spoken.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    audio: int = 0
    cost: float | None = None
    seconds: float = 0.0
    characters: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output


#: Reason for the end of a completion: complete, tools requested, token limit, content refused by the vendor.
Stop = Literal["done", "tools", "cut_off", "refused"]


@dataclass(frozen=True)
class Completion:
    """A model's answer. `model` is the vendor's name of the model that gave it, "" if it names none."""

    parts: Sequence[Part]
    stop: Stop
    usage: Usage = field(default_factory=Usage)
    model: str = ""

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))


class Model(Protocol):
    async def complete(self, request: Request) -> Completion:
        """Makes one attempt; the caller bounds its time. Raises ModelFailed."""
        ...


@runtime_checkable
class Hearing(Model, Protocol):
    """A model that takes sound by a call of its own; others take it as a part of a request, or not at all."""

    async def transcribe(self, sound: File, language: str) -> Completion:
        """Returns the words in a sound; `language` (ISO 639-1) is the likely one. Raises ModelFailed."""
        ...


@runtime_checkable
class Speaking(Model, Protocol):
    """A model that reads texts aloud; its file has a constant DEFAULT_VOICE."""

    async def speak(self, text: str, language: str) -> Completion:
        """Returns the text as a File, Opus in Ogg (RFC 7845) as voice notes are.

        `language` (ISO 639-1) is that of the text. Raises ModelFailed.
        """
        ...


@runtime_checkable
class Embedding(Model, Protocol):
    """A model that makes vectors of texts."""

    async def embed(self, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], Usage]:
        """Returns a vector of length 1 per text, in order. Raises ModelFailed."""
        ...


@runtime_checkable
class Reachable(Model, Protocol):
    """A model whose vendor can be asked, at no cost, whether it would answer."""

    async def reach(self) -> None:
        """Raises the errors of `complete`."""
        ...


@runtime_checkable
class Credited(Model, Protocol):
    """A model whose vendor tells what is left of a prepaid credit or of the key's limit."""

    async def credit(self) -> float | None:
        """Returns the US dollars that are left, None without a limit. Raises the errors of `complete`."""
        ...
