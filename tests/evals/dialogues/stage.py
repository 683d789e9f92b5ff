"""Dialogues played through the whole chain, each by a new person."""

from __future__ import annotations

import json
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from scripts.local.seed import localised
from shared import llm
from shared.answers.assistant.prompt import Shape
from shared.channels import Download
from shared.conversation.conversation import Conversation
from shared.knowledge.vectors import embed
from shared.models.events import MessageReceived, Quote
from shared.models.handoff import Handoff
from shared.models.parts import Choice, Choices, Media, Part, Pressed, words
from shared.models.people import Contact, Standing
from shared.models.tenant import Channel, KnowledgeEntry, Wording
from shared.platform import logs
from shared.platform.http_httpx import HttpxHttp
from shared.platform.secrets import Secrets
from shared.platform.store import Where
from shared.tenants import plugins
from tests.evals.cases import EMBEDDER, tenant
from tests.evals.dialogues.cases import Dialogue, Turn
from tests.evals.dialogues.scripted import Lineup, ScriptedServer
from tests.evals.play import Handled, Organisation
from tests.fakes.model import question
from tests.fakes.sounds import opus
from tests.world import FakePlugins


@dataclass(frozen=True)
class Played:
    """A turn as its documents and log lines tell it; `cost` is in US dollars, `seconds` is its latency.

    `tools` succeeded; `problems` are those that the guards found in the last draft; `passages` and `results`
    are the data that models were shown.
    """

    said: str
    why: str = ""
    outcome: str = ""
    choices: Sequence[Choice] = ()
    sources: Sequence[str] = ()
    tools: Sequence[str] = ()
    problems: Sequence[str] = ()
    steps: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    calls: frozenset[str] = frozenset()
    language: str = ""
    remembered: Sequence[str] = ()
    opted_out: bool = False
    passages: Sequence[Any] = ()
    results: Sequence[str] = ()


@dataclass
class _Watched:
    """A model whose requests are kept in `asked`."""

    model: llm.Model
    asked: list[llm.Request]

    async def complete(self, request: llm.Request) -> llm.Completion:
        self.asked.append(request)
        return await self.model.complete(request)


@dataclass
class _WatchedHearing(_Watched):
    model: llm.Hearing

    async def transcribe(self, sound: llm.File, language: str) -> llm.Completion:
        return await self.model.transcribe(sound, language)


@dataclass
class _Models(FakePlugins):
    """The real files of models, with a fake channel."""

    asked: list[llm.Request] = field(default_factory=list)

    def model(self, kind: str, connection: llm.Connection) -> llm.Model:
        found = plugins.model(kind, connection)
        kept = _WatchedHearing if isinstance(found, llm.Hearing) else _Watched
        return kept(found, self.asked)  # type: ignore[arg-type]


