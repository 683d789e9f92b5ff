"""Facts and summaries: bounded, each once, and where the conversation goes, they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.conversation import memory
from shared.conversation.absorbing import absorb
from shared.conversation.acts import Act, Scene
from shared.conversation.conversation import HISTORY_LIMIT, Conversation
from shared.conversation.groups import Memory
from shared.conversation.memory import AwaitSummary, Remember
from shared.models import size
from shared.models.history import Line
from shared.models.tenant import Tenant
from tests.fakes.asked import NOW, asked

TENANT = Tenant(tenant="parish", name="Parish", languages=["fr"])
IDLE = timedelta(minutes=30)


def conversation(lines: int = 0) -> Conversation:
    history = [
        Line(author="person", text=f"line {number}", at=NOW + timedelta(seconds=number))
        for number in range(lines)
    ]
    return asked(TENANT, "x", "fr", history).conversation


async def after(found: Conversation, *acts: Act, seconds: float = 0) -> list[str]:
    """Carries out the acts, each a second after the one before; returns the facts."""
    for number, act in enumerate(acts):
        now = NOW + timedelta(seconds=seconds + number)
        prepared = await act.prepare(Scene(None, found, [], now))  # type: ignore[arg-type]
        prepared.write()
    return [fact.text for fact in found.memory.facts]


@pytest.mark.parametrize(
    ("acts", "kept"),
    [
        ([Remember("vegetarian"), Remember("two children")], ["vegetarian", "two children"]),
        ([Remember("Vegetarian!"), Remember("two"), Remember("vegetarian")], ["two", "vegetarian"]),
        (
            [Remember("vegetarian"), Remember("my wife is vegetarian")],
            ["vegetarian", "my wife is vegetarian"],
        ),
        ([Remember("  a\n b  ")], ["a b"]),
        ([Remember("")], []),
        ([Remember("half \ud83d an emoji")], ["half ? an emoji"]),
    ],
)
async def test_facts_are_kept_once_and_the_newest_wins(acts: Sequence[Act], kept: list[str]) -> None:
    assert await after(conversation(), *acts) == kept


async def test_facts_are_bounded_in_number_and_length() -> None:
    acts = [Remember(f"fact {number} " + "x" * 1_000) for number in range(memory.FACTS + 5)]
    facts = await after(conversation(), *acts)
    assert len(facts) == memory.FACTS
    assert facts[-1].startswith(f"fact {memory.FACTS + 4} ")
    assert max(map(len, facts)) == memory.LENGTH


async def test_a_document_full_of_memory_stays_small() -> None:
    found = conversation(HISTORY_LIMIT)
    await after(found, *[Remember(f"{number} " + "é" * 300) for number in range(99)])
    found.memory.summary = "é" * memory.SUMMARY
    assert size.document(found) < 100_000


async def test_the_person_can_be_forgotten() -> None:
    found = conversation(3)
    await after(found, Remember("vegetarian"))
    memory.erase(found, NOW)
    assert (found.memory.facts, found.history) == ([], [])


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        (memory.ENOUGH - 1, None),
        (memory.ENOUGH, NOW + memory.PAUSE),
        (memory.MANY, NOW),
        (HISTORY_LIMIT, NOW),
    ],
)
async def test_a_summary_waits_for_enough_lines(lines: int, due: object) -> None:
    found = conversation(lines)
    await after(found, AwaitSummary(IDLE))
    assert found.memory.reflect_at == due


async def test_a_summary_is_made_before_the_history_is_dropped() -> None:
    found = conversation(memory.ENOUGH)
    await after(found, AwaitSummary(timedelta(minutes=1)))
    assert found.memory.reflect_at == NOW + timedelta(seconds=30)


async def test_summarised_lines_count_no_more() -> None:
    found = conversation(memory.MANY)
    found.memory.summarised_until = found.history[-1].at
    await after(found, AwaitSummary(IDLE))
    assert found.memory.reflect_at is None
    assert memory.unsummarised(found) == []


async def test_a_merge_keeps_the_facts_of_both_and_leaves_nothing_behind() -> None:
    one, other = conversation(), conversation()
    await after(one, Remember("vegetarian"), Remember("in room 7"))
    await after(other, Remember("in room 9"), Remember("vegetarian"), seconds=10)
    one.memory.summary, other.memory.summary = "Asked for the pool.", "Asked for a towel."
    whole = absorb(other, one, "waha.c-1", "c-1", NOW)
    assert [fact.text for fact in whole.memory.facts] == ["in room 7", "in room 9", "vegetarian"]
    assert whole.memory.summary == "Asked for a towel.\nAsked for the pool."
    other.close("waha.c-1")
    assert other.memory == Memory()


async def test_a_conversation_that_moves_keeps_its_memory_once() -> None:
    one = conversation()
    await after(one, Remember("vegetarian"))
    one.memory.summary = "Asked for the pool."
    moved = absorb(one, None, "waha.c-2", "c-2", NOW)
    assert (moved.memory.facts, moved.memory.summary) == (one.memory.facts, one.memory.summary)


def test_memory_is_stored_flat_and_read_back() -> None:
    found = conversation()
    found.memory.summary = "Asked for the pool."
    stored = found.model_dump()
    assert stored["summary"] == "Asked for the pool."
    assert Conversation.model_validate(stored) == found
