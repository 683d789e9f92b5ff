"""The same question is paid for once, and nothing of a person is shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.answers import Answer, Asked, Understood
from shared.answers.cached import ANSWERS, KEPT, Cached, normalised
from shared.conversation.groups import StatedFact
from shared.conversation.handoffs import CallHuman
from shared.conversation.known_answers import KeepAnswer, KnownAnswer
from shared.language.commands import Command
from shared.models.events import Quote
from shared.models.history import Line
from shared.models.message import Outcome
from shared.models.parts import Media, Text
from shared.models.tenant import KnowledgeEntry, Tenant, Wording
from shared.models.verification import Verified
from shared.platform.store.sqlite import SqliteStore
from shared.understanding.reader import Danger
from tests.fakes.asked import NOW, asked
from tests.fakes.routed import FakeRouter
from tests.world import START, World

QUESTION = "Quand est la messe ?"
TENANT = Tenant(tenant="parish", name="Parish", languages=["fr", "en"], timezone="Africa/Dakar")


@dataclass
class Model:
    """An answerer that counts its questions."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def answer(self, asked: Asked) -> Answer | None:
        self.asked.append(asked.words.said)
        parts = [Text(text=f"Dimanche ({len(self.asked)})")]
        usual = Answer(parts, Outcome.ANSWERED, "model:mass", "fr", common=True)
        return self.answers.pop(0) if self.answers else usual


class Counted(SqliteStore):
    reads = 0

    async def get(self, *arguments: Any, **keys: Any) -> Any:
        self.reads += 1
        return await super().get(*arguments, **keys)


class Bench:
    """Instances of the cache on one store, with the version of the knowledge."""

    def __init__(self, folder: Path) -> None:
        self.store, self.model, self.version = Counted(folder / "store.db"), Model(), "v1"
        self.router = FakeRouter({"answer": [""]})
        self.cache = self.instance()

    def instance(self) -> Cached:
        async def version(_: Asked) -> str:
            return self.version

        return Cached(self.model, self.router, self.store, version)

    async def ask(self, turn: Asked, cache: Cached | None = None) -> str:
        """Returns the words of the answer, and stores what its acts store."""
        answer = await (cache or self.cache).answer(turn)
        assert answer is not None
        for act in answer.acts:
            if isinstance(act, KeepAnswer):
                await self.store.put(act.known)
        return " ".join(part.text for part in answer.parts if isinstance(part, Text))

    async def stored(self) -> list[KnownAnswer]:
        return await self.store.query(KnownAnswer, limit=10, tenant="parish")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def turn(text: str = QUESTION, *, name: str = "", history: Sequence[Line] = (), **words: Any) -> Asked:
    found = asked(TENANT, text, "fr", history)
    found.conversation.name = name
    return replace(found, words=replace(found.words, **words))


def batched(**fields: Any) -> Asked:
    found = turn()
    return replace(found, batch=[found.batch[0].model_copy(update=fields)])


def line(author: Any, text: str) -> Line:
    return Line(author=author, text=text, at=NOW)


@pytest.mark.parametrize(
    "same",
    [
        QUESTION,
        "quand est la MESSE",
        "Bonjour ! Quand est la messe ?",
        "Quand est la messe ? Merci !",
        "Bonjour, quand est la messe ?\nmerci",
    ],
)
async def test_the_same_question_of_another_person_is_paid_for_once(bench: Bench, same: str) -> None:
    first = await bench.ask(turn(name="Awa"))
    assert await bench.ask(turn(same, name="Binta")) == first
    assert len(bench.model.asked) == 1


async def test_an_answer_is_stored_when_it_is_asked_again_and_known_to_other_instances(bench: Bench) -> None:
    await bench.ask(turn())
    assert await bench.stored() == []
    await bench.ask(turn())
    (known,) = await bench.stored()
    assert QUESTION not in known.model_dump_json()
    other = bench.instance()
    assert await bench.ask(turn(), other) == "Dimanche (1)"
    answer = await other.answer(turn())
    assert answer is not None
    assert (answer.acts, answer.why) == ([], "cached:model:mass")


async def test_a_miss_costs_one_read_and_a_hit_of_the_instance_none(bench: Bench) -> None:
    await bench.ask(turn())
    assert bench.store.reads == 1
    assert await bench.cache.knows(turn())
    await bench.ask(turn())
    assert bench.store.reads == 1


async def test_another_knowledge_language_day_or_setting_asks_anew(bench: Bench) -> None:
    await bench.ask(turn())
    bench.version = "v2"
    await bench.ask(turn())
    await bench.ask(turn(language="en"))
    await bench.ask(replace(turn(), now=NOW + timedelta(hours=14)))
    await bench.ask(replace(turn(), tenant=TENANT.model_copy(update={"scope": "Only masses."})))
    assert len(bench.model.asked) == 5


async def test_another_tenant_asks_anew(bench: Bench) -> None:
    await bench.ask(turn())
    await bench.ask(replace(turn(), tenant=TENANT.model_copy(update={"tenant": "hotel"})))
    assert len(bench.model.asked) == 2


async def test_an_answer_whose_time_is_over_is_not_given(bench: Bench) -> None:
    await bench.ask(turn())
    await bench.ask(turn())
    (known,) = await bench.stored()
    assert known.expires_at == NOW + KEPT
    known.expires_at = NOW
    await bench.store.put(known)
    assert await bench.ask(turn(), bench.instance()) == "Dimanche (2)"


