"""Answers with language models that are shown the tenant's knowledge, have tools, and are checked.

The words of a model go out only if passages or tools hold them (guards). For everything else that a model may
say (it does not know, the person wants a human, it is not for that) the words are ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from shared.answers import Answer, Asked
from shared.answers.asking import Router
from shared.answers.assistant import guards
from shared.answers.assistant.drafting import Drafted, Drafting
from shared.answers.assistant.reading import Reading
from shared.answers.assistant.tools import Registry
from shared.answers.facts import AT_ONCE, told
from shared.answers.grounding import Grounding
from shared.answers.human import hand_over
from shared.answers.menu import offer
from shared.answers.reading_files import FileReading
from shared.answers.unknown import unknown
from shared.conversation.spending import may_spend
from shared.errors import Retry
from shared.knowledge.passage import Passage
from shared.language.texts import text
from shared.models.handoff import HandoffReason
from shared.models.message import Outcome
from shared.models.parts import Choice, Part, Text, shortened
from shared.platform import logs
from shared.understanding.questions import sentences

#: Most passages of an answer that is the passages themselves, and the least confidence of each: half of the
#: certainty that facts need, because a model has chosen them too.
_TOLD, _LIKELY = 2, AT_ONCE / 2
#: Most characters of a text with choices (models/parts.py).
_WITH_CHOICES, _LABEL = 1_024, 20


class Assistant:
    """Asks the tenant's models; has no answer if none gives a usable one, or if a budget is used up.

    `tools` are those that the person of a turn has.
    """

    def __init__(
        self,
        grounding: Grounding,
        router: Router,
        reading: FileReading,
        tools: Callable[[Asked], Registry],
    ) -> None:
        self._grounding, self._router, self._reading = grounding, router, reading
        self._tools = tools

    async def answer(self, asked: Asked) -> Answer | None:
        tenant = asked.tenant
        if not self._router.does(tenant, "answer") or not may_spend(asked.conversation, tenant, asked.now):
            return None
        deadline = asyncio.get_running_loop().time() + tenant.answers.seconds
        passages = await self._passages(asked)
        try:
            async with self._reading.files(asked) as files:
                drafted = await Drafting(
                    self._router, asked, self._tools(asked), passages, files, deadline
                ).run()
        except Retry as error:
            logs.logger().warning("assistant_busy", reason=error.reason)
            return None
        answer = _answer(asked, drafted)
        _log(drafted, answer)
        return answer

    async def _passages(self, asked: Asked) -> list[Passage]:
        """Returns the passages for the turn's words, and for each question if they are several."""
        found = await self._grounding.passages(asked)
        apart = asked.words.wishes or sentences(asked.words.said)
        for question in apart if len(apart) > 1 else ():
            words = replace(asked.words, said=question, before="")
            found = [*found, *(await self._grounding.passages(replace(asked, words=words)))[:1]]
        first: dict[str, Passage] = {}
        for passage in found:
            first.setdefault(passage.id, passage)
        return list(first.values())


def _answer(asked: Asked, drafted: Drafted) -> Answer | None:
    """Returns the answer of a draft, or None if it has none: the next answerer tries."""
    reading, results, language = drafted.reading, drafted.calls.results, asked.words.language
    calls = tuple(dict.fromkeys(reason for result in results for reason in result.calls))
    if any(result.answer for result in results):
        return _with_answers(asked, drafted, calls)
    if reading is None:
        return _unusable(asked, drafted, calls)
    if reading.wants_human and not calls:
        return hand_over(asked)
    acts = [act for result in results for act in result.acts]
    parts = _parts(asked, drafted, reading)
    if not (parts or acts or calls):
        return _unable(asked, drafted)
    if acts and not parts:
        parts = [Text(text=text(asked.tenant, language, "noted"))]
    outcome = Outcome.HANDED_OFF if calls else Outcome.ANSWERED
    common = reading.known and not reading.outside and not drafted.calls.done
    return Answer(parts, outcome, _why(drafted, reading), language, acts, calls, common=common)


