"""A person who writes by voice is answered by voice, if the tenant wishes it; and by text if that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.answers import Answer, Asked
from shared.channels import Download, Refused, Unclear
from shared.conversation.spending import spent_today
from shared.errors import Retry
from shared.inbound import spoken_answers
from shared.models.answers import ModelEntry
from shared.models.events import MessageReceived
from shared.models.message import Outbound, Outcome
from shared.models.parts import Media, Part, Text
from shared.models.tenant import KnowledgeEntry, Tenant, Wording
from shared.models.terms import Terms
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.wiring import desk, reply
from tests.fakes.model import Reply
from tests.fakes.routed import FakeRouter, Script, routed_by
from tests.fakes.sounds import opus
from tests.unit.handoff.desk import Keys
from tests.world import FakePlugins, World

NOTE = Media(kind="voice", id="note", mimetype="audio/ogg; codecs=opus")
QUESTION = "Quand est la messe ?"
ANSWER = f"answer to: {QUESTION}"
SPOKEN = f"[voice] {ANSWER}"
#: A tenant whose people are answered by voice. Its model is one of the fakes.
SPEAKING: dict[str, Any] = {
    "emergencies": {"words": ["au secours"]},
    "answers": {"provider": "model", "tasks": {"answer": ["model"], "speak": ["model"]}, "voice": True},
    "secrets": {"link_key": "parish-link-key"},
}


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    found = FakeRouter({"transcribe": [QUESTION], "speak": ["sound"]})
    monkeypatch.setattr("shared.wiring.reply.Router", routed_by(found))
    return found


@pytest.fixture
async def world(tmp_path: Path, router: FakeRouter) -> World:
    begun = World(tmp_path)
    begun.origin = "https://concierge.example"
    begun.rebuild(FakePlugins(begun), secrets=Keys())
    begun.channel.files["note"] = Download(opus(4.0), "audio/ogg")
    return await begun.begin(**SPEAKING)


def note(world: World, *parts: Part) -> MessageReceived:
    return world.message("").model_copy(update={"parts": list(parts) or [NOTE]})


async def says(world: World, *parts: Part) -> None:
    """Has the person send a voice note, or these parts, and carries all that follows."""
    await world.receive(note(world, *parts))
    await world.pump()


async def asks(world: World, answer: str) -> None:
    """Has the person ask by voice what the knowledge answers with these words, which no model changes."""
    wording = Wording(questions=[QUESTION], answer=answer)
    await world.store.put(KnowledgeEntry(tenant="parish", entry="mass", wordings={"fr": wording}))
    await change(world, provider="offline", models={"voice": ModelEntry(format="model", keys=["key"])})
    await says(world)


async def only(world: World) -> Outbound:
    (message,) = await world.outbound()
    return message


async def change(world: World, **fields: Any) -> None:
    """Changes the tenant's settings of answers."""
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    found.answers = found.answers.model_copy(update=fields)
    await world.store.put(found)


async def test_a_voice_note_is_answered_by_one(world: World, router: FakeRouter) -> None:
    await says(world)
    assert world.texts() == [SPOKEN]
    assert router.asked[-1] == ("speak", ANSWER)
    message = await only(world)
    assert (message.status, message.text) == ("sent", SPOKEN)
    (part,) = [each.part for each in message.parts]
    assert isinstance(part, Media)
    assert (part.kind, part.heard, part.stored_type) == ("voice", ANSWER, "audio/ogg; codecs=opus")
    assert part.stored.startswith(f"tenants/parish/media/{message.conversation}/{message.answers[0]}/")


async def test_the_history_and_the_console_have_its_words(world: World) -> None:
    await says(world)
    conversation = await world.conversation()
    assert [line.text for line in conversation.history] == [QUESTION, ANSWER]
    assert conversation.preview == SPOKEN


async def test_the_gateway_fetches_the_sound_by_a_signed_link(world: World) -> None:
    await says(world)
    (sent,) = world.channel.parts
    assert isinstance(sent, Media)
    assert sent.url
    origin, _, token = sent.url.rpartition("/")
    assert origin == "https://concierge.example/desk/files"
    files = desk.wire(world.ports, world.directory(FakePlugins(world))).files
    found = await files.read(token)
    assert found.media_type == "audio/ogg; codecs=opus"
    assert found.data == opus(len(ANSWER) / 15, b"sound")


