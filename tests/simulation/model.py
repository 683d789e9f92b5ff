"""Simulated models: their true answers repeat the marks of the question, so that the two can be matched.

A model that strikes lies, calls tools at random or without end, answers out of form, is slow, hangs or fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared import llm
from shared.answers.assistant.prompt import Shape
from shared.knowledge.library import Library
from shared.knowledge.passage import Passage
from shared.knowledge.piece_library import PieceLibrary, Shelf
from shared.llm import Completion, Failure, ModelFailed
from tests.fakes.model import question
from tests.simulation import lies
from tests.simulation.people import MARK
from tests.simulation.readers import READERS

if TYPE_CHECKING:
    from tests.simulation.world import World

#: The models of each task, the first choice first.
TASKS: Mapping[str, list[str]] = {
    "answer": ["first", "second"],
    "understand": ["reader", "second"],
    "summarise": ["reader"],
    "transcribe": ["ear"],
}
#: Failures by their weight. The rare ones rest a key for minutes or hours.
_FAILURES = {failure: 8 for failure in Failure} | {Failure.SPENT: 1, Failure.REFUSED_KEY: 1, Failure.RATE: 2}
#: Begins the id of a call that is made again and again.
_LOOP = "loop"


class InjectedBug(Exception):
    """An unforeseen failure of our own code."""


class SimulatedModel:
    """One model: `name` is its format."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self._name = world, name

    async def complete(self, request: llm.Request) -> Completion:
        self._world.overhear(request)
        if request.schema is not Shape:
            await self._work()
            return self._read(request)
        asked = Asked(request)
        self._note(asked)
        await self._work()
        return self._answer(asked)

    async def transcribe(self, sound: llm.File, language: str) -> Completion:
        """Returns the words at the end of the sound, others, or none."""
        await self._work()
        words = sound.data.partition(b"WORDS")[2].partition(b"OggS")[0].decode()
        if self._world.faults.strikes("model_mishears"):
            words = self._world.random.choice(["", "[inaudible]", "Merci [?] beaucoup", "STOP", "<noise>"])
        return Completion([llm.Text(words)], "done")

    def _note(self, asked: Asked) -> None:
        """Notes a turn's first request in the journal, once for all models that get it."""
        world = self._world
        if not asked.opening or world.drafts.get(asked.marks) is asked.request:
            return
        world.drafts[asked.marks] = asked.request
        people = " ".join(str(person) for person in sorted(lies.canaries(asked.told)))
        told = {"people": people, "told": marks(f"{asked.told}\n{asked.notes}")}
        world.journal.note("asked", model=self._name, marks=asked.marks, **told)

    async def _work(self) -> None:
        """Takes the model's time, or fails. Raises ModelFailed, InjectedBug."""
        random, strikes, sleep = self._world.random, self._world.faults.strikes, self._world.loop.sleep
        if strikes("model_hangs"):
            await sleep(3600)
        await sleep(random.uniform(3, 11) if strikes("model_slow") else random.uniform(0.2, 1.5))
        if strikes("model_failed"):
            failure = random.choices(list(_FAILURES), list(_FAILURES.values()))[0]
            raise ModelFailed(failure, f"model_{failure}", after=random.choice([None, 5.0, 90.0]))
        if strikes("model_bug"):
            raise InjectedBug

    def _read(self, request: llm.Request) -> Completion:
        """Returns the reading of words, a summary or moods."""
        if self._world.faults.strikes("model_nonsense"):
            return Completion([llm.Text(self._world.random.choice(lies.GARBAGE))], "done")
        said = READERS[request.schema](self._world, json.loads(_first(request)))
        return Completion([llm.Text(json.dumps(said))], "done")

    def _answer(self, asked: Asked) -> Completion:
        world, strikes = self._world, self._world.faults.strikes
        random = world.random
        if asked.request.tools and (calls := self._calls(asked)):
            return Completion(calls, "tools")
        if strikes("model_nonsense"):
            text = random.choice(lies.GARBAGE)
            return Completion([llm.Text(text)], random.choice(["done", "cut_off", "refused"]))
        known, wants_human = not strikes("model_knows_nothing"), random.random() < 0.01
        return asked.reply(self._said(asked), known=known, wants_human=wants_human)

    def _said(self, asked: Asked) -> str:
        """Returns the words of an answer."""
        random, truth = self._world.random, asked.truth
        if asked.ordered and random.random() < 0.5:
            return random.choice([lies.ORDERED, f"{truth}. {lies.ORDERED}!"])
        if self._world.faults.strikes("model_lies"):
            return lies.lie(random, truth, self._world.spoken)
        if random.random() < 0.08:
            words = "word " * 650
            return f"first on {asked.marks} {words}\n\nsecond on {asked.marks} {words}"
        reports = [random.choice(lies.REPORTS[name]) for name in asked.done if random.random() < 0.7]
        return " ".join([*reports, truth])

    def _calls(self, asked: Asked) -> list[llm.ToolCall]:
        """Returns calls of tools: for words to be remembered, the same one again and again, or at random."""
        random, strikes = self._world.random, self._world.faults.strikes
        if asked.loops or strikes("model_loops"):
            return [
                llm.ToolCall(f"{_LOOP}-{random.getrandbits(32)}", "search_knowledge", {"query": asked.truth})
            ]
        if asked.states and random.random() < 0.8:
            return [self._called("remember", {"words": asked.message})]
        if not strikes("model_calls"):
            return []
        return [self._called(*self._tried(asked)) for _ in range(random.choice([1, 1, 1, 3]))]

    def _called(self, name: str, arguments: Any) -> llm.ToolCall:
        return llm.ToolCall(f"call-{self._world.random.getrandbits(32)}", name, arguments)

    def _tried(self, asked: Asked) -> tuple[str, Any]:
        """Returns a tool and its arguments: right ones, ones without sense, or a tool that does not exist."""
        random = self._world.random
        foreign = lies.canary(random.choice(self._world.spoken))
        calls: list[tuple[str, Any]] = [
            ("search_knowledge", {"query": asked.truth}),
            ("search_knowledge", {"query": 7}),
            ("search_knowledge", None),
            ("call_human", {"reason": "no_answer"}),
            ("call_human", {"reason": "fire", "person": foreign}),
            ("remember", {"words": asked.message}),
            ("remember", {"words": asked.message}),
            ("remember", {"words": f"Je suis allergique aux {foreign}"}),
            ("remember", {"words": ["all"]}),
            ("show_choices", {"titles": ["Answer", "Offline"]}),
            ("show_choices", {"titles": ["STOP", foreign]}),
            ("book_table", {"people": 4}),
            ("", {}),
        ]
        return random.choice(calls)


