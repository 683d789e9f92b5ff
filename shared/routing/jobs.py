"""The kinds of work that the router has models do: each a call to a model, and a check of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared import llm
from shared.errors import ConfigurationError
from shared.formats import sound
from shared.llm import Completion, Failure, ModelFailed, Request
from shared.models.answers import ModelEntry, Task
from shared.routing import prices
from shared.routing.checking import check

#: What a model that takes sound as a part of a request is asked.
_LISTEN = "Write down the words of this recording, in its own language, and nothing else."
_TOKENS = 2_048
#: Characters of a text that are spoken in a second at least: for estimates.
_PACE = 10
#: Most bytes of a spoken text. WhatsApp plays voice notes up to 512 KB at once, and offers longer ones for
#: download: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/audio-messages/
SPOKEN_BYTES = 500_000


@dataclass(frozen=True)
class Place:
    """A model entry of the tenant's and one of its keys."""

    entry: str
    key: str


@dataclass(frozen=True)
class Vectors(Completion):
    """A completion that holds vectors instead of parts."""

    vectors: Sequence[Sequence[float]] = ()


class Job(Protocol):
    @property
    def task(self) -> Task: ...
    @property
    def sound(self) -> int:
        """Length (bytes) of the recording that is transcribed, 0 for any other work."""
        ...

    @property
    def maker(self) -> Place | None:
        """The model and key that made the request's tool calls, None if it has none or that is unknown."""
        ...

    @property
    def alone(self) -> bool:
        """Whether the first model alone may do it."""
        ...

    def estimate(self, entry: ModelEntry, now: datetime) -> float:
        """Returns the most (US dollars) that a call is likely to cost."""
        ...

    async def ask(self, model: llm.Model, place: Place, /) -> Completion:
        """Makes one call. Raises ModelFailed."""
        ...

    def check(self, completion: Completion) -> None:
        """Raises ModelFailed if the completion cannot be used."""
        ...


@dataclass(frozen=True)
class Completing:
    """A request, with the maker of the tool calls in it."""

    task: Task
    request: Request
    maker: Place | None = None
    sound: int = 0
    alone: bool = False

    def estimate(self, entry: ModelEntry, now: datetime) -> float:
        return prices.estimate(entry, self.request, now)

    async def ask(self, model: llm.Model, _: Place, /) -> Completion:
        return await model.complete(self.request)

    def check(self, completion: Completion) -> None:
        check(self.request, completion)


@dataclass(frozen=True)
class Transcribing:
    """A recording, by a call of its own if the model has one, else as a part of a request."""

    recording: llm.File
    language: str
    task: Task = "transcribe"
    maker: Place | None = None
    alone: bool = False

    @property
    def sound(self) -> int:
        return len(self.recording.data)

    def estimate(self, entry: ModelEntry, now: datetime) -> float:
        usage = llm.Usage(output=_TOKENS)
        return prices.estimate(entry, self._request, now) + prices.cost(entry, "", usage, now, self.sound)

    async def ask(self, model: llm.Model, _: Place, /) -> Completion:
        if isinstance(model, llm.Hearing):
            return await model.transcribe(self.recording, self.language)
        return await model.complete(self._request)

    def check(self, completion: Completion) -> None:
        check(self._request, completion)

    @property
    def _request(self) -> Request:
        instruction = f"{_LISTEN} Its language is probably {self.language}." if self.language else _LISTEN
        return Request(instruction, [llm.Message("person", [self.recording])], output_tokens=_TOKENS)


@dataclass(frozen=True)
class Speaking:
    """A text that is read aloud; `language` (ISO 639-1) is its own."""

    text: str
    language: str
    task: Task = "speak"
    maker: Place | None = None
    alone: bool = False
    sound: int = 0

    def estimate(self, entry: ModelEntry, now: datetime) -> float:
        usage = llm.Usage(characters=len(self.text), seconds=len(self.text) / _PACE)
        return prices.cost(entry, "", usage, now)

    async def ask(self, model: llm.Model, place: Place, /) -> Completion:
        if not isinstance(model, llm.Speaking):
            raise ConfigurationError(f"{place.entry}: does not speak (expected a format that does)")
        return await model.speak(self.text, self.language)

    def check(self, completion: Completion) -> None:
        files = [part for part in completion.parts if isinstance(part, llm.File)]
        if len(files) != 1 or not sound.seconds(files[0].data):
            raise ModelFailed(Failure.MALFORMED, "model_no_sound")
        if len(files[0].data) > SPOKEN_BYTES:
            raise ModelFailed(Failure.TOO_LONG, "model_sound_too_long")


@dataclass(frozen=True)
class Embedding:
    """Texts of which vectors are made."""

    texts: Sequence[str]
    task: Task = "embed"
    maker: Place | None = None
    #: Vectors of different models cannot be compared.
    alone: bool = True
    sound: int = 0

    def estimate(self, entry: ModelEntry, now: datetime) -> float:
        parts = [llm.Text(text) for text in self.texts]
        return prices.estimate(entry, Request("", [llm.Message("person", parts)], output_tokens=0), now)

    async def ask(self, model: llm.Model, place: Place) -> Vectors:
        if not isinstance(model, llm.Embedding):
            raise ConfigurationError(f"{place.entry}: makes no vectors (expected a format that embeds)")
        vectors, usage = await model.embed(self.texts)
        return Vectors((), "done", usage, vectors=vectors)

    def check(self, completion: Completion) -> None:
        made = completion.vectors if isinstance(completion, Vectors) else ()
        lengths = {len(vector) for vector in made}
        if len(made) != len(self.texts) or len(lengths) != 1 or 0 in lengths:
            raise ModelFailed(Failure.MALFORMED, "model_vectors")
