"""Usage: documents add up over instances, days are the tenant's own, a call's log line has its numbers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared import llm
from shared.errors import Retry
from shared.llm import Completion, Failure, File, ModelFailed, Request, Text
from shared.llm import Usage as Tokens
from shared.models.usage import OTHERS, ROWS, Row, UsageShard, added
from shared.platform import logs
from shared.routing import NoModel, spent
from tests.unit.routing.models import CENT, MODEL, World, answers, fails, tenant

TENANT = tenant()
DAY = "2026-11-20"


async def shards(world: World, day: str = DAY) -> list[UsageShard]:
    return await world.store.query(UsageShard, tenant="hotel", day=day, limit=100)


def test_the_documents_of_all_instances_add_up(world: World) -> None:
    world.script.update(first=answers(0.2), second=answers(0.2))

    async def play() -> list[Row]:
        routers = [world.instance() for _ in range(3)]
        for router in routers:
            for _ in range(5):
                await world.ask(router, TENANT)
            await router.write_usage("hotel")
        return added([], [row for shard in await shards(world) for row in shard.rows])

    (row,) = world.run(play())
    assert (row.task, row.entry, row.model) == ("answer", "first", MODEL)
    assert (row.calls, row.failures, row.tokens_in, row.tokens_out) == (15, 0, 75_000, 15_000)
    assert row.cost == pytest.approx(15 * CENT)
    assert row.ms == pytest.approx(15 * 200)


def test_failures_and_what_a_useless_answer_cost_are_counted(world: World) -> None:
    async def empty(_: Request) -> Completion:
        return Completion([], "done", Tokens(cost=0.25), MODEL)

    world.script.update(first=empty, second=answers())

    async def play() -> tuple[float, dict[str, Row]]:
        router = world.instance()
        routed, _ = await world.ask(router, TENANT)
        await router.write_usage("hotel")
        return routed.cost, {row.entry: row for shard in await shards(world) for row in shard.rows}

    cost, rows = world.run(play())
    assert cost == pytest.approx(0.25 + CENT)
    assert (rows["first"].calls, rows["first"].failures, rows["first"].cost) == (1, 1, 0.25)
    assert (rows["second"].calls, rows["second"].failures) == (1, 0)


def test_each_day_has_its_own_documents_in_the_tenants_zone(world: World) -> None:
    world.script.update(first=answers(0.1))
    far = TENANT.model_copy(update={"timezone": "Pacific/Auckland"})

    async def play() -> list[int]:
        router = world.instance()
        await world.ask(router, far)
        await asyncio.sleep(3_600)
        await world.ask(router, far)
        await router.write_usage("hotel")
        return [len(await shards(world, day)) for day in (DAY, "2026-11-21")]

    assert world.run(play()) == [1, 1]


def test_usage_that_the_store_refused_is_written_with_the_next(world: World) -> None:
    world.script.update(first=answers(0.1))
    refuse = [True, False]

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.store, name)

        async def put(self, document: Any) -> None:
            if refuse.pop(0):
                raise Retry("store_down")
            await world.store.put(document)

    async def play() -> int:
        router = world.instance(Refusing())
        await world.ask(router, TENANT)
        await router.write_usage("hotel")
        await router.write_usage("hotel")
        await router.write_usage("hotel")
        return sum(row.calls for shard in await shards(world) for row in shard.rows)

    assert world.run(play()) == 1
    assert refuse == []


def test_names_that_a_vendor_makes_up_do_not_fill_a_document() -> None:
    rows: list[Row] = []
    for number in range(3 * ROWS):
        rows = added(rows, [Row(task="answer", entry="first", model=f"m{number}", calls=1)])
    assert len(rows) == ROWS + 1
    assert sum(row.calls for row in rows) == 3 * ROWS
    assert rows[-1].model == OTHERS


def test_a_call_and_a_turn_have_their_numbers_in_the_log(world: World) -> None:
    lines: list[dict[str, Any]] = []
    world.script.update(first=fails(Failure.BUSY, seconds=0.1), second=answers(0.3))

    async def play() -> spent.Spent:
        turn = spent.begin()
        await world.ask(world.instance(), TENANT)
        return turn

    logs.configure("info", lambda line: lines.append(dict(line)))
    turn = world.run(play())
    logs.configure("info", lambda _: None)
    failed, answered = (line for line in lines if str(line["event"]).startswith("provider_"))
    assert (failed["provider"], failed["failure"], round(failed["ms"])) == ("first", "busy", 100)
    shown = {
        name: answered[name] for name in ("provider", "model", "task", "tokens_in", "tokens_out", "cost")
    }
    assert shown == {
        "provider": "second",
        "model": MODEL,
        "task": "answer",
        "tokens_in": 5_000,
        "tokens_out": 1_000,
        "cost": CENT,
    }
    assert (turn.calls, turn.tokens, round(turn.cost, 6)) == (2, 6_000, CENT)
    assert turn.models == ["first", MODEL]


# --- other tasks


class Ears:
    """A model that takes sound by a call of its own, and makes vectors."""

    def __init__(self, vectors: Any = ((1.0, 0.0),)) -> None:
        self.vectors = vectors

    async def complete(self, request: Request) -> Completion:
        raise AssertionError("was asked to complete")

    async def transcribe(self, sound: File, language: str) -> Completion:
        return Completion([Text(f"{len(sound.data)} bytes in {language}")], "done", model="whisper-1")

    async def embed(self, texts: Any) -> Any:
        return self.vectors, Tokens(input=10)


def test_sound_goes_to_a_call_of_its_own_and_costs_by_its_length(world: World) -> None:
    tasks = tenant({"first": ["key-a"]}, tasks={"transcribe": ["first"]})
    world.models.model = lambda *_: Ears()  # type: ignore[method-assign]
    sound = File(b"x" * 60_000, "audio/ogg")
    routed = world.run(world.instance().transcribe(tasks, sound, "fr"))
    assert routed.completion.text == "60000 bytes in fr"
    assert routed.cost == pytest.approx(0.006)


def test_sound_is_a_part_of_a_request_for_any_other_model(world: World) -> None:
    tasks = tenant({"first": ["key-a"]}, tasks={"transcribe": ["first"]})
    world.script["first"] = answers(0.1, "bonjour")
    sound = File(b"x", "audio/ogg")
    assert world.run(world.instance().transcribe(tasks, sound, "fr")).completion.text == "bonjour"
    (call,) = world.models.calls
    assert call.request.messages == [llm.Message("person", [sound])]


def test_vectors_come_from_one_model_alone(world: World) -> None:
    tasks = tenant(tasks={"embed": ["first", "second"]})
    world.models.model = lambda *_: Ears()  # type: ignore[method-assign]
    router = world.instance()
    assert world.run(router.embed(tasks, ["one"])) == [[1.0, 0.0]]
    assert world.run(router.embed(tasks, [])) == []
    with pytest.raises(NoModel, match="model_vectors"):
        world.run(router.embed(tasks, ["one", "two"]))

    class Deaf(Ears):
        async def embed(self, texts: Any) -> Any:
            raise ModelFailed(Failure.BUSY, "down")

    def model(_: str, connection: llm.Connection) -> Ears:
        return Deaf() if connection.model == "first" else Ears()

    world.models.model = model  # type: ignore[method-assign,assignment]
    with pytest.raises(NoModel, match="down"):
        world.run(world.instance().embed(tasks, ["one"]))
