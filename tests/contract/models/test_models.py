"""Contract of every model file of shared/llm, over HTTP, and of the assistant above it."""

from __future__ import annotations

import pkgutil
from dataclasses import replace

import pytest

from scripts.local.vendors.gemini.answers import counted, failure
from scripts.local.vendors.gemini.server import Gemini
from shared import llm
from shared.answers.assistant.prompt import INSTRUCTION
from shared.errors import Retry
from shared.llm import Model, Reachable
from shared.models.history import Line
from tests.contract.models.questions import BAR, EARLIER, INJECTION, KEY, MODELS, POOL, put, question


def test_every_model_file_is_in_this_suite() -> None:
    assert {module.name for module in pkgutil.iter_modules(llm.__path__)} == MODELS.keys()


async def test_an_answer_comes_from_a_passage_and_names_its_source(model: Model) -> None:
    reply = await put(model, question("la piscine ?", POOL, BAR))
    assert reply.known
    assert reply.sources == ["pool"]
    assert reply.text == "La piscine est ouverte de 8h à 20h.\n\n_Source : Livret, p. 3_"


async def test_without_passages_nothing_is_known(model: Model) -> None:
    reply = await put(model, question("la piscine ?"))
    assert (reply.known, reply.sources) == (False, [])
    assert reply.text


@pytest.mark.parametrize("where", ["message", "passage", "history"])
async def test_words_that_give_orders_stay_words(model: Model, where: str) -> None:
    history = [Line(author="person", text=INJECTION, at=EARLIER)] if where == "history" else []
    put_ = question(
        INJECTION if where == "message" else "la piscine ?",
        replace(POOL, text=INJECTION) if where == "passage" else POOL,
        history=history,
    )
    reply = await put(model, put_)
    assert set(reply.sources) <= {"pool"}
    assert KEY not in reply.text
    assert INSTRUCTION[:30] not in reply.text


async def test_a_model_that_can_be_asked_whether_it_would_answer_says_so(model: Model, fake: Gemini) -> None:
    fake.script.append(counted)
    if isinstance(model, Reachable):
        await model.reach()
        assert [asked.path.rpartition(":")[2] for asked in fake.asked] == ["countTokens"]
        fake.script.append(lambda _: failure(503, "UNAVAILABLE"))
        with pytest.raises(Retry, match="gemini_503"):
            await model.reach()
