"""Drafting: the steps from a question to an answer that may go out, with tools and guards.

ask → tools' results → ask → … → answer → guards → (mend → guards) → draft
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared.answers import Asked
from shared.answers.asking import Routed, Router
from shared.answers.assistant import guards
from shared.answers.assistant.calls import Calls
from shared.answers.assistant.guards import Problem, steering
from shared.answers.assistant.guards.evidence import Evidence
from shared.answers.assistant.prompt import Draft, request
from shared.answers.assistant.reading import Reading, read
from shared.answers.assistant.tools import Registry
from shared.answers.grounding import with_sources
from shared.errors import Retry
from shared.formats import marks
from shared.knowledge.passage import Passage
from shared.llm import Completion, File, Message, Tool, ToolCall

#: Most requests to a model in a turn. The last two have no tools: one answers, one mends.
STEPS, _CLOSING = 5, 2
#: Least seconds that an attempt to mend needs.
_LEAST = 1.0
_GARBLED = Problem("garbled", "Write one JSON object of the shape that is asked for, and nothing else.")


@dataclass(frozen=True)
class Drafted:
    """A turn's draft. `reading` is the answer if one may go out; `problems` are those of the last if not.

    Words that are not known do not go out, but a claim in them is a problem. `cited` are the passages that
    the model named if its answer may not go out, unless a problem was grave.
    """

    reading: Reading | None
    calls: Calls
    model: str = ""
    steps: int = 0
    problems: Sequence[Problem] = ()
    cited: Sequence[Passage] = ()
    passages: Sequence[Passage] = ()

    @property
    def claimed(self) -> bool:
        """Whether the model told of an act that nobody did: the person seems to want one."""
        return any(each.kind == guards.CLAIM for each in self.problems)

    @property
    def found(self) -> list[Passage]:
        """The passages of tools, then those of the question, each once."""
        return list({each.id: each for each in (*self.calls.passages, *self.passages)}.values())

    def evidence(self, reading: Reading) -> Evidence:
        """Returns the texts on which an answer may rest."""
        calls = self.calls
        return Evidence(calls.asked, self.found, reading.cited, calls.data, frozenset(calls.claims))


@dataclass
class Drafting:
    """The draft of one turn in the making, from `passages` and `files`, until the loop's time `deadline`."""

    router: Router
    asked: Asked
    registry: Registry
    passages: Sequence[Passage]
    files: Sequence[File]
    deadline: float
    calls: Calls = field(init=False)
    drafted: Drafted = field(init=False)

    def __post_init__(self) -> None:
        self.calls = Calls(self.asked, self.registry)
        self.drafted = Drafted(None, self.calls, passages=self.passages)

    async def run(self) -> Drafted:
        """Returns the draft. An attempt that fails or is too late ends it with what there is by then."""
        try:
            async with asyncio.timeout_at(self.deadline):
                await self._steps()
        except (Retry, TimeoutError) as error:
            failed = Problem(error.reason if isinstance(error, Retry) else "timeout", "", grave=True)
            problems = [*self.drafted.problems, failed]
            self.drafted = replace(self.drafted, problems=problems)
        return self.drafted

    async def _steps(self) -> None:
        exchange: list[Message] = []
        draft: Draft | None = None
        while self.drafted.steps < STEPS:
            using = draft is None and not self._closing()
            tools = self.registry.offered if using else []
            completion = (await self._ask(tools, exchange if using else [], draft)).completion
            requested = [part for part in completion.parts if isinstance(part, ToolCall)]
            if requested and using:
                results = [await self.calls.run(call) for call in requested]
                exchange += [Message("model", completion.parts), Message("person", results)]
                continue
            if draft is not None:  # one attempt to mend is enough
                self._take(completion)
                return
            draft = self._take(completion)
            if draft is None or completion.stop == "refused" or self._left() < _LEAST:
                return

    def _closing(self) -> bool:
        """Whether tools are no longer offered: a model that goes on calling them has to answer."""
        return self.drafted.steps >= STEPS - _CLOSING or self.calls.exhausted

    async def _ask(self, tools: Sequence[Tool], exchange: Sequence[Message], draft: Draft | None) -> Routed:
        """Asks a model, with the results as data of the question if no tools are offered."""
        asked = request(
            self.asked,
            self.drafted.found if not tools else self.passages,
            tools,
            exchange,
            files=self.files,
            results=() if tools else self.calls.data,
            draft=draft,
        )
        self.drafted = replace(self.drafted, steps=self.drafted.steps + 1)
        routed = await self.router.complete(self.asked.tenant, "answer", asked, within=self._left())
        self.drafted = replace(self.drafted, model=routed.entry)
        return routed

    def _take(self, completion: Completion) -> Draft | None:
        """Takes a completion's answer if it may go out; else returns the draft that is to be mended."""
        try:
            reading = read(completion, self.asked, self.drafted.found)
        except Retry:
            self.drafted = replace(self.drafted, problems=[_GARBLED], cited=())
            return Draft("", [_GARBLED.told])
        if not reading.known or reading.outside:
            problems = guards.invented(reading.said, self.drafted.evidence(reading))
            self.drafted = replace(self.drafted, reading=reading, problems=problems)
            return None
        said = marks.from_markdown(reading.said)
        checked = guards.review(said, self.drafted.evidence(reading))
        if not checked.problems:
            words = with_sources(self.asked.tenant, checked.said, reading.cited, self.asked.words.language)
            self.drafted = replace(
                self.drafted, reading=replace(reading, said=checked.said, text=words), problems=()
            )
            return None
        if reading.wants_human:  # a human comes, so that there is nothing to mend
            self.drafted = replace(
                self.drafted, reading=replace(reading, known=False), problems=checked.problems
            )
            return None
        grave = any(each.grave for each in checked.problems)
        cited = [] if grave else [each for each in reading.cited if not steering.steers(each.text)]
        self.drafted = replace(self.drafted, problems=checked.problems, cited=cited)
        return Draft(said, [each.told for each in checked.problems])

    def _left(self) -> float:
        return max(0.0, self.deadline - asyncio.get_running_loop().time())
