"""Texts that models speak, over a socket: the request, the sound, and the ways to fail."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from scripts.local.vendors.models.opus import silence
from shared.formats import sound
from shared.llm import Failure, File, ModelFailed, Speaking
from shared.tenants import plugins
from tests.contract.models.conftest import Vendor
from tests.contract.models.questions import KEY
from tests.contract.models.test_failures import ANSWERS, EITHER, EXPECTED


def test_a_format_that_speaks_says_so(each: Vendor) -> None:
    assert isinstance(each.create(), Speaking) == plugins.speaks(each.file)


async def test_a_text_is_spoken_as_a_voice_note(each: Vendor) -> None:
    model = each.create("gpt-4o-mini-tts")
    if not isinstance(model, Speaking):
        return
    found = await model.speak("La piscine ouvre à huit heures.", "fr")
    (part,) = found.parts
    assert isinstance(part, File)
    assert part.media_type == "audio/ogg"
    assert sound.seconds(part.data) == pytest.approx(31 / 15, abs=0.02)
    assert (found.usage.characters, found.usage.seconds) == (31, sound.seconds(part.data))
    assert found.model == "gpt-4o-mini-tts"
    asked = each.server.asked[-1]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "gpt-4o-mini-tts",
        "voice": "alloy",
        "input": "La piscine ouvre à huit heures.",
        "response_format": "opus",
        "instructions": "The text is in the language fr (ISO 639-1).",
    }


async def test_a_voice_is_chosen_and_instructions_are_left_out_where_they_are_refused(each: Vendor) -> None:
    model = each.create("tts-1", voice="nova")
    if not isinstance(model, Speaking):
        return
    for _ in range(2):
        await model.speak("Oui.", "fr")
    bodies = [asked.body for asked in each.server.asked]
    assert ["instructions" in body for body in bodies] == [True, False, False]
    assert {body["voice"] for body in bodies} == {"nova"}


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), Failure.MALFORMED),
        (b"ID3\x04" + bytes(40), Failure.MALFORMED),
        (silence(0.1)[:60], Failure.EMPTY),
        (b"", Failure.EMPTY),
    ],
    ids=["wav", "mp3", "head alone", "nothing"],
)
async def test_a_sound_of_another_format_is_none(each: Vendor, data: bytes, failure: Failure) -> None:
    """Some servers ignore the format that they are asked for."""
    model = each.create()
    if not isinstance(model, Speaking):
        return
    each.server.script.append(lambda _: Response(data, media_type="audio/ogg"))
    with pytest.raises(ModelFailed) as raised:
        await model.speak("Oui.", "fr")
    assert raised.value.failure is failure


@pytest.mark.parametrize("how", sorted({*EXPECTED, *EITHER, *ANSWERS}))
async def test_speech_fails_in_the_same_words(each: Vendor, how: str) -> None:
    """Answers to other questions, JSON in place of a sound, are not in the vendor's format."""
    model = each.create()
    if not isinstance(model, Speaking):
        return
    each.fail(how)
    with pytest.raises(ModelFailed) as raised:
        await model.speak("canary in the text", "en")
    json_instead = {"empty", "no_answer", "cut_off", "refused"}
    expected = Failure.MALFORMED if how in json_instead else EXPECTED.get(how, Failure.EMPTY)
    assert raised.value.failure is expected
    assert "canary" not in f"{raised.value.reason} {raised.value.__cause__}"