def _with_answers(asked: Asked, drafted: Drafted, calls: tuple[HandoffReason, ...]) -> Answer:
    """Returns the answers of tools, after the model's words if passages hold them; they are never common."""
    reading, results = drafted.reading, drafted.calls.results
    answers = [result.answer for result in results if result.answer]
    said = [Text(text=reading.text)] if reading and reading.known and not reading.outside else []
    parts: list[Part] = [*said, *(part for answer in answers for part in answer.parts)]
    acts = [
        act for result in results for act in (*result.acts, *(result.answer.acts if result.answer else ()))
    ]
    reasons = tuple(dict.fromkeys([*calls, *(reason for answer in answers for reason in answer.calls)]))
    outcome = Outcome.HANDED_OFF if reasons else Outcome.ANSWERED
    private = " ".join(answer.private for answer in answers if answer.private)
    why = _why(drafted, reading)
    return Answer(parts, outcome, why, asked.words.language, acts, reasons, private=private)


def _unusable(asked: Asked, drafted: Drafted, calls: tuple[HandoffReason, ...]) -> Answer | None:
    """Returns the call for a human that a tool made, or the passages that the model named, or None.

    Who would have been told of an act hears who can do it, unless the knowledge is certain of an answer.
    """
    language = asked.words.language
    if calls:
        return Answer([], Outcome.HANDED_OFF, _why(drafted), language, calls=calls)
    if likely := [passage for passage in drafted.cited if passage.confidence >= _LIKELY][:_TOLD]:
        return replace(told(asked, likely), why=_why(replace(drafted, cited=likely)))
    certain = any(passage.confidence >= AT_ONCE for passage in drafted.found)
    return _unable(asked, drafted) if drafted.claimed and not certain else None


def _unable(asked: Asked, drafted: Drafted) -> Answer:
    """Returns the words for what is not known, or for an act that the model invented."""
    words = text(asked.tenant, asked.words.language, "only_team" if drafted.claimed else "unknown")
    return unknown(asked, words, drafted.model)


def _parts(asked: Asked, drafted: Drafted, reading: Reading) -> list[Part]:
    """Returns the parts with words: the model's own if passages hold them, else ours."""
    tenant, language = asked.tenant, asked.words.language
    if reading.outside:
        return [Text(text=text(tenant, language, "outside"))]
    shown = _choices(drafted, reading)
    if not reading.known:
        found = offer(text(tenant, language, "do_you_mean"), shown)
        return [found] if found else []
    if not shown or len(reading.text) > _WITH_CHOICES:
        return [Text(text=reading.text)]
    found = offer(reading.text, shown, shortened(text(tenant, language, "choose"), _LABEL))
    return [found] if found else []


def _choices(drafted: Drafted, reading: Reading) -> list[Choice]:
    """Returns the last choices that a tool was asked to show, if all of them may be shown."""
    titles = next((result.choices for result in reversed(drafted.calls.results) if result.choices), ())
    evidence = drafted.evidence(reading)
    if not all(guards.fits(title, evidence) for title in titles):
        return []
    return [Choice(id=f"say:{number}", title=title) for number, title in enumerate(titles, start=1)]


def _why(drafted: Drafted, reading: Reading | None = None) -> str:
    """Returns the model, the sources, the tools and the steps on one line, by their ids.

    "sonnet:pool,bar" is the usual answer, "sonnet:pool (search_knowledge, 2 steps)" one with tools.
    """
    if reading is None:
        source = "passage:" + ",".join(passage.id for passage in drafted.cited)
    else:
        source = "outside" if reading.outside else ",".join(reading.sources) or "tools"
    steps = f"{drafted.steps} steps" if drafted.steps > 1 else ""
    how = ", ".join(filter(None, [*dict.fromkeys(drafted.calls.done), steps]))
    return f"{drafted.model}:{source} ({how})" if how else f"{drafted.model}:{source}"


def _log(drafted: Drafted, answer: Answer | None) -> None:
    log = logs.logger()
    say = log.info if answer else log.warning
    say(
        "assistant_drafted",
        provider=drafted.model,
        result="answer" if answer else "none",
        why=answer.why if answer else "",
        steps=drafted.steps,
        tools=drafted.calls.done,
        problems=[problem.kind for problem in drafted.problems],
    )