class Asked:
    """A request for an answer, as a model reads it."""

    def __init__(self, request: llm.Request) -> None:
        self.request, self._question = request, question(request)
        self.message = str(self._question["message"])
        self.marks = marks(self.message)
        #: Whether it is the turn's first request.
        self.opening = not (self._question.keys() & {"results", "your_draft"} or _results(request))

    @property
    def ordered(self) -> bool:
        return lies.ORDERED in self.message

    @property
    def states(self) -> bool:
        """Whether the person says something to be remembered, which was not done yet."""
        return self.opening and bool(lies.canaries(self.message))

    @property
    def loops(self) -> bool:
        """Whether the model has begun to make the same call again and again."""
        return any(each.id.startswith(_LOOP) for each in _results(self.request))

    @property
    def done(self) -> list[str]:
        """The names of the tools that succeeded, and whose success may be reported."""
        return [each.name for each in _results(self.request) if not each.failed and each.name in lies.REPORTS]

    @property
    def truth(self) -> str:
        """The answer that the knowledge holds, with what the person stated earlier if the model has it."""
        stated = " ".join(self._question.get("stated", []))
        known = " ".join(map(lies.canary, sorted(lies.canaries(stated))))
        return " ".join(filter(None, ["answer", f"for {known}" if known else "", "on", self.marks])).strip()

    def reply(self, text: str, *, known: bool, wants_human: bool) -> Completion:
        """Returns an answer that names all passages as its sources."""
        sources = [each["id"] for each in self._question["passages"]]
        said = Shape(answer=text, known=known, wants_human=wants_human, sources=sources)
        return Completion([llm.Text(said.model_dump_json())], "done")

    @property
    def notes(self) -> str:
        """The notes of the conversation, which another model wrote."""
        return str(self._question.get("notes", ""))

    @property
    def told(self) -> str:
        """All that the model is told of the person, but the notes, which another model wrote."""
        told = {**self._question, "notes": ""}
        texts = [
            part.text
            for each in self.request.messages[:-1]
            for part in each.parts
            if isinstance(part, llm.Text)
        ]
        return "\n".join([json.dumps(told), *texts])


class SimulatedLibrary(Library):
    """Knowledge that repeats the marks of a question, so that the offline answer can be matched too."""

    async def index(self, tenant: str) -> Any:
        return _Repeating

    async def version(self, tenant: str) -> str:
        return "simulated"


class NoPieces(PieceLibrary):
    """Tenants without sources."""

    async def shelf(self, tenant: str, embedder: str) -> Shelf:
        return Shelf()


class _Repeating:
    entries: list[Any] = []

    @staticmethod
    def search(text: str, language: str, _: int) -> list[Passage]:
        told = f"offline on {marks(text)}, first word and second word of an answer"
        return [Passage("echo", language, "", told, "", 1.0)]

    @staticmethod
    def knows(_: str) -> bool:
        return False

    @staticmethod
    def unknown_names(_: str) -> list[str]:
        return []


def marks(text: str) -> str:
    return " ".join(MARK.findall(text))


def _results(request: llm.Request) -> list[llm.ToolResult]:
    return [part for each in request.messages for part in each.parts if isinstance(part, llm.ToolResult)]


def _first(request: llm.Request) -> str:
    return next(part.text for part in request.messages[0].parts if isinstance(part, llm.Text))