class Stage(Organisation):
    """A world with a dialogue's tenant and the models of a lineup; others of the same setting may follow."""

    def __init__(
        self, folder: Path, dialogue: Dialogue, lineup: Lineup, server: ScriptedServer, secrets: Secrets
    ) -> None:
        super().__init__(folder)
        self._dialogue, self._lineup, self._server = dialogue, lineup, server
        self._person = 0
        self._models = _Models(self)
        self._offered: Sequence[Choice] = ()
        self._http = HttpxHttp()
        self.origin = "https://concierge.example"
        self.rebuild(self._models, embedder=EMBEDDER, secrets=secrets, http=self._http)

    async def prepare(self) -> Stage:
        """Stores the tenant, its channel and its knowledge."""
        known = tenant(self._dialogue.tenant)
        await embed(known.knowledge, EMBEDDER)  # ten seconds, once in a process: copies keep the vectors
        (found,) = localised([deepcopy(known)], self._server.url)
        self.name = found.tenant.tenant
        answers = self._lineup.answers(found.tenant.answers, self._dialogue)
        self.tenant = found.tenant.model_copy(update={"answers": answers})
        own = [_entry(self.name, each.id, each.language, each.question, each.answer) for each in
               self._dialogue.knowledge]  # fmt: skip
        knowledge = [*found.knowledge, *own]
        await embed(knowledge, EMBEDDER)
        channel = Channel(tenant=self.name, channel="waha", kind="waha")
        for document in (self.tenant, channel, *knowledge):
            await self.store.put(document)
        self.entries = {entry.entry for entry in knowledge}
        return self

    def enter(self, dialogue: Dialogue) -> None:
        """Begins a dialogue: a new person writes."""
        self._dialogue, self._offered = dialogue, ()
        self._person += 1

    async def close(self) -> None:
        await self._http.close()
        self.store.close()

    async def take(self, turn: Turn) -> Played:
        """Plays a turn. Raises LookupError if it presses a choice that was not offered."""
        event = self._event(turn)
        self._server.begin(turn, self._lineup.formats if self._lineup.scripted else {})
        self._models.asked.clear()
        with _lines() as lines:
            began = time.perf_counter()
            handled = await self.handle(event)
            seconds = time.perf_counter() - began
        self._offered = _choices(handled.parts) or self._offered
        return await self._played(handled, lines, seconds)

    def _event(self, turn: Turn) -> MessageReceived:
        event = self.message(turn.text, peer=f"+22177{self._person:07}")
        peer = event.peer.model_copy(update={"name": self._dialogue.person})
        quote = Quote(id="", text=turn.quote) if turn.quote else None
        part = self._part(turn, event.id)
        parts = event.parts if part is None else [part]
        return event.model_copy(update={"peer": peer, "quote": quote, "parts": parts})

    def _part(self, turn: Turn, id: str) -> Part | None:
        """Returns the part of a turn that is no text, with its file on the gateway's side."""
        if turn.by == "voice":
            self.channel.files[id] = Download(opus(4.0, id.encode()), "audio/ogg")
            return Media(kind="voice", id=id, mimetype="audio/ogg; codecs=opus")
        if turn.by == "image":
            self.channel.files[id] = Download(picture(), "image/png")
            return Media(kind="image", id=id, mimetype="image/png", caption=turn.text)
        if turn.by == "press":
            choice = next((each for each in self._offered if each.title == turn.text), None)
            if choice is None:
                raise LookupError(f"{turn.text!r} was not offered")
            return Pressed(id=choice.id, title=choice.title)
        return None

    async def _played(self, handled: Handled, lines: list[dict[str, Any]], seconds: float) -> Played:
        message = handled.message
        place = {"tenant": self.name, "contact": handled.contact}
        about = [Where("messages", "array_contains", message.message)]
        calls = await self.store.query(Handoff, where=about, limit=10, tenant=self.name)
        person = await self.store.get(Contact, **place)
        conversation = await self.store.get(Conversation, tenant=self.name, conversation=message.conversation)
        assert conversation is not None
        drafted = [line for line in lines if line["event"] == "assistant_drafted"]
        return Played(
            said="\n".join(map(words, handled.parts)),
            why=message.reason,
            outcome=message.outcome or "",
            choices=_choices(handled.parts),
            sources=self._sources(message.reason),
            tools=[tool for line in drafted for tool in line["tools"]],
            problems=drafted[-1]["problems"] if drafted else [],
            steps=sum(line["steps"] for line in drafted),
            cost=sum(line["cost"] for line in lines if line["event"].startswith("provider_")),
            seconds=seconds,
            calls=frozenset(reason for call in calls for reason in call.reasons),
            language=conversation.session.language,
            remembered=[fact.text for fact in conversation.memory.facts],
            opted_out=person is not None and person.standing == Standing.OPTED_OUT,
            **_shown(self._models.asked),
        )

    def _sources(self, why: str) -> list[str]:
        """Returns the entries that the reason of an answer names: `first:pool,bar (search_knowledge)`."""
        names = why.partition(" (")[0].rpartition(":")[2].split(",")
        return [name for name in names if name in self.entries]


def picture() -> bytes:
    """Returns a blue picture of 8 x 8 pixels as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x20\x60\xc0" * 8) * 8
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )


def _entry(tenant: str, name: str, language: str, asked: str, answer: str) -> KnowledgeEntry:
    wording = Wording(questions=[asked], answer=answer)
    return KnowledgeEntry(tenant=tenant, entry=name, wordings={language: wording})


def _choices(parts: Sequence[Part]) -> list[Choice]:
    return [choice for part in parts if isinstance(part, Choices) for choice in part.choices]


def _shown(asked: Sequence[llm.Request]) -> dict[str, Any]:
    """Returns the passages and results of the last request for an answer: it holds those of all steps."""
    last = next((each for each in reversed(asked) if each.schema is Shape), None)
    if last is None:
        return {}
    data = question(last)
    parts = chain.from_iterable(message.parts for message in last.messages)
    results = [part.text for part in parts if isinstance(part, llm.ToolResult)]
    told = [json.dumps(each, ensure_ascii=False) for each in data.get("results", [])]
    return {"passages": data["passages"], "results": [*results, *told]}


@contextmanager
def _lines() -> Iterator[list[dict[str, Any]]]:
    """Yields the log lines of the block."""
    found: list[dict[str, Any]] = []
    logs.configure("info", lambda line: found.append(dict(line)))
    try:
        yield found
    finally:
        logs.configure("critical", lambda _: None)
