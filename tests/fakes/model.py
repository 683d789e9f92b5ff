"""A language model without a vendor, and knowledge that always has a passage to cite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from shared import llm
from shared.answers.assistant.prompt import Shape
from shared.knowledge.library import Library
from shared.knowledge.passage import Passage
from tests.fakes.sounds import opus

#: Words of scripted answers: the passage has them, so that they count as grounded.
WORDS = "long mot premier second word dimanche"
ECHO = Passage("echo", "en", "", "", "", 0.0)


def echo(text: str, language: str | None) -> Passage:
    """Returns the passage that is always there, with the words of an answer to the text.

    A question states nothing, so it is none here.
    """
    stated = text.replace("?", "")
    return replace(ECHO, text=f"answer to: {stated}\n{WORDS}", language=language or ECHO.language)


@dataclass(frozen=True)
class Reply:
    """A scripted answer; `known` cites the passage that is always there."""

    text: str
    known: bool = True
    wants_human: bool = False
    tokens: int = 0

    def completion(self) -> llm.Completion:
        sources = [ECHO.id] if self.known else []
        said = Shape(answer=self.text, known=self.known, wants_human=self.wants_human, sources=sources)
        text = json.dumps(said.model_dump())
        return llm.Completion([llm.Text(text)], "done", llm.Usage(output=self.tokens))


def question(request: llm.Request) -> dict[str, Any]:
    """Returns the JSON object with the turn's question, which results of tools may follow."""
    texts = (part.text for each in reversed(request.messages) for part in each.parts if _is_text(part))
    found: dict[str, Any] = next(json.loads(text) for text in texts if text.startswith('{"passages"'))
    return found


def _is_text(part: llm.Part) -> TypeGuard[llm.Text]:
    return isinstance(part, llm.Text)


@dataclass
class FakeModel:
    """Answers "answer to: …"; `meanwhile` runs during a call; `replies` scripts other answers.

    `files` are those of all requests, `seen` the JSON objects that they held, in order.
    """

    asked: list[str] = field(default_factory=list)
    replies: list[Reply | Exception] = field(default_factory=list)
    meanwhile: list[object] = field(default_factory=list)
    files: list[llm.File] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def complete(self, request: llm.Request) -> llm.Completion:
        self.seen.append(question(request))
        text = str(self.seen[-1]["message"])
        self.asked.append(text)
        self.files += [part for part in request.messages[-1].parts if isinstance(part, llm.File)]
        if self.meanwhile:
            await self.meanwhile.pop(0)()  # type: ignore[operator]
        scripted = self.replies.pop(0) if self.replies else Reply(f"answer to: {text}")
        if isinstance(scripted, Exception):
            raise scripted
        return scripted.completion()

    async def transcribe(self, sound: llm.File, language: str) -> llm.Completion:
        """Hears the same question in every sound."""
        return llm.Completion([llm.Text("Quand est la messe ?")], "done")

    async def speak(self, text: str, language: str) -> llm.Completion:
        """Speaks every text in four seconds."""
        return llm.Completion([llm.File(opus(4.0), "audio/ogg")], "done")


class EchoLibrary(Library):
    """The real index, with one more passage that every search finds."""

    async def index(self, tenant: str) -> Any:
        return _Echoes(await super().index(tenant))


@dataclass
class _Echoes:
    found: Any

    def search(self, text: str, language: str | None, limit: int) -> list[Passage]:
        return [*self.found.search(text, language, limit - 1), echo(text, language)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)

    def follow_up(self, readings: Sequence[str], language: str | None, limit: int) -> list[Passage]:
        found = self.found.follow_up(readings, language, limit - 1)
        return [*found, echo(" ".join(readings), language)]
