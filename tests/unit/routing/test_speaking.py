"""Texts that are spoken: the cost by characters, and a further model if a sound is no voice note."""

from __future__ import annotations

from typing import Any

import pytest

from shared.llm import Completion, File, Request
from shared.llm import Usage as Tokens
from shared.models.usage import UsageShard
from shared.platform import logs
from shared.routing import OverBudget, Routed
from shared.routing.jobs import SPOKEN_BYTES
from tests.fakes.sounds import opus
from tests.unit.routing.models import World, tenant


class Mute:
    """A model that does not speak."""

    async def complete(self, request: Request) -> Completion:
        raise AssertionError("was asked to complete")


class Voice(Mute):
    """A model that speaks: the sound that a test gives it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def speak(self, text: str, language: str) -> Completion:
        usage = Tokens(characters=len(text), seconds=4.0)
        return Completion([File(self.data, "audio/ogg")], "done", usage, model="tts-1")


def spoken_by(world: World, *voices: Any) -> Any:
    """Makes these the models `first` and `second`; returns a tenant for which both speak."""
    models = dict(zip(("first", "second"), voices, strict=False))
    world.models.model = lambda _, connection: models[connection.model]  # type: ignore[method-assign,assignment]
    return tenant(tasks={"speak": list(models)}, budget={"per_day": 1.0})


def test_a_text_is_spoken_and_costs_by_its_characters(world: World) -> None:
    router, speaking = world.instance(), spoken_by(world, Voice(opus(4.0)))

    async def play() -> tuple[Routed, list[UsageShard]]:
        routed = await router.speak(speaking, "La piscine ouvre à huit heures.", "fr", within=6.0)
        await router.write_usage("hotel")
        return routed, await world.store.query(UsageShard, limit=10, tenant="hotel")

    routed, (shard,) = world.run(play())
    assert routed.completion.parts == [File(opus(4.0), "audio/ogg")]
    assert routed.cost == pytest.approx(31 * 15 / 1_000_000)
    (row,) = shard.rows
    assert (row.task, row.entry, row.model, row.calls, row.cost) == (
        "speak",
        "first",
        "tts-1",
        1,
        routed.cost,
    )


@pytest.mark.parametrize(
    ("first", "failure"),
    [
        (Voice(b"RIFF"), "malformed"),
        (Voice(opus(0.0)), "malformed"),
        (Voice(opus(40.0, bytes(SPOKEN_BYTES))), "too_long"),
        (Mute(), "refused_key"),
    ],
    ids=["wav", "silent", "large", "mute"],
)
def test_a_sound_that_is_no_voice_note_is_made_by_the_next_model(
    world: World, first: Any, failure: str
) -> None:
    lines: list[dict[str, Any]] = []
    speaking = spoken_by(world, first, Voice(opus(4.0)))
    logs.configure("info", lambda line: lines.append(dict(line)))
    routed = world.run(world.instance().speak(speaking, "Oui.", "fr", within=6.0))
    logs.configure("info", lambda _: None)
    assert routed.entry == "second"
    assert [line["failure"] for line in lines if line["event"] == "provider_failed"] == [failure]


def test_speech_ends_with_the_budget(world: World) -> None:
    speaking = spoken_by(world, Voice(opus(4.0)))
    speaking.answers.budget.per_day = 0.0004
    router = world.instance()
    world.run(router.speak(speaking, "La piscine ouvre à huit heures.", "fr", within=6.0))
    with pytest.raises(OverBudget):
        world.run(router.speak(speaking, "La piscine ouvre à huit heures.", "fr", within=6.0))