async def test_marks_are_not_read_aloud_and_stay_in_the_words(world: World, router: FakeRouter) -> None:
    await asks(world, "Le *dimanche* à 10h.")
    assert router.asked[-1][1] == "Le dimanche à 10h."
    assert world.texts() == ["[voice] Le *dimanche* à 10h."]


async def test_a_person_who_types_gets_a_text(world: World, router: FakeRouter) -> None:
    await world.say(QUESTION)
    await says(world, Text(text=QUESTION), NOTE)
    assert world.texts()[0] == ANSWER
    assert not world.texts()[1].startswith("[voice]")
    assert "speak" not in router.tasks()


@pytest.mark.parametrize("fields", [{"voice": False}, {"tasks": {"answer": ["model"]}}], ids=str)
async def test_a_tenant_without_the_wish_or_the_model_answers_by_text(
    world: World, router: FakeRouter, fields: dict[str, Any]
) -> None:
    if "tasks" in fields:
        del router.scripts["speak"]  # type: ignore[attr-defined]
    await change(world, **fields)
    await says(world)
    assert world.texts() == [ANSWER]
    assert "speak" not in router.tasks()


async def test_a_proven_person_s_records_are_not_read_aloud(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Notes:
        async def answer(self, asked: Asked) -> Answer:
            return Answer([Text(text="Awa a 16.")], Outcome.ANSWERED, "act:notes", "fr", private="[notes]")

    monkeypatch.setattr(reply, "_answerers", lambda *_: [Notes()])
    world.rebuild(FakePlugins(world))
    await says(world)
    assert world.texts() == ["Awa a 16."]
    assert "speak" not in router.tasks()


async def test_a_channel_without_voice_notes_gets_a_text(world: World, router: FakeRouter) -> None:
    world.channel.terms = Terms(voice=False)
    await says(world)
    assert world.texts() == [ANSWER]
    assert "speak" not in router.tasks()


TO_READ = [
    "La messe est à dix heures. " * 30,
    "Appelez le 33 823 00 01.",
    "Appelez le +221 (33) 823-00-01.",
    "Le dossier est le 12345.",
    "Il faut 12,500 francs.",
    "Tout est sur https://parish.example/messe",
    "Tout est sur www.parish.example.",
    "Écrivez à accueil@parish.example",
    "Apportez :\n- un cierge\n- un livret",
    "Les étapes :\n1. Écrire\n2. Venir",
    "👍",
]


@pytest.mark.parametrize("answer", TO_READ)
async def test_what_a_person_must_read_stays_a_text(world: World, router: FakeRouter, answer: str) -> None:
    await asks(world, answer)
    assert world.texts() == [answer.strip()]
    assert "speak" not in router.tasks()


@pytest.mark.parametrize(
    "answer",
    [
        "De 8h à 20h, 7 jours sur 7.",
        "De 8:00 à 12:30 et de 15:00 à 19:00.",
        "Le 24, le 25 et le 31 : à 10 h.",
        "8 - 20 h.",
        "Oui : c'est *gratuit*, jusqu'à 12 ans.",
    ],
)
async def test_hours_and_days_are_spoken(world: World, answer: str) -> None:
    await asks(world, answer)
    assert world.texts() == [f"[voice] {answer}"]


@pytest.mark.parametrize(
    "said",
    [
        "Au secours, il ne respire plus !",
        "Je veux parler à quelqu'un",
        "STOP",
        "merci",
        "[inaudible] messe ?",
    ],
)
async def test_help_commands_and_doubts_are_answered_by_text(
    world: World, router: FakeRouter, said: str
) -> None:
    router.scripts["transcribe"][:] = [said]
    await says(world)
    assert world.texts()
    assert "speak" not in router.tasks()


async def test_an_answer_that_is_not_known_is_a_text(world: World, router: FakeRouter) -> None:
    world.provider.replies.append(Reply("Je ne sais pas.", known=False))
    router.scripts["transcribe"][:] = ["Combien coûte un perroquet bleu ?"]
    await says(world)
    assert world.texts()[0].startswith("J'ai entendu")
    assert "speak" not in router.tasks()


@pytest.mark.parametrize("script", [Retry("no_model"), Retry("over_budget"), TimeoutError()], ids=str)
async def test_a_model_that_fails_leaves_the_text(world: World, router: FakeRouter, script: Script) -> None:
    router.scripts["speak"][:] = [script]
    await says(world)
    assert world.texts() == [ANSWER]


async def test_a_model_that_hangs_holds_the_text_for_no_longer_than_its_deadline(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken_answers, "DEADLINE_S", 0.05)
    router.scripts["speak"][:] = [5.0]
    await says(world)
    assert world.texts() == [ANSWER]


async def test_a_turn_that_has_no_time_left_answers_by_text(world: World, router: FakeRouter) -> None:
    async def hang() -> None:
        world.clock.pass_(43)

    world.provider.meanwhile.append(hang)
    await says(world)
    assert "speak" not in router.tasks()
    assert world.texts() == [ANSWER]


async def test_a_store_of_files_that_fails_leaves_the_text(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = ObjectStoreBlobs.put

    async def refuse(self: ObjectStoreBlobs, name: str, data: bytes, content_type: str) -> None:
        if name.endswith(".ogg"):
            raise Retry("blobs_down")
        await put(self, name, data, content_type)

    monkeypatch.setattr(ObjectStoreBlobs, "put", refuse)
    await says(world)
    assert world.texts() == [ANSWER]


async def test_a_person_whose_budget_is_spent_gets_a_text(world: World, router: FakeRouter) -> None:
    await says(world)
    conversation = await world.conversation()
    conversation.spending.add(0.05, world.clock.now())
    await world.store.put(conversation)
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    await change(world, budget=found.answers.budget.model_copy(update={"per_person": 0.01}))
    assert spent_today(conversation, found, world.clock.now()) > 0.01
    world.clock.pass_(61)
    await says(world)
    assert router.tasks().count("speak") == 1
    assert not world.texts()[-1].startswith("[voice]")


async def test_a_crash_before_the_commit_does_not_pay_twice(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak = router.speak

    async def then_crash(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(world.store, "transaction", crash)
        return await speak(*given, **named)

    async def crash(_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(router, "speak", then_crash)
    event, transaction = note(world), world.store.transaction
    with pytest.raises(RuntimeError):
        await world.receive(event)
    monkeypatch.setattr(world.store, "transaction", transaction)
    world.clock.pass_(60)
    await world.receive(event)
    await world.pump()
    assert router.tasks().count("speak") == 1
    assert world.texts() == [SPOKEN]


async def test_a_turn_that_starts_over_with_the_same_words_pays_once(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak = router.speak

    async def meanwhile(*given: Any, **named: Any) -> Any:
        await world.receive(note(world))
        return await speak(*given, **named)

    monkeypatch.setattr(router, "speak", meanwhile)
    world.provider.replies += [Reply("Dimanche.", known=True)] * 3
    await says(world)
    assert router.tasks().count("speak") == 1
    assert world.texts() == ["[voice] Dimanche."]


async def test_another_voice_speaks_anew(world: World, router: FakeRouter) -> None:
    await says(world)
    first = (await only(world)).parts[0].part
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    models = {"other": {"format": "model", "model": "m", "keys": ["k"], "voice": "nova"}}
    answers = found.answers.model_dump() | {
        "models": models,
        "tasks": {"answer": ["model"], "speak": ["other"]},
    }
    await world.store.put(Tenant.model_validate(found.model_dump() | {"answers": answers}))
    world.clock.pass_(61)
    await says(world)
    second = (await world.outbound())[-1].parts[0].part
    assert isinstance(first, Media)
    assert isinstance(second, Media)
    assert first.stored.rpartition("/")[2] != second.stored.rpartition("/")[2]


async def test_a_gateway_that_refuses_the_sound_gets_the_words(world: World) -> None:
    """Telegram's people can refuse voice notes."""
    world.channel.results = [Refused("http_400")]
    await says(world)
    assert world.texts() == [SPOKEN, ANSWER]
    message = await only(world)
    assert (message.status, [each.part for each in message.parts]) == ("sent", [Text(text=ANSWER)])


async def test_words_whose_answer_was_lost_do_not_become_a_sound_again(world: World) -> None:
    world.channel.results = [Refused("http_400"), Unclear("answer lost")]
    await says(world)
    assert (await only(world)).parts[0].part == Text(text=ANSWER)
    world.channel.has = "gw-found"
    await world.pump()
    assert world.texts() == [SPOKEN, ANSWER]
    assert (await only(world)).status == "sent"


async def test_without_an_address_of_ours_the_words_go_out(world: World) -> None:
    world.origin = ""
    world.rebuild(FakePlugins(world))
    await says(world)
    assert world.texts() == [ANSWER]
