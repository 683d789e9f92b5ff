"""Voice notes are words before the turn is answered: rules, relays and history read them as typed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.channels import Download
from shared.errors import Drop, Retry
from shared.inbound import hearing
from shared.models.events import MessageReceived
from shared.models.handoff import Handoff
from shared.models.message import Outcome
from shared.models.parts import Media, Part, Text
from tests.fakes.model import Reply
from tests.fakes.routed import FakeRouter, Script, routed_by
from tests.fakes.sounds import opus
from tests.world import FakePlugins, World

NOTE = Media(kind="voice", id="note", mimetype="audio/ogg; codecs=opus")
HELP = "Au secours, il est tombé, il ne respire plus !"


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    found = FakeRouter({"transcribe": ["Quand est la messe ?"]})
    monkeypatch.setattr("shared.wiring.reply.Router", routed_by(found))
    return found


@pytest.fixture
async def world(tmp_path: Path, router: FakeRouter) -> World:
    begun = World(tmp_path)
    begun.rebuild(FakePlugins(begun))
    begun.channel.files["note"] = Download(opus(4.0), "audio/ogg")
    return await begun.begin(emergencies={"words": ["au secours"]})


def note(world: World, *parts: Part, id: str = "") -> MessageReceived:
    return world.message("", id=id).model_copy(update={"parts": list(parts) or [NOTE]})


async def says(world: World, router: FakeRouter, *scripts: Script) -> None:
    """Has the person send a voice note with these words."""
    router.scripts["transcribe"][:] = list(scripts)
    await world.receive(note(world))
    await world.pump()


async def part(world: World) -> Media:
    found = (await world.inbound())[-1].parts[0]
    assert isinstance(found, Media)
    return found


async def requests(world: World) -> list[Handoff]:
    return await world.store.query(Handoff, limit=10, tenant="parish")


async def test_a_voice_note_is_answered_as_if_it_had_been_typed(world: World, router: FakeRouter) -> None:
    await says(world, router, "Quand est la messe ?")
    assert world.provider.asked == ["Quand est la messe ?"]
    (message,) = await world.inbound()
    assert message.outcome == Outcome.ANSWERED
    assert (await part(world)).heard == "Quand est la messe ?"
    assert message.text == "[voice] Quand est la messe ?"
    assert (await world.conversation()).history[0].text == "Quand est la messe ?"


async def test_an_emergency_by_voice_calls_a_human(world: World, router: FakeRouter) -> None:
    await says(world, router, HELP)
    (request,) = await requests(world)
    assert request.urgent
    assert "il est tombé" in request.summary
    assert world.provider.asked == []


@pytest.mark.parametrize(("said", "why"), [("STOP", "command:stop"), ("merci", "command:thanks")])
async def test_a_command_by_voice_is_a_command(world: World, router: FakeRouter, said: str, why: str) -> None:
    await says(world, router, said)
    assert (await world.inbound())[0].reason == why


async def test_an_opt_out_by_voice_is_repeated_back(world: World, router: FakeRouter) -> None:
    await says(world, router, "Stop.")
    assert world.texts()[0].startswith("J'ai entendu : « Stop. »")


async def test_a_crash_before_the_commit_does_not_pay_twice(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash() -> None:
        raise RuntimeError

    world.provider.meanwhile.append(crash)
    event = note(world)
    with pytest.raises(RuntimeError):
        await world.receive(event)
    world.clock.pass_(60)
    await world.receive(event)
    await world.pump()
    assert router.tasks() == ["transcribe"]
    assert (await part(world)).heard == "Quand est la messe ?"


async def test_a_turn_that_starts_over_hears_nothing_twice(world: World, router: FakeRouter) -> None:
    async def more() -> None:
        await world.receive(world.message("Et samedi ?"))

    world.provider.meanwhile.append(more)
    await world.receive(note(world))
    assert router.tasks() == ["transcribe"]


async def test_another_sound_in_the_place_of_the_first_is_heard_again(
    world: World, router: FakeRouter
) -> None:
    world.channel.files["other"] = Download(opus(4.0, b"other"), "audio/ogg")
    (first,) = await _heard(world, note(world, id="A"))
    (second,) = await _heard(world, note(world, NOTE.model_copy(update={"id": "other"}), id="B"))
    assert len(router.asked) == 2
    assert first != second


async def _heard(world: World, event: MessageReceived) -> list[Part]:
    await world.receive(event)
    return (await world.inbound())[-1].parts


@pytest.mark.parametrize(
    ("script", "why"),
    [(Retry("no_model"), "failed"), (TimeoutError(), "failed"), ("", "silent"), ("[inaudible]", "silent")],
    ids=str,
)
async def test_a_note_that_no_model_understands_is_answered_kindly(
    world: World, router: FakeRouter, script: Script, why: str
) -> None:
    await says(world, router, script)
    assert (await part(world)).unheard == why
    (answer,) = world.texts()
    assert answer.startswith("Je n'ai pas pu entendre votre message vocal.")
    assert await world.outcomes() == [Outcome.ANSWERED]


async def test_a_model_that_hangs_holds_the_answer_for_no_longer_than_its_deadline(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "DEADLINE_S", 0.05)
    await says(world, router, 5.0)
    assert (await part(world)).unheard == "failed"


@pytest.mark.parametrize(
    "sound", [opus(hearing.SECONDS + 1), opus(4.0, bytes(hearing.BYTES))], ids=["long", "large"]
)
async def test_a_note_beyond_the_limits_costs_nothing(world: World, router: FakeRouter, sound: bytes) -> None:
    world.channel.files["note"] = Download(sound, "audio/ogg")
    await says(world, router, "never")
    assert router.asked == []
    assert world.texts()[0].startswith("Votre message vocal est trop long")


async def test_no_more_notes_than_the_limit_are_heard_in_one_turn(world: World, router: FakeRouter) -> None:
    await world.receive(note(world, *[NOTE] * (hearing.NOTES + 2)))
    await world.pump()
    assert len(router.asked) == hearing.NOTES
    assert world.texts()[-1].startswith("Votre message vocal est trop long")


async def test_words_in_doubt_are_repeated_back(world: World, router: FakeRouter) -> None:
    await says(world, router, "Quand est la [inaudible] ?")
    assert world.texts()[0].startswith("J'ai entendu : « Quand est la [inaudible] ? »\n\nanswer to:")


async def test_words_without_an_answer_are_repeated_back(world: World, router: FakeRouter) -> None:
    world.provider.replies.append(Reply("Je ne sais pas.", known=False))
    await says(world, router, "Combien coûte un perroquet bleu ?")
    assert world.texts()[0].startswith("J'ai entendu : « Combien coûte un perroquet bleu ? »")


async def test_a_clear_note_with_an_answer_is_not_repeated(world: World, router: FakeRouter) -> None:
    await says(world, router, "Quand est la messe ?")
    assert world.texts() == ["answer to: Quand est la messe ?"]


async def test_few_words_in_a_long_note_are_in_doubt(world: World, router: FakeRouter) -> None:
    world.channel.files["note"] = Download(opus(40.0), "audio/ogg")
    await says(world, router, "La messe ?")
    assert world.texts()[0].startswith("J'ai entendu : « La messe ? »")


async def test_a_text_beside_a_note_that_cannot_be_heard_is_answered(
    world: World, router: FakeRouter
) -> None:
    router.scripts["transcribe"][:] = [Retry("no_model")]
    await world.receive(note(world, Text(text="Quand est la messe ?"), NOTE))
    await world.pump()
    first, second = world.texts()
    assert first == "answer to: Quand est la messe ?"
    assert second.startswith("Je n'ai pas pu entendre")


async def test_without_a_model_that_hears_the_person_is_told_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.wiring.reply.Router", routed_by(FakeRouter()))
    world.rebuild(FakePlugins(world))
    await world.receive(note(world))
    await world.pump()
    assert world.texts()[0].startswith("Je ne sais lire que du texte")
    assert (await part(world)).unheard == ""


async def test_an_emergency_in_a_note_that_is_left_to_a_human_calls(world: World, router: FakeRouter) -> None:
    await world.say("Bonjour, une question")
    await world.receive(world.staff("Je vous réponds"))
    await says(world, router, HELP)
    (request,) = await requests(world)
    assert request.urgent
    (message,) = (await world.inbound())[-1:]
    assert (message.outcome, message.urgent) == (Outcome.LEFT_TO_HUMAN, True)
    assert (await part(world)).heard == HELP


async def test_an_emergency_that_a_turn_heard_calls_though_a_human_was_quicker(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = router.transcribe

    async def while_a_human_comes(*arguments: Any, **more: Any) -> Any:
        await world.receive(world.staff("Je vous réponds"))
        return await hear(*arguments, **more)

    monkeypatch.setattr(router, "transcribe", while_a_human_comes)
    await says(world, router, HELP)
    (request,) = await requests(world)
    assert request.urgent


async def test_an_emergency_by_voice_counts_in_spite_of_an_opt_out(world: World, router: FakeRouter) -> None:
    await world.say("STOP")
    await says(world, router, "Quand est la messe ?")
    assert len(world.texts()) == 1
    await says(world, router, HELP)
    (request,) = await requests(world)
    assert request.urgent
    assert world.texts()[1].startswith("Nous prévenons tout de suite")


async def test_without_a_model_that_hears_no_file_of_a_person_who_opted_out_is_fetched(
    world: World, router: FakeRouter
) -> None:
    router.scripts = {}
    await world.say("STOP")
    await world.receive(note(world))
    assert world.channel.fetched == []


async def test_a_repeat_of_a_note_that_was_left_to_a_human_calls_once(
    world: World, router: FakeRouter
) -> None:
    await world.receive(world.staff("Je vous appelle"))
    router.scripts["transcribe"][:] = [HELP]
    event = note(world)
    await world.receive(event)
    await world.receive(event)
    await world.pump()
    (request,) = await requests(world)
    assert request.count == 1
    assert router.tasks() == ["transcribe"]


async def test_an_emergency_in_a_note_that_comes_late_calls_and_is_told(
    world: World, router: FakeRouter
) -> None:
    router.scripts["transcribe"][:] = [HELP]
    world.channel.files["note"] = [*[Retry("media_unavailable")] * 4, Download(opus(4.0), "audio/ogg")]
    await world.receive(note(world))
    assert await requests(world) == []
    await world.pump()
    (request,) = await requests(world)
    assert request.urgent
    told = [text for text in world.texts() if text.startswith("Nous prévenons tout de suite")]
    assert len(told) == 1


async def test_a_file_that_is_gone_says_so(world: World, router: FakeRouter) -> None:
    world.channel.files["note"] = Drop("media_gone")
    await says(world, router, "never")
    assert router.asked == []
    assert world.texts()[0].startswith("Je n'ai pas pu entendre")
    assert world.clock.now() - (await world.inbound())[0].at < timedelta(minutes=1)
