"""A language model without a vendor, and knowledge that always has a passage to cite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared import llm
from shared.answers.assistant.prompt import Shape
from shared.knowledge.library import Library
from shared.knowledge.passage import Passage
from shared.models.tenant import KnowledgeEntry

ECHO = Passage("echo", "en", "", "", "", 0.0)


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
    """Returns the JSON object that the last message of a request holds."""
    (part,) = request.messages[-1].parts
    assert isinstance(part, llm.Text)
    found: dict[str, Any] = json.loads(part.text)
    return found


@dataclass
class FakeModel:
    """Answers "answer to: …"; `meanwhile` runs during a call; `replies` scripts other answers."""

    asked: list[str] = field(default_factory=list)
    replies: list[Reply | Exception] = field(default_factory=list)
    meanwhile: list[object] = field(default_factory=list)

    async def complete(self, request: llm.Request) -> llm.Completion:
        text = str(question(request)["message"])
        self.asked.append(text)
        if self.meanwhile:
            await self.meanwhile.pop(0)()  # type: ignore[operator]
        scripted = self.replies.pop(0) if self.replies else Reply(f"answer to: {text}")
        if isinstance(scripted, Exception):
            raise scripted
        return scripted.completion()


class EchoLibrary(Library):
    """The real index, with one more passage that every search finds."""

    async def index(self, tenant: str) -> Any:
        return _Echoes(await super().index(tenant))


@dataclass
class _Echoes:
    found: Any

    @property
    def entries(self) -> Sequence[KnowledgeEntry]:
        entries: Sequence[KnowledgeEntry] = self.found.entries
        return entries

    def search(self, text: str, language: str | None, limit: int) -> list[Passage]:
        return [*self.found.search(text, language, limit - 1), ECHO]

    def follow_up(self, readings: Sequence[str], language: str | None, limit: int) -> list[Passage]:
        return [*self.found.follow_up(readings, language, limit - 1), ECHO]
