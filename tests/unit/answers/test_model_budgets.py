"""Whole turns whose models fail, or may not be asked any more: the knowledge answers, and nobody waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.llm import Failure, ModelFailed
from shared.models.usage import UsageShard
from shared.platform import logs
from tests.fakes.model import Reply
from tests.world import World

QUESTION, KNOWN, OTHER = "Quand est la messe ?", "Dimanche.", "+221770000002"
#: Of an unknown model, whose price is the conservative one: 2.5 cents.
DEAR = Reply("Le premier mot.", tokens=1_000)
COST = 0.025


async def parish(folder: Path, **budget: float) -> World:
    return await World(folder).begin(answers={"provider": "model", "budget": budget})


@pytest.mark.parametrize("failure", Failure)
async def test_if_no_model_answers_the_knowledge_does(tmp_path: Path, failure: Failure) -> None:
    world = await parish(tmp_path)
    world.provider.replies = [ModelFailed(failure, "scripted")] * 10
    for _ in range(10):
        await world.say(QUESTION)
    assert world.texts() == [KNOWN] * 10
    assert await world.outcomes() == ["answered"] * 10
    assert len(world.provider.asked) < 10 or failure in (Failure.TOO_LONG, Failure.BAD_REQUEST)


async def test_if_neither_a_model_nor_the_knowledge_answers_a_human_is_one_step_away(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    world.provider.replies = [ModelFailed(Failure.BUSY, "scripted")] * 10
    for _ in range(2):
        await world.say("Vendez-vous des tracteurs agricoles d'occasion ?")
    assert len(world.texts()) == 2
    assert (await world.conversation()).staff.handoff


async def test_a_day_over_its_budget_is_answered_from_the_knowledge(tmp_path: Path) -> None:
    world = await parish(tmp_path, per_day=2 * COST)
    world.provider.replies = [DEAR] * 10
    for _ in range(5):
        await world.say(QUESTION)
    answers = world.texts()
    assert [KNOWN in text for text in answers] == [False, False, True, True, True]
    assert len(world.provider.asked) == 2


async def test_a_person_over_their_budget_does_not_cost_the_others_theirs(tmp_path: Path) -> None:
    world = await parish(tmp_path, per_person=2 * COST)
    world.provider.replies = [DEAR] * 10
    for _ in range(3):
        await world.say(QUESTION)
    await world.say(QUESTION, peer=OTHER)
    assert [KNOWN in text for text in world.texts()] == [False, False, True, False]
    world.clock.pass_(86_400)
    await world.say(QUESTION)
    assert KNOWN not in world.texts()[-1]


async def test_a_turn_has_its_cost_in_its_log_line_and_in_the_days_usage(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    world.provider.replies = [ModelFailed(Failure.TOO_LONG, "scripted"), DEAR]
    lines: list[dict[str, Any]] = []
    logs.configure("info", lambda line: lines.append(dict(line)))
    await world.say(QUESTION)
    await world.say(QUESTION)
    logs.configure("info", lambda _: None)
    turns = [line for line in lines if line["event"] == "turn_committed"]
    told = [(turn["calls"], turn["tokens"], round(turn["cost"], 6), turn["models"]) for turn in turns]
    assert told == [(1, 0, 0.0, ["model"]), (1, 1_000, COST, ["model"])]
    (shard,) = await world.store.query(UsageShard, tenant="parish", day="2026-11-20", limit=10)
    assert (shard.rows[0].calls, shard.rows[0].failures, round(shard.cost, 6)) == (2, 1, COST)
