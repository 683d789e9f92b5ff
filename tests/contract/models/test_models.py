"""Contract of every model file of shared/llm, over HTTP, and of the assistant above it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.answers.assistant.prompt import INSTRUCTION
from shared.llm import Failure, Model, ModelFailed, Reachable
from shared.models.history import Line
from shared.tenants import plugins
from tests.contract.models.conftest import Vendor
from tests.contract.models.questions import BAR, EARLIER, INJECTION, KEY, POOL, VENDORS, put, question


def test_every_model_file_is_in_this_suite() -> None:
    assert plugins.names("llm") == VENDORS.keys()


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


async def test_a_model_says_at_no_cost_whether_it_would_answer(each: Vendor) -> None:
    model = each.create()
    assert isinstance(model, Reachable)
    await model.reach()
    assert [asked.seen for asked in each.server.asked] == [None]
    for how, failure in {"busy": Failure.BUSY, "refused_key": Failure.REFUSED_KEY}.items():
        each.fail(how)
        with pytest.raises(ModelFailed) as raised:
            await model.reach()
        assert raised.value.failure is failure
