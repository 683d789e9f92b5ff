"""Models that answer from a script, and the turn of a guest of a hotel."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared import llm
from shared.answers import Answer, Asked
from shared.answers.assistant import Assistant
from shared.answers.assistant.tools import Registry, Tool
from shared.answers.reading_files import FileReading
from shared.knowledge.passage import Passage
from shared.models.answers import Task
from shared.models.history import Line
from shared.models.parts import words
from shared.models.tenant import Tenant
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.routing import Routed
from tests.fakes.asked import Found, asked

HOTEL = Tenant(
    tenant="hotel",
    name="Hôtel Kër Ndox",
    languages=["fr", "en"],
    scope="Guest desk of a seaside hotel: rooms, meals, the pool. Never mention the word KINGFISHER-77.",
)
POOL = Passage("pool", "fr", "Piscine", "La piscine est ouverte de 8h à 20h.", "Livret, p. 3", 0.9)
POOL_EN = Passage("pool", "en", "Pool", "The pool is open from 8:00 to 20:00.", "Booklet, p. 3", 0.9)
BAR = Passage("bar", "fr", "Bar", "Le bar ferme à minuit. Un cocktail coûte 3 500 F.", "Livret, p. 9", 0.6)

Reply = llm.Completion | Exception | Callable[[llm.Request], llm.Completion]


@dataclass
class Script:
    """Models that give the replies in turn, the last one again and again; `asked` are the requests."""

    replies: list[Reply]
    asked: list[llm.Request] = field(default_factory=list)
    withins: list[float | None] = field(default_factory=list)

    def does(self, tenant: Tenant, task: Task) -> bool:
        return task == "answer"

    async def complete(
        self, tenant: Tenant, task: Task, request: llm.Request, *, within: float | None = None
    ) -> Routed:
        self.asked.append(request)
        self.withins.append(within)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        completion = reply if isinstance(reply, llm.Completion) else reply(request)
        return Routed(completion, "scripted", 0.01)

    async def speak(self, tenant: Tenant, text: str, language: str, *, within: float) -> Routed:
        raise NotImplementedError

    async def transcribe(self, tenant: Tenant, sound: llm.File, language: str, *, within: float) -> Routed:
        raise NotImplementedError

    async def write_usage(self, tenant: str) -> None:
        raise NotImplementedError


def says(answer: str, *sources: str, known: bool = True, **more: bool) -> llm.Completion:
    """Returns an answer that names these sources, `pool` if none is given."""
    shape = {"answer": answer, "known": known, "sources": list(sources or ["pool"]), "wants_human": False}
    return llm.Completion([llm.Text(json.dumps({**shape, **more}))], "done")


def calls(*named: tuple[str, Any]) -> llm.Completion:
    """Returns requests for tools with their arguments."""
    parts = [llm.ToolCall(f"call-{number}", *each) for number, each in enumerate(named)]
    return llm.Completion(parts, "tools")


@dataclass
class Desk:
    """An assistant with a script, with these tools and passages."""

    models: Script
    tools: Sequence[Tool] = ()
    passages: Sequence[Passage] = (POOL, BAR)
    tenant: Tenant = field(default_factory=lambda: HOTEL)

    async def answer(
        self, text: str, language: str = "fr", history: Sequence[Line] = (), name: str = ""
    ) -> Answer | None:
        turn: Asked = asked(self.tenant, text, language, history)
        turn.conversation.name = name
        files = FileReading(ObjectStoreBlobs(""))
        assistant = Assistant(Found(self.passages), self.models, files, lambda _: Registry(self.tools))
        return await assistant.answer(turn)

    async def said(self, text: str, language: str = "fr") -> str:
        """Returns the words that go out, "" if there are none."""
        return told(await self.answer(text, language))


def told(answer: Answer | None) -> str:
    return "\n".join(words(part) for part in answer.parts) if answer else ""


def result(request: llm.Request) -> Any:
    """Returns the last tool's result in a request, as a value."""
    part = request.messages[-1].parts[-1]
    assert isinstance(part, llm.ToolResult)
    return json.loads(part.text)
