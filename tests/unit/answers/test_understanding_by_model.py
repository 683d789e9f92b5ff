"""A model reads a turn beside the rules: it adds, and takes away nothing; if it fails, rules are enough."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.answers import Asked, Understood
from shared.answers import understanding_by_model as by_model
from shared.answers.understanding_by_model import WISHES, ByModel
from shared.conversation.conversation import Conversation, State
from shared.errors import Retry
from shared.language.commands import Command
from shared.models.handoff import Handoff
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Pressed
from shared.models.tenant import Tenant
from shared.models.verification import Errand
from shared.understanding.reader import Danger
from shared.understanding.signs import Sign
from tests.fakes.asked import asked
from tests.fakes.routed import FakeRouter, Script, routed_by
from tests.unit.answers.services.families import tenant as gated
from tests.world import FakePlugins, ManualClock, World

TENANT = Tenant(tenant="parish", name="Parish", languages=["fr", "en"])
QUESTION = "Quand est la messe, et où se garer ?"


def read(**fields: Any) -> str:
    usual = {"language": "fr", "intent": "question", "wishes": ["Quand est la messe ?", "Où se garer ?"]}
    return json.dumps({**usual, "score": 0.0, "needs_attention": False, "reason": "", **fields})


class Rules:
    """Reads every turn as scripted."""

    def __init__(self, words: Understood) -> None:
        self.words = words

    async def understand(
        self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]
    ) -> Understood:
        return self.words


class Turn:
    """One turn read by a model; `retrieved` counts the searches that ran beside it."""

    def __init__(self, said: str = QUESTION, **words: Any) -> None:
        self.asked = asked(TENANT, said, "fr")
        self.words = replace(self.asked.words, **words)
        self.retrieved, self.known = 0, False

    async def understood(self, router: FakeRouter, tenant: Tenant = TENANT) -> Understood:
        reading = ByModel(Rules(self.words), router, ManualClock(), self._knows, self._retrieve)
        return await reading.understand(tenant, self.asked.conversation, self.asked.batch)

    async def _knows(self, _: Asked) -> bool:
        return self.known

    async def _retrieve(self, _: Asked) -> None:
        self.retrieved += 1


def router(*scripts: Script) -> FakeRouter:
    return FakeRouter({"understand": list(scripts or [read()])})


async def test_a_model_tells_wishes_language_and_mood() -> None:
    told = read(language="en", score=-0.8, reason="waited for days")
    found = await Turn().understood(router(told))
    assert (found.wishes, found.language) == (("Quand est la messe ?", "Où se garer ?"), "en")
    assert found.feeling is not None
    assert (found.feeling.score, found.feeling.reason, found.mood) == (-0.8, "waited for days", "unhappy")
    assert not found.unread


SAFE = [
    {"danger": Danger.DOUBT},
    {"command": Command.STOP},
    {"danger": Danger.ALARM, "care": Sign.DESPAIR},
    {"wants_human": True, "whom": "Mme Ndour"},
    {"may_opt_out": True},
]


@pytest.mark.parametrize("ruled", SAFE, ids=str)
@pytest.mark.parametrize("intent", ["question", "talk", "emergency", "opt_out", "human"])
async def test_the_rules_verdict_stands_whatever_the_model_says(ruled: dict[str, Any], intent: str) -> None:
    found = await Turn(**ruled).understood(router(read(intent=intent)))
    assert {name: getattr(found, name) for name in ruled} == ruled


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("emergency", {"danger": Danger.DOUBT, "command": None}),
        ("opt_out", {"may_opt_out": True, "command": None}),
        ("human", {"wants_human": True}),
        ("question", {"danger": Danger.NONE, "may_opt_out": False, "wants_human": False}),
    ],
)
async def test_what_a_model_alone_sees_is_asked_and_silences_nobody(
    intent: str, expected: dict[str, Any]
) -> None:
    found = await Turn().understood(router(read(intent=intent)))
    assert {name: getattr(found, name) for name in expected} == expected


BAD = [
    Retry("no_model"),
    TimeoutError(),
    "",
    "half a {",
    "<html>busy</html>",
    "[]",
    "null",
    read(score=7),
    read(intent="dance"),
    read(wishes="none"),
    read(needs_attention="perhaps"),
    json.dumps({"language": "fr"}),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(bad)[:30])
async def test_rules_are_enough_where_a_model_fails(bad: Script) -> None:
    turn = Turn(danger=Danger.DOUBT)
    assert await turn.understood(router(bad)) == replace(turn.words, unread=True)


async def test_json_in_a_fence_is_read() -> None:
    found = await Turn().understood(router(f"```json\n{read()}\n```"))
    assert found.wishes


async def test_a_model_that_hangs_holds_the_turn_for_no_longer_than_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(by_model, "DEADLINE_S", 0.05)
    turn = Turn()
    async with asyncio.timeout(1):
        assert (await turn.understood(router(30.0))).unread
    assert turn.retrieved == 1


async def test_what_the_answer_needs_is_loaded_meanwhile() -> None:
    order: list[str] = []
    turn, model = Turn(), router()
    complete = model.complete

    async def slow(*arguments: Any, **more: Any) -> Any:
        await asyncio.sleep(0.02)
        order.append("read")
        return await complete(*arguments, **more)

    async def retrieve(_: Asked) -> None:
        order.append("retrieved")

    model.complete, turn._retrieve = slow, retrieve  # type: ignore[method-assign]
    await turn.understood(model)
    assert order == ["retrieved", "read"]


async def test_a_failure_of_the_search_is_the_turn_s() -> None:
    turn = Turn()

    async def fails(_: Asked) -> None:
        raise Retry("store_unavailable")

    turn._retrieve = fails  # type: ignore[method-assign]
    with pytest.raises(Retry, match="store_unavailable"):
        await turn.understood(router())


@pytest.mark.parametrize(
    ("told", "said", "expected"),
    [
        ("pt-BR", QUESTION, "pt"),
        ("EN", "ok messe", "en"),
        ("ja", QUESTION, "ja"),
        ("ja", "messe ?", "fr"),
        ("French", QUESTION, "fr"),
        ("", QUESTION, "fr"),
        ("../x", QUESTION, "fr"),
    ],
)
async def test_a_language_counts_if_it_can_be_one(told: str, said: str, expected: str) -> None:
    assert (await Turn(said).understood(router(read(language=told)))).language == expected


async def test_wishes_are_bounded() -> None:
    found = await Turn().understood(router(read(wishes=["w" * 5_000, " "] * 50)))
    assert len(found.wishes) <= WISHES
    assert max(map(len, found.wishes)) <= 300


PLAIN = [
    Turn("merci", command=Command.THANKS),
    Turn("👍"),
    Turn("Au secours !", danger=Danger.ALARM),
    Turn("Vous êtes gentils", talk=Sign.SMALL_TALK),
]


@pytest.mark.parametrize("turn", PLAIN, ids=lambda turn: turn.words.said)
async def test_a_text_that_needs_no_model_asks_none(turn: Turn) -> None:
    model = router()
    assert await turn.understood(model) == turn.words
    assert model.asked == []


async def test_a_name_that_was_asked_for_and_words_of_staff_ask_none() -> None:
    model, named, staff, late = router(), Turn(), Turn(), Turn()
    named.asked.conversation.state, named.asked.conversation.staff.asked = State.WAITING, "name"
    staff.asked.batch[0].staff = "one"
    late.asked.batch[0].late = True
    for turn in (named, staff, late):
        assert await turn.understood(model) == turn.words
    assert model.asked == []


@pytest.mark.parametrize("wants_human", [True, False])
async def test_if_the_answer_needs_no_model_the_mood_is_read_later(wants_human: bool) -> None:
    model, turn = router(), Turn(wants_human=wants_human)
    turn.known = not wants_human
    assert await turn.understood(model) == replace(turn.words, unread=True)
    assert model.asked == []


# The whole way of a message.


class NoModel(FakeRouter):
    """Fails a test that asks it anything but to be there."""

    async def complete(self, *arguments: Any, **more: Any) -> Any:
        raise AssertionError("a model was asked")


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    begun = World(tmp_path)
    return await begun.begin(emergencies={"words": ["au feu"]})


def use(world: World, monkeypatch: pytest.MonkeyPatch, model: FakeRouter) -> None:
    monkeypatch.setattr("shared.wiring.reply.Router", routed_by(model))
    world.rebuild(FakePlugins(world))


FREE = [
    "Bonjour",
    "salut !",
    "Merci",
    "merci beaucoup",
    "👍",
    "🙏🙏",
    "/start",
    "/help",
    "aide",
    "/services",
    "menu",
    "contact",
    "annuler",
    "STOP",
    "START",
    "humain",
    "je veux parler à une personne",
    "au feu !",
    "Hello",
    "thanks",
    "hola",
    "obrigado",
    "jërëjëf",
    "شكرا",
]


@pytest.mark.parametrize("text", FREE)
async def test_greetings_thanks_commands_and_calls_ask_no_model(
    world: World, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    use(world, monkeypatch, NoModel({"answer": [""], "understand": [""], "summarise": [""]}))
    await world.say(text)
    assert world.provider.asked == []
    assert (await world.inbound())[0].outcome is not None


async def test_choices_and_stickers_ask_no_model(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    use(world, monkeypatch, NoModel({"answer": [""], "understand": [""], "summarise": [""]}))
    sticker = Media(kind="sticker", id="s")
    for part in (Pressed(id="command:services", title="Services"), Pressed(id="command:help"), sticker):
        await world.receive(world.message("").model_copy(update={"parts": [part]}))
    await world.say("contact")
    await world.say("1")
    assert (await world.inbound())[-1].reason == "asked"
    assert world.provider.asked == []
    assert all(await world.outcomes())


async def test_a_bad_mood_calls_a_human_with_the_reason_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    angry = read(
        intent="complaint", wishes=[], score=-0.9, needs_attention=True, reason="third time without a reply"
    )
    use(world, monkeypatch, router(angry))
    await world.say("Troisième fois que je demande les horaires de messe !")
    (request,) = await world.store.query(Handoff, limit=5, tenant="parish")
    assert (request.reasons, request.mood_reason) == (["mood"], "third time without a reply")
    assert await world.outcomes() == [Outcome.HANDED_OFF]
    assert world.texts()[0].startswith("answer to: Troisième fois")
    assert "équipe" in world.texts()[0]
    await world.say("Alors, cette messe, quelle heure ?")
    assert (await world.store.query(Handoff, limit=5, tenant="parish"))[0].count == 1
    assert "équipe" not in world.texts()[1]
    assert (await world.conversation()).mood.mood_score == -0.9


async def test_a_doubt_of_a_model_about_an_opt_out_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, monkeypatch, router(read(intent="opt_out", wishes=[])))
    await world.say("Je préfère ne plus vous lire, la messe")
    assert [choice.id for choice in (await world.conversation()).sending.offered] == [
        "command:stop",
        "doubt:safe",
    ]


async def test_an_emergency_that_only_a_model_sees_is_asked_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, monkeypatch, router(read(intent="emergency")))
    await world.say("Il y a une drôle d'odeur dans la messe")
    (request,) = await world.store.query(Handoff, limit=5, tenant="parish")
    assert request.reasons == ["danger"]


async def test_a_question_that_is_known_asks_no_model(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeRouter({"answer": [""], "understand": [read()]})
    use(world, monkeypatch, model)
    await world.say("Quand est la messe ?")
    await world.say("Quand est la messe ?", peer="+221770000002")
    assert (model.tasks(), len(world.provider.asked)) == (["understand"], 1)
    later = await world.conversation_of("+221770000002")
    assert later.memory.reflect_at is not None


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("mon code est diop 4821", "code"),
        ("mon code est 123456", "one_time"),
        ("Bonjour, voici mon code DIOP-4821", None),
        ("Bonjour, quand est la messe ?", "which"),
    ],
)
async def test_no_model_reads_a_code(said: str, step: Any) -> None:
    """Neither one that was asked for nor one with the signs of its form."""
    parish = Tenant.model_validate({"tenant": "parish", "name": "Parish", "languages": ["fr"], **gated()})
    turn, model = Turn(said), router()
    errand = Errand(step=step, profile="parent", at=ManualClock().now()) if step else None
    turn.asked.conversation.session.errand = errand
    await turn.understood(model, parish)
    assert len(model.asked) == (step == "which")