PHOTO = Media(kind="image", stored="a", stored_type="image/jpeg", caption=QUESTION)
PERSONAL = {
    "history": turn(history=[line("person", "Ma fille se marie"), line("concierge", "Félicitations")]),
    "our message": turn(history=[line("concierge", "Votre rendez-vous est demain à 10 h.")]),
    "staff": turn(history=[line("staff", "Bonjour")]),
    "number": turn("Où en est ma demande 48213 ?"),
    "address": turn("Mon adresse est awa@parish.example, quand est la messe ?"),
    "choice": turn(danger=Danger.DOUBT),
    "command": turn(command=Command.HELP),
    "human": turn(wants_human=True),
    "opt-out": turn(may_opt_out=True),
    "quote": batched(quote=Quote(id="Q", text="Votre chambre")),
    "file": batched(parts=[PHOTO]),
    "story": turn("messe " * 80),
    "no words": turn("ok"),
}


def remembering(**memory: Any) -> Asked:
    found = turn()
    for name, value in memory.items():
        setattr(found.conversation.memory, name, value)
    return found


PERSONAL["facts"] = remembering(facts=[StatedFact(text="vegetarian", at=NOW)])
PERSONAL["summary"] = remembering(summary="Asked for the pool.")
PERSONAL["proven identity"] = turn()
PERSONAL["proven identity"].conversation.session.verified = Verified(profile="parent", at=NOW)


@pytest.mark.parametrize("personal", PERSONAL.values(), ids=PERSONAL.keys())
async def test_nothing_personal_is_shared(bench: Bench, personal: Asked) -> None:
    await bench.ask(turn())
    await bench.ask(personal)
    await bench.ask(personal)
    assert len(bench.model.asked) == 3
    assert bench.store.reads == 1
    assert await bench.stored() == []


@pytest.mark.parametrize(
    "history",
    [
        [],
        [line("person", "Bonjour"), line("concierge", "WELCOME")],
        [line("person", "merci"), line("concierge", "Avec plaisir ! 🙏")],
    ],
)
async def test_a_greeting_before_the_question_is_not_personal(bench: Bench, history: list[Line]) -> None:
    welcome = "Bonjour ! Je suis l'assistant automatique de *Parish*. Que souhaitez-vous savoir ?"
    said = [each.model_copy(update={"text": each.text.replace("WELCOME", welcome)}) for each in history]
    await bench.ask(turn())
    await bench.ask(turn(history=said))
    assert len(bench.model.asked) == 1


CALL = CallHuman(("asked",), "M1")
GIVEN = Answer([Text(text="Dimanche")], Outcome.ANSWERED, "model:mass", "fr", common=True)


@pytest.mark.parametrize(
    "answer",
    [
        replace(GIVEN, common=False),
        replace(GIVEN, calls=("no_answer",)),
        replace(GIVEN, parts=[Text(text="Chère Awa, dimanche")]),
        replace(GIVEN, parts=[PHOTO]),
        replace(GIVEN, parts=[]),
    ],
)
async def test_an_answer_for_one_person_is_not_kept(bench: Bench, answer: Answer) -> None:
    bench.model.answers = [answer]
    await bench.cache.answer(turn(name="Awa Diop"))
    await bench.ask(turn(name="Binta"))
    assert len(bench.model.asked) == 2


async def test_acts_of_the_first_answer_are_not_repeated(bench: Bench) -> None:
    bench.model.answers = [replace(GIVEN, acts=[CALL])]
    await bench.cache.answer(turn())
    answer = await bench.cache.answer(turn())
    assert answer is not None
    assert not any(isinstance(act, CallHuman) for act in answer.acts)


async def test_without_a_model_nothing_is_read(bench: Bench) -> None:
    bench.router.scripts = {}
    await bench.ask(turn())
    assert bench.store.reads == 0


async def test_the_memory_of_an_instance_is_bounded(bench: Bench) -> None:
    for number in range(ANSWERS + 10):
        await bench.ask(turn(f"Quand est la messe {number} ?"))
    assert len(bench.cache._kept) == ANSWERS


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Bonjour", ""),
        ("Merci !", ""),
        ("", ""),
        ("Morning mass?", "morning mass"),
        ("Bonjour, la piscine ?", "la piscine"),
    ],
)
def test_a_question_is_normalised(said: str, expected: str) -> None:
    assert normalised(said) == expected


def test_a_turn_without_words_has_no_question() -> None:
    assert Understood("", "fr").said == normalised("") == ""


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await World(tmp_path).begin()


async def test_a_change_of_the_knowledge_is_heard_of_in_time(world: World) -> None:
    await world.say(QUESTION)
    await world.say(QUESTION, peer="+221770000002")
    assert world.provider.asked == [QUESTION]
    wording = Wording(questions=[QUESTION], answer="Samedi.")
    await world.store.put(KnowledgeEntry(tenant="parish", entry="mass", wordings={"fr": wording}))
    world.clock.pass_(121)
    await world.say(QUESTION, peer="+221770000003")
    assert len(world.provider.asked) == 2
    assert world.clock.now() - START < timedelta(minutes=3)
